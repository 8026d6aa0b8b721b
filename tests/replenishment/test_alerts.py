"""Low-stock alerts: which there are, and what each says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import new_company
from tests.factories import (
    Api,
    done,
    line,
    make_product,
    make_supplier,
    make_warehouse,
    move,
    refused,
)
from tests.replenishment.reading import (
    add_terms,
    alerts,
    answer,
    days_ago,
    low_pair,
    low_product,
    path,
)


def test_an_alert_says_everything(api: Api) -> None:
    warehouse = make_warehouse(api, code="MAIN", name="Main Warehouse")
    supplier = make_supplier(
        api,
        name="Supplier Corp",
        contact_email="orders@supplier.com",
        contact_phone="+1-555-0123",
        lead_time_days=14,
    )
    product = make_product(
        api, name="Widget A", sku="WID-001", category="Electronics", low_stock_threshold=20
    )
    add_terms(api, product, supplier, minimum_order_quantity=50, cost_price="12.5")
    move(
        api,
        line(product, warehouse, "recount", 17.5, occurred_at="2026-01-15T10:30:00Z"),
        line(product, warehouse, "sale", 12.5, occurred_at=days_ago(1)),
    )

    found = answer(api)

    assert found == {
        "alerts": [
            {
                "product_id": product["id"],
                "product_name": "Widget A",
                "sku": "WID-001",
                "category": "Electronics",
                "warehouse_id": warehouse["id"],
                "warehouse_name": "Main Warehouse",
                "current_stock": 5,
                "threshold": 20,
                "days_until_stockout": 12,
                "avg_daily_sales": 0.4167,
                "last_counted_at": "2026-01-15T10:30:00Z",
                "urgency": "medium",
                "recommended_reorder_quantity": 50,
                "supplier": {
                    "id": supplier["id"],
                    "name": "Supplier Corp",
                    "contact_email": "orders@supplier.com",
                    "contact_phone": "+1-555-0123",
                    "lead_time_days": 14,
                    "minimum_order_quantity": 50,
                    "cost_price": "12.5000",
                },
            }
        ],
        "total_alerts": 1,
        "generated_at": found["generated_at"],
        "parameters": {
            "organization_id": api.company_id,
            "warehouse_id": None,
            "threshold_multiplier": 1.0,
            "include_no_sales": False,
            "sales_period_days": 30,
        },
        "next_cursor": None,
    }
    generated = datetime.fromisoformat(found["generated_at"])
    assert timedelta(0) <= datetime.now(UTC) - generated < timedelta(minutes=1)


def test_the_parameters_are_told_back(api: Api) -> None:
    warehouse = make_warehouse(api)

    found = answer(
        api,
        warehouse_id=warehouse["id"],
        threshold_multiplier="0.5",
        include_no_sales=True,
        sales_period_days=7,
    )

    assert found["alerts"] == []
    assert found["total_alerts"] == 0
    assert found["parameters"] == {
        "organization_id": api.company_id,
        "warehouse_id": warehouse["id"],
        "threshold_multiplier": 0.5,
        "include_no_sales": True,
        "sales_period_days": 7,
    }


@pytest.mark.parametrize(
    ("left", "sold", "days", "urgency"),
    [
        # 30 sold in 30 days are one a day
        (0, 30, 0, "critical"),
        (0.5, 30, 0, "critical"),
        (1, 30, 1, "critical"),
        (3, 30, 3, "critical"),
        (3.9999, 30, 3, "critical"),
        (4, 30, 4, "high"),
        (7, 30, 7, "high"),
        (7.9999, 30, 7, "high"),
        (8, 30, 8, "medium"),
        (14, 30, 14, "medium"),
        (14.9999, 30, 14, "medium"),
        (15, 30, 15, "low"),
        (19, 30, 19, "low"),
        # a third a day: 10 ÷ ⅓ is 30 exactly, which a rounded average would miss
        (10, 10, 30, "low"),
        (1, 0.0001, 300_000, "low"),
        (1, 7, 4, "high"),
    ],
)
def test_urgency_follows_from_the_days_left(
    api: Api, left: float, sold: float, days: int, urgency: str
) -> None:
    low_pair(api, left=left, sold=sold)

    (alert,) = alerts(api)

    assert (alert["current_stock"], alert["days_until_stockout"]) == (left, days)
    assert alert["urgency"] == urgency
    assert alert["avg_daily_sales"] == pytest.approx(sold / 30, abs=0.00005)


@pytest.mark.parametrize(("left", "days", "urgency"), [(5, None, "low"), (0, 0, "critical")])
def test_without_sales_there_is_an_alert_only_where_asked_for(
    api: Api, left: float, days: int | None, urgency: str
) -> None:
    product, warehouse = low_pair(api, left=5, sold=0)
    if not left:
        move(api, line(product, warehouse, "adjustment", -5))
    assert alerts(api) == []

    (alert,) = alerts(api, include_no_sales=True)

    assert alert["days_until_stockout"] == days
    assert alert["urgency"] == urgency
    assert alert["avg_daily_sales"] == 0
    assert alert["recommended_reorder_quantity"] == 40 - left


def test_backordered_stock_is_critical(api: Api) -> None:
    product, warehouse = make_product(api, allow_backorders=True), make_warehouse(api)
    move(api, line(product, warehouse, "sale", 3))

    (alert,) = alerts(api)

    assert (alert["current_stock"], alert["days_until_stockout"]) == (-3, 0)
    assert (alert["urgency"], alert["recommended_reorder_quantity"]) == ("critical", 23)


@pytest.mark.parametrize(("at_threshold", "low"), [(False, [19.9999]), (True, [19.9999, 20])])
def test_low_begins_below_the_threshold_or_at_it(
    api: Api, at_threshold: bool, low: list[float]
) -> None:
    warehouse = make_warehouse(api)
    for left in (20.0001, 20, 19.9999):
        low_product(api, warehouse, left=left)

    done(api.patch("/api/company", {"low_stock_at_threshold": at_threshold}))

    assert [alert["current_stock"] for alert in alerts(api)] == low
    doubled = alerts(api, threshold_multiplier=2, sales_period_days=1)
    assert len(doubled) == 3
    halved = alerts(api, threshold_multiplier="0.9999")
    assert [alert["current_stock"] for alert in halved] == []


@pytest.mark.parametrize(
    ("multiplier", "found"),
    [
        ("0.5", [(5, 10)]),
        ("1", [(5, 20), (15, 20)]),
        ("1.5", [(5, 30), (15, 30), (25, 30)]),
        ("0.25", []),
        ("0.2501", [(5, 5.002)]),
    ],
)
def test_the_multiplier_moves_every_threshold(
    api: Api, multiplier: str, found: list[tuple[float, float]]
) -> None:
    warehouse = make_warehouse(api)
    for left in (25, 15, 5):
        low_product(api, warehouse, left=left)

    seen = alerts(api, threshold_multiplier=multiplier)

    assert [(alert["current_stock"], alert["threshold"]) for alert in seen] == found


@pytest.mark.parametrize(
    ("multiplier", "shown"), [("0.5", 10), ("0.7", 14.0001), ("1", 20.0001), ("1.5", 30.0002)]
)
def test_thresholds_are_shown_with_four_decimals(api: Api, multiplier: str, shown: float) -> None:
    low_pair(api, left=5, low_stock_threshold=20.0001)

    (alert,) = alerts(api, threshold_multiplier=multiplier)

    assert alert["threshold"] == shown


def test_what_is_shown_rounded_is_compared_exactly(api: Api) -> None:
    low_pair(api, left=10, low_stock_threshold=20.0001)

    (alert,) = alerts(api, threshold_multiplier="0.5")

    assert (alert["current_stock"], alert["threshold"]) == (10, 10)


def test_reserved_and_damaged_units_do_not_count(api: Api) -> None:
    product, warehouse = low_pair(api, left=30)
    assert alerts(api) == []

    move(api, line(product, warehouse, "reserve", 8), line(product, warehouse, "damage", 7))

    assert [alert["current_stock"] for alert in alerts(api)] == [15]
    move(api, line(product, warehouse, "release", 8))
    assert alerts(api) == []


def test_each_warehouse_has_an_alert_of_its_own(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    product = low_product(api, here, left=5)
    move(api, line(product, there, "purchase", 4), line(product, there, "sale", 2))

    assert {alert["warehouse_id"]: alert["current_stock"] for alert in alerts(api)} == {
        here["id"]: 5,
        there["id"]: 2,
    }
    only = alerts(api, warehouse_id=there["id"])
    assert [alert["warehouse_id"] for alert in only] == [there["id"]]
    assert answer(api, warehouse_id=there["id"])["total_alerts"] == 1


def test_inactive_warehouses_and_archived_products_raise_none(api: Api) -> None:
    product, warehouse = low_pair(api)
    other_product = low_product(api, warehouse, left=0)
    place = f"/api/warehouses/{warehouse['id']}"
    assert len(alerts(api)) == 2

    done(api.patch(place, {"active": False}))
    assert alerts(api, include_no_sales=True) == []
    done(api.patch(place, {"active": True}))
    assert len(alerts(api)) == 2

    done(api.delete(f"/api/products/{other_product['id']}"))
    assert [alert["product_id"] for alert in alerts(api)] == [product["id"]]
    assert len(alerts(api, threshold_multiplier=2, include_no_sales=True)) == 1
    done(api.delete(f"/api/products/{other_product['id']}/archival"))
    assert len(alerts(api)) == 2


def test_without_any_threshold_there_is_no_alert(api: Api) -> None:
    done(api.patch("/api/company", {"default_low_stock_threshold": None}))
    low_pair(api, left=0, low_stock_threshold=None)
    low_pair(api, left=0, low_stock_threshold=0)

    assert alerts(api, include_no_sales=True, threshold_multiplier=10) == []


def test_a_limited_key_sees_alerts_of_its_warehouses_alone(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    low_product(api, here)
    product = low_product(api, there)
    limited = api.with_key("viewer", [there["id"]])

    found = answer(limited)

    assert [alert["product_id"] for alert in found["alerts"]] == [product["id"]]
    assert found["total_alerts"] == 1
    refused(limited.get(path(api), warehouse_id=here["id"]), 404, "warehouse-not-found")


def test_another_companys_alerts_are_nobodys_business(api: Api, other: Api) -> None:
    low_pair(other)
    existing = api.get(path(other))
    unknown = api.get(f"/api/companies/{2**62}/alerts/low-stock")

    problems = [refused(one, 403, "forbidden") for one in (existing, unknown)]

    for problem in problems:
        del problem["request_id"]
    assert problems[0] == problems[1]
    assert alerts(api) == []
    anonymous = Api(api.http, api.company_id, "")
    refused(anonymous.get(path(api)), 401, "unauthenticated")


def test_another_companys_warehouse_is_unknown(api: Api, other: Api) -> None:
    theirs = make_warehouse(other)

    refused(api.get(path(api), warehouse_id=theirs["id"]), 404, "warehouse-not-found")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"warehouse_id": 0}, "/query/warehouse_id"),
        ({"warehouse_id": "x"}, "/query/warehouse_id"),
        ({"warehouse_id": 2**63}, "/query/warehouse_id"),
        ({"threshold_multiplier": 0}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": -1}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": "NaN"}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": "Infinity"}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": "1e400"}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": "1.00001"}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": 1001}, "/query/threshold_multiplier"),
        ({"threshold_multiplier": "much"}, "/query/threshold_multiplier"),
        ({"include_no_sales": "perhaps"}, "/query/include_no_sales"),
        ({"sales_period_days": 0}, "/query/sales_period_days"),
        ({"sales_period_days": 366}, "/query/sales_period_days"),
        ({"sales_period_days": 1.5}, "/query/sales_period_days"),
        ({"sales_scope": "world"}, "/query/sales_scope"),
        ({"limit": 0}, "/query/limit"),
        ({"limit": 1001}, "/query/limit"),
        ({"colour": "red"}, "/query/colour"),
        ({"cursor": "x"}, "/query/cursor"),
        ({"cursor": "WyJsb3ctc3RvY2siLDEsMiwzLDRd"}, "/query/cursor"),
        ({"cursor": "A" * 2001}, "/query/cursor"),
    ],
)
def test_wrong_parameters_are_refused(api: Api, query: dict[str, Any], pointer: str) -> None:
    found = api.get(path(api), **query)

    assert found.status_code == 400, found.text
    assert [error["pointer"] for error in found.json()["errors"]] == [pointer]


def test_all_wrong_parameters_are_named_at_once(api: Api) -> None:
    problem = refused(
        api.get(path(api), limit=0, sales_period_days=0, sales_scope="x"), 400, "invalid-request"
    )

    assert {error["pointer"] for error in problem["errors"]} == {
        "/query/limit",
        "/query/sales_period_days",
        "/query/sales_scope",
    }


@pytest.mark.parametrize("number", ["0", "x", str(2**63)])
def test_a_company_id_that_cannot_be_one_is_refused(api: Api, number: str) -> None:
    refused(api.get(f"/api/companies/{number}/alerts/low-stock"), 400, "invalid-request")


def test_a_company_may_have_another_period(api: Api) -> None:
    low_pair(api, left=5, sold=30)
    done(api.patch("/api/company", {"sales_period_days": 10}))

    found = answer(api)

    assert found["parameters"]["sales_period_days"] == 10
    assert found["alerts"][0]["avg_daily_sales"] == 3
    assert found["alerts"][0]["days_until_stockout"] == 1
    assert alerts(api, sales_period_days=60)[0]["avg_daily_sales"] == 0.5


def test_stock_that_lasts_for_ages_is_no_error(api: Api) -> None:
    rich = new_company(api.http)
    product = make_product(rich, low_stock_threshold=99_999_999_999)
    warehouse = make_warehouse(rich)
    bought = [line(product, warehouse, "purchase", 99_999_999_999)] * 500
    move(rich, *bought, line(product, warehouse, "sale", 0.0001))

    (alert,) = alerts(rich, threshold_multiplier=1000, sales_period_days=365)

    assert alert["urgency"] == "low"
    assert alert["days_until_stockout"] == 2**53 - 1, "what any JSON reader can hold"
