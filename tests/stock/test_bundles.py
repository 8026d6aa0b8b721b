"""Bundles have no stock of their own: selling one takes its components."""

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
from tests.stock.reading import effects, findings, levels, movements, picture


@pytest.fixture
def parts(api: Api) -> tuple[Any, Any, Any]:
    """Two products with 100 and 50 in stock, and their warehouse."""
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, line(first, warehouse, "purchase", 100), line(second, warehouse, "purchase", 50))
    return first, second, warehouse


def test_selling_a_bundle_takes_its_components(api: Api, parts: Any) -> None:
    first, second, warehouse = parts
    bundle = make_bundle(api, (second, 0.5), (first, 2))

    posting = move(api, line(bundle, warehouse, "sale", 3), line(first, warehouse, "sale", 4))

    assert effects(posting) == [
        (0, "available", -6, 100, 94),
        (0, "available", -1.5, 50, 48.5),
        (1, "available", -4, 94, 90),
    ]
    assert [movement["product_id"] for movement in posting["movements"]] == [
        first["id"],
        second["id"],
        first["id"],
    ]
    assert findings(api) == []


def test_bundles_of_bundles_are_taken_apart_to_the_last(api: Api, parts: Any) -> None:
    first, second, warehouse = parts
    inner = make_bundle(api, (first, 2), (second, 1))
    outer = make_bundle(api, (inner, 3), (first, 1))

    posting = move(api, line(outer, warehouse, "sale", 2))

    assert effects(posting) == [(0, "available", -14, 100, 86), (0, "available", -6, 50, 44)]


@pytest.mark.parametrize(
    ("kind", "buckets"),
    [
        ("sale", {"available": -4}),
        ("return", {"available": 4}),
        ("reserve", {"available": -4, "reserved": 4}),
    ],
)
def test_what_a_customer_does_with_a_bundle_moves_its_components(
    api: Api, parts: Any, kind: str, buckets: dict[str, float]
) -> None:
    first, _, warehouse = parts
    bundle = make_bundle(api, (first, 2))

    posting = move(api, line(bundle, warehouse, kind, 2))

    assert {m["bucket"]: m["quantity_change"] for m in posting["movements"]} == buckets


def test_a_reserved_bundle_can_be_released(api: Api, parts: Any) -> None:
    first, second, warehouse = parts
    bundle = make_bundle(api, (first, 2), (second, 1))
    before = levels(api)
    move(api, line(bundle, warehouse, "reserve", 5))

    move(api, line(bundle, warehouse, "release", 5))

    assert levels(api) == before


@pytest.mark.parametrize(
    "kind", ["purchase", "adjustment", "damage", "write_off", "recount", "manufacturing"]
)
def test_a_bundle_itself_has_no_stock_to_change(api: Api, parts: Any, kind: str) -> None:
    bundle = make_bundle(api, (parts[0], 1))
    before = picture(api)

    problem = refused(
        api.post("/api/stock/movements", {"lines": [line(bundle, parts[2], kind, 1)]}),
        409,
        "lines-refused",
    )

    assert [failed["code"] for failed in problem["lines"]] == ["bundle-has-no-stock"]
    assert picture(api) == before


@pytest.mark.parametrize("mode", ["all_or_nothing", "valid_rows"])
def test_a_bundle_is_sold_whole_or_not_at_all(api: Api, parts: Any, mode: str) -> None:
    first, second, warehouse = parts
    bundle = make_bundle(api, (first, 2), (second, 1))
    before = picture(api)

    problem = refused(
        api.post(
            "/api/stock/movements", {"lines": [line(bundle, warehouse, "sale", 51)], "mode": mode}
        ),
        409,
        "insufficient-stock",
    )

    short = problem["lines"][0]
    assert (short["product_id"], short["requested"], short["available"]) == (first["id"], 102, 100)
    assert picture(api) == before


def test_a_bundle_without_components_cannot_be_sold(api: Api, parts: Any) -> None:
    bundle = make_bundle(api)

    answer = api.post("/api/stock/movements", {"lines": [line(bundle, parts[2], "sale", 1)]})

    assert answer.status_code == 409, answer.text
    assert len(movements(api)) == 2


def test_demand_for_a_bundle_is_demand_for_its_components(api: Api, parts: Any) -> None:
    first, second, warehouse = parts
    bundle = make_bundle(api, (first, 3), (second, 1))
    move(api, line(bundle, warehouse, "sale", 10), line(bundle, warehouse, "return", 1))
    done(api.patch("/api/company", {"default_low_stock_threshold": 1000, "sales_period_days": 10}))

    alerts = done(api.get(f"/api/companies/{api.company_id}/alerts/low-stock"))["alerts"]

    assert {alert["product_id"]: alert["avg_daily_sales"] for alert in alerts} == {
        first["id"]: 2.7,
        second["id"]: 0.9,
    }


