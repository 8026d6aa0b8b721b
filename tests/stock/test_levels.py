"""Levels: listed, filtered, sorted and paged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
from tests.stock.reading import everything, findings, held, levels, movements

PATH = "/api/stock/levels"


def _keys(api: Api, **query: Any) -> list[tuple[int, int]]:
    items = done(api.get(PATH, **query))["items"]
    return [(item["product_id"], item["warehouse_id"]) for item in items]


def test_a_level_is_listed_whole(api: Api) -> None:
    product = make_product(api, low_stock_threshold=20.5, name="Widget", sku="WID-1")
    warehouse = make_warehouse(api, code="LON")
    move(
        api,
        line(product, warehouse, "purchase", 10, unit_cost="2.5"),
        line(product, warehouse, "reserve", 2),
        line(product, warehouse, "damage", 0.5),
    )

    listed = done(api.get(PATH))

    updated_at = listed["items"][0]["updated_at"]
    assert listed == {
        "items": [
            {
                "product_id": product["id"],
                "sku": "WID-1",
                "product_name": "Widget",
                "warehouse_id": warehouse["id"],
                "warehouse_code": "LON",
                "available": 7.5,
                "reserved": 2,
                "damaged": 0.5,
                "in_transit": 0,
                "on_hand": 10,
                "value": "25.0000",
                "average_cost": "2.5000",
                "threshold": 20.5,
                "last_counted_at": None,
                "updated_at": updated_at,
            }
        ],
        "next_cursor": None,
    }
    assert datetime.now(UTC) - datetime.fromisoformat(updated_at) < timedelta(minutes=1)


@pytest.fixture
def shop(api: Api) -> dict[str, Any]:
    """Three products in two warehouses; one product is low in one of them."""
    things = {
        "red": make_product(
            api, name="Red bicycle", sku="BIKE-R", category="Bikes", low_stock_threshold=5
        ),
        "blue": make_product(
            api, name="Blue bicycle", sku="BIKE-B", category="Bikes", low_stock_threshold=4
        ),
        "pump": make_product(
            api, name="Air pump", sku="PUMP", category="Parts", low_stock_threshold=0
        ),
        "london": make_warehouse(api, code="LON"),
        "paris": make_warehouse(api, code="PAR"),
    }
    move(
        api,
        *[
            line(things[product], things[place], "purchase", quantity)
            for product in ("red", "blue", "pump")
            for place, quantity in (("london", 4), ("paris", 6))
        ],
    )
    return things


def _pairs(shop: dict[str, Any], text: str) -> list[tuple[int, int]]:
    names = [pair.split("@") for pair in text.split()]
    return [(shop[product]["id"], shop[place]["id"]) for product, place in names]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "red@london red@paris blue@london blue@paris pump@london pump@paris"),
        ({"product_id": "red"}, "red@london red@paris"),
        ({"sku": " bike-r "}, "red@london red@paris"),
        ({"sku": "none"}, ""),
        ({"warehouse_id": "paris"}, "red@paris blue@paris pump@paris"),
        ({"warehouse": "par"}, "red@paris blue@paris pump@paris"),
        ({"warehouse": "none"}, ""),
        ({"category_id": "pump"}, "pump@london pump@paris"),
        ({"q": "bicycle", "warehouse": "LON"}, "red@london blue@london"),
        ({"q": "pump"}, "pump@london pump@paris"),
        ({"q": "  "}, "red@london red@paris blue@london blue@paris pump@london pump@paris"),
        ({"q": "zzzzzz"}, ""),
        ({"low": True, "warehouse": "LON"}, "red@london"),
        ({"low": False}, "red@paris blue@london blue@paris pump@london pump@paris"),
        ({"product_id": 2**63 - 1}, ""),
    ],
)
def test_filters_narrow_the_list(
    api: Api, shop: dict[str, Any], query: dict[str, Any], found: str
) -> None:
    fields = {"product_id": "id", "warehouse_id": "id", "category_id": "category_id"}
    asked = {
        name: shop[value][fields[name]] if name in fields and value in shop else value
        for name, value in query.items()
    }

    assert _keys(api, **asked) == _pairs(shop, found)


def test_pages_follow_each_other_without_gap_or_repetition(api: Api, shop: dict[str, Any]) -> None:
    pages: list[list[tuple[int, int]]] = []
    cursor: dict[str, str] = {}
    while True:
        page = done(api.get(PATH, limit=4, **cursor))
        pages.append([(item["product_id"], item["warehouse_id"]) for item in page["items"]])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    every = "red@london red@paris blue@london blue@paris pump@london pump@paris"
    assert [len(page) for page in pages] == [4, 2]
    assert [key for page in pages for key in page] == _pairs(shop, every)
    assert done(api.get(PATH, limit=6))["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 1001}, "/query/limit"),
        ({"product_id": 0}, "/query/product_id"),
        ({"product_id": 2**63}, "/query/product_id"),
        ({"sku": "a\x00"}, "/query/sku"),
        ({"warehouse": "x" * 65}, "/query/warehouse"),
        ({"q": "a\x00b"}, "/query/q"),
        ({"q": "q" * 256}, "/query/q"),
        ({"low": "perhaps"}, "/query/low"),
        ({"as_of": "yesterday"}, "/query/as_of"),
        ({"as_of": "2026-01-01T00:00:00"}, "/query/as_of"),
        ({"as_of": "0000-01-01T00:00:00Z"}, "/query/as_of"),
        ({"as_of": "1989-12-31T23:59:59Z"}, "/query/as_of"),
        ({"as_of": "9999-12-31T23:59:59Z"}, "/query/as_of"),
        ({"colour": "red"}, "/query/colour"),
        ({"cursor": "x"}, "/query/cursor"),
    ],
)
def test_wrong_parameters_are_refused(api: Api, query: dict[str, Any], pointer: str) -> None:
    answer = api.get(PATH, **query)

    assert answer.status_code == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_limited_key_sees_levels_of_its_warehouses_alone(api: Api, shop: dict[str, Any]) -> None:
    limited = api.with_key("viewer", [shop["paris"]["id"]])

    assert _keys(limited) == _pairs(shop, "red@paris blue@paris pump@paris")
    assert _keys(limited, warehouse="LON") == []
    assert {m["warehouse_code"] for m in movements(limited)} == {"PAR"}
    stock = done(limited.get(f"/api/products/{shop['red']['id']}/stock"))
    assert stock["totals"]["available"] == 6
    bundle = make_bundle(api, (shop["red"], 1))
    stock = done(limited.get(f"/api/products/{bundle['id']}/stock"))
    assert [place["warehouse_code"] for place in stock["bundle_availability"]] == ["PAR"]


def test_other_companies_levels_are_not_listed(other: Api, shop: dict[str, Any]) -> None:
    assert levels(other) == {}
    assert _keys(other, product_id=shop["red"]["id"]) == []
    refused(other.get(f"/api/products/{shop['red']['id']}/stock"), 404, "product-not-found")


def test_the_stock_of_a_product_is_summed_over_warehouses(api: Api, shop: dict[str, Any]) -> None:
    red, london = shop["red"], shop["london"]
    move(api, line(red, london, "reserve", 1), line(red, london, "damage", 0.5))

    stock = done(api.get(f"/api/products/{red['id']}/stock"))

    assert stock == {
        "product_id": red["id"],
        "sku": "BIKE-R",
        "product_name": "Red bicycle",
        "product_type": "standard",
        "totals": {
            "available": 8.5,
            "reserved": 1,
            "damaged": 0.5,
            "in_transit": 0,
            "on_hand": 10,
            "value": "0.0000",
            "average_cost": "0.0000",
        },
        "levels": done(api.get(PATH, sku="BIKE-R"))["items"],
        "bundle_availability": None,
    }


def test_past_levels_come_in_pages_with_the_same_filters(api: Api, shop: dict[str, Any]) -> None:
    before = datetime.now(UTC).isoformat()
    lines = [line(shop[name], shop["london"], "sale", 1) for name in ("red", "blue", "pump")]
    move(api, *lines)

    first = done(api.get(PATH, as_of=before, warehouse="LON", limit=2))
    rest = done(api.get(PATH, as_of=before, warehouse="LON", limit=2, cursor=first["next_cursor"]))

    assert [item["available"] for item in first["items"] + rest["items"]] == [4, 4, 4]
    assert rest["next_cursor"] is None
    assert held(api, shop["red"], shop["london"]) == (3, 0, 0, 0)
    assert len(everything(api, PATH, as_of=before)) == 6


def test_a_product_that_starts_with_none_has_an_empty_level(api: Api) -> None:
    warehouse = make_warehouse(api)

    product = make_product(api, warehouse_id=warehouse["id"], initial_quantity=0)

    assert levels(api) == {(product["id"], warehouse["id"]): (0, 0, 0, 0)}
    assert movements(api) == []
    assert findings(api) == []


_ORDERS = {
    "sku": "blue@london blue@paris red@london red@paris pump@london pump@paris",
    "warehouse": "red@london blue@london pump@london red@paris blue@paris pump@paris",
}


@pytest.mark.parametrize("turned", ["", "-"])
@pytest.mark.parametrize("order", list(_ORDERS))
@pytest.mark.parametrize("limit", [1, 2, 4, 6])
def test_every_order_goes_both_ways_and_through_its_pages(
    api: Api, shop: dict[str, Any], order: str, turned: str, limit: int
) -> None:
    wanted = _pairs(shop, _ORDERS[order])[:: -1 if turned else 1]
    seen: list[tuple[int, int]] = []
    cursor: dict[str, str] = {}
    while not seen or cursor["cursor"] is not None:
        page = done(api.get(PATH, sort=turned + order, limit=limit, **cursor))
        seen += [(item["product_id"], item["warehouse_id"]) for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert seen == wanted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"sort": "-sku", "warehouse": "PAR"}, "pump@paris red@paris blue@paris"),
        ({"sort": "sku", "q": "bicycle", "low": False}, "blue@london blue@paris red@paris"),
        ({"sort": "warehouse", "sku": "pump"}, "pump@london pump@paris"),
        ({"sort": "-warehouse", "q": "bicycle"}, "blue@paris red@paris blue@london red@london"),
        ({"sort": "warehouse", "low": True}, "red@london"),
        ({"sort": "warehouse", "warehouse": "none"}, ""),
        ({"sort": "sku", "q": "zzzzzz"}, ""),
    ],
)
def test_filters_narrow_every_order(
    api: Api, shop: dict[str, Any], query: dict[str, Any], found: str
) -> None:
    assert _keys(api, **query) == _pairs(shop, found)


@pytest.mark.usefixtures("shop")
def test_another_order_is_of_the_same_levels(api: Api, other: Api) -> None:
    move(other, line(make_product(other, sku="A"), make_warehouse(other), "purchase", 1))
    now = datetime.now(UTC).isoformat()
    by_product = done(api.get(PATH))["items"]

    for query in ({}, {"as_of": now}):
        for sort in ("sku", "-sku", "warehouse", "-warehouse"):
            items = done(api.get(PATH, sort=sort, **query))["items"]
            items.sort(key=lambda item: (item["product_id"], item["warehouse_id"]))
            assert [item["available"] for item in items] == [4, 6] * 3
            if not query:
                assert items == by_product


def test_who_may_see_one_warehouse_sees_it_in_every_order(api: Api, shop: dict[str, Any]) -> None:
    limited = api.with_key("viewer", [shop["paris"]["id"]])

    for sort in ("warehouse", "-warehouse"):
        found = _keys(limited, sort=sort)
        wanted = _pairs(shop, "red@paris blue@paris pump@paris")
        assert found == wanted[:: -1 if sort.startswith("-") else 1]


@pytest.mark.usefixtures("shop")
def test_a_cursor_belongs_to_its_order(api: Api) -> None:
    by_product = done(api.get(PATH, limit=1))["next_cursor"]
    by_sku = done(api.get(PATH, limit=1, sort="sku"))["next_cursor"]

    refused(api.get(PATH, sort="sku", cursor=by_product), 400, "invalid-cursor")
    refused(api.get(PATH, sort="warehouse", cursor=by_sku), 400, "invalid-cursor")
    refused(api.get(PATH, cursor=by_sku), 400, "invalid-cursor")
    problem = refused(api.get(PATH, sort="available"), 400, "invalid-request")
    assert problem["errors"] == [
        {"pointer": "/query/sort", "detail": "must be 'sku', '-sku', 'warehouse' or '-warehouse'"}
    ]
