"""`/c/{company_id}/audit`: who changed what, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import Response

from stockflow.companies.audit import AuditFilters, AuditRow, list_entries
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.companies.people import Author, names_of
from stockflow.companies.subjects import (
    ENTITIES,
    Subject,
    changes_text,
    subject_names,
    subjects_in,
)
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import ReadScope
from stockflow.web.lists import Column, Listing

pages = PageRouter("/audit")
_NEEDED = {"member": "MANAGE_MEMBERS", "invitation": "MANAGE_MEMBERS", "api_key": "MANAGE_KEYS"}


@dataclass(slots=True)
class _Named:
    """Reads entries, and finds what their people and things are called."""

    may: Callable[[str], bool]
    people: dict[Author, str] = field(default_factory=dict)
    things: dict[Subject, str] = field(default_factory=dict)

    async def read(self, scope: ReadScope, filters: AuditFilters) -> Rows[AuditRow]:
        found = await list_entries(scope, filters)
        self.people = await names_of(scope, {(row.user_id, row.api_key_id) for row in found.items})
        things = {(row.entity, row.entity_id) for row in found.items}
        referred = (subjects_in(row.changes) for row in found.items)
        self.things = await subject_names(scope, things.union(*referred))
        return found

    def thing(self, row: AuditRow) -> str:
        called, _ = ENTITIES.get(row.entity, (row.entity.replace("_", " "), ""))
        return f"{called} {self.things.get((row.entity, row.entity_id), row.entity_id)}"

    def changes(self, row: AuditRow) -> str:
        return changes_text(row.action, row.changes, self.things)

    def href(self, row: AuditRow) -> str | None:
        """Where the thing is looked at; None where it is gone, or not for this reader."""
        _, place = ENTITIES.get(row.entity, ("", ""))
        is_there = (row.entity, row.entity_id) in self.things
        permitted = row.entity not in _NEEDED or self.may(_NEEDED[row.entity])
        return place.format(row.entity_id) if place and is_there and permitted else None

    @property
    def listing(self) -> Listing[AuditRow]:
        return Listing[AuditRow](
            "audit",
            (
                Column(
                    "occurred_at",
                    "When",
                    lambda row: row.occurred_at,
                    "moment",
                    sort="occurred_at",
                ),
                Column("who", "Who", lambda row: self.people[row.user_id, row.api_key_id]),
                Column("what", "What", self.thing, "text", self.href, sort="entity"),
                Column("action", "Action", lambda row: row.action.replace("_", " ")),
                Column("changes", "Change", self.changes),
                Column("entity_id", "Id", lambda row: row.entity_id, "number", shown=False),
                Column("request_id", "Request", lambda row: row.request_id, "code", shown=False),
            ),
        )


@pages.get("")
async def audit_log(page: Page) -> Response:
    named = _Named(page.may)
    entities = [(entity, called) for entity, (called, _) in ENTITIES.items()]
    return await page.show_list(
        "companies/audit.html", named.listing, AuditFilters, named.read, entities=entities
    )
