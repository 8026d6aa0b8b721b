"""Drafting, reading, listing and changing orders."""

from typing import Any

import pytest

from stockflow.sales.commands import (
    ChangeSalesOrder,
    ConfirmSalesOrder,
    CreateSalesOrder,
    ShipSalesOrder,
)
from stockflow.sales.operations import cancel_order, change_order, create_order
from stockflow.sales.queries import get_order
from stockflow.sales.reserving import confirm_order
from stockflow.sales.shipping import ship_order
from stockflow.stock.documents import CancelDocument
from tests.factories import Api, done, make_bundle, make_product, make_warehouse, refused
from tests.sales.ordering import (
    PATH,
    all_of,
    confirm,
    confirmed,
    draft,
    make_customer,
    path,
    read,
    ship,
    stocked,
    wants,
)
from tests.scopes import archive, audit_of, run
from tests.stock.reading import everything


def test_a_draft_is_kept_as_it_was_sent(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    make_product(api, sku="LAMP", name="Lamp", price="49.90")
    desk = make_product(api, sku="DESK", name="Desk", price="99.9999")
    customer = make_customer(api, code="Acme", name="Acme Ltd", shipping_address="1 High St")
    body = {
        "customer": " acme",
        "warehouse": "lon",
        "reference": "PO 77",
        "expected_date": "2026-12-24",
        "notes": "Ring twice.",
        "lines": [
            {"sku": "lamp", "quantity": 3},
            {"product_id": desk["id"], "quantity": 0.125, "unit_price": "80.0001"},
            {"sku": "DESK", "quantity": 1, "discount_percent": 12.5, "warehouse": "LON"},
        ],
    }

    answer = api.post(PATH, body)

    made = done(answer, 201)
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(answer.headers["location"])) == made
    rest = {key: made[key] for key in ("id", "number", "created_at", "updated_at", "lines")}
    assert made == {
        **rest,
        "status": "draft",
        "customer_id": customer["id"],
        "customer_code": "Acme",
        "customer_name": "Acme Ltd",
        "warehouse_id": warehouse["id"],
        "warehouse_code": "LON",
        "reference": "PO 77",
        "expected_date": "2026-12-24",
        "shipping_address": "1 High St",
        "notes": "Ring twice.",
        "currency": made["currency"],
        "line_count": 3,
        "total": "247.2000",  # 149.70 + 10.0000125 + 87.4999125
        "cancellation_reason": None,
        "confirmed_at": None,
        "version": 1,
    }
    assert made["number"].startswith("SO-20")
    assert made["number"].endswith("-00001")
    shown = ("line", "sku", "product_name", "warehouse_id", "quantity", "unit_price", "line_total")
    assert [tuple(one[name] for name in shown) for one in made["lines"]] == [
        (0, "LAMP", "Lamp", None, 3, "49.9000", "149.7000"),
        (1, "DESK", "Desk", None, 0.125, "80.0001", "10.0000125"),
        (2, "DESK", "Desk", warehouse["id"], 1, "99.9999", "87.4999125"),
    ]
    assert [one["discount_percent"] for one in made["lines"]] == [0, 0, 12.5]
    assert {
        (one["reserved"], one["backordered"], one["shipped"], one["returned"], one["cancelled"])
        for one in made["lines"]
    } == {(0, 0, 0, 0, 0)}
    ((order_id, action, changes),) = audit_of(api, "sales_order")
    assert (order_id, action, changes["total"]) == (made["id"], "created", [None, "247.2000"])


@pytest.mark.parametrize(
    ("currency", "prices", "total"),
    [
        ("EUR", ["0.125"], "0.1200"),  # half to even
        ("EUR", ["0.135"], "0.1400"),
        ("EUR", ["0.0625", "0.0625"], "0.1200"),  # once, not by line
        ("JPY", ["2.5"], "2.0000"),
        ("BHD", ["0.0015"], "0.0020"),
    ],
)
def test_the_total_is_rounded_to_what_the_currency_is_paid_in(
    api: Api, currency: str, prices: list[str], total: str
) -> None:
    done(api.patch("/api/company", {"currency": currency}))
    product = make_product(api)

    order = draft(api, *[wants(product, 1, unit_price=price) for price in prices])

    assert (order["currency"], order["total"]) == (currency, total)


