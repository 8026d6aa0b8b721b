"""What was done with one thing, and by whom, as its page tells it."""

from dataclasses import dataclass

from stockflow.companies.audit import AuditFilters, AuditRow, list_entries
from stockflow.companies.people import names_of
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.scope import ReadScope

ENTRIES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of the audit log, and what who did it is called."""

    entry: AuditRow
    author: str


async def history_of(scope: ReadScope, entity: str, entity_id: int) -> list[Happened] | None:
    """The last 50 entries about a thing, newest first; None for who may not read the audit log."""
    may_read = Permission.READ_AUDIT in GRANTS[scope.actor.role]
    if not may_read or scope.actor.warehouse_ids is not None:
        return None
    filters = AuditFilters(entity=entity, entity_id=entity_id, limit=ENTRIES_SHOWN)
    entries = (await list_entries(scope, filters)).items
    names = await names_of(scope, {(row.user_id, row.api_key_id) for row in entries})
    return [Happened(row, names[row.user_id, row.api_key_id]) for row in entries]
