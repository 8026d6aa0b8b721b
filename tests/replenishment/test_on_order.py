"""What is on its way already is not recommended again."""

from typing import Any

from stockflow.replenishment.commands import AlertFilters
from stockflow.replenishment.queries import low_stock_alerts
from tests.factories import Api, done, make_supplier, make_warehouse
from tests.purchasing.ordering import act, came, ordered, read, receive
from tests.replenishment.reading import add_terms, alerts, low_pair, low_product
from tests.scopes import in_scope, run


def _order(api: Api, product: Any, warehouse: Any, quantity: float, supplier: Any = None) -> Any:
    body = {
        "supplier_id": (supplier or make_supplier(api))["id"],
        "warehouse_id": warehouse["id"],
        "lines": [ordered(product, quantity, "1")],
    }
    return done(api.post("/api/purchase-orders", body), 201)


def _recommended(api: Api, **query: Any) -> list[float]:
    return [alert["recommended_reorder_quantity"] for alert in alerts(api, **query)]


def test_only_what_is_approved_and_open_is_on_order(api: Api) -> None:
    product, warehouse = low_pair(api)  # threshold 20, 5 left: the target is 40, 35 are missing
    order = _order(api, product, warehouse, 12)
    assert _recommended(api) == [35]
    act(api, order, "submission")
    assert _recommended(api) == [35]
    act(api, order, "approval")
    assert _recommended(api) == [23]
    receive(api, read(api, order), came(order, 0, damaged=2, missing=1.5))
    assert _recommended(api) == [27]  # 8.5 are still to come, and units are ordered whole
    receive(api, read(api, order), came(order, 0, good=3))
    assert _recommended(api) == [27]  # 5.5 still to come, and 3 are there
    act(api, order, "cancellation")
    assert _recommended(api) == [32]


def test_orders_for_other_places_products_and_companies_do_not_count(api: Api, other: Api) -> None:
    product, warehouse = low_pair(api)
    here = low_product(api, warehouse)
    there = make_warehouse(api)
    theirs = _order(other, *low_pair(other), 12)
    for order in (_order(api, product, there, 7), _order(api, here, warehouse, 30)):
        act(api, order, "submission")
        act(api, order, "approval")
    act(other, theirs, "submission")
    act(other, theirs, "approval")

    found = {a["product_id"]: a["recommended_reorder_quantity"] for a in alerts(api)}

    assert found == {product["id"]: 35, here["id"]: 5}


def test_several_orders_add_up_and_may_be_enough(api: Api) -> None:
    product, warehouse = low_pair(api)
    supplier = make_supplier(api)
    add_terms(api, product, supplier, minimum_order_quantity=10, order_multiple=4)
    for quantity in (20, 14.5, 0.4):
        order = _order(api, product, warehouse, quantity, supplier)
        act(api, order, "submission")
        act(api, order, "approval")
        quantities = _recommended(api)
    assert quantities == [12]  # 0.1 is missing: at least 10, in fours
    order = _order(api, product, warehouse, 0.1)
    act(api, order, "submission")
    act(api, order, "approval")
    assert _recommended(api) == [0]


def test_what_is_in_transit_is_on_its_way_too(api: Api) -> None:
    product, _ = low_pair(api)

    async def put(scope: Any) -> None:
        await scope.execute(
            "UPDATE stock_levels SET in_transit = 6 WHERE company_id = %s AND product_id = %s",
            (scope.company_id, product["id"]),
        )

    in_scope(api, put)

    assert _recommended(api) == [29]


def test_a_page_of_alerts_takes_one_statement_for_all_orders(api: Api) -> None:
    warehouse = make_warehouse(api)
    counts = []
    for _ in range(2):
        product = low_product(api, warehouse)
        order = _order(api, product, warehouse, 1)
        act(api, order, "submission")
        act(api, order, "approval")
        counts.append(run(api, low_stock_alerts, api.company_id, AlertFilters()).statements)

    assert counts[0] == counts[1] == 3


def test_the_order_by_what_is_recommended_knows_what_is_on_its_way(api: Api) -> None:
    product, warehouse = low_pair(api)
    other = low_product(api, warehouse, left=6)  # 34 are missing
    assert [alert["product_id"] for alert in alerts(api, sort="recommended")] == [
        other["id"],
        product["id"],
    ]
    order = _order(api, product, warehouse, 2)
    act(api, order, "submission")
    act(api, order, "approval")

    found = alerts(api, sort="recommended")

    assert [alert["product_id"] for alert in found] == [product["id"], other["id"]]
    assert [alert["recommended_reorder_quantity"] for alert in found] == [33, 34]