def test_wrong_drafts_are_refused_and_leave_nothing(api: Api, other: Api) -> None:
    product, bundle = make_product(api), make_bundle(api, (make_product(api), 1))
    old = make_product(api)
    archive(api, old["id"])
    foreign = make_product(api, currency="CHF", price="5")
    shut = make_warehouse(api)
    done(api.patch(f"/api/warehouses/{shut['id']}", {"active": False}))
    customer = make_customer(api)
    retired = make_customer(api, active=False)
    one = wants(product, 1)
    base = {"customer_id": customer["id"], "lines": [one]}
    theirs = make_customer(other)

    def bad(status: int, code: str, **fields: Any) -> Any:
        body = {key: value for key, value in {**base, **fields}.items() if value is not None}
        return refused(api.post(PATH, body), status, code)

    bad(404, "customer-not-found", customer_id=theirs["id"])
    bad(404, "customer-not-found", customer_id=None, customer="NONE")
    bad(409, "customer-inactive", customer_id=retired["id"])
    bad(404, "warehouse-not-found", warehouse="NONE")
    bad(409, "warehouse-inactive", warehouse_id=shut["id"])
    bad(400, "invalid-request", customer="X")
    bad(400, "invalid-request", lines=[])
    bad(400, "invalid-request", lines=[{**one, "quantity": 0}])
    bad(400, "invalid-request", lines=[{**one, "discount_percent": 101}])
    bad(400, "invalid-request", lines=[{**one, "unit_price": "-1"}])
    bad(400, "invalid-request", lines=[{**one, "warehouse": "A", "warehouse_id": 1}])
    most = {"quantity": 99_999_999_999, "unit_price": "99999999999999"}
    bad(400, "order-total-too-large", lines=[{**one, **most}])
    missing = bad(
        404,
        "line-targets-not-found",
        lines=[one, {"sku": "NONE", "quantity": 1}, wants(make_product(other), 1)],
    )
    assert [found["line"] for found in missing["lines"]] == [1, 2]
    bad(404, "line-targets-not-found", lines=[{**one, "warehouse": "NONE"}])
    refusal = bad(
        409,
        "lines-refused",
        lines=[
            one,
            wants(bundle, 1.5),
            {**one, "warehouse_id": shut["id"]},
            wants(foreign, 1),
            wants(foreign, 1, unit_price="7"),
        ],
    )
    assert [(found["line"], found["code"]) for found in refusal["lines"]] == [
        (1, "bundle-not-whole"),
        (2, "warehouse-inactive"),
        (3, "price-needed"),
    ]
    archived = bad(409, "lines-refused", lines=[one, wants(old, 1)])
    assert [found["code"] for found in archived["lines"]] == ["product-archived"]
    viewer = api.with_key("viewer")
    refused(viewer.post(PATH, base), 403, "forbidden")

    assert done(api.get(PATH)) == {"items": [], "next_cursor": None}
    assert audit_of(api, "sales_order") == []
    assert draft(api, one)["number"].endswith("-00001")


def test_orders_are_listed_newest_first_and_found_by_what_they_are(api: Api) -> None:
    (lamp,), (here, there) = stocked(api, [10, 10])
    acme, other = make_customer(api, code="ACME"), make_customer(api)
    first = draft(api, wants(lamp, 1), customer_id=acme["id"], reference="Job 7")
    second = confirmed(api, wants(lamp, 1), customer_id=other["id"], warehouse_id=there["id"])
    third = confirmed(api, wants(lamp, 2), customer_id=acme["id"])
    ship(api, third)

    def found(**query: Any) -> list[int]:
        return [item["id"] for item in everything(api, PATH, **query)]

    ids = [order["id"] for order in (first, second, third)]
    a, b, c = ids
    assert found() == [c, b, a]
    assert found(order="oldest", limit=1) == [a, b, c]
    assert found(limit=2) == [c, b, a]
    assert found(status=["draft", "confirmed"]) == [b, a]
    assert found(customer="acme") == [c, a]
    assert found(customer_id=other["id"]) == [b]
    assert found(warehouse=there["code"]) == [b]
    assert found(warehouse_id=here["id"]) == [c]
    assert found(backordered=False) == [c, b, a]
    assert found(backordered=True) == []
    assert found(q=third["number"][-5:]) == [c]
    assert found(q="job") == [a]
    assert found(created_from=second["created_at"]) == [c, b]
    assert found(created_before=second["created_at"]) == [a]
    (item,) = done(api.get(PATH, q="job"))["items"]
    assert item == {key: value for key, value in first.items() if key != "lines"}
    refused(api.get(PATH, cursor="x"), 400, "invalid-cursor")
    refused(api.get(PATH, status="lost"), 400, "invalid-request")


