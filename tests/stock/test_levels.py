"""Levels: listed, filtered, paged, and as they were at past moments."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import new_company
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
from tests.stock.reading import Held, everything, findings, held, level, levels, movements

PATH = "/api/stock/levels"


def _moment(text: str) -> str:
    return f"2026-03-{text}Z"


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


def test_opening_stock_is_a_level_from_the_first_moment(api: Api) -> None:
    warehouse = make_warehouse(api)

    product = make_product(api, warehouse_id=warehouse["id"], initial_quantity=12.5)

    assert levels(api) == {(product["id"], warehouse["id"]): (12.5, 0, 0, 0)}
    (movement,) = movements(api)
    assert (movement["type"], movement["reason"]) == ("adjustment", "Opening stock")
    assert findings(api) == []


def test_the_value_of_stock_is_known_now_and_at_every_past_moment(api: Api) -> None:
    product, east, west = make_product(api), make_warehouse(api), make_warehouse(api)
    for kind, quantity, moment, cost in [
        ("purchase", 10, "02T08:00:00", {"unit_cost": "4"}),
        ("purchase", 10, "02T12:00:00", {"unit_cost": "5"}),
        ("sale", 8, "03T10:00:00", {}),
        ("reserve", 5, "04T10:00:00", {}),
        ("damage", 4, "04T11:00:00", {}),
        ("write_off", 4, "05T10:00:00", {}),
        ("sale", 3, "05T12:00:00", {}),
    ]:
        moved = line(product, east, kind, quantity, occurred_at=_moment(moment), **cost)
        move(api, moved)

    def worth(**query: Any) -> tuple[str, str | None]:
        found = level(api, product, east, **query)
        return found["value"], found["average_cost"]

    assert worth() == ("22.5000", "4.5000")
    for moment, expected in [
        ("01T00:00:00", ("0.0000", None)),
        ("02T08:00:00", ("40.0000", "4.0000")),
        ("02T12:00:00", ("90.0000", "4.5000")),
        ("03T10:00:00", ("54.0000", "4.5000")),
        ("04T23:00:00", ("54.0000", "4.5000")),
        ("05T10:00:00", ("36.0000", "4.5000")),
        ("05T12:00:00", ("22.5000", "4.5000")),
    ]:
        assert worth(as_of=_moment(moment)) == expected, moment
    move(api, line(product, west, "purchase", 5, unit_cost="1.1"))
    totals = done(api.get(f"/api/products/{product['id']}/stock"))["totals"]
    assert (totals["on_hand"], totals["value"], totals["average_cost"]) == (10, "28.0000", "2.8000")
    move(api, line(product, east, "release", 5), line(product, east, "sale", 5))
    assert worth() == ("0.0000", "4.5000")
    assert findings(api) == []


def test_stock_is_known_at_every_past_moment(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    def at(text: str) -> Held:
        return levels(api, as_of=_moment(text))[product["id"], warehouse["id"]]

    for kind, quantity, moment in [
        ("purchase", 100, "02T08:00:00"),
        ("sale", 10, "02T12:00:00"),
        ("reserve", 20, "03T00:00:00"),
        ("damage", 5, "03T23:59:59.999999"),
        ("write_off", 2, "05T10:00:00"),
        ("release", 20, "05T10:00:00.000001"),
    ]:
        move(api, line(product, warehouse, kind, quantity, occurred_at=_moment(moment)))

    assert at("01T00:00:00") == (0, 0, 0, 0)
    assert at("02T07:59:59.999999") == (0, 0, 0, 0)
    assert at("02T08:00:00") == (100, 0, 0, 0)
    assert at("02T11:59:59.999999") == (100, 0, 0, 0)
    assert at("02T12:00:00") == (90, 0, 0, 0)
    assert at("02T23:59:59.999999") == (90, 0, 0, 0)
    assert at("03T00:00:00") == (70, 20, 0, 0)
    assert at("03T23:59:59.999998") == (70, 20, 0, 0)
    assert at("03T23:59:59.999999") == (65, 20, 5, 0)
    assert at("04T12:00:00") == (65, 20, 5, 0)
    assert at("05T10:00:00") == (65, 20, 3, 0)
    assert at("05T10:00:00.000001") == (85, 0, 3, 0)
    now = datetime.now(UTC).isoformat()
    assert levels(api, as_of=now) == levels(api)
    past = level(api, product, warehouse, as_of=_moment("04T00:00:00"))
    assert (past["available"], past["damaged"], past["on_hand"]) == (65, 5, 90)


def test_what_is_posted_late_belongs_to_the_moment_it_happened(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, occurred_at=_moment("10T10:00:00")))

    move(api, line(product, warehouse, "sale", 4, occurred_at=_moment("05T10:00:00")))

    key = (product["id"], warehouse["id"])
    assert levels(api, as_of=_moment("06T00:00:00"))[key] == (-4, 0, 0, 0)
    assert levels(api, as_of=_moment("11T00:00:00"))[key] == (6, 0, 0, 0)
    assert levels(api)[key] == (6, 0, 0, 0)


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("America/New_York", "2026-03-08"),  # an hour is left out at 02:00
        ("Europe/London", "2025-10-26"),  # an hour comes twice at 01:00
        ("Africa/Cairo", "2026-04-24"),  # an hour is left out at midnight
        ("America/Havana", "2025-11-02"),  # midnight comes twice
        ("Pacific/Kiritimati", "2026-01-01"),
        ("Asia/Kolkata", "2026-01-01"),
    ],
)
def test_moments_are_exact_on_the_odd_days_of_every_time_zone(
    api: Api, timezone: str, day: str
) -> None:
    local = new_company(api.http, timezone=timezone)
    product, warehouse = make_product(local), make_warehouse(local)
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=16)
    moments = [start + timedelta(minutes=30 * step) for step in range(110)]
    move(
        local,
        *[line(product, warehouse, "purchase", 1, occurred_at=m.isoformat()) for m in moments],
    )

    seen = [
        level(local, product, warehouse, as_of=moment.isoformat())["available"]
        for moment in moments[::7]
    ]

    assert seen == list(range(1, 111, 7))
    assert findings(local) == []


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
