"""What the tests of purchasing are made of."""

from dataclasses import dataclass
from typing import Any

from tests.factories import Api, Json, done, make_product, make_supplier, make_warehouse, refused
from tests.scopes import audit_of
from tests.stock.reading import picture

PATH = "/api/purchase-orders"


@dataclass(frozen=True)
class Trade:
    """A supplier, a warehouse and two products."""

    api: Api
    supplier: Any
    warehouse: Any
    first: Any
    second: Any

    def body(self, *lines: Json, **fields: Any) -> Json:
        """A request for an order: 10 of the first at 2.50 and 4 of the second at 1.25, if not told."""
        usual = [ordered(self.first, 10, "2.50"), ordered(self.second, 4, "1.25")]
        return {
            "supplier_id": self.supplier["id"],
            "warehouse_id": self.warehouse["id"],
            "lines": list(lines) or usual,
            **fields,
        }

    def draft(self, *lines: Json, **fields: Any) -> Any:
        return done(self.api.post(PATH, self.body(*lines, **fields)), 201)

    def submitted(self, *lines: Json, **fields: Any) -> Any:
        return act(self.api, self.draft(*lines, **fields), "submission")

    def approved(self, *lines: Json, **fields: Any) -> Any:
        return act(self.api, self.submitted(*lines, **fields), "approval")


def make_trade(api: Api, **supplier: Any) -> Trade:
    return Trade(
        api,
        make_supplier(api, **supplier),
        make_warehouse(api),
        make_product(api),
        make_product(api),
    )


def ordered(product: Any, quantity: Any, unit_cost: str | None = None) -> Json:
    """One line of an order; without a cost, the one of the terms or the product."""
    line = {"product_id": product["id"], "quantity": quantity}
    return line if unit_cost is None else {**line, "unit_cost": unit_cost}


def path(order: Any, part: str = "") -> str:
    return f"{PATH}/{order['id']}" + (f"/{part}" if part else "")


_BODIES: dict[str, Json] = {
    "rejection": {"reason": "Too dear"},
    "cancellation": {"reason": "Not needed"},
    "receipts": {},
}


def act(api: Api, order: Any, action: str, **headers: str) -> Any:
    """The whole order after an action that must succeed."""
    status = 201 if action == "receipts" else 200
    done(api.post(path(order, action), _BODIES.get(action), **headers), status)
    return read(api, order)


def attempt(api: Api, order: Any, action: str, body: Json | None = None, **headers: str) -> Any:
    """The answer to an action, whatever it is."""
    return api.post(path(order, action), body or _BODIES.get(action), **headers)


def read(api: Api, order: Any) -> Any:
    return done(api.get(path(order)))


def came(order: Any, place: int, **quantities: Any) -> Json:
    """One line of a receipt, by its place in the order."""
    return {"line_id": order["lines"][place]["id"], **quantities}


def receive(api: Api, order: Any, *lines: Json, **fields: Any) -> Any:
    """A receipt that must succeed."""
    body = {"lines": list(lines), **fields} if lines else fields
    return done(api.post(path(order, "receipts"), body), 201)


def everything_about(api: Api, *orders: Any) -> Any:
    """Orders with their receipts, levels, movements and the audit log, to show that nothing changed."""
    found = [read(api, order) for order in orders]
    receipts = [done(api.get(path(order, "receipts")))["items"] for order in orders]
    listed = done(api.get(PATH))["items"]
    return found, receipts, listed, picture(api), audit_of(api, "purchase_order")


def set_rules(api: Api, **rules: Any) -> None:
    done(api.patch("/api/company", rules))


def wrong_status(answer: Any, status: str, *allowed: str) -> None:
    """The answer refuses an action for an order in this status, and names those that allow it."""
    problem = refused(answer, 409, "wrong-status")
    assert (problem["current_status"], problem["allowed_in"]) == (status, sorted(allowed))
