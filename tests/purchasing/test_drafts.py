"""Drafts: from whom, where to, what, and at which cost."""

from typing import Any

import pytest

from tests.factories import (
    Api,
    done,
    make_bundle,
    make_product,
    make_supplier,
    make_warehouse,
    refused,
)
from tests.purchasing.ordering import (
    PATH,
    act,
    everything_about,
    make_trade,
    ordered,
    path,
    read,
    wrong_status,
)
from tests.replenishment.reading import add_terms
from tests.scopes import archive, audit_of


def _costs(order: Any) -> list[str]:
    return [line["unit_cost"] for line in order["lines"]]


def _line(place: int, product: Any, row: Any, **fields: Any) -> Any:
    """A line as it must be shown when nothing has come yet."""
    return {
        "id": row["id"],
        "line": place,
        "product_id": product["id"],
        "sku": product["sku"],
        "product_name": product["name"],
        "supplier_sku": None,
        "open_quantity": fields["quantity"],
        **dict.fromkeys(("good", "damaged", "missing", "cancelled"), 0),
        **dict.fromkeys(("minimum_order_quantity", "order_multiple")),
        **fields,
    }


def test_a_draft_is_returned_whole(api: Api) -> None:
    trade = make_trade(api, payment_terms="30 days", code="BRIGHT")
    add_terms(api, trade.first, trade.supplier, supplier_sku="B-1")
    key = done(api.get("/api/api-keys"))["items"][0]["id"]

    body = {
        "supplier": "bright",
        "warehouse": trade.warehouse["code"].lower(),
        "expected_date": "2026-12-24",
        "reference": "Offer 7",
        "notes": "By rail\nif possible",
        "lines": [
            ordered(trade.first, 10, "2.50"),
            {"sku": trade.second["sku"], "quantity": 0.5, "unit_cost": "1.2345"},
        ],
    }
    answer = api.post(PATH, body)

    order = done(answer, 201)
    assert answer.headers["location"] == path(order)
    assert answer.headers["etag"] == '"1"'
    assert order == {
        "id": order["id"],
        "number": order["number"],
        "status": "draft",
        "supplier_id": trade.supplier["id"],
        "supplier_name": trade.supplier["name"],
        "warehouse_id": trade.warehouse["id"],
        "warehouse_code": trade.warehouse["code"],
        "reference": "Offer 7",
        "notes": "By rail\nif possible",
        "expected_date": "2026-12-24",
        "currency": "GBP",
        "payment_terms": "30 days",
        "line_count": 2,
        "total": "25.6200",
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
        "created_by_user_id": None,
        "created_by_api_key_id": key,
        **dict.fromkeys(("submitted_at", "approved_at", "received_at", "cancelled_at")),
        **dict.fromkeys(("approved_by_user_id", "approved_by_api_key_id")),
        **dict.fromkeys(("rejection_reason", "cancellation_reason")),
        "version": 1,
        "lines": [
            _line(
                0,
                trade.first,
                order["lines"][0],
                supplier_sku="B-1",
                quantity=10,
                unit_cost="2.5000",
                line_total="25.0000",
            ),
            _line(
                1,
                trade.second,
                order["lines"][1],
                quantity=0.5,
                unit_cost="1.2345",
                line_total="0.61725",
            ),
        ],
        "warnings": [],
    }
    assert order["number"].startswith("PO-20")
    assert order["number"].endswith("-00001")
    assert read(api, order) == order


def test_a_draft_leaves_one_audit_entry(api: Api) -> None:
    trade = make_trade(api, payment_terms="30 days")
    order = trade.draft(expected_date="2026-12-24", reference="Offer 7", notes="By rail")

    assert audit_of(api, "purchase_order") == [
        (
            order["id"],
            "created",
            {
                "supplier_id": [None, trade.supplier["id"]],
                "warehouse_id": [None, trade.warehouse["id"]],
                "expected_date": [None, "2026-12-24"],
                "payment_terms": [None, "30 days"],
                "reference": [None, "Offer 7"],
                "notes": [None, "By rail"],
                "lines/0": [
                    None,
                    {"product_id": trade.first["id"], "quantity": "10", "unit_cost": "2.5000"},
                ],
                "lines/1": [
                    None,
                    {"product_id": trade.second["id"], "quantity": "4", "unit_cost": "1.2500"},
                ],
            },
        )
    ]


