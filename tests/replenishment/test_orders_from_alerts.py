"""Drafts of purchase orders from alerts: for whom, where to, how much, and what is left out."""

from typing import Any

import pytest

from stockflow.replenishment.commands import OrderFromAlerts
from stockflow.replenishment.ordering import order_from_alerts
from tests.factories import Api, Json, done, make_product, make_supplier, make_warehouse, refused
from tests.purchasing.ordering import PATH, act, everything_about, ordered
from tests.replenishment.reading import add_terms, low_product
from tests.scopes import run

FROM_ALERTS = "/api/purchase-orders/from-alerts"


def _post(api: Api, status: int = 201, **body: Any) -> Any:
    return done(api.post(FROM_ALERTS, body), status)


def _named(product: Any, warehouse: Any, **fields: Any) -> Json:
    return {"product_id": product["id"], "warehouse_id": warehouse["id"], **fields}


def _whole(api: Api, answer: Any) -> list[Any]:
    """Supplier, warehouse and lines of each draft."""
    found = []
    for row in answer["orders"]:
        order = done(api.get(f"{PATH}/{row['id']}"))
        assert row == {name: order[name] for name in row}
        lines = [
            (line["product_id"], line["quantity"], line["unit_cost"]) for line in order["lines"]
        ]
        found.append((order["supplier_id"], order["warehouse_id"], lines))
    return found


def _skipped(answer: Any) -> set[tuple[int, int, str]]:
    return {(one["product_id"], one["warehouse_id"], one["code"]) for one in answer["skipped"]}