def test_a_draft_is_changed_and_its_lines_replaced(api: Api) -> None:
    lamp, desk = make_product(api, sku="LAMP", price="10"), make_product(api, sku="DESK")
    here, there = make_warehouse(api), make_warehouse(api)
    order = draft(api, wants(lamp, 1), wants(desk, 2), warehouse_id=here["id"])
    customer = make_customer(api, code="NEW")

    answer = api.patch(
        path(order),
        {
            "customer": "new",
            "warehouse": None,
            "notes": "Soon.",
            "lines": [{"sku": "LAMP", "quantity": 4, "warehouse_id": there["id"]}],
        },
        If_Match='"1"',
    )

    after = done(answer)
    assert answer.headers["etag"] == '"2"'
    assert (after["customer_id"], after["warehouse_id"]) == (customer["id"], None)
    assert (after["line_count"], after["total"], after["notes"]) == (1, "40.0000", "Soon.")
    assert [(one["line"], one["sku"], one["quantity"]) for one in after["lines"]] == [
        (0, "LAMP", 4)
    ]
    assert read(api, order) == after
    assert done(api.patch(path(order), {"notes": "Soon."}))["version"] == 2  # nothing differs
    assert [item["id"] for item in everything(api, PATH, warehouse_id=here["id"])] == []
    changes = audit_of(api, "sales_order")[-1][2]
    assert changes["line_count"] == [2, 1]
    assert [told["sku"] for told in changes["lines"][0]] == ["LAMP", "DESK"]

    before = all_of(api, order)
    refused(api.patch(path(order), {"notes": "Now."}, If_Match='"1"'), 412, "stale-version")
    refused(api.patch(path(order), {"lines": []}), 400, "invalid-request")
    refused(api.patch(path(order), {"customer_id": None}), 400, "invalid-request")
    refused(api.patch(path(order), {"lines": [wants(lamp, 1, warehouse="X")]}), 404,
            "line-targets-not-found")  # fmt: skip
    assert all_of(api, order) == before


def test_of_a_confirmed_order_only_notes_may_change(api: Api) -> None:
    (lamp,), (here, there) = stocked(api, [3, 3])
    order = confirmed(api, wants(lamp, 1))
    noted = {"reference": "R", "expected_date": "2026-12-01", "shipping_address": "A", "notes": "N"}

    after = done(api.patch(path(order), noted))

    assert {**order, **noted, "version": 3, "updated_at": after["updated_at"]} == after
    before = all_of(api, order)
    for body in (
        {"lines": [wants(lamp, 2)]},
        {"warehouse_id": there["id"]},
        {"customer_id": make_customer(api)["id"], "notes": "X"},
    ):
        problem = refused(api.patch(path(order), body), 409, "wrong-status")
        assert problem["current_status"] == "confirmed"
    assert all_of(api, order) == before
    assert here["id"] != there["id"]


def test_orders_of_other_companies_and_warehouses_do_not_exist(api: Api, other: Api) -> None:
    (lamp,), (here, there) = stocked(api, [5, 5])
    open_to_all = draft(api, wants(lamp, 1))
    of_there = draft(api, wants(lamp, 1, warehouse_id=there["id"]))
    split_up = confirm(api, draft(api, wants(lamp, 7)), warehouses=[there["id"], here["code"]])
    limited = api.with_key("staff", [here["id"]])

    before = all_of(api, open_to_all, of_there, split_up)
    for who in (other, limited):
        for order in (of_there, split_up) if who is limited else (open_to_all,):
            refused(who.get(path(order)), 404, "sales-order-not-found")
            refused(who.get(path(order, "shipments")), 404, "sales-order-not-found")
            refused(who.get(path(order, "shipments/1")), 404, "sales-order-not-found")
            refused(who.patch(path(order), {"notes": "X"}), 404, "sales-order-not-found")
            for action in ("confirmation", "reservation", "shipments", "cancellation"):
                refused(who.post(path(order, action)), 404, "sales-order-not-found")
    assert [item["id"] for item in everything(limited, PATH)] == [open_to_all["id"]]
    refused(
        limited.post(
            PATH, {"customer_id": open_to_all["customer_id"], "lines": [wants(lamp, 1)],
                   "warehouse_id": there["id"]}
        ), 403, "warehouse-not-allowed")  # fmt: skip
    body = {"warehouses": [there["code"]]}
    refused(limited.post(path(open_to_all, "confirmation"), body), 403, "warehouse-not-allowed")
    assert all_of(api, open_to_all, of_there, split_up) == before

    mine = confirm(limited, open_to_all)
    assert [one["warehouse_code"] for one in mine["lines"][0]["allocations"]] == [here["code"]]


def test_a_long_order_costs_no_more_statements_than_a_short_one(api: Api) -> None:
    products, _ = stocked(api, *[[9]] * 10)
    bundle = make_bundle(api, *[(product, 1) for product in products])
    customer = make_customer(api)

    def counts(size: int) -> list[int]:
        lines = [*[wants(product, 1) for product in products[:size]], wants(bundle, size)]
        body = {"customer_id": customer["id"], "lines": lines}
        create = run(api, create_order, CreateSalesOrder.model_validate(body))
        order_id = create.result.id
        steps = [
            run(api, change_order, order_id, ChangeSalesOrder.model_validate({"lines": lines}), 1),
            run(api, confirm_order, order_id, ConfirmSalesOrder(), None),
            run(api, get_order, order_id),
        ]
        command = ShipSalesOrder.model_validate(
            {"lines": [{"line_id": steps[-1].result.lines[-1].id, "quantity": 1}]}
        )
        steps.append(run(api, ship_order, order_id, command, None))
        if size > 1:
            steps.append(run(api, cancel_order, order_id, CancelDocument(), None))
        return [create.statements, *[step.statements for step in steps]]

    few, many = counts(1), counts(4)
    assert many[: len(few)] == few
    assert many == [10, 13, 12, 5, 9, 13]