def test_the_cost_is_that_of_the_line_or_the_terms_or_the_product(api: Api) -> None:
    trade = make_trade(api)
    termed, own, foreign = (make_product(api, cost_price="3") for _ in range(3))
    dollars = make_product(api, cost_price="4", currency="USD")
    abroad = make_supplier(api, currency="USD")
    add_terms(api, termed, trade.supplier, cost_price="2.75")
    add_terms(api, foreign, abroad, cost_price="9")

    order = trade.draft(ordered(termed, 1, "1"), ordered(termed, 1), ordered(own, 1))
    assert _costs(order) == ["1.0000", "2.7500", "3.0000"]
    # dollars are not the company's pounds: neither the supplier's terms nor the product tell
    assert _costs(trade.draft(ordered(foreign, 1), supplier_id=abroad["id"])) == ["3.0000"]
    before = everything_about(api)
    problem = refused(
        api.post(PATH, trade.body(ordered(trade.first, 1), ordered(own, 1), ordered(dollars, 1))),
        400,
        "invalid-request",
    )
    assert [error["pointer"] for error in problem["errors"]] == [
        "/lines/0/unit_cost",
        "/lines/2/unit_cost",
    ]
    assert everything_about(api) == before


def test_lines_are_exact_and_the_total_is_rounded_half_even_once(api: Api) -> None:
    trade = make_trade(api)
    half, one = ordered(trade.first, 0.0001, "50"), ordered(trade.second, 1, "0.0050")

    # 0.0050 + 0.0050 + 0.0050 = 0.0150: half-even gives 0.02; rounding lines would give 0.00 or 0.03
    assert trade.draft(half, one, one)["total"] == "0.0200"
    assert trade.draft(one)["total"] == "0.0000"
    order = trade.draft(ordered(trade.first, 99999999.9999, "123456.7891"))
    assert order["total"] == "12345678909987.6500"
    assert order["lines"][0]["line_total"] == "12345678909987.65432109"


