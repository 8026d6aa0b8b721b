"""The four places a threshold may be set, and the first that is set decides."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import (
    Api,
    Json,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.replenishment.reading import alerts, low_pair
from tests.scopes import audit_of
from tests.stock.reading import findings, level


def _own(product: Any, warehouse: Any) -> str:
    return f"/api/products/{product['id']}/thresholds/{warehouse['id']}"


def _listed(api: Api, product: Any) -> list[Json]:
    page = done(api.get(f"/api/products/{product['id']}/thresholds"))
    found: list[Json] = page.pop("items")
    assert page == {"next_cursor": None}
    return found


def test_the_first_place_that_is_set_decides(api: Api) -> None:
    product, warehouse = low_pair(api, left=5, low_stock_threshold=None, category="Bikes")
    category = f"/api/categories/{product['category_id']}"

    def threshold() -> float | None:
        (shown,) = _listed(api, product)
        found = alerts(api, include_no_sales=True)
        in_alert = found[0]["threshold"] if found else None
        assert shown["effective"] == in_alert == level(api, product, warehouse)["threshold"]
        assert findings(api) == []
        effective: float | None = shown["effective"]
        return effective

    assert threshold() == 10
    done(api.patch("/api/company", {"default_low_stock_threshold": 11}))
    assert threshold() == 11
    done(api.patch("/api/company", {"standard_low_stock_threshold": 12}))
    assert threshold() == 12
    done(api.patch(category, {"low_stock_threshold": 13}))
    assert threshold() == 13
    done(api.patch(f"/api/products/{product['id']}", {"low_stock_threshold": 14}))
    assert threshold() == 14
    done(api.put(_own(product, warehouse), {"low_stock_threshold": 15.5}))
    assert threshold() == 15.5
    assert _listed(api, product) == [
        {
            "warehouse_id": warehouse["id"],
            "warehouse_code": warehouse["code"],
            "own": 15.5,
            "product": 14,
            "category": 13,
            "product_type": 12,
            "company": 11,
            "effective": 15.5,
        }
    ]

    done(api.put(_own(product, warehouse), {"low_stock_threshold": None}))
    assert threshold() == 14
    done(api.patch(f"/api/products/{product['id']}", {"low_stock_threshold": None}))
    assert threshold() == 13
    done(api.patch(f"/api/products/{product['id']}", {"category_id": None}))
    assert threshold() == 12
    done(api.patch("/api/company", {"standard_low_stock_threshold": None}))
    assert threshold() == 11
    done(api.patch("/api/company", {"default_low_stock_threshold": None}))
    assert threshold() is None


@pytest.mark.parametrize("place", ["own", "product", "category", "type"])
def test_a_threshold_of_zero_is_set_and_ends_the_search(api: Api, place: str) -> None:
    product, warehouse = low_pair(api, left=0, low_stock_threshold=None, category="Bikes")
    addresses: dict[str, tuple[str, str, str]] = {
        "own": ("PUT", _own(product, warehouse), "low_stock_threshold"),
        "product": ("PATCH", f"/api/products/{product['id']}", "low_stock_threshold"),
        "category": (
            "PATCH",
            f"/api/categories/{product['category_id']}",
            "low_stock_threshold",
        ),
        "type": ("PATCH", "/api/company", "standard_low_stock_threshold"),
    }
    method, path, field = addresses[place]
    assert len(alerts(api)) == 1

    done(api.request(method, path, json={field: 0}))

    assert alerts(api) == []
    assert level(api, product, warehouse)["threshold"] == 0


def test_a_product_that_changes_category_gets_its_threshold(api: Api) -> None:
    product, warehouse = low_pair(api, left=50, low_stock_threshold=None)
    other_product = make_product(api, category="Spares")
    category = other_product["category_id"]
    done(api.patch(f"/api/categories/{category}", {"low_stock_threshold": 60}))
    assert alerts(api) == []

    done(api.patch(f"/api/products/{product['id']}", {"category_id": category}))

    assert [alert["threshold"] for alert in alerts(api)] == [60]
    assert level(api, product, warehouse)["threshold"] == 60
    assert findings(api) == []


def test_a_threshold_may_be_set_before_there_is_stock(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    made = done(api.put(_own(product, warehouse), {"low_stock_threshold": 3}))

    assert (made["own"], made["effective"]) == (3, 3)
    move(api, line(product, warehouse, "purchase", 5), line(product, warehouse, "sale", 3))
    assert [alert["threshold"] for alert in alerts(api)] == [3]
    assert findings(api) == []


def test_a_threshold_holds_in_its_warehouse_alone(api: Api) -> None:
    product, here, there = make_product(api), make_warehouse(api), make_warehouse(api)
    move(api, line(product, here, "purchase", 5), line(product, there, "purchase", 5))

    done(api.put(_own(product, here), {"low_stock_threshold": 3}))

    assert [row["effective"] for row in _listed(api, product)] == [3, 10]
    limited = api.with_key("manager", [there["id"]])
    assert [row["effective"] for row in _listed(limited, product)] == [10]
    refused(
        limited.put(_own(product, here), {"low_stock_threshold": 9}), 404, "warehouse-not-found"
    )
    assert [row["effective"] for row in _listed(api, product)] == [3, 10]


def test_a_change_of_threshold_is_audited(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    done(api.put(_own(product, warehouse), {"low_stock_threshold": 3}))

    done(api.put(_own(product, warehouse), {"low_stock_threshold": 4.5}))

    (_, first), (_, second) = [
        (action, changes) for _, action, changes in audit_of(api, "threshold")
    ]
    (name,) = first
    assert str(warehouse["id"]) in name
    assert [[None if v is None else float(v) for v in c[name]] for c in (first, second)] == [
        [None, 3],
        [3, 4.5],
    ]


@pytest.mark.parametrize("threshold", [None, 3, 0])
def test_what_does_not_change_is_not_audited(api: Api, threshold: float | None) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    first = done(api.put(_own(product, warehouse), {"low_stock_threshold": threshold}))
    audited, seen = audit_of(api, "threshold"), level(api, product, warehouse)

    again = done(api.put(_own(product, warehouse), {"low_stock_threshold": threshold}))

    assert again == first
    assert len(audited) == (threshold is not None)
    assert (audit_of(api, "threshold"), level(api, product, warehouse)) == (audited, seen)


def test_a_bundle_has_no_threshold(api: Api) -> None:
    bundle, warehouse = make_bundle(api, (make_product(api), 1)), make_warehouse(api)

    refused(
        api.put(_own(bundle, warehouse), {"low_stock_threshold": 3}), 409, "bundle-has-no-threshold"
    )

    assert _listed(api, bundle) == []


def test_an_archived_product_keeps_its_threshold(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    done(api.delete(f"/api/products/{product['id']}"))

    refused(api.put(_own(product, warehouse), {"low_stock_threshold": 3}), 409, "product-archived")

    assert _listed(api, product) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/low_stock_threshold"),
        ({"low_stock_threshold": -1}, "/low_stock_threshold"),
        ({"low_stock_threshold": 0.00001}, "/low_stock_threshold"),
        ({"low_stock_threshold": "NaN"}, "/low_stock_threshold"),
        ({"low_stock_threshold": "many"}, "/low_stock_threshold"),
        ({"low_stock_threshold": 10**11}, "/low_stock_threshold"),
        ({"low_stock_threshold": 1, "colour": "red"}, "/colour"),
    ],
)
def test_a_threshold_that_is_none_is_refused(api: Api, body: Any, pointer: str) -> None:
    product, warehouse = low_pair(api)
    before = _listed(api, product)

    problem = refused(api.put(_own(product, warehouse), body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert _listed(api, product) == before


def test_who_may_not_set_thresholds_sets_none(api: Api, other: Api) -> None:
    product, warehouse = low_pair(api)
    before = _listed(api, product)
    body = {"low_stock_threshold": 3}
    mine = make_warehouse(other)

    refused(api.with_key("staff").put(_own(product, warehouse), body), 403, "forbidden")
    refused(other.put(_own(product, mine), body), 404, "product-not-found")
    refused(other.put(_own(make_product(other), warehouse), body), 404, "warehouse-not-found")
    refused(other.get(f"/api/products/{product['id']}/thresholds"), 404, "product-not-found")

    assert _listed(api, product) == before


def test_writers_of_one_threshold_and_sales_leave_no_drift(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    other_place = make_warehouse(api)

    def write(turn: int) -> int:
        if turn % 2:
            place = warehouse if turn % 4 == 1 else other_place
            return api.put(_own(product, place), {"low_stock_threshold": turn}).status_code
        lines = [line(product, other_place, "purchase", 2), line(product, warehouse, "purchase", 2)]
        return api.post("/api/stock/movements", {"lines": lines}).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(write, range(24)))

    assert sorted(statuses) == [200] * 12 + [201] * 12
    assert findings(api) == []
