"""What lists and the page of a product show of its stock: totals, and the card."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.stock.card import stock_card
from stockflow.stock.queries import ProductTotals, totals_of_products
from tests.factories import (
    Api,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.scopes import in_scope, run
from tests.stock.holding import hold


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_totals_are_sums_over_warehouses(api: Api) -> None:
    first, second = make_warehouse(api), make_warehouse(api)
    product, empty = make_product(api, low_stock_threshold=5), make_product(api)
    move(
        api,
        line(product, first, "purchase", 10),
        line(product, first, "reserve", 4),
        line(product, first, "damage", 2),
        line(product, second, "purchase", 8),
    )

    asked = run(api, totals_of_products, [product["id"], empty["id"], 2**40])

    assert asked.statements == 1
    assert asked.result == {
        product["id"]: ProductTotals(
            product["id"], False, Decimal(12), Decimal(18), Decimal(0), 2, is_low=True
        ),
        empty["id"]: ProductTotals(
            empty["id"], False, Decimal(0), Decimal(0), Decimal(0), 0, is_low=False
        ),
    }


def test_totals_of_other_warehouses_and_companies_are_left_out(api: Api, other: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product, foreign = make_product(api), make_product(other)
    move(api, line(product, own, "purchase", 3), line(product, far, "purchase", 5))
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({own["id"]}))

    totals = run(api, totals_of_products, [product["id"], foreign["id"]], actor=actor).result

    assert list(totals) == [product["id"]]
    assert (totals[product["id"]].on_hand, totals[product["id"]].warehouses) == (3, 1)


def test_bundles_count_what_one_warehouse_can_make(api: Api) -> None:
    first, second, third = (make_warehouse(api) for _ in range(3))
    bolt, nut = make_product(api), make_product(api)
    kit = make_bundle(api, (bolt, 2), (nut, 1.5))
    case = make_bundle(api, (kit, 2))
    bare = make_product(api, product_type="bundle")
    move(
        api,
        line(bolt, first, "purchase", 9),  # four times two
        line(nut, first, "purchase", 100),
        line(bolt, second, "purchase", 100),
        line(nut, second, "purchase", 4),  # twice one and a half
        line(bolt, third, "purchase", 100),  # and no nuts
    )

    def made(totals: ProductTotals) -> tuple[int, int]:
        return int(totals.available), totals.warehouses

    totals = in_scope(api, totals_of_products, [kit["id"], case["id"], bare["id"]])

    assert made(totals[kit["id"]]) == (6, 2)
    assert made(totals[case["id"]]) == (3, 2)
    assert made(totals[bare["id"]]) == (0, 0)
    shown = done(api.get(f"/api/products/{kit['id']}/stock"))
    assert shown["totals"]["available"] == 6


def test_the_card_is_what_was_on_hand_at_the_end_of_each_day(api: Api) -> None:
    first, second = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(api, line(product, first, "purchase", 10, occurred_at=_days_ago(4)))
    move(api, line(product, second, "purchase", 7, occurred_at=_days_ago(2)))
    move(api, line(product, first, "sale", 3, occurred_at=_days_ago(1)))
    move(api, line(product, first, "reserve", 2))  # stays on hand

    card = in_scope(api, stock_card, product["id"], days=6)
    of_first = in_scope(api, stock_card, product["id"], days=3, warehouse_id=first["id"])

    today = datetime.now(UTC).date()
    assert card.days == [today - timedelta(days=days) for days in range(5, -1, -1)]
    assert card.on_hand == [0, 10, 10, 17, 14, 14]
    assert of_first.on_hand == [10, 7, 7]


def test_the_card_has_the_whole_history_behind_it(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 10, occurred_at=_days_ago(300)))

    card = in_scope(api, stock_card, product["id"])

    assert card.on_hand == [10] * 90


def test_the_card_leaves_other_warehouses_out(api: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(api, line(product, own, "purchase", 3), line(product, far, "purchase", 5))
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({own["id"]}))

    assert run(api, stock_card, product["id"], actor=actor).result.on_hand[-1] == 3


def test_the_card_is_read_over_the_api(api: Api, other: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product, theirs = make_product(api), make_product(other)
    move(api, line(product, own, "purchase", 3.5), line(product, far, "purchase", 5))
    path = f"/api/products/{product['id']}/stock/card"
    viewer, limited = api.with_key("viewer"), api.with_key("viewer", [own["id"]])

    card = done(viewer.get(path))
    assert (len(card["days"]), card["on_hand"]) == (90, [0] * 89 + [8.5])
    assert card["days"] == sorted(card["days"])
    assert done(viewer.get(path, days=1, warehouse_id=far["id"]))["on_hand"] == [5]
    assert done(limited.get(path, days=2))["on_hand"] == [0, 3.5]
    refused(limited.get(path, warehouse_id=far["id"]), 404, "warehouse-not-found")
    refused(other.get(path), 404, "product-not-found")
    refused(api.get(f"/api/products/{theirs['id']}/stock/card"), 404, "product-not-found")
    for days in (0, 367):
        refused(api.get(path, days=days), 400, "invalid-request")


def test_what_lies_in_a_warehouse_is_read_over_the_api(api: Api, other: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product = make_product(api, low_stock_threshold=0)
    low = make_product(api, low_stock_threshold=5)
    move(
        api,
        line(product, own, "purchase", 10, unit_cost="2"),
        line(product, own, "reserve", 3),
        line(product, own, "damage", 1),
        line(low, own, "purchase", 4, unit_cost="0.5"),
        line(low, far, "purchase", 8, unit_cost="1"),
    )
    path = f"/api/warehouses/{own['id']}/stock"
    expected = {
        "products": 2,
        "available": 10,
        "reserved": 3,
        "damaged": 1,
        "in_transit": 0,
        "value": "22.0000",
        "low": 1,
    }

    assert done(api.with_key("viewer").get(path)) == expected
    assert done(api.with_key("viewer", [own["id"]]).get(path)) == expected
    refused(api.with_key("staff", [far["id"]]).get(path), 404, "warehouse-not-found")
    refused(other.get(path), 404, "warehouse-not-found")
    hold(api, low, own, 4, hours=-1)
    assert done(api.get(path)) == expected, "what is held for a time gone by is available"
