"""Returns, and orders that have left, as the tests make and read them."""

from decimal import Decimal
from typing import Any

from stockflow.foundation.scope import WriteScope
from tests.factories import Api, Json, done, line, make_product, make_warehouse, move
from tests.scopes import audit_of, in_scope
from tests.stock.reading import picture


def draft(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    """A draft of these products and quantities."""
    body = {
        "customer_id": done(api.post("/api/customers", {"name": "Customer"}), 201)["id"],
        "lines": [{"product_id": product["id"], "quantity": n} for product, n in lines],
        **fields,
    }
    return done(api.post("/api/sales-orders", body), 201)


def confirmed(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    order = draft(api, *lines, **fields)
    return done(api.post(f"/api/sales-orders/{order['id']}/confirmation", {}))


def shipped(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    """An order that has left as a whole."""
    order = confirmed(api, *lines, **fields)
    done(api.post(f"/api/sales-orders/{order['id']}/shipments", {}), 201)
    return read(api, order)


def read(api: Api, order: Any) -> Any:
    return done(api.get(f"/api/sales-orders/{order['id']}"))


def returns_of(order: Any) -> str:
    return f"/api/sales-orders/{order['id']}/returns"


def asked(order: Any, number: int = 0, **fields: Any) -> Json:
    return {"line_id": order["lines"][number]["id"], **fields}


def take_back(api: Api, order: Any, *lines: Json, **fields: Any) -> Any:
    return done(api.post(returns_of(order), {"lines": list(lines), **fields}), 201)


def stocked(api: Api, quantity: float = 100, **fields: Any) -> tuple[Any, Any]:
    """A product with stock, and its warehouse."""
    product, warehouse = make_product(api, **fields), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", quantity, unit_cost="2.00"))
    return product, warehouse


def values(api: Api, product: Any) -> list[Decimal]:
    """What the returns of a product were worth, in the order in which they came."""

    async def read(scope: WriteScope) -> list[Decimal]:
        cursor = await scope.execute(
            "SELECT value_change FROM stock_movements"
            " WHERE company_id = %s AND product_id = %s AND type = 'return' ORDER BY id",
            (scope.company_id, product["id"]),
        )
        return [value for (value,) in await cursor.fetchall()]

    return in_scope(api, read)


def demand(api: Api, product: Any) -> Decimal:
    """How much of a product was sold, net of returns."""

    async def read(scope: WriteScope) -> Decimal:
        value: Decimal = await scope.fetch_value(
            "SELECT sum(sold) FROM stock_days WHERE company_id = %s AND product_id = %s",
            (scope.company_id, product["id"]),
        )
        return value

    return in_scope(api, read)


def all_of(api: Api, order: Any) -> tuple[Any, ...]:
    return (
        read(api, order),
        picture(api),
        done(api.get(returns_of(order))),
        audit_of(api, "sales_order"),
    )
