"""The returns of all orders."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import Id, QueryMoment
from stockflow.foundation.scope import ReadScope
from stockflow.sales.return_queries import ReturnRow

_SQL = sql.load(__package__, "returns.sql")
_KIND = "returns"


class ReturnFilters(PageFilters):
    """Which returns to list."""

    q: Annotated[
        str | None,
        Field(
            max_length=255,
            pattern=r"^[^\x00]*$",
            description="Part of the number, the reference or the order's number.",
        ),
    ] = None
    customer_id: Id | None = None
    created_from: QueryMoment | None = None
    created_before: QueryMoment | None = None


@dataclass(frozen=True, slots=True)
class ListedReturn(ReturnRow):
    """A return with whose it is."""

    customer_id: int
    customer_name: str


async def list_all_returns(scope: ReadScope, filters: ReturnFilters) -> Page[ListedReturn]:
    """The returns of all orders the actor may see, newest first."""
    scope.require(Permission.READ)
    limits = scope.actor.warehouse_ids
    after = decode_cursor(filters.cursor, _KIND, (int,))
    names: dict[str, object] = {
        "company_id": scope.company_id,
        "after": None if after is None else after[0],
        "customer_id": filters.customer_id,
        "created_from": filters.created_from,
        "created_before": filters.created_before,
        "q": (filters.q or "").strip() or None,
        "warehouse_ids": None if limits is None else sql.array_literal(list(limits)),
        "limit": filters.limit + 1,
    }
    rows = await scope.fetch_all(ListedReturn, _SQL["all_returns"], names)
    return page_of(rows, filters.limit, _KIND, lambda row: (row.id,))
