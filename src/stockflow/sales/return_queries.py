"""Reads of returns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.sales.errors import SalesOrderNotFound
from stockflow.sales.return_errors import ReturnNotFound
from stockflow.stock.documents import document_of

_SQL = sql.load(__package__, "returns.sql")


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return as it is listed; `posting_id` is null where all was refused."""

    id: int
    number: str
    order_id: int
    order_number: str
    reference: str | None
    reason: str | None
    posting_id: int | None
    line_count: int
    good: QuantityOut
    damaged: QuantityOut
    refused: QuantityOut
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnLineRow:
    """What became of the units of an order's line that came back to one warehouse."""

    line_id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    warehouse_id: int
    warehouse_code: str
    good: QuantityOut
    damaged: QuantityOut
    refused: QuantityOut
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReturnDocument(ReturnRow):
    """A return with its lines."""

    lines: list[ReturnLineRow]


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of an order: what was shipped, and what has come back of it."""

    id: int
    line: int
    product_id: int
    sku: str
    is_bundle: bool
    shipped: Decimal
    returned: Decimal

    @property
    def returnable(self) -> Decimal:
        """What the customer still has."""
        return self.shipped - self.returned


@dataclass(frozen=True, slots=True)
class ShippedPart:
    """A product that left for a line, of a bundle one component.

    `quantity` is all that left, `cost` that of what the customer still has of it.
    """

    line: int
    product_id: int
    sku: str
    archived: bool
    quantity: Decimal
    cost: Decimal
    unit_price: Decimal | None
    warehouse_ids: list[int]


async def returnable_lines(
    scope: ReadScope, order_id: int, line_ids: Collection[int]
) -> dict[int, ReturnableLine]:
    """Those of these lines that the order has, by their ids."""
    rows = await scope.fetch_all(
        ReturnableLine,
        _SQL["returnable_lines"],
        {
            "company_id": scope.company_id,
            "order_id": order_id,
            "line_ids": sql.array_literal(list(line_ids)),
        },
    )
    return {row.id: row for row in rows}


async def shipped_parts(
    scope: ReadScope, order_id: int, places: Collection[int]
) -> dict[int, list[ShippedPart]]:
    """What was shipped for these places in the order, by place."""
    rows = await scope.fetch_all(
        ShippedPart,
        _SQL["shipped_parts"],
        {
            "company_id": scope.company_id,
            "order_id": order_id,
            "places": sql.array_literal(list(places)),
        },
    )
    parts: dict[int, list[ShippedPart]] = {}
    for row in rows:
        parts.setdefault(row.line, []).append(row)
    return parts


async def get_return(scope: ReadScope, order_id: int, return_id: int) -> ReturnDocument:
    """One return of an order, with its lines.

    Raises:
        SalesOrderNotFound: no such order, or the actor is limited to other warehouses.
        ReturnNotFound: the order has no such return.
    """
    scope.require(Permission.READ)
    await _require_order(scope, order_id)
    names = {**_names(scope, order_id), "id": return_id}
    row = await scope.fetch_one(ReturnRow, _SQL["returns"], names)
    if row is None:
        raise ReturnNotFound(facts={"return_id": return_id})
    lines = await scope.fetch_all(ReturnLineRow, _SQL["lines"], names)
    return document_of(ReturnDocument, row, lines=lines)


async def list_returns(scope: ReadScope, order_id: int, filters: PageFilters) -> Page[ReturnRow]:
    """The returns of an order, oldest first.

    Raises:
        SalesOrderNotFound: no such order, or the actor is limited to other warehouses.
    """
    scope.require(Permission.READ)
    await _require_order(scope, order_id)
    kind = f"returns of {order_id}"
    after = decode_cursor(filters.cursor, kind, (int,))
    names = _names(scope, order_id)
    names |= {"after": None if after is None else after[0], "limit": filters.limit + 1}
    rows = await scope.fetch_all(ReturnRow, _SQL["returns"], names)
    return page_of(rows, filters.limit, kind, lambda row: (row.id,))


async def _require_order(scope: ReadScope, order_id: int) -> None:
    if await scope.fetch_value(_SQL["order"], _names(scope, order_id)) is None:
        raise SalesOrderNotFound(facts={"sales_order_id": order_id})


def _names(scope: ReadScope, order_id: int) -> dict[str, object]:
    limits = scope.actor.warehouse_ids
    return {
        "company_id": scope.company_id,
        "order_id": order_id,
        "id": None,
        "after": None,
        "warehouse_ids": None if limits is None else sql.array_literal(list(limits)),
        "limit": 1,
    }
