"""Alerts in other orders, and only some of them."""

from typing import Any

import pytest

from stockflow.replenishment.commands import AlertFilters
from stockflow.replenishment.formulas import Urgency
from stockflow.replenishment.queries import alerts_by_urgency
from tests.factories import Api, done, make_supplier, make_warehouse, refused
from tests.replenishment.reading import add_terms, alerts, answer, low_product, path
from tests.scopes import in_scope

_SKUS = ("B-1", "A-2", "C-3", "A-1", "D-4")


@pytest.fixture
def shop(api: Api) -> Api:
    """Five alerts in two warehouses: 1 to 18 left of products that sell one a day."""
    east, west = make_warehouse(api, code="EAST"), make_warehouse(api, code="WEST")
    cheap, dear = make_supplier(api, name="cheap"), make_supplier(api, name="Dear")
    lefts = (10, 1, 5, 18, 3)
    for place, (sku, left) in enumerate(zip(_SKUS, lefts, strict=True)):
        product = low_product(api, (west, east)[place % 2], sku=sku, name=f"Thing {sku}", left=left)
        if place < 3:
            add_terms(api, product, dear if place else cheap, is_preferred=True)
    return api


def _skus(found: list[Any]) -> list[str]:
    return [alert["sku"] for alert in found]


_ORDERS = {
    "urgency": ["A-2", "D-4", "C-3", "B-1", "A-1"],
    "stock": ["A-2", "D-4", "C-3", "B-1", "A-1"],
    "sku": ["A-1", "A-2", "B-1", "C-3", "D-4"],
    "warehouse": ["A-2", "A-1", "B-1", "C-3", "D-4"],
    "supplier": ["A-1", "D-4", "B-1", "A-2", "C-3"],
    "recommended": ["A-1", "B-1", "C-3", "D-4", "A-2"],
}


@pytest.mark.parametrize("turned", ["", "-"])
@pytest.mark.parametrize("order", list(_ORDERS))
def test_every_order_is_paged_without_gap_or_repetition(shop: Api, order: str, turned: str) -> None:
    wanted = _ORDERS[order][:: -1 if turned else 1]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = answer(shop, sort=turned + order, limit=2, **cursor)
        assert page["total_alerts"] == 5
        seen += _skus(page["alerts"])
        cursor = {"cursor": page["next_cursor"]}

    assert cursor["cursor"] is None
    assert seen == wanted
    assert _skus(alerts(shop, sort=turned + order)) == wanted


def test_a_cursor_belongs_to_its_order(shop: Api) -> None:
    cursors = [
        answer(shop, limit=1, sort=order)["next_cursor"] for order in ("urgency", "sku", "stock")
    ]

    for cursor in cursors:
        refused(shop.get(path(shop), sort="-sku", cursor=cursor), 400, "invalid-cursor")


def test_only_some_urgencies(shop: Api) -> None:
    found = answer(shop, urgency=["critical", "medium"])

    assert _skus(found["alerts"]) == ["A-2", "D-4", "B-1"]
    assert found["total_alerts"] == 3


def test_only_what_would_be_ordered_from_a_supplier(shop: Api) -> None:
    (dear,) = [s["id"] for s in done(shop.get("/api/suppliers"))["items"] if s["name"] == "Dear"]

    assert _skus(alerts(shop, supplier_id=dear)) == ["A-2", "C-3"]
    assert {alert["supplier"]["id"] for alert in alerts(shop, supplier_id=dear)} == {dear}


def test_only_a_category(api: Api) -> None:
    warehouse = make_warehouse(api)
    category = done(api.post("/api/categories", {"name": "Bolts"}), 201)
    low_product(api, warehouse)
    bolt = low_product(api, warehouse, category_id=category["id"])

    assert _skus(alerts(api, category_id=category["id"])) == [bolt["sku"]]
    assert answer(api, category_id=2**40)["total_alerts"] == 0


@pytest.mark.parametrize(("text", "skus"), [("C-3", ["C-3"]), ("thing d-4", ["D-4"])])
def test_only_what_is_searched_for(shop: Api, text: str, skus: list[str]) -> None:
    assert _skus(alerts(shop, q=text))[:1] == skus


def test_nothing_like_it(shop: Api) -> None:
    assert answer(shop, q="zzzzzzzz")["total_alerts"] == 0


@pytest.mark.parametrize(
    ("name", "value"), [("sort", "name"), ("urgency", "dire"), ("supplier_id", "x")]
)
def test_bad_filters_are_refused(shop: Api, name: str, value: str) -> None:
    problem = refused(shop.get(path(shop), **{name: value}), 400, "invalid-request")

    assert problem["errors"][0]["pointer"].startswith(f"/query/{name}")


def test_alerts_are_counted_by_urgency(shop: Api) -> None:
    counts = in_scope(shop, alerts_by_urgency, AlertFilters())

    assert counts == {Urgency.CRITICAL: 2, Urgency.HIGH: 1, Urgency.MEDIUM: 1, Urgency.LOW: 1}
    assert list(counts) == list(Urgency)
