"""The report around the values: totals, pages, filters, who sees what, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.valuation.commands import Method, ValuationFilters
from stockflow.valuation.queries import value_stock
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.scopes import run
from tests.stock.reading import everything
from tests.valuation.reading import PATH, value


@pytest.fixture
def trade(api: Api) -> tuple[Any, Any, Any]:
    """Two warehouses and a category; five lines with stock, one that is sold out."""
    lon, man = make_warehouse(api, code="LON"), make_warehouse(api, code="MAN")
    lamps = done(api.post("/api/categories", {"name": "Lamps"}), 201)
    desk, floor = (make_product(api, sku=sku, category_id=lamps["id"]) for sku in ("DESK", "FLOOR"))
    bulb, gone = make_product(api, sku="BULB"), make_product(api, sku="GONE")
    for product, warehouse, quantity, cost in (
        (desk, lon, 10, "20"),
        (desk, man, 2, "21.5"),
        (floor, man, 3, "80.25"),
        (bulb, lon, 100, "0.1234"),
        (bulb, man, 7, "0.1"),
        (gone, lon, 5, "3"),
    ):
        move(api, line(product, warehouse, "purchase", quantity, unit_cost=cost))
    move(api, line(gone, lon, "sale", 5))
    return lon, man, lamps


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_totals_are_the_sums_of_all_items(api: Api, trade: Any, method: str) -> None:
    lon, man, lamps = trade

    report = value(api, method=method)

    assert report["method"] == method
    assert report["currency"] == "GBP"
    assert [(item["sku"], item["warehouse_code"], item["value"]) for item in report["items"]] == [
        ("DESK", "LON", "200.0000"),
        ("DESK", "MAN", "43.0000"),
        ("FLOOR", "MAN", "240.7500"),
        ("BULB", "LON", "12.3400"),
        ("BULB", "MAN", "0.7000"),
    ]
    assert report["totals"] == {
        "lines": 5,
        "value": "496.7900",
        "transit_value": "0.0000",
        "by_warehouse": [
            _part(warehouse_id=lon["id"], warehouse_code="LON", lines=2, value="212.3400"),
            _part(warehouse_id=man["id"], warehouse_code="MAN", lines=3, value="284.4500"),
        ],
        "by_category": [
            _part(category_id=lamps["id"], category="Lamps", lines=3, value="483.7500"),
            _part(category_id=None, category=None, lines=2, value="13.0400"),
        ],
    }


def _part(**fields: Any) -> dict[str, Any]:
    return {**fields, "transit_value": "0.0000"}


@pytest.mark.usefixtures("trade")
@pytest.mark.parametrize("method", ["average", "fifo"])
def test_pages_continue_and_only_the_first_has_totals(api: Api, method: str) -> None:
    whole = value(api, method=method)

    first = done(api.get(PATH, method=method, limit=2))
    second = done(api.get(PATH, method=method, limit=2, cursor=first["next_cursor"]))

    assert first["items"] + second["items"] == whole["items"][:4]
    assert first["totals"] == whole["totals"]
    assert second["totals"] is None
    for as_of in ({}, {"as_of": whole["as_of"]}):
        assert everything(api, PATH, method=method, limit=1, **as_of) == whole["items"]


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_filters_narrow_items_and_totals(api: Api, trade: Any, method: str) -> None:
    lon, man, lamps = trade
    as_of = value(api)["as_of"]
    for past in ({}, {"as_of": as_of}):
        in_lon = value(api, method=method, warehouse_id=lon["id"], **past)
        assert [item["sku"] for item in in_lon["items"]] == ["DESK", "BULB"]
        assert in_lon["totals"]["value"] == "212.3400"
        assert [part["warehouse_code"] for part in in_lon["totals"]["by_warehouse"]] == ["LON"]

        query = {"method": method, "category_id": lamps["id"], "warehouse_id": man["id"], **past}
        both = value(api, **query)
        assert [item["sku"] for item in both["items"]] == ["DESK", "FLOOR"]
        assert both["totals"]["value"] == "283.7500"
        assert everything(api, PATH, limit=1, **query) == both["items"]


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_limited_actors_see_and_sum_their_warehouses_only(
    api: Api, trade: Any, method: str
) -> None:
    lon, man, _ = trade
    limited = api.with_key("viewer", [man["id"]])

    report = value(limited, method=method)

    assert {item["warehouse_code"] for item in report["items"]} == {"MAN"}
    assert report["totals"]["value"] == "284.4500"
    assert [part["warehouse_id"] for part in report["totals"]["by_warehouse"]] == [man["id"]]
    by_category = [part["value"] for part in report["totals"]["by_category"]]
    assert by_category == ["283.7500", "0.7000"]
    assert everything(limited, PATH, method=method, limit=1) == report["items"]
    refused(limited.get(PATH, warehouse_id=lon["id"]), 404, "warehouse-not-found")


def test_a_company_without_stock_is_worth_nothing(api: Api) -> None:
    for query in ({}, {"method": "fifo"}, {"as_of": "2026-01-01T00:00:00Z", "method": "fifo"}):
        report = value(api, **query)
        assert report["items"] == []
        assert report["totals"] == {
            "lines": 0,
            "value": "0.0000",
            "transit_value": "0.0000",
            "by_warehouse": [],
            "by_category": [],
        }


@pytest.mark.usefixtures("trade")
def test_bad_questions_are_refused(api: Api, other: Api) -> None:
    foreign = make_warehouse(other)
    refused(api.get(PATH, warehouse_id=foreign["id"]), 404, "warehouse-not-found")
    refused(api.get(PATH, category_id=10**9), 404, "category-not-found")
    for query in (
        {"method": "lifo"},
        {"as_of": "2999-01-01T00:00:00Z"},
        {"as_of": "2026-01-01"},
        {"as_of": "1989-12-31T00:00:00Z"},
        {"limit": 0},
        {"limit": 1001},
        {"warehouse_id": 2**63},
        {"colour": "red"},
        {"cursor": "nonsense"},
    ):
        assert api.get(PATH, **query).status_code == 400, query
    cursor = done(api.get(PATH, limit=1))["next_cursor"]
    refused(api.get(PATH, method="fifo", cursor=cursor), 400, "invalid-cursor")
    refused(api.get(PATH, as_of="2026-01-01T00:00:00Z", cursor=cursor), 400, "invalid-cursor")


@pytest.mark.usefixtures("trade")
def test_a_report_takes_a_constant_number_of_statements(api: Api) -> None:
    for method in Method:
        viewer = Actor(Role.VIEWER)
        small = run(api, value_stock, ValuationFilters(method=method, limit=1), actor=viewer)
        large = run(api, value_stock, ValuationFilters(method=method, limit=1000), actor=viewer)
        assert small.statements == large.statements == 2
        assert len(large.result.items) == 5
        total = sum(Decimal(item.value) for item in large.result.items)
        assert str(total) == large.result.totals.value
