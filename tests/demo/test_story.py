"""The story, loaded through the operations into a company of the tests' own."""

from collections import Counter
from typing import Any

from stockflow.demo import story
from stockflow.demo.assortment import NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS
from stockflow.replenishment.commands import AlertFilters
from stockflow.replenishment.queries import Alert, Alerts, low_stock_alerts
from stockflow.stock.check import check_company
from tests.demo.conftest import Told
from tests.factories import done


def _alerts(told: Told, **filters: Any) -> Alerts:
    query = AlertFilters(limit=1000, **filters)
    found: Alerts = told.run(low_stock_alerts, told.api.company_id, query)[0]
    return found


def _supplier(alert: Alert) -> str | None:
    return None if alert.supplier is None else alert.supplier.name


def test_every_invariant_holds(told: Told) -> None:
    assert told.run(check_company) == []


def test_it_says_each_step_in_a_line(told: Told) -> None:
    assert told.lines == [
        "4 warehouses",
        "4 people: an owner, a buyer, a shop assistant, an accountant",
        "300 products in 12 categories, 6 are bundles",
        "8 suppliers, with 404 terms for products",
        f"{told.loaded.movements} movements in 21 postings: three months of trade",
        "sales and purchase orders, transfers, a count and a request, in every state",
    ]
    assert told.loaded.products == 300
    assert told.loaded.movements > 10_000


def test_alerts_of_every_urgency_for_many_suppliers(told: Told) -> None:
    alerts = _alerts(told).alerts
    urgencies = Counter(alert.urgency.value for alert in alerts)
    suppliers = {_supplier(alert) for alert in alerts}
    late = {alert.urgency.value for alert in alerts if _supplier(alert) == "Skärgård Järn AB"}

    assert urgencies == {"critical": 10, "high": 10, "medium": 12, "low": 10}
    assert len(suppliers) >= 6
    assert late == {"critical", "high", "medium", "low"}


def test_what_nobody_sells_any_more_is_low_and_has_no_supplier(told: Told) -> None:
    alerts = _alerts(told).alerts
    alone = {alert.sku for alert in alerts if alert.supplier is None}

    assert alone == {NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS}


def test_what_is_low_without_sales_shows_only_when_asked_for(told: Told) -> None:
    usual = {(alert.sku, alert.warehouse_name) for alert in _alerts(told).alerts}
    all_low = {
        (alert.sku, alert.warehouse_name) for alert in _alerts(told, include_no_sales=True).alerts
    }

    for sku, _ in story.LOW_WITHOUT_SALES:
        assert (sku, "Kendal central warehouse") in all_low - usual


def test_the_closed_depot_still_holds_stock_and_raises_no_alert(told: Told) -> None:
    levels = done(told.api.get("/api/stock/levels", warehouse="PENRITH", limit=1000))["items"]
    everything = _alerts(told, include_no_sales=True).alerts

    assert sum(level["available"] for level in levels) > 0
    assert any(level["available"] == 0 for level in levels)
    assert "Penrith depot" not in {alert.warehouse_name for alert in everything}


def test_the_order_keyed_in_wrongly_is_taken_back(told: Told) -> None:
    sku, warehouse, wrong, right = story.MISTAKE
    query = {"reference": "SO-HARBOUR-CAFE", "order": "oldest"}
    order = done(told.api.get("/api/stock/movements", **query))["items"]
    newest = done(told.api.get("/api/stock/movements", sku=sku, warehouse=warehouse))["items"]
    reversal = [item for item in newest if (item["reason"] or "").startswith("Reversal of posting")]

    assert [item["quantity_change"] for item in order] == [-wrong, -right]
    assert [item["quantity_change"] for item in reversal] == [wrong]
    assert reversal[0]["quantity_after"] == order[0]["quantity_before"]
    assert reversal[0]["occurred_at"] == "2025-03-04T17:45:00Z"


