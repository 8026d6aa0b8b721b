"""Confirming orders: what is reserved where, what is short, and what waits for stock."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stockflow.sales.jobs import reserve_backorders
from stockflow.stock.jobs import release_expired
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
from tests.sales.ordering import (
    PATH,
    all_of,
    confirm,
    confirmed,
    draft,
    jobs_of,
    let_time_pass,
    make_customer,
    path,
    quantities,
    read,
    ship,
    split,
    stocked,
    wants,
)
from tests.scopes import archive, audit_of, in_scope
from tests.stock.reading import everything, findings, held, levels, movements


def test_confirming_reserves_all_lines_and_answers_with_the_split(api: Api) -> None:
    (lamp, desk), (here, there) = stocked(api, [5, 9], [2, 2])
    order = draft(api, wants(lamp, 6), wants(desk, 2), wants(lamp, 4, warehouse_id=here["id"]))

    answer = api.post(path(order, "confirmation"))

    after = done(answer)
    assert answer.headers["etag"] == '"2"'
    assert (after["status"], after["version"]) == ("confirmed", 2)
    # THERE can ship the first line whole, HERE the other two
    assert split(after) == [
        [(there["code"], 6)],
        [(here["code"], 2)],
        [(here["code"], 4)],
    ]
    assert quantities(after) == [(6, 0, 0, 0), (2, 0, 0, 0), (4, 0, 0, 0)]
    assert read(api, order) == after
    assert held(api, lamp, here) == (1, 4, 0, 0)
    assert held(api, lamp, there) == (3, 6, 0, 0)
    assert held(api, desk, here) == (0, 2, 0, 0)
    found = movements(api, reference=order["number"])
    assert [(one["type"], one["bucket"], one["quantity_change"]) for one in found[:2]] == [
        ("reserve", "available", -6),
        ("reserve", "reserved", 6),
    ]
    assert len({one["id"] // 100_000 for one in found}) == 1
    _, action, changes = audit_of(api, "sales_order")[-1]
    assert (action, changes["status"]) == ("confirmed", ["draft", "confirmed"])
    assert findings(api) == []


def test_the_company_the_warehouses_and_the_request_say_where_from(api: Api) -> None:
    (lamp, desk), (a, b, c) = stocked(api, [2, 4, 9], [0, 0, 1])
    done(api.patch(f"/api/warehouses/{b['id']}", {"priority": 1}))
    lines = [wants(lamp, 5), wants(desk, 1)]

    def split_of(**body: Any) -> list[Any]:
        order = confirm(api, draft(api, *lines), **body)
        done(api.post(path(order, "cancellation")))
        return split(order)

    whole = [[(c["code"], 5)], [(c["code"], 1)]]
    assert split_of() == whole
    done(api.patch("/api/company", {"allocation_rule": "priority"}))
    assert split_of() == [[(b["code"], 4), (a["code"], 1)], [(c["code"], 1)]]
    assert split_of(allocation_rule="most_whole") == whole
    assert split_of(warehouses=[c["id"], a["code"].lower()]) == whole
    assert split_of(warehouses=[a["id"], c["id"], a["id"]]) == [
        [(a["code"], 2), (c["code"], 3)],
        [(c["code"], 1)],
    ]
    named = draft(api, wants(lamp, 3), warehouse_id=c["id"])
    assert split(confirm(api, named)) == [[(c["code"], 3)]]
    over = draft(api, wants(lamp, 2), warehouse_id=c["id"])
    assert split(confirm(api, over, warehouses=[b["code"]])) == [[(b["code"], 2)]]
    assert findings(api) == []


def test_short_lines_are_all_named_and_nothing_is_reserved(api: Api) -> None:
    (lamp, desk), (here, _) = stocked(api, [3, 2], [0, 1])
    bundle = make_bundle(api, (lamp, 2), (desk, 1))
    order = draft(
        api,
        wants(lamp, 4),
        wants(bundle, 1),
        wants(desk, 1, warehouse_id=here["id"]),
        wants(lamp, 1),
    )
    before = all_of(api, order)

    problem = refused(
        api.post(path(order, "confirmation"), {"allocation_rule": "priority"}),
        409,
        "insufficient-stock",
    )

    assert [
        (found["line"], found["sku"], found["requested"], found["available"])
        for found in problem["lines"]
    ] == [(1, bundle["sku"], 1, 0), (2, desk["sku"], 1, 0)]
    assert all_of(api, order) == before
    refused(api.post(path(order, "confirmation"), {"backorder": True}), 409, "insufficient-stock")
    assert all_of(api, order) == before


def test_bundles_are_served_as_they_were_when_confirmed(api: Api) -> None:
    (lamp, desk), (here, there) = stocked(api, [20, 4], [3, 20])
    inner = make_bundle(api, (desk, 2))
    bundle = make_bundle(api, (lamp, 4), (inner, 0.5))
    order = confirmed(api, wants(bundle, 4), wants(lamp, 1))

    # three sets at HERE, for want of desks; the fourth at THERE
    assert split(order) == [[(here["code"], 3), (there["code"], 1)], [(here["code"], 1)]]
    assert held(api, lamp, here) == (7, 13, 0, 0)
    assert held(api, desk, here) == (0, 3, 0, 0)
    assert held(api, lamp, there) == (0, 4, 0, 0)

    parts = {"components": [{"product_id": desk["id"], "quantity": 7}]}
    done(api.put(f"/api/products/{bundle['id']}/components", parts))
    assert read(api, order) == order
    ship(api, order, (0, 2))
    assert quantities(read(api, order))[0] == (2, 0, 2, 0)
    assert held(api, lamp, here) == (7, 5, 0, 0)
    assert held(api, desk, here) == (0, 1, 0, 0)
    problem = refused(
        api.post(
            path(order, "shipments"),
            {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 0.5}]},
        ),
        409,
        "lines-refused",
    )
    assert [found["code"] for found in problem["lines"]] == ["bundle-not-whole"]
    done(api.post(path(order, "cancellation")))
    assert held(api, lamp, there) == (4, 0, 0, 0)
    assert findings(api) == []


def test_what_cannot_be_confirmed_is_refused_and_changes_nothing(api: Api, other: Api) -> None:
    (lamp, desk), (here, shut) = stocked(api, [5, 5], [5, 5])
    empty = make_product(api, product_type="bundle")
    tiny = make_bundle(api, (make_bundle(api, (lamp, 0.001)), 0.001))
    huge = lamp
    for _ in range(3):
        huge = make_bundle(api, (huge, 99_999_999_999))
    plain_order = draft(api, wants(lamp, 1))
    of_shut = draft(api, wants(lamp, 1), wants(lamp, 1, warehouse_id=shut["id"]))
    all_shut = draft(api, wants(lamp, 1), warehouse_id=shut["id"])
    archived = draft(api, wants(desk, 1), wants(lamp, 1))
    empties = draft(api, wants(empty, 1), wants(lamp, 1), wants(tiny, 1), wants(huge, 1))
    done(api.patch(f"/api/warehouses/{shut['id']}", {"active": False}))
    archive(api, desk["id"])
    orders = (plain_order, of_shut, all_shut, archived, empties)
    before = all_of(api, *orders)

    def bad(order: Any, status: int, code: str, **body: Any) -> list[tuple[int, str]]:
        problem = refused(api.post(path(order, "confirmation"), body), status, code)
        return [(found["line"], found["code"]) for found in problem.get("lines", [])]

    assert bad(of_shut, 409, "lines-refused") == [(1, "warehouse-inactive")]
    bad(all_shut, 409, "warehouse-inactive")
    assert bad(archived, 409, "lines-refused") == [(0, "product-archived")]
    assert bad(empties, 409, "lines-refused") == [
        (0, "bundle-without-components"),
        (2, "quantity-too-small"),
        (3, "quantity-too-large"),
    ]
    bad(plain_order, 404, "warehouse-not-found", warehouses=["NONE"])
    theirs = make_warehouse(other)["id"]
    bad(plain_order, 404, "warehouse-not-found", warehouses=[here["id"], theirs])
    bad(plain_order, 409, "warehouse-inactive", warehouses=[shut["id"]])
    bad(plain_order, 400, "invalid-request", warehouses=[])
    bad(plain_order, 400, "invalid-request", allocation_rule="nearest")
    bad(plain_order, 400, "reservation-in-past", reserved_until="2020-01-01T00:00:00Z")
    bad(plain_order, 400, "reservation-in-past", reserved_until="9999-12-31T23:59:59-12:00")
    bad(plain_order, 400, "invalid-request", reserved_until="2099-01-01T00:00:00")
    stale = api.post(path(plain_order, "confirmation"), {}, If_Match='"7"')
    refused(stale, 412, "stale-version")
    refused(api.with_key("viewer").post(path(plain_order, "confirmation")), 403, "forbidden")
    refused(api.post(f"{PATH}/999999/confirmation"), 404, "sales-order-not-found")

    assert all_of(api, *orders) == before


def test_an_ordered_product_is_not_archived(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    part, whole, lamp = make_product(api), make_product(api), make_product(api)
    make_warehouse(api)
    bundle = make_bundle(api, (part, 1))
    order = confirmed(api, wants(bundle, 1))
    waiting = draft(api, wants(lamp, 1))
    done(
        api.put(
            f"/api/products/{bundle['id']}/components",
            {"components": [{"product_id": whole["id"], "quantity": 1}]},
        )
    )

    for product, by in ((bundle, order), (part, order), (lamp, waiting)):
        answer = api.delete(f"/api/products/{product['id']}")
        problem = refused(answer, 409, "product-on-sales-orders")
        assert problem["documents"] == [
            {"id": by["id"], "number": by["number"], "status": by["status"]}
        ]
    done(api.post(path(waiting, "cancellation")))
    done(api.post(path(order, "cancellation")))
    for product in (bundle, part, lamp):
        done(api.delete(f"/api/products/{product['id']}"))


def test_what_is_short_waits_where_the_company_allows_it(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (lamp, desk), (here, _) = stocked(api, [3, 1], [0, 0])
    strict = draft(api, wants(lamp, 5))
    before = all_of(api, strict)
    problem = refused(
        api.post(path(strict, "confirmation"), {"backorder": False}), 409, "insufficient-stock"
    )
    assert problem["lines"][0]["available"] == 4
    assert all_of(api, strict) == before

    order = confirmed(api, wants(lamp, 6), wants(desk, 2))

    assert quantities(order) == [(4, 2, 0, 0), (0, 2, 0, 0)]
    assert read(api, order) == order
    assert [one["id"] for one in everything(api, PATH, backordered=True)] == [order["id"]]
    ship(api, order)
    assert quantities(read(api, order)) == [(0, 2, 4, 0), (0, 2, 0, 0)]
    problem = refused(api.post(path(order, "shipments")), 409, "more-than-reserved")
    assert [
        (one["line"], one["requested"], one["reserved"], one["backordered"], one["expired"])
        for one in problem["lines"]
    ] == [(0, 2, 0, 2, 0), (1, 2, 0, 2, 0)]

    move(api, line(desk, here, "purchase", 1))
    assert jobs_of(api) == {"reserve-backorders"}
    in_scope(api, reserve_backorders)
    assert quantities(read(api, order)) == [(0, 2, 4, 0), (1, 1, 0, 0)]
    move(api, line(desk, here, "purchase", 9), line(lamp, here, "purchase", 1))
    again = done(api.post(path(order, "reservation")))
    assert quantities(again) == [(1, 1, 4, 0), (2, 0, 0, 0)]
    assert again["status"] == "partially_shipped"
    ship(api, order)
    cancelled = done(api.post(path(order, "cancellation"), {"reason": "Enough."}))
    assert quantities(cancelled) == [(0, 0, 5, 1), (0, 0, 2, 0)]
    assert (cancelled["status"], cancelled["cancellation_reason"]) == ("shipped", "Enough.")
    assert findings(api) == []


def test_stock_that_arrives_goes_to_the_order_confirmed_first(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (lamp, desk), (here, there) = stocked(api, [0, 0], [0, 0])
    bundle = make_bundle(api, (lamp, 2), (desk, 1))
    newest = draft(api, wants(lamp, 5))
    of_there = confirmed(api, wants(lamp, 4), warehouse_id=there["id"])
    first = confirmed(api, wants(bundle, 2))
    second = confirmed(api, wants(desk, 1), wants(lamp, 3))
    newest = confirm(api, newest)

    def waiting() -> list[list[Any]]:
        orders = [read(api, order) for order in (of_there, first, second, newest)]
        return [[one["backordered"] for one in order["lines"]] for order in orders]

    assert waiting() == [[4], [2], [1, 3], [5]]
    move(api, line(desk, here, "purchase", 1))
    in_scope(api, reserve_backorders)
    assert waiting() == [[4], [2], [0, 3], [5]]  # no whole bundle yet
    move(api, line(lamp, here, "purchase", 6), line(desk, here, "purchase", 1))
    in_scope(api, reserve_backorders)
    assert waiting() == [[4], [1], [0, 0], [4]]  # nothing at THERE for the oldest
    move(api, line(lamp, there, "purchase", 5))
    in_scope(api, reserve_backorders)
    assert waiting() == [[0], [1], [0, 0], [3]]
    in_scope(api, reserve_backorders)
    assert waiting() == [[0], [1], [0, 0], [3]]
    assert findings(api) == []


def test_a_reservation_ends_at_its_time_even_if_the_job_is_late(api: Api) -> None:
    (lamp,), (here,) = stocked(api, [5])
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    order = draft(api, wants(lamp, 4))
    order = confirm(api, order, reserved_until=until.isoformat())
    assert order["lines"][0]["allocations"][0]["reserved_until"] == f"{until:%Y-%m-%dT%H:%M:%S}Z"
    assert read(api, order) == order
    assert "release-expired-reservations" in jobs_of(api)

    let_time_pass(api)

    assert quantities(read(api, order)) == [(0, 0, 0, 0)]
    problem = refused(api.post(path(order, "shipments")), 409, "more-than-reserved")
    assert [(one["requested"], one["reserved"], one["expired"]) for one in problem["lines"]] == [
        (4, 0, 4)
    ]
    rival = confirmed(api, wants(lamp, 3))  # takes what the job has not freed yet
    assert quantities(rival) == [(3, 0, 0, 0)]
    assert held(api, lamp, here) == (2, 3, 0, 0)
    problem = refused(api.post(path(order, "reservation")), 409, "insufficient-stock")
    assert [(one["requested"], one["available"]) for one in problem["lines"]] == [(4, 2)]
    done(api.post(path(rival, "cancellation")))
    again = done(api.post(path(order, "reservation")))
    assert quantities(again) == [(4, 0, 0, 0)]
    assert done(api.post(path(order, "reservation"))) == again  # nothing left to reserve
    ship(api, order)
    in_scope(api, release_expired)
    assert levels(api)[lamp["id"], here["id"]] == (1, 0, 0, 0)
    assert findings(api) == []


def test_the_company_says_how_long_stock_is_held(api: Api) -> None:
    done(api.patch("/api/company", {"reservation_hours": 48}))
    (lamp,), (here,) = stocked(api, [5])
    customer = make_customer(api)
    started = datetime.now(UTC)

    order = confirmed(api, wants(lamp, 4), customer_id=customer["id"])

    until = datetime.fromisoformat(order["lines"][0]["allocations"][0]["reserved_until"])
    assert timedelta(0) <= until - started - timedelta(hours=48) < timedelta(minutes=1)
    let_time_pass(api)
    done(api.post(path(order, "cancellation")))  # what it held is free already
    in_scope(api, release_expired)
    assert levels(api)[lamp["id"], here["id"]] == (5, 0, 0, 0)
    assert quantities(read(api, order)) == [(0, 0, 0, 4)]
    assert findings(api) == []
