"""Orders as the tests of sales make and read them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from httpx2 import Response

from stockflow.foundation.scope import WriteScope
from tests.factories import Api, Json, done, line, make_product, make_warehouse, move
from tests.scopes import audit_of, in_scope
from tests.stock.reading import picture

PATH = "/api/sales-orders"


def make_customer(api: Api, **fields: Any) -> Any:
    return done(api.post("/api/customers", {"name": "Customer", **fields}), 201)


def wants(product: Any, quantity: Any, **fields: Any) -> Json:
    """A line of an order."""
    return {"product_id": product["id"], "quantity": quantity, **fields}


def draft(api: Api, *lines: Json, **fields: Any) -> Any:
    """A draft of these lines, for a new customer unless told otherwise."""
    if not {"customer", "customer_id"} & fields.keys():
        fields["customer_id"] = make_customer(api)["id"]
    return done(api.post(PATH, {"lines": list(lines), **fields}), 201)


def path(order: Any, action: str = "") -> str:
    return f"{PATH}/{order['id']}{action and '/' + action}"


def confirm(api: Api, order: Any, **body: Any) -> Any:
    return done(api.post(path(order, "confirmation"), body))


def confirmed(api: Api, *lines: Json, **fields: Any) -> Any:
    return confirm(api, draft(api, *lines, **fields))


def ship(api: Api, order: Any, *lines: tuple[int, Any], **body: Any) -> Any:
    """Ship these quantities of lines, by their places; everything reserved without."""
    if lines:
        body["lines"] = [
            {"line_id": order["lines"][place]["id"], "quantity": quantity}
            for place, quantity in lines
        ]
    return done(api.post(path(order, "shipments"), body), 201)


def read(api: Api, order: Any) -> Any:
    return done(api.get(path(order)))


def quantities(order: Any) -> list[tuple[Any, ...]]:
    """Reserved, backordered, shipped and cancelled of each line."""
    names = ("reserved", "backordered", "shipped", "cancelled")
    return [tuple(one[name] for name in names) for one in order["lines"]]


def split(order: Any) -> list[list[tuple[str, Any]]]:
    """From which warehouses each line is served, and how much."""
    return [
        [(a["warehouse_code"], a["quantity"]) for a in one["allocations"]] for one in order["lines"]
    ]


def stocked(api: Api, *quantities_at: Sequence[Any], **fields: Any) -> tuple[list[Any], list[Any]]:
    """Products (a row each) in warehouses (a column each) with these quantities available."""
    warehouses = [make_warehouse(api, **fields) for _ in quantities_at[0]]
    products = [make_product(api) for _ in quantities_at]
    lines = [
        line(product, warehouse, "purchase", quantity)
        for product, row in zip(products, quantities_at, strict=True)
        for warehouse, quantity in zip(warehouses, row, strict=True)
        if quantity
    ]
    if lines:
        move(api, *lines)
    return products, warehouses


def all_of(api: Api, *orders: Any) -> Any:
    """Everything a refusal must leave alone: orders, stock and audit."""
    return [read(api, order) for order in orders], picture(api), audit_of(api, "sales_order")


def let_time_pass(api: Api) -> None:
    """Whatever is reserved until a moment, was so until a moment ago."""

    async def write(scope: WriteScope) -> None:
        await scope.execute(
            "UPDATE stock_reservations SET reserved_until = %s"
            " WHERE company_id = %s AND reserved_until IS NOT NULL",
            (datetime(2026, 1, 1, tzinfo=UTC), scope.company_id),
        )

    in_scope(api, write)


def jobs_of(api: Api) -> set[str]:
    """The jobs that are asked for."""

    async def look(scope: WriteScope) -> set[str]:
        cursor = await scope.execute(
            "SELECT name FROM jobs WHERE company_id = %s", (scope.company_id,)
        )
        return {row[0] for row in await cursor.fetchall()}

    return in_scope(api, look)


def statuses(answers: Sequence[Response]) -> dict[int, int]:
    """How many answers had each status."""
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}