def test_alerts_become_one_draft_for_each_supplier_and_warehouse(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    first = make_supplier(api, payment_terms="30 days")
    second = make_supplier(api)
    lamp, desk = low_product(api, here, left=2), low_product(api, here, left=4)
    chair = low_product(api, here, left=3, cost_price="5")
    add_terms(api, lamp, first, cost_price="2.50")
    add_terms(api, desk, first, cost_price="4", minimum_order_quantity=50)
    add_terms(api, chair, second)
    low_there = low_product(api, there, left=0, cost_price="1.5")
    add_terms(api, low_there, first, order_multiple=16)

    answer = api.post(FROM_ALERTS, {})

    made = done(answer, 201)
    assert answer.headers["location"] == "/api/purchase-orders?status=draft"
    assert _whole(api, made) == [
        (
            first["id"],
            here["id"],
            [(lamp["id"], 38, "2.5000"), (desk["id"], 50, "4.0000")],
        ),
        (first["id"], there["id"], [(low_there["id"], 48, "1.5000")]),
        (second["id"], here["id"], [(chair["id"], 37, "5.0000")]),
    ]
    shown = [(o["status"], o["total"], o["payment_terms"], o["line_count"]) for o in made["orders"]]
    assert shown == [
        ("draft", "295.0000", "30 days", 2),
        ("draft", "72.0000", "30 days", 1),
        ("draft", "185.0000", None, 1),
    ]
    assert (made["skipped"], made["already_drafted"], made["left_over"]) == ([], [], 0)


def test_urgency_and_warehouse_choose(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    supplier = make_supplier(api)
    by_urgency = {}
    for urgency, left, place in (
        ("critical", 3, here),
        ("high", 7, here),
        ("medium", 14, here),
        ("low", 15, here),
        ("elsewhere", 3, there),
    ):
        product = low_product(api, place, left=left, cost_price="1")
        add_terms(api, product, supplier)
        by_urgency[urgency] = product["id"]

    def products(**body: Any) -> set[int]:
        made = _post(api, **body)
        return {line[0] for _, _, lines in _whole(api, made) for line in lines}

    both = {by_urgency["critical"], by_urgency["elsewhere"]}
    assert products(urgency=["critical"]) == both
    assert products(urgency=["critical"], warehouse_id=there["id"]) == {by_urgency["elsewhere"]}
    assert products(urgency=["low", "medium"]) == {by_urgency["low"], by_urgency["medium"]}
    # over 300 days the same sales are a tenth a day: only what is out of stock soon stays urgent
    empty = _post(api, 200, urgency=["critical"], sales_period_days=300)
    assert (empty["orders"], empty["skipped"]) == ([], [])
    refused(
        api.post(FROM_ALERTS, {"urgency": ["low"], "warehouse_id": 10**12}),
        404,
        "warehouse-not-found",
    )


def test_what_cannot_be_ordered_is_skipped_with_the_reason(api: Api) -> None:
    warehouse = make_warehouse(api)
    supplier = make_supplier(api)
    good, bare, dear, enough = (low_product(api, warehouse) for _ in range(4))
    unsold = low_product(api, warehouse, sold=0, cost_price="1")
    fine = make_product(api, cost_price="1")
    for product in (good, enough):
        add_terms(api, product, supplier, cost_price="2")
    for product in (dear, unsold, fine):
        add_terms(api, product, supplier)
    _approve(api, supplier, warehouse, ordered(enough, 100, "2"))
    place = warehouse["id"]

    made = _post(
        api,
        alerts=[_named(p, warehouse) for p in (good, bare, dear, enough, unsold, fine)]
        + [{"product_id": good["id"], "warehouse_id": 10**12}],
    )

    assert _whole(api, made) == [
        (supplier["id"], place, [(good["id"], 35, "2.0000"), (unsold["id"], 35, "1.0000")])
    ]
    assert _skipped(made) == {
        (bare["id"], place, "no-supplier"),
        (dear["id"], place, "cost-unknown"),
        (enough["id"], place, "enough-on-order"),
        (fine["id"], place, "no-alert"),
        (good["id"], 10**12, "no-alert"),
    }
    before = everything_about(api)
    nothing = _post(api, 200, alerts=[_named(bare, warehouse)])
    assert (nothing["orders"], _skipped(nothing)) == ([], {(bare["id"], place, "no-supplier")})
    assert everything_about(api) == before


def _approve(api: Api, supplier: Any, warehouse: Any, *lines: Json) -> Any:
    body = {"supplier_id": supplier["id"], "warehouse_id": warehouse["id"], "lines": list(lines)}
    order = done(api.post(PATH, body), 201)
    act(api, order, "submission")
    return act(api, order, "approval")


def test_a_quantity_of_ones_own_comes_first(api: Api) -> None:
    warehouse, supplier = make_warehouse(api), make_supplier(api)
    product, enough = (low_product(api, warehouse, cost_price="1") for _ in range(2))
    for one in (product, enough):
        add_terms(api, one, supplier, minimum_order_quantity=12)
    _approve(api, supplier, warehouse, ordered(enough, 100, "2"))

    made = _post(
        api,
        alerts=[_named(product, warehouse, quantity=7), _named(enough, warehouse, quantity=2.5)],
    )

    ((_, _, lines),) = _whole(api, made)
    assert lines == [(product["id"], 7, "1.0000"), (enough["id"], 2.5, "1.0000")]
    order = done(api.get(f"{PATH}/{made['orders'][0]['id']}"))
    assert [warning["code"] for warning in order["warnings"]] == ["below-minimum"] * 2


def test_drafts_are_not_on_order_but_are_told(api: Api) -> None:
    warehouse, supplier = make_warehouse(api), make_supplier(api)
    product = low_product(api, warehouse, cost_price="1")
    add_terms(api, product, supplier)
    elsewhere = {"supplier_id": supplier["id"], "warehouse_id": make_warehouse(api)["id"]}
    done(api.post(PATH, {**elsewhere, "lines": [ordered(product, 9, "1")]}), 201)

    first = _post(api, urgency=["critical", "high"])
    second = _post(api, urgency=["critical", "high"])
    act(api, second["orders"][0], "submission")
    third = _post(api, urgency=["critical", "high"])

    assert first["already_drafted"] == []
    told = {"product_id": product["id"], "warehouse_id": warehouse["id"]}
    numbers = [answer["orders"][0]["number"] for answer in (first, second)]
    assert second["already_drafted"] == [{**told, "quantity": 35, "numbers": numbers[:1]}]
    assert third["already_drafted"] == [{**told, "quantity": 70, "numbers": numbers}]


def test_who_is_limited_orders_for_their_own_warehouses(api: Api, other: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    supplier = make_supplier(api)
    products = [low_product(api, place, cost_price="1") for place in (here, there)]
    for product in products:
        add_terms(api, product, supplier)
    limited = api.with_key("staff", [here["id"]])
    named = [_named(product, place) for product, place in zip(products, (here, there), strict=True)]

    made = _post(limited, alerts=named)
    assert [order["warehouse_id"] for order in made["orders"]] == [here["id"]]
    assert _skipped(made) == {(products[1]["id"], there["id"], "no-alert")}
    by_urgency = _post(limited, urgency=["critical", "high", "medium", "low"])
    assert [order["warehouse_id"] for order in by_urgency["orders"]] == [here["id"]]
    nothing = _post(other, 200, alerts=named)
    assert {code for *_, code in _skipped(nothing)} == {"no-alert"}
    body = {"urgency": ["critical"]}
    refused(api.with_key("viewer").post(FROM_ALERTS, body), 403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {"alerts": []},
        {"urgency": []},
        {"urgency": ["soon"]},
        {"urgency": ["low"], "alerts": [{"product_id": 1, "warehouse_id": 1}]},
        {"alerts": [{"product_id": 1, "warehouse_id": 1}], "warehouse_id": 1},
        {"alerts": [{"product_id": 1, "warehouse_id": 1, "quantity": 0}]},
        {"alerts": [{"product_id": 1, "warehouse_id": 1}] * 2},
    ],
)
def test_malformed_requests_are_refused(api: Api, body: Json) -> None:
    refused(api.post(FROM_ALERTS, body), 400, "invalid-request")


def test_the_number_of_statements_does_not_depend_on_the_alerts(api: Api) -> None:
    counts = []
    for _ in range(2):
        for _ in range(2):
            warehouse, supplier = make_warehouse(api), make_supplier(api)
            product = low_product(api, warehouse, cost_price="1")
            add_terms(api, product, supplier)
        command = OrderFromAlerts.model_validate({"urgency": ["critical", "high"]})
        ran = run(api, order_from_alerts, command)
        counts.append((len(ran.result.orders), ran.statements))

    assert [made for made, _ in counts] == [2, 4]
    assert counts[0][1] == counts[1][1] <= 20