def test_documents_are_in_every_state(told: Told) -> None:
    def states(kind: str) -> list[str]:
        return sorted(row["status"] for row in done(told.api.get(f"/api/{kind}"))["items"])

    assert states("sales-orders") == [
        *("cancelled", "confirmed", "confirmed", "draft"),
        *("partially_shipped", "returned", "shipped"),
    ]
    assert states("purchase-orders") == ["approved", "draft", "partially_received", "submitted"]
    assert states("transfers") == ["completed", "in_transit", "pending"]
    assert states("stock-counts") == ["counting"]
    assert states("adjustment-requests") == ["waiting"]
    waiting = done(told.api.get("/api/sales-orders", backordered=True))["items"]
    assert [row["customer_name"] for row in waiting] == ["Lakeland Guides Co-operative"]
    late = done(told.api.get("/api/purchase-orders", status="approved"))["items"][0]
    assert late["supplier_name"] == "Skärgård Järn AB"
    assert late["expected_date"] < "2025-03-05"


def test_the_value_of_stock_is_what_it_cost(told: Told) -> None:
    report = done(told.api.get("/api/reports/valuation", limit=1000))
    costs = {
        row["sku"]: float(row["cost_price"])
        for row in done(told.api.get("/api/products", limit=1000))["items"]
        if row["cost_price"] is not None
    }
    shares = [
        float(row["unit_cost"]) / costs[row["sku"]] for row in report["items"] if row["on_hand"]
    ]

    assert 0.93 < min(shares) < max(shares) < 1.01
    assert float(report["totals"]["value"]) > 50_000
    assert float(report["totals"]["transit_value"]) > 0


def test_thresholds_are_set_in_all_four_places(told: Told) -> None:
    def decides(sku: str) -> dict[str, Any]:
        product = done(told.api.get("/api/products", sku=sku))["items"][0]
        found = done(told.api.get(f"/api/products/{product['id']}/thresholds"))["items"]
        kendal = next(item for item in found if item["warehouse_code"] == "KENDAL")
        return {
            name: kendal[name] for name in ("own", "product", "category", "company", "effective")
        }

    best = decides("ENAM-101")
    assert best["own"] == best["effective"] > best["category"] == 24
    assert decides("ENAM-104") == {
        "own": None,
        "product": None,
        "category": 24,
        "company": 6,
        "effective": 24,
    }
    assert decides("IRON-101")["effective"] == 6
    assert decides("ENAM-120")["effective"] == decides("ENAM-120")["product"]


def test_counts_found_differences(told: Told) -> None:
    for count in story.COUNTS:
        query = {"reference": f"COUNT-{count.warehouse}", "limit": 1000}
        counted = done(told.api.get("/api/stock/movements", **query))["items"]
        differences = [item["quantity_change"] for item in counted if item["quantity_change"]]
        assert sorted(differences) == sorted(count.differences)
        assert len(counted) > 10


def test_people_have_their_roles_and_the_shop_assistant_her_shop(told: Told) -> None:
    members = done(told.api.get("/api/members"))["items"]
    leeds = done(told.api.get("/api/warehouses", q="LEEDS"))["items"][0]["id"]

    assert {(member["name"], member["role"]) for member in members} >= {
        ("Tomasz Birkett", "manager"),
        ("Aoife Nolan", "staff"),
        ("Graham Sykes", "viewer"),
    }
    limits = {member["name"]: member["warehouse_ids"] for member in members}
    assert limits["Aoife Nolan"] == [leeds]
    assert limits["Tomasz Birkett"] is None


def test_one_product_is_sold_by_weight_and_one_bundle_holds_bundles(told: Told) -> None:
    levels = done(told.api.get("/api/stock/levels", q="coffee beans"))["items"]
    weekend = done(told.api.get("/api/products", sku="SET-WEEKEND"))["items"][0]["id"]
    parts = done(told.api.get(f"/api/products/{weekend}/components"))["components"]

    assert any(level["available"] % 1 for level in levels)
    assert {part["product_type"] for part in parts} == {"bundle", "standard"}