def test_an_order_worth_more_than_money_can_be_is_refused(api: Api) -> None:
    trade = make_trade(api)

    lines = [ordered(trade.first, 99999999999, "1000"), ordered(trade.first, 1, "99999.99")]

    problem = refused(api.post(PATH, trade.body(*lines)), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/lines"
    lines[0]["quantity"] = 99999999899
    assert trade.draft(*lines)["total"] == "99999999998999.9900"


def test_payment_terms_can_be_left_empty(api: Api) -> None:
    trade = make_trade(api, payment_terms="30 days")

    assert trade.draft(payment_terms=None)["payment_terms"] is None
    assert trade.draft(payment_terms="Cash")["payment_terms"] == "Cash"


def test_what_cannot_be_ordered_is_refused_by_name(api: Api, other: Api) -> None:
    trade = make_trade(api)
    theirs = make_trade(other)
    retired, closed = make_supplier(api, active=False), make_warehouse(api)
    done(api.patch(f"/api/warehouses/{closed['id']}", {"active": False}))
    gone, bundle = make_product(api), make_bundle(api, (trade.first, 2))
    archive(api, gone["id"])
    before = everything_about(api)

    def attempt(*lines: Any, **fields: Any) -> Any:
        return api.post(PATH, trade.body(*lines, **fields))

    refused(attempt(supplier_id=retired["id"]), 409, "supplier-inactive")
    refused(attempt(supplier_id=theirs.supplier["id"]), 404, "supplier-not-found")
    refused(attempt(supplier_id=None, supplier="NONE"), 404, "supplier-not-found")
    refused(attempt(warehouse_id=closed["id"]), 409, "warehouse-inactive")
    refused(attempt(warehouse_id=theirs.warehouse["id"]), 404, "warehouse-not-found")
    problem = refused(
        attempt(ordered(theirs.first, 1, "1"), ordered(trade.first, 1, "1"), ordered(gone, 1, "1")),
        404,
        "line-targets-not-found",
    )
    assert [line["line"] for line in problem["lines"]] == [0, 2]
    problem = refused(attempt(ordered(bundle, 1, "1"), ordered(gone, 1, "1")), 409, "lines-refused")
    assert [line["code"] for line in problem["lines"]] == [
        "bundle-has-no-stock",
        "product-archived",
    ]
    viewer = api.with_key("viewer")
    refused(viewer.post(PATH, trade.body()), 403, "forbidden")
    assert everything_about(api) == before


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"supplier": "BOTH"}, ""),
        ({"warehouse": "BOTH"}, ""),
        ({"expected_date": "soon"}, "/expected_date"),
        ({"status": "approved"}, "/status"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 1.00001}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 1, "unit_cost": "-1"}]}, "/lines/0/unit_cost"),
        ({"lines": [{"quantity": 1}]}, "/lines/0"),
    ],
)
def test_malformed_orders_are_refused(api: Api, change: Any, pointer: str) -> None:
    body = {"supplier_id": 1, "warehouse_id": 1, "lines": [{"sku": "A", "quantity": 1}], **change}

    problem = refused(api.post(PATH, body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_draft_is_edited_as_given(api: Api) -> None:
    trade = make_trade(api)
    supplier, warehouse = make_supplier(api, code="NEW"), make_warehouse(api)
    add_terms(api, trade.first, supplier, cost_price="7")
    order = trade.draft(reference="Old", expected_date="2026-12-24")

    lines = [ordered(trade.second, 4, "1.25"), ordered(trade.first, 2)]
    change = {"supplier": "new", "warehouse_id": warehouse["id"], "reference": None, "lines": lines}
    changed = done(api.patch(path(order), change, If_Match='"1"'))

    assert (changed["supplier_id"], changed["warehouse_id"]) == (supplier["id"], warehouse["id"])
    assert (changed["reference"], changed["expected_date"]) == (None, "2026-12-24")
    assert [(line["product_id"], line["unit_cost"]) for line in changed["lines"]] == [
        (trade.second["id"], "1.2500"),
        (trade.first["id"], "7.0000"),
    ]
    assert (changed["total"], changed["line_count"], changed["version"]) == ("19.0000", 2, 2)
    (_, action, changes) = audit_of(api, "purchase_order")[1]
    assert action == "changed"
    assert changes.keys() == {"supplier_id", "warehouse_id", "reference", "lines/0", "lines/1"}
    assert changes["reference"] == ["Old", None]

    fewer = done(api.patch(path(order), {"lines": lines[:1], "notes": "One"}))
    assert (fewer["total"], fewer["line_count"], fewer["notes"]) == ("5.0000", 1, "One")
    assert audit_of(api, "purchase_order")[2][2].keys() == {"lines/1", "notes"}


def test_an_edit_that_changes_nothing_leaves_no_trace(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft(reference="Same")

    same = done(api.patch(path(order), trade.body(reference="Same")))

    assert same == order
    assert done(api.patch(path(order), {})) == order
    assert len(audit_of(api, "purchase_order")) == 1


def test_a_refused_edit_changes_nothing(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft()
    before = everything_about(api, order)

    refused(api.patch(path(order), {"reference": "X"}, If_Match='"2"'), 412, "stale-version")
    refused(api.patch(path(order), {"supplier": "NONE"}), 404, "supplier-not-found")
    refused(
        api.patch(path(order), {"reference": "X", "lines": [ordered(trade.first, 1)]}),
        400,
        "invalid-request",
    )
    refused(api.patch(path(order), {"supplier_id": None}), 400, "invalid-request")
    refused(api.patch(path(order), {"lines": []}), 400, "invalid-request")
    missing = {"id": order["id"] + 1000}
    refused(api.patch(path(missing), {"reference": "X"}), 404, "purchase-order-not-found")
    assert everything_about(api, order) == before


def test_of_an_approved_order_only_what_the_supplier_tells_changes(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    late = {"expected_date": "2027-01-15", "reference": "Their 99", "notes": "Late"}
    told = done(api.patch(path(order), late))

    assert {name: told[name] for name in late} == late
    assert told["version"] == order["version"] + 1
    before = everything_about(api, order)
    for change in ({"payment_terms": "Cash"}, {**late, "lines": [ordered(trade.first, 1, "1")]}):
        wrong_status(api.patch(path(order), change), "approved", "draft")
    assert everything_about(api, order) == before


def test_a_retry_drafts_once(api: Api) -> None:
    trade = make_trade(api)

    first = api.post(PATH, trade.body(), Idempotency_Key="one")
    second = api.post(PATH, trade.body(), Idempotency_Key="one")

    assert first.content == second.content
    assert len(done(api.get(PATH))["items"]) == 1


def test_a_product_on_an_open_order_is_not_archived(api: Api) -> None:
    trade = make_trade(api)
    draft, approved = trade.draft(), trade.approved(ordered(trade.first, 1, "1"))
    product = f"/api/products/{trade.first['id']}"

    problem = refused(api.delete(product), 409, "product-on-purchase-orders")

    assert problem["documents"] == [
        {"id": draft["id"], "number": draft["number"], "status": "draft"},
        {"id": approved["id"], "number": approved["number"], "status": "approved"},
    ]
    assert done(api.get(product))["archived_at"] is None
    for order in (draft, approved):
        act(api, order, "cancellation")
    done(api.delete(product))
