"""What people do with a company's documents: mostly what their status allows, and what comes next."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from tests.factories import Json
from tests.together.turns import Turn
from tests.together.world import Call

Action = Callable[[Turn], Call]


def _on(
    turn: Turn,
    kind: str,
    statuses: Collection[str],
    action: str,
    *,
    otherwise: Action,
    body: Any = None,
) -> Call:
    """The action on a document that allows it, or what leads to one."""
    document = turn.pick(kind, statuses)
    return otherwise(turn) if document is None else turn.act(document, action, body)


# Sales orders -------------------------------------------------------------------------------------


def _sold(turn: Turn) -> list[Json]:
    lines = []
    for product in turn.some_of(turn.world.products):
        is_bundle = product["product_type"] == "bundle"
        quantity = str(turn.dice.randint(1, 3)) if is_bundle else turn.quantity()
        sold: Json = {"product_id": product["id"], "quantity": quantity}
        if turn.likely(0.2):
            sold["warehouse_id"] = turn.warehouse_id()
        lines.append(sold)
    return lines


def draft_sale(turn: Turn) -> Call:
    body: Json = {"customer_id": turn.dice.choice(turn.world.customers)["id"], "lines": _sold(turn)}
    if turn.likely(0.2):
        body["warehouse_id"] = turn.warehouse_id()
    return turn.create("sales_order", body)


def edit_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"draft", "confirmed"})
    if order is None:
        return draft_sale(turn)
    if order["status"] == "draft":
        body: Json = {"lines": _sold(turn)}
    else:
        body = {"notes": f"Note {turn.dice.random()}"}
    return turn.act(order, "", body)


def _reserving(turn: Turn) -> Json | None:
    body: Json = {}
    if turn.likely(0.2):
        body["allocation_rule"] = turn.dice.choice(["priority", "most_whole"])
    if turn.likely(0.2):
        body["backorder"] = False
    if turn.likely(0.2):
        body["warehouses"] = [one["id"] for one in turn.dice.sample(turn.world.warehouses, 2)]
    if turn.likely(0.5):
        until = turn.world.now + timedelta(minutes=turn.dice.randint(1, 90))
        body["reserved_until"] = until.isoformat()
    return body or None


def confirm_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"draft"})
    if order is None:
        return draft_sale(turn)
    return turn.act(order, "confirmation", _reserving(turn))


def reserve_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"confirmed", "partially_shipped"})
    if order is None:
        return confirm_sale(turn)
    return turn.act(order, "reservation", _reserving(turn))


def ship_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"confirmed", "partially_shipped"})
    if order is None:
        return confirm_sale(turn)
    body: Json = {}
    reserved = [one for one in order["lines"] if one["reserved"]]
    if turn.likely(0.6) and reserved:
        body["lines"] = [
            {
                "line_id": one["id"],
                "quantity": turn.part_of(
                    one["reserved"], whole=turn.world.is_bundle(one["product_id"])
                ),
            }
            for one in turn.some(reserved)
        ]
    if turn.likely(0.2):
        body["warehouse_id"] = turn.warehouse_id()
    return turn.act(order, "shipments", body or None)


def cancel_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"draft", "confirmed", "partially_shipped"})
    if order is None:
        return draft_sale(turn)
    return turn.act(order, "cancellation", {"reason": "No need"})


def return_sale(turn: Turn) -> Call:
    order = turn.pick("sales_order", {"partially_shipped", "shipped"})
    gone = [one for one in order["lines"] if one["shipped"] > one["returned"]] if order else []
    if order is None or not gone:
        return ship_sale(turn)
    lines = []
    for one in turn.some(gone):
        bundle = turn.world.is_bundle(one["product_id"])
        quantity = turn.part_of(one["shipped"] - one["returned"], whole=bundle)
        kind = turn.dice.choice(["good", "good", "damaged", "refused"])
        line: Json = {"line_id": one["id"], kind: quantity}
        if turn.likely(0.6):
            line["warehouse_id"] = turn.warehouse_id()
        lines.append(line)
    return turn.act(order, "returns", {"lines": lines})


# Purchase orders ----------------------------------------------------------------------------------


def _bought(turn: Turn) -> list[Json]:
    return [
        {
            "product_id": product["id"],
            "quantity": turn.quantity(12),
            "unit_cost": turn.cost(),
        }
        for product in turn.some_of(turn.world.plain)
    ]


def draft_purchase(turn: Turn) -> Call:
    body = {
        "supplier_id": turn.dice.choice(turn.world.suppliers)["id"],
        "warehouse_id": turn.warehouse_id(),
        "lines": _bought(turn),
    }
    return turn.create("purchase_order", body)


def edit_purchase(turn: Turn) -> Call:
    order = turn.pick("purchase_order", {"draft", "approved"})
    if order is None:
        return draft_purchase(turn)
    if order["status"] == "draft":
        return turn.act(order, "", {"lines": _bought(turn)})
    body = {"notes": f"Note {turn.dice.random()}"}
    return turn.act(order, "", body)


def submit_purchase(turn: Turn) -> Call:
    return _on(turn, "purchase_order", {"draft"}, "submission", otherwise=draft_purchase)


def approve_purchase(turn: Turn) -> Call:
    return _on(turn, "purchase_order", {"submitted"}, "approval", otherwise=submit_purchase)


def reject_purchase(turn: Turn) -> Call:
    body = {"reason": "Too much"}
    return _on(
        turn, "purchase_order", {"submitted"}, "rejection", body=body, otherwise=submit_purchase
    )


def cancel_purchase(turn: Turn) -> Call:
    statuses = {"draft", "submitted", "approved", "partially_received"}
    body = {"reason": "No need"}
    return _on(
        turn, "purchase_order", statuses, "cancellation", body=body, otherwise=draft_purchase
    )


def receive_purchase(turn: Turn) -> Call:
    order = turn.pick("purchase_order", {"approved", "partially_received"})
    if order is None:
        return approve_purchase(turn)
    open_lines = [one for one in order["lines"] if one["open_quantity"]]
    body: Json = {}
    if turn.likely(0.6) and open_lines:
        some = turn.some(open_lines)
        body = {"lines": [turn.split(one["id"], one["open_quantity"]) for one in some]}
    return turn.act(order, "receipts", body)


# Transfers ----------------------------------------------------------------------------------------


def _moved(turn: Turn) -> list[Json]:
    return [
        {"product_id": product["id"], "quantity": turn.quantity()}
        for product in turn.some_of(turn.world.plain)
    ]


def plan_transfer(turn: Turn) -> Call:
    here, there = turn.dice.sample(turn.world.warehouses, 2)
    body = {
        "from_warehouse_id": here["id"],
        "to_warehouse_id": there["id"],
        "lines": _moved(turn),
    }
    return turn.create("transfer", body)


def edit_transfer(turn: Turn) -> Call:
    transfer = turn.pick("transfer", {"pending"})
    if transfer is None:
        return plan_transfer(turn)
    body = {"notes": f"Note {turn.dice.random()}", "lines": _moved(turn)}
    return turn.act(transfer, "", body)


def ship_transfer(turn: Turn) -> Call:
    transfer = turn.pick("transfer", {"pending"})
    if transfer is None:
        return plan_transfer(turn)
    body = None
    if turn.likely(0.5):
        lines = [
            {"line_id": one["id"], "quantity": turn.part_of(one["quantity"])}
            for one in turn.some(transfer["lines"])
        ]
        body = {"lines": lines}
    return turn.act(transfer, "shipment", body)


def receive_transfer(turn: Turn) -> Call:
    transfer = turn.pick("transfer", {"in_transit"})
    if transfer is None:
        return ship_transfer(turn)
    under_way = [one for one in transfer["lines"] if one["in_transit"]]
    body = None
    if turn.likely(0.6) and under_way:
        some = turn.some(under_way)
        lines = [turn.split(one["id"], one["in_transit"]) | {"reason": "Wet"} for one in some]
        body = {"lines": lines}
    return turn.act(transfer, "receipts", body)


def cancel_transfer(turn: Turn) -> Call:
    transfer = turn.pick("transfer", {"pending", "in_transit"})
    if transfer is None:
        return plan_transfer(turn)
    return turn.act(transfer, "cancellation", {"reason": "No need"})


# Stock counts -------------------------------------------------------------------------------------


def open_count(turn: Turn) -> Call:
    body: Json = {"warehouse_id": turn.warehouse_id()}
    if turn.likely(0.6):
        body["product_ids"] = [
            one["id"] for one in turn.dice.sample(turn.world.plain, turn.dice.randint(1, 2))
        ]
    return turn.create("stock_count", body)


def record_count(turn: Turn) -> Call:
    products = turn.dice.sample(turn.world.plain, turn.dice.randint(1, 3))
    again = turn.likely(0.3)
    lines = [
        {
            "product_id": product["id"],
            "quantity": str(turn.dice.randint(0, 14)),
            "mode": turn.dice.choice(["set", "set", "add"]),
            "recount": again,
        }
        for product in products
    ]
    return _on(
        turn, "stock_count", {"counting"}, "lines", body={"lines": lines}, otherwise=open_count
    )


def submit_count(turn: Turn) -> Call:
    body = {"uncounted": turn.dice.choice(["leave", "leave", "zero"])}
    return _on(turn, "stock_count", {"counting"}, "submission", body=body, otherwise=record_count)


def approve_count(turn: Turn) -> Call:
    return _on(turn, "stock_count", {"submitted"}, "approval", otherwise=submit_count)


def reject_count(turn: Turn) -> Call:
    return _on(
        turn,
        "stock_count",
        {"submitted"},
        "rejection",
        body={"reason": "Again"},
        otherwise=record_count,
    )


def cancel_count(turn: Turn) -> Call:
    return _on(turn, "stock_count", {"counting", "submitted"}, "cancellation", otherwise=open_count)


# Adjustments and plain movements ------------------------------------------------------------------


def _adjusted(turn: Turn) -> list[Json]:
    lines = []
    for product in turn.some_of(turn.world.plain):
        kind = turn.dice.choice(["adjustment", "adjustment", "write_off"])
        sign = "-" if kind == "adjustment" and turn.likely(0.5) else ""
        lines.append(
            {
                "product_id": product["id"],
                "warehouse_id": turn.warehouse_id(),
                "type": kind,
                "quantity": sign + turn.quantity(8),
            }
        )
    return lines


def ask_adjustment(turn: Turn) -> Call:
    body = {"reason": "Found so", "lines": _adjusted(turn)}
    return turn.create("adjustment_request", body)


def decide_adjustment(turn: Turn) -> Call:
    request = turn.pick("adjustment_request", {"waiting"})
    if request is None:
        return ask_adjustment(turn)
    action = turn.dice.choice(["approval", "approval", "approval", "rejection", "withdrawal"])
    return turn.act(request, action, {"reason": "So it is"})


def move_stock(turn: Turn) -> Call:
    kinds = ["purchase", "sale", "return", "damage", "reserve", "release", "recount"]
    lines = _adjusted(turn) if turn.likely(0.3) else []
    while len(lines) < 2:
        kind = turn.dice.choice(kinds)
        sellable = kind in ("sale", "return", "reserve", "release")
        pool = turn.world.products if sellable else turn.world.plain
        line = {
            "product_id": turn.dice.choice(pool)["id"],
            "warehouse_id": turn.warehouse_id(),
            "type": kind,
            "quantity": turn.quantity(),
        }
        if kind == "purchase":
            line["unit_cost"] = turn.cost()
        lines.append(line)
    body = {"lines": lines, "mode": turn.dice.choice(["all_or_nothing", "valid_rows"])}
    return Call(turn.world.anybody(turn.dice), "POST", "/api/stock/movements", body)


def reverse_posting(turn: Turn) -> Call:
    posting_id = turn.dice.choice(turn.world.postings[-8:])
    return Call(turn.world.anybody(turn.dice), "POST", f"/api/stock/postings/{posting_id}/reversal")


BEGINNING: list[Action] = [
    draft_purchase,
    submit_purchase,
    draft_sale,
    approve_purchase,
    plan_transfer,
    confirm_sale,
    ship_transfer,
    ship_sale,
]
"""What leads to documents that stock is on its way with."""
