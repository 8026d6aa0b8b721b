"""Makes transfers over the API, and what the tests look at before and after."""

from typing import Any

from tests.factories import Api, Json, done, line, make_product, make_warehouse, move
from tests.scopes import audit_of
from tests.stock.reading import everything, picture

PATH = "/api/transfers"


def stocked(api: Api, *quantities: float, **fields: Any) -> tuple[list[Any], Any, Any]:
    """Products of which these quantities lie in a first warehouse at a cost of 2, and a second one."""
    here, there = make_warehouse(api), make_warehouse(api)
    products = [make_product(api, **fields) for _ in quantities]
    pairs = zip(products, quantities, strict=True)
    move(api, *[line(one, here, "purchase", much, unit_cost="2") for one, much in pairs])
    return products, here, there


def body_of(here: Any, there: Any, *lines: tuple[Any, float], **fields: Any) -> Json:
    return {
        "from_warehouse_id": here["id"],
        "to_warehouse_id": there["id"],
        "lines": [{"product_id": one["id"], "quantity": quantity} for one, quantity in lines],
        **fields,
    }


def make_transfer(api: Api, here: Any, there: Any, *lines: tuple[Any, float], **fields: Any) -> Any:
    return done(api.post(PATH, body_of(here, there, *lines, **fields)), 201)


def at(transfer: Any, action: str = "") -> str:
    """The address of a transfer, or of one of its actions."""
    return f"{PATH}/{transfer['id']}" + (f"/{action}" if action else "")


def shipped(api: Api, transfer: Any) -> Any:
    return done(api.post(at(transfer, "shipment")))


def received(transfer: Any, *lines: tuple[int, float, float, float]) -> Json:
    """A delivery: place of the line, and how much of it was good, damaged and missing."""
    return {
        "lines": [
            {
                "line_id": transfer["lines"][place]["id"],
                "good": good,
                "damaged": damaged,
                "missing": missing,
                **({"reason": "dropped"} if damaged or missing else {}),
            }
            for place, good, damaged, missing in lines
        ]
    }


def quantities(transfer: Any) -> list[tuple[float, ...]]:
    """Of each line: shipped, in transit, good, damaged, missing, returned."""
    names = ("shipped", "in_transit", "good", "damaged", "missing", "returned")
    return [tuple(row[name] for name in names) for row in transfer["lines"]]


def everything_of(api: Api) -> Any:
    """All that a refused action must leave as it was."""
    transfers = [done(api.get(at(row))) for row in everything(api, PATH)]
    return picture(api), transfers, audit_of(api, "transfer")
