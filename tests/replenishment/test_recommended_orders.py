"""From whom to order what is low, and how much."""

from typing import Any

import pytest

from tests.factories import Api, Json, done, make_product, make_supplier, make_warehouse
from tests.replenishment.reading import add_terms, alerts, low_pair, low_product


def _supplier(api: Api) -> Json | None:
    (alert,) = alerts(api)
    found: Json | None = alert["supplier"]
    return found


def test_without_a_supplier_there_is_none(api: Api) -> None:
    low_pair(api)
    make_supplier(api)

    assert _supplier(api) is None


def test_the_preferred_supplier_comes_before_a_quicker_one(api: Api) -> None:
    product, _ = low_pair(api)
    quick, preferred = make_supplier(api), make_supplier(api)
    add_terms(api, product, quick, lead_time_days=1)
    add_terms(api, product, preferred, lead_time_days=30, is_preferred=True)

    found = _supplier(api)

    assert found is not None
    assert (found["id"], found["lead_time_days"]) == (preferred["id"], 30)


def test_without_a_preference_the_quickest_is_asked(api: Api) -> None:
    product, _ = low_pair(api)
    unknown, slow = make_supplier(api), make_supplier(api, lead_time_days=9)
    quick, as_quick = make_supplier(api, lead_time_days=20), make_supplier(api, lead_time_days=5)
    for supplier in (unknown, slow):
        add_terms(api, product, supplier)
    add_terms(api, product, quick, lead_time_days=5)
    add_terms(api, product, as_quick)

    found = _supplier(api)

    assert found is not None
    assert (found["id"], found["lead_time_days"]) == (quick["id"], 5)


def test_retired_suppliers_are_not_asked(api: Api) -> None:
    product, _ = low_pair(api)
    retired, active = make_supplier(api, active=False), make_supplier(api)
    add_terms(api, product, retired, lead_time_days=1, is_preferred=True)
    assert _supplier(api) is None

    add_terms(api, product, active, lead_time_days=30)

    found = _supplier(api)
    assert found == {
        "id": active["id"],
        "name": active["name"],
        "contact_email": None,
        "contact_phone": None,
        "lead_time_days": 30,
        "minimum_order_quantity": None,
        "cost_price": None,
    }
    done(api.patch(f"/api/suppliers/{active['id']}", {"active": False}))
    assert _supplier(api) is None


def test_suppliers_of_other_products_and_companies_are_not_asked(api: Api, other: Api) -> None:
    low_pair(api)
    add_terms(api, make_product(api), make_supplier(api), is_preferred=True)
    theirs, _ = low_pair(other)
    add_terms(other, theirs, make_supplier(other), is_preferred=True)

    assert _supplier(api) is None


@pytest.mark.parametrize(
    ("left", "product", "terms", "quantity"),
    [
        # threshold 20, one a day: the target is 40
        (5, {}, None, 35),
        (0, {}, None, 40),
        (5.5, {}, None, 35),
        (5, {"low_stock_threshold": 20.25}, None, 36),
        (5, {}, {"lead_time_days": 39}, 35),
        (5, {}, {"lead_time_days": 40}, 35),
        (5, {}, {"lead_time_days": 41}, 36),
        (5, {}, {"lead_time_days": 100}, 95),
        (5, {}, {"minimum_order_quantity": 35}, 35),
        (5, {}, {"minimum_order_quantity": 36}, 36),
        (5, {}, {"minimum_order_quantity": 36.5}, 37),
        (5, {}, {"minimum_order_quantity": 50, "order_multiple": 12}, 60),
        (5, {}, {"order_multiple": 12}, 36),
        (5, {}, {"order_multiple": 35}, 35),
        (5, {}, {"order_multiple": 36}, 36),
        (5, {}, {"order_multiple": 1000}, 1000),
        (5, {}, {"order_multiple": 0.4}, 35.2),
        (5, {"reorder_quantity": 60}, None, 60),
        (5, {"reorder_quantity": 60}, {"minimum_order_quantity": 50}, 60),
        (5, {"reorder_quantity": 40}, {"minimum_order_quantity": 50}, 50),
        (5, {"reorder_quantity": 60}, {"order_multiple": 25}, 75),
        (5, {"reorder_quantity": 0}, {"minimum_order_quantity": 0}, 35),
    ],
)
def test_the_order_brings_stock_back_to_its_target(
    api: Api, left: float, product: dict[str, Any], terms: dict[str, Any] | None, quantity: float
) -> None:
    low, _ = low_pair(api, left=left, sold=30, **product)
    if terms is not None:
        add_terms(api, low, make_supplier(api), **terms)

    (alert,) = alerts(api)

    assert alert["recommended_reorder_quantity"] == quantity


def test_demand_over_the_lead_time_follows_the_period_asked_for(api: Api) -> None:
    product, _ = low_pair(api, left=5, sold=30)
    add_terms(api, product, make_supplier(api), lead_time_days=60)

    by_period = {
        days: alerts(api, sales_period_days=days)[0]["recommended_reorder_quantity"]
        for days in (10, 30, 90)
    }

    assert by_period == {10: 175, 30: 55, 90: 35}


def test_what_is_enough_already_needs_no_order(api: Api) -> None:
    warehouse = make_warehouse(api)
    product = low_product(api, warehouse, left=50, sold=30)
    add_terms(api, product, make_supplier(api), minimum_order_quantity=100)

    (alert,) = alerts(api, threshold_multiplier=3)
    assert (alert["threshold"], alert["recommended_reorder_quantity"]) == (60, 100)
    (alert,) = alerts(api, threshold_multiplier="2.6", sales_period_days=365)
    assert (alert["threshold"], alert["recommended_reorder_quantity"]) == (52, 100)
