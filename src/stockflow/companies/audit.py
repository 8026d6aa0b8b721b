"""The audit log: every change of every entity leaves one entry, in the transaction of the change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field
from sqlalchemy import ColumnElement, select

from stockflow.companies.models import AuditEntry
from stockflow.companies.power import require_no_limits
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import PRINTABLE, Id
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope, WriteScope

Changes = Mapping[str, tuple[object, object]]
_INSERT = """
INSERT INTO audit_entries
       (company_id, entity, entity_id, action, changes, user_id, api_key_id, request_id)
SELECT %(company_id)s, %(entity)s, e.id, %(action)s, e.changes::jsonb, %(user_id)s, %(api_key_id)s,
       %(request_id)s
  FROM unnest(%(ids)s::bigint[], %(changes)s::text[]) AS e (id, changes)
"""
_SECRET = frozenset({"secret_hash", "password_hash"})


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change: which entity, what happened, each changed field as [before, after]."""

    id: int
    occurred_at: datetime
    entity: str
    entity_id: int
    action: str
    changes: dict[str, Any]
    user_id: int | None
    api_key_id: int | None
    request_id: str


class AuditFilters(Command):
    """Which entries to list."""

    entity: Annotated[str | None, Field(max_length=64, pattern=PRINTABLE)] = None
    entity_id: Id | None = None
    sort: Annotated[
        Literal["occurred_at", "-occurred_at", "entity", "-entity"],
        Field(description="`-` reverses; `entity` puts together what was done with each thing."),
    ] = "-occurred_at"
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


_Order = tuple[
    tuple[ColumnElement[Any], ...], tuple[type, ...], Callable[[AuditRow], tuple[object, ...]]
]
_ORDERS: dict[str, _Order] = {
    # entries get their ids in the order in which things happen
    "occurred_at": ((AuditEntry.id.expression,), (int,), lambda row: (row.id,)),
    "entity": (
        (
            AuditEntry.entity.expression,
            AuditEntry.entity_id.expression,
            AuditEntry.id.expression,
        ),
        (str, int, int),
        lambda row: (row.entity, row.entity_id, row.id),
    ),
}


def changed(before: object, after: object, fields: Sequence[str]) -> Changes:
    """Which of `fields` differ between two rows, as field → (before, after)."""
    return {
        field: (getattr(before, field), getattr(after, field))
        for field in fields
        if getattr(before, field) != getattr(after, field)
    }


async def record(
    scope: WriteScope, entity: str, action: str, changes_by_id: Mapping[int, Changes]
) -> None:
    """Write one entry for each changed entity."""
    documents = [
        msgspec.json.encode(
            {name: pair for name, pair in changes.items() if name not in _SECRET},
            enc_hook=_encode_other,
        ).decode()
        for changes in changes_by_id.values()
    ]
    await scope.execute(
        _INSERT,
        {
            "company_id": scope.company_id,
            "entity": entity,
            "action": action,
            "ids": list(changes_by_id),
            "changes": documents,
            "user_id": scope.actor.user_id,
            "api_key_id": scope.actor.api_key_id,
            "request_id": scope.request_id,
        },
    )


def _encode_other(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else repr(value)


async def list_entries(scope: ReadScope, filters: AuditFilters) -> Page[AuditRow]:
    """Entries, newest first unless another order is asked for: both have an index.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
        Forbidden: the actor is limited to some warehouses; entries are about all of them.
    """
    scope.require(Permission.READ_AUDIT)
    require_no_limits(scope)
    query = select(*(getattr(AuditEntry, name) for name in AuditRow.__slots__)).where(
        AuditEntry.company_id == scope.company_id
    )
    if filters.entity is not None:
        query = query.where(AuditEntry.entity == filters.entity)
    if filters.entity_id is not None:
        query = query.where(AuditEntry.entity_id == filters.entity_id)
    kind, descending = f"audit:{filters.sort}", filters.sort.startswith("-")
    key, types, place = _ORDERS[filters.sort.removeprefix("-")]
    after = decode_cursor(filters.cursor, kind, types)
    query = paged(query, key, after, filters.limit, descending=descending)
    return page_of(await scope.fetch_all(AuditRow, query), filters.limit, kind, place)
