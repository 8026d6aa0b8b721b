"""Taking postings back, and reading them."""

from typing import Any

import pytest

from tests.conftest import new_company
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
from tests.stock.reading import (
    effects,
    findings,
    held,
    level,
    levels,
    movements,
    picture,
    posts,
    together,
)


def _reverse(api: Api, posting: Json) -> Any:
    return api.post(f"/api/stock/postings/{posting['posting_id']}/reversal")


def _demand(api: Api) -> dict[int, float]:
    """Units a day sold in the last ten days, by product."""
    path = f"/api/companies/{api.company_id}/alerts/low-stock"
    alerts = done(api.get(path, sales_period_days=10, include_no_sales=True))["alerts"]
    return {alert["product_id"]: alert["avg_daily_sales"] for alert in alerts}


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [
        ("purchase", 5),
        ("sale", 5),
        ("return", 5),
        ("adjustment", 5),
        ("adjustment", -5),
        ("manufacturing", -5),
        ("damage", 5),
        ("write_off", 5),
        ("reserve", 5),
        ("release", 5),
        ("recount", 3),
        ("recount", 70),
    ],
)
def test_a_reversal_undoes_every_type(api: Api, kind: str, quantity: float) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(
        api,
        line(product, warehouse, "purchase", 100),
        line(product, warehouse, "reserve", 20),
        line(product, warehouse, "damage", 10),
    )
    before = levels(api)
    posting = move(api, line(product, warehouse, kind, quantity))

    answer = _reverse(api, posting)

    reversal = done(answer, 201)
    assert answer.headers["location"] == f"/api/stock/postings/{reversal['posting_id']}"
    assert levels(api) == before
    assert [(m["type"], m["bucket"], m["quantity_change"]) for m in reversal["movements"]] == [
        (m["type"], m["bucket"], -m["quantity_change"]) for m in reversed(posting["movements"])
    ]
    assert findings(api) == []


def test_both_postings_tell_of_each_other(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(api, line(product, warehouse, "purchase", 5, unit_cost="1.5", reference="PO-1"))
    reversal = done(_reverse(api, posting), 201)

    first = done(api.get(f"/api/stock/postings/{posting['posting_id']}"))
    second = done(api.get(f"/api/stock/postings/{reversal['posting_id']}"))

    assert (first["kind"], first["reverses_id"], first["reversed_by_id"]) == (
        "movements",
        None,
        second["id"],
    )
    assert (second["kind"], second["reverses_id"], second["reversed_by_id"]) == (
        "reversal",
        first["id"],
        None,
    )
    assert movements(api)[1]["reason"] == f"Reversal of posting {first['id']}"
    assert [m["unit_cost"] for m in first["movements"]] == ["1.5000"]
    assert [m["unit_cost"] for m in second["movements"]] == ["1.5000"]


def test_a_posting_is_read_whole(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(
        api,
        line(product, warehouse, "purchase", 5),
        line(product, warehouse, "reserve", 2, occurred_at="2026-01-01T00:00:00Z"),
    )

    read = done(api.get(f"/api/stock/postings/{posting['posting_id']}"))

    (owner_key,) = done(api.get("/api/api-keys"))["items"]
    assert read == {
        "id": posting["posting_id"],
        "kind": "movements",
        "recorded_at": read["recorded_at"],
        "reverses_id": None,
        "user_id": read["user_id"],
        "api_key_id": owner_key["id"],
        "reversed_by_id": None,
        "document_type": None,
        "document_id": None,
        "movements": [
            {**movement, "unit_cost": None, "unit_price": None, "value_change": "0.0000"}
            for movement in posting["movements"]
        ],
    }


def test_what_had_left_comes_back_at_the_value_it_took_along(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, unit_cost="4"))
    sale = move(api, line(product, warehouse, "sale", 5))
    move(api, line(product, warehouse, "purchase", 5, unit_cost="10"))

    done(_reverse(api, sale), 201)

    assert [m["value_change"] for m in movements(api)] == [
        "40.0000",
        "-20.0000",
        "50.0000",
        "20.0000",
    ]
    found = level(api, product, warehouse)
    assert (found["value"], found["average_cost"]) == ("90.0000", "6.0000")
    assert findings(api) == []


def test_a_posting_is_reversed_once(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(api, line(product, warehouse, "purchase", 5))
    reversal = done(_reverse(api, posting), 201)
    before = picture(api)

    problem = refused(_reverse(api, posting), 409, "posting-reversed")

    assert problem["reversed_by"] == reversal["posting_id"]
    assert picture(api) == before


def test_of_many_reversals_at_once_one_succeeds(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100))
    posting = move(api, line(product, warehouse, "sale", 5))
    path = f"/api/stock/postings/{posting['posting_id']}/reversal"

    answers = together(api, [("POST", path, None)] * 8)

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"posting-reversed"}
    assert held(api, product, warehouse) == (100, 0, 0, 0)
    assert findings(api) == []