@pytest.mark.parametrize(
    ("quantity", "sold"),
    [(0.3333, 0.5), (0.0001, 0.5), (1.0001, 1.0001), (0.3333, 0.3333)],
)
def test_parts_of_parts_stay_within_four_decimals(
    api: Api, parts: Any, quantity: float, sold: float
) -> None:
    first, _, warehouse = parts
    bundle = make_bundle(api, (first, quantity))

    for kind in ("sale", "return", "reserve", "release"):
        posting = move(api, line(bundle, warehouse, kind, sold))
        for movement in posting["movements"]:
            before, change = movement["quantity_before"], movement["quantity_change"]
            assert round(before + change, 4) == movement["quantity_after"]
            assert round(change, 4) == change

    assert levels(api)[first["id"], warehouse["id"]] == (100, 0, 0, 0)
    assert findings(api) == []


@pytest.mark.parametrize("kind", ["sale", "return", "reserve", "release"])
def test_too_little_of_a_bundle_to_take_anything_is_refused(
    api: Api, parts: Any, kind: str
) -> None:
    first, second, warehouse = parts
    bundle = make_bundle(api, (first, 0.0001), (second, 1))
    before = picture(api)
    lines = [line(bundle, warehouse, kind, 0.0001), line(second, warehouse, "purchase", 1)]

    problem = refused(api.post("/api/stock/movements", {"lines": lines}), 409, "lines-refused")

    assert [(failed["line"], failed["code"]) for failed in problem["lines"]] == [
        (0, "quantity-too-small")
    ]
    assert picture(api) == before
    posting = move(api, *lines, mode="valid_rows")
    assert effects(posting) == [(1, "available", 1, 50, 51)]
    assert [error["code"] for error in posting["errors"]] == ["quantity-too-small"]


def test_bundles_of_enormous_size_are_refused(api: Api, parts: Any) -> None:
    first, _, warehouse = parts
    bundle = make_bundle(api, (first, 99_999_999_999))
    for _ in range(3):
        bundle = make_bundle(api, (bundle, 99_999_999_999))
    before = picture(api)

    answer = api.post("/api/stock/movements", {"lines": [line(bundle, warehouse, "sale", 99_999)]})

    assert answer.status_code in (400, 409), answer.text
    assert picture(api) == before


def test_the_stock_of_a_bundle_is_what_its_scarcest_component_makes(api: Api, parts: Any) -> None:
    first, second, warehouse = parts
    elsewhere = make_warehouse(api)
    move(api, line(first, elsewhere, "purchase", 9), line(second, elsewhere, "purchase", 100))
    bundle = make_bundle(api, (first, 2), (second, 3))

    stock = done(api.get(f"/api/products/{bundle['id']}/stock"))

    assert stock["bundle_availability"] == [
        {"warehouse_id": warehouse["id"], "warehouse_code": warehouse["code"], "available": 16},
        {"warehouse_id": elsewhere["id"], "warehouse_code": elsewhere["code"], "available": 4},
    ]
    assert stock["totals"]["available"] == 20
    assert stock["levels"] == []


def test_a_bundle_of_nothing_is_not_available(api: Api) -> None:
    stock = done(api.get(f"/api/products/{make_bundle(api)['id']}/stock"))

    assert stock["bundle_availability"] == []
    assert stock["totals"]["available"] == 0


def test_a_bundle_has_no_quantity_to_expect(api: Api) -> None:
    warehouse, part = make_warehouse(api), make_product(api)
    bundle = make_bundle(api, (part, 1))
    move(api, line(part, warehouse, "purchase", 5))

    problem = refused(
        api.post(
            "/api/stock/movements",
            {"lines": [line(bundle, warehouse, "sale", 1, expected_quantity=5)]},
        ),
        409,
        "lines-refused",
    )

    assert problem["lines"][0]["code"] == "bundle-has-no-stock"
    assert levels(api) == {(part["id"], warehouse["id"]): (5, 0, 0, 0)}


def test_the_price_of_a_bundle_is_not_that_of_its_components(api: Api) -> None:
    warehouse, part = make_warehouse(api), make_product(api)
    bundle = make_bundle(api, (part, 2))
    move(api, line(part, warehouse, "purchase", 5, unit_cost="1.50"))

    move(api, line(bundle, warehouse, "sale", 1, unit_price="20.00"))

    assert {row["type"]: (row["unit_cost"], row["unit_price"]) for row in movements(api)} == {
        "purchase": ("1.5000", None),
        "sale": (None, None),
    }