def test_a_reversal_is_not_reversed(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(api, line(product, warehouse, "purchase", 5))
    reversal = done(_reverse(api, posting), 201)
    before = picture(api)

    refused(_reverse(api, reversal), 409, "reversal-not-reversible")

    assert picture(api) == before


def test_what_has_been_sold_cannot_be_taken_back(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(api, line(product, warehouse, "purchase", 5))
    move(api, line(product, warehouse, "sale", 3))
    before = picture(api)

    problem = refused(_reverse(api, posting), 409, "insufficient-stock")

    (short,) = problem["lines"]
    assert (short["line"], short["requested"], short["available"]) == (0, 5, 2)
    assert picture(api) == before


def test_a_reversed_sale_was_no_demand_on_its_own_day(api: Api) -> None:
    product, warehouse = make_product(api, low_stock_threshold=1000), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100))
    old = move(api, line(product, warehouse, "sale", 30, occurred_at="2026-01-01T12:00:00Z"))
    new = move(api, line(product, warehouse, "sale", 20))
    assert _demand(api) == {product["id"]: 2}

    done(_reverse(api, old), 201)
    assert _demand(api) == {product["id"]: 2}
    assert findings(api) == []

    done(_reverse(api, new), 201)
    assert _demand(api) == {product["id"]: 0}
    assert findings(api) == []


def test_a_reversed_return_was_demand_after_all(api: Api) -> None:
    product, warehouse = make_product(api, low_stock_threshold=1000), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100), line(product, warehouse, "sale", 30))
    posting = move(api, line(product, warehouse, "return", 10))
    assert _demand(api) == {product["id"]: 2}

    done(_reverse(api, posting), 201)

    assert _demand(api) == {product["id"]: 3}
    assert findings(api) == []


def test_a_reversed_bundle_gives_its_components_back(api: Api) -> None:
    product, warehouse = make_product(api, low_stock_threshold=1000), make_warehouse(api)
    bundle = make_bundle(api, (product, 3))
    move(api, line(product, warehouse, "purchase", 100))
    posting = move(api, line(bundle, warehouse, "sale", 10))
    done(api.put(f"/api/products/{bundle['id']}/components", {"components": []}))

    reversal = done(_reverse(api, posting), 201)

    assert effects(reversal) == [(0, "available", 30, 70, 100)]
    assert _demand(api) == {product["id"]: 0}


def test_a_reversed_count_is_no_count(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(api, line(product, warehouse, "recount", 5, occurred_at="2026-01-01T00:00:00Z"))

    done(_reverse(api, posting), 201)

    assert level(api, product, warehouse)["last_counted_at"] == "2026-01-01T00:00:00Z"


def test_a_day_of_the_company_decides_where_demand_is_taken_back(api: Api) -> None:
    far = new_company(api.http, timezone="Pacific/Auckland")
    product, warehouse = make_product(far, low_stock_threshold=1000), make_warehouse(far)
    move(far, line(product, warehouse, "purchase", 100))
    posting = move(far, line(product, warehouse, "sale", 30, occurred_at="2026-01-01T12:00:00Z"))

    done(_reverse(far, posting), 201)

    assert findings(far) == []


def test_a_purchase_may_be_taken_back_from_an_inactive_warehouse(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    bought = move(api, line(product, warehouse, "purchase", 5))
    more = move(api, line(product, warehouse, "purchase", 5))
    sold = move(api, line(product, warehouse, "sale", 5))
    done(api.patch(f"/api/warehouses/{warehouse['id']}", {"active": False}))

    problem = refused(_reverse(api, sold), 409, "levels-closed")
    done(_reverse(api, bought), 201)
    refused(_reverse(api, more), 409, "insufficient-stock")

    assert [failed["line"] for failed in problem["lines"]] == [0]
    assert held(api, product, warehouse) == (0, 0, 0, 0)


def test_who_may_not_post_may_not_reverse(api: Api) -> None:
    product, own, foreign = make_product(api), make_warehouse(api), make_warehouse(api)
    posting = move(api, line(product, own, "purchase", 5), line(product, foreign, "purchase", 5))
    before = picture(api)

    refused(_reverse(api.with_key("viewer"), posting), 403, "forbidden")
    refused(_reverse(api.with_key("staff", [own["id"]]), posting), 404, "posting-not-found")

    assert picture(api) == before


def test_postings_of_other_companies_do_not_exist(api: Api, other: Api) -> None:
    posting = move(other, line(make_product(other), make_warehouse(other), "purchase", 5))
    path = f"/api/stock/postings/{posting['posting_id']}"
    before = picture(other)

    refused(api.get(path), 404, "posting-not-found")
    refused(_reverse(api, posting), 404, "posting-not-found")
    refused(api.get(f"/api/stock/postings/{2**63 - 1}"), 404, "posting-not-found")
    refused(api.get("/api/stock/postings/0"), 400, "invalid-request")

    assert picture(other) == before
    assert done(other.get(path))["reversed_by_id"] is None


def test_postings_and_reversals_at_once_leave_no_drift(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 50))
    sales = [move(api, line(product, warehouse, "sale", 1)) for _ in range(8)]
    paths = [f"/api/stock/postings/{sale['posting_id']}/reversal" for sale in sales]

    answers = together(
        api,
        [("POST", path, None) for path in paths]
        + posts(*[[line(product, warehouse, "sale", 2)] for _ in range(8)]),
    )

    assert [answer.status_code for answer in answers] == [201] * 16
    assert held(api, product, warehouse) == (34, 0, 0, 0)
    assert findings(api) == []


def test_stock_a_posting_brought_in_and_took_out_can_be_taken_back(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    posting = move(
        api, line(product, warehouse, "purchase", 10), line(product, warehouse, "sale", 10)
    )

    reversal = done(api.post(f"/api/stock/postings/{posting['posting_id']}/reversal"), 201)

    assert effects(reversal) == [(1, "available", 10, 0, 10), (0, "available", -10, 10, 0)]
    assert findings(api) == []
