"""Counting from opening to posting."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.counting.counts import (
    PATH,
    act,
    all_of,
    count,
    line_of,
    lines,
    of,
    open_count,
    read,
    sums,
)
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.scopes import audit_of
from tests.stock.reading import findings, held, level, movements, picture


def test_only_differences_are_posted_and_all_counted_levels_know_it(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON", name="London")
    bolt, nut, nail, screw = (
        make_product(api, sku=sku, name=sku.title()) for sku in ("BOLT", "NUT", "NAIL", "SCREW")
    )
    move(
        api,
        line(bolt, warehouse, "purchase", 10, unit_cost="2.50"),
        line(bolt, warehouse, "reserve", 4),
        line(nut, warehouse, "purchase", 7, unit_cost="1"),
        line(nail, warehouse, "purchase", 20, unit_cost="0.10"),
        line(nail, warehouse, "damage", 5),
        line(screw, warehouse, "purchase", 3, unit_cost="1"),
    )

    answer = api.post(PATH, {"warehouse": "lon", "notes": "Year end"})
    opened = done(answer, 201)
    assert answer.headers["location"] == f"{PATH}/{opened['id']}"
    assert opened == read(api, opened)
    assert opened["number"].startswith(f"SC-{datetime.now(UTC).year}-")
    assert opened["number"].endswith("-00001")
    assert (opened["status"], opened["warehouse_code"]) == ("counting", "LON")
    assert sums(opened) == (4, 0, 0, 0, "0.0000")
    assert [(one["line"], one["sku"]) for one in lines(api, opened)] == [
        (0, "BOLT"),
        (1, "NAIL"),
        (2, "NUT"),
        (3, "SCREW"),
    ]

    told = count(api, opened, of(bolt, 9), of(nail, 16), of(nut, 7))
    assert [
        (one["sku"], one["expected"], one["counted"], one["difference"], one["difference_value"])
        for one in told["lines"]
    ] == [
        ("BOLT", 10, 9, -1, "-2.5000"),
        ("NAIL", 15, 16, 1, "0.1000"),
        ("NUT", 7, 7, 0, "0.0000"),
    ]
    assert sums(told["count"]) == (4, 3, 0, 2, "2.6000")

    refused(act(api, opened, "submission"), 409, "lines-uncounted")
    posted = done(act(api, opened, "submission", {"uncounted": "leave"}))

    assert posted["status"] == "posted"
    found = movements(api, posting_id=posted["posting_id"])
    assert [
        (one["sku"], one["type"], one["bucket"], one["quantity_change"], one["reference"])
        for one in found
    ] == [
        ("BOLT", "recount", "available", -1, opened["number"]),
        ("NAIL", "recount", "available", 1, opened["number"]),
        ("NUT", "recount", "available", 0, opened["number"]),
    ]
    assert [held(api, one, warehouse) for one in (bolt, nut, nail, screw)] == [
        (5, 4, 0, 0),
        (7, 0, 0, 0),
        (16, 0, 5, 0),
        (3, 0, 0, 0),
    ]
    counted_at = [one["counted_at"] for one in told["lines"]]
    assert [
        level(api, one, warehouse)["last_counted_at"] for one in (bolt, nail, nut)
    ] == counted_at
    assert level(api, screw, warehouse)["last_counted_at"] is None
    posting = done(api.get(f"/api/stock/postings/{posted['posting_id']}"))
    assert posting["kind"] == "count"
    assert findings(api) == []


def test_what_moves_during_the_count_stays_right(api: Api) -> None:
    warehouse = make_warehouse(api)
    early, late = make_product(api), make_product(api)
    move(api, line(early, warehouse, "purchase", 10), line(late, warehouse, "purchase", 10))
    opened = open_count(api, warehouse)

    count(api, opened, of(early, 8))
    move(api, line(early, warehouse, "sale", 3), line(late, warehouse, "sale", 3))
    count(api, opened, of(late, 8))
    move(api, line(early, warehouse, "purchase", 5), line(late, warehouse, "purchase", 5))

    first, second = line_of(api, opened, early), line_of(api, opened, late)
    assert (first["expected"], first["difference"]) == (10, -2)
    assert (second["expected"], second["difference"]) == (7, 1)
    assert first["ledger_position"] < second["ledger_position"]
    done(act(api, opened, "submission"))
    assert held(api, early, warehouse) == (10, 0, 0, 0)
    assert held(api, late, warehouse) == (13, 0, 0, 0)


def test_what_was_counted_before_it_is_sent_is_compared_with_that_moment(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 10), line(product, warehouse, "reserve", 4))
    opened = open_count(api, warehouse)
    counted_at = datetime.now(UTC)
    move(api, line(product, warehouse, "sale", 3), line(product, warehouse, "release", 1))

    told = count(api, opened, of(product, 9, counted_at=counted_at.isoformat()))

    (one,) = told["lines"]
    assert (one["expected"], one["difference"]) == (10, -1)
    assert datetime.fromisoformat(one["counted_at"]) == counted_at
    done(act(api, opened, "submission"))
    assert held(api, product, warehouse) == (3, 3, 0, 0)
    found = level(api, product, warehouse)["last_counted_at"]
    assert datetime.fromisoformat(found) == counted_at


def test_counts_of_the_past_and_the_future_are_refused(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    opened = open_count(api, warehouse)
    before = all_of(api)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    body = {"lines": [of(product, 1, counted_at=yesterday)]}
    problem = refused(act(api, opened, "lines", body), 409, "lines-refused")
    assert [one["code"] for one in problem["lines"]] == ["counted-too-early"]
    body = {"lines": [of(product, 1, counted_at=tomorrow)]}
    refused(act(api, opened, "lines", body), 400, "invalid-request")
    assert all_of(api) == before


def test_scanners_add_and_people_set(api: Api) -> None:
    warehouse = make_warehouse(api)
    product = make_product(api, sku="BOLT", barcode="4006381333931")
    move(api, line(product, warehouse, "purchase", 10))
    opened = open_count(api, warehouse)
    scan = {"barcode": "4006381333931", "quantity": 1, "mode": "add"}

    count(api, opened, scan, scan)
    body = {"lines": [scan, {"sku": "bolt", "quantity": 2.5, "mode": "add"}]}
    for _ in range(2):
        done(act(api, opened, "lines", body, Idempotency_Key="scan-3"))
    assert line_of(api, opened, product)["counted"] == 5.5

    for _ in range(2):
        told = count(api, opened, of(product, 4))
    assert sums(told["count"]) == (1, 1, 0, 1, "0.0000")
    assert told["lines"][0]["times_counted"] == 1
    assert count(api, opened, scan)["lines"][0]["counted"] == 5


def test_what_is_found_beyond_the_levels_joins_a_count_of_the_whole_warehouse(api: Api) -> None:
    warehouse, known, found = make_warehouse(api), make_product(api), make_product(api)
    move(api, line(known, warehouse, "purchase", 1))
    opened = open_count(api, warehouse)
    assert opened["line_count"] == 1

    told = count(api, opened, of(found, 3), of(known, 1))

    assert [(one["line"], one["expected"]) for one in told["lines"]] == [(0, 1), (1, 0)]
    assert sums(told["count"])[:4] == (2, 2, 0, 1)
    done(act(api, opened, "submission"))
    assert held(api, found, warehouse) == (3, 0, 0, 0)


def test_uncounted_lines_are_zero_only_if_it_is_said(api: Api) -> None:
    warehouse, seen, gone = make_warehouse(api), make_product(api), make_product(api, sku="GONE")
    done(api.patch("/api/company", {"recount_above": 1}))
    move(
        api,
        line(seen, warehouse, "purchase", 5),
        line(gone, warehouse, "purchase", 4, unit_cost="2"),
    )
    opened = open_count(api, warehouse)
    count(api, opened, of(seen, 5))
    before = all_of(api)

    problem = refused(act(api, opened, "submission"), 409, "lines-uncounted")
    assert (problem["line_count"], [one["sku"] for one in problem["lines"]]) == (1, ["GONE"])
    assert all_of(api) == before

    posted = done(act(api, opened, "submission", {"uncounted": "zero"}))
    assert (posted["status"], posted["uncounted"]) == ("posted", "zero")
    assert sums(posted) == (2, 2, 0, 1, "8.0000")
    assert held(api, gone, warehouse) == (0, 0, 0, 0)
    assert held(api, seen, warehouse) == (5, 0, 0, 0)


def test_a_count_of_nothing_is_not_posted(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 5))
    opened = open_count(api, warehouse)
    empty = open_count(api, make_warehouse(api))
    before = all_of(api)

    refused(act(api, opened, "submission", {"uncounted": "leave"}), 409, "nothing-counted")
    refused(act(api, empty, "submission"), 409, "nothing-counted")

    assert all_of(api) == before


def test_more_missing_than_is_free_is_refused_until_it_is_counted_again(api: Api) -> None:
    warehouse, short, fine = make_warehouse(api), make_product(api, sku="SHORT"), make_product(api)
    move(api, line(short, warehouse, "purchase", 10), line(fine, warehouse, "purchase", 10))
    opened = open_count(api, warehouse)
    count(api, opened, of(short, 4), of(fine, 9))
    move(api, line(short, warehouse, "sale", 5))
    before = all_of(api)

    problem = refused(act(api, opened, "submission"), 409, "insufficient-stock")

    number = line_of(api, opened, short)["line"]
    (told,) = problem["lines"]
    assert (told["line"], told["sku"], told["requested"], told["available"]) == (
        number,
        "SHORT",
        6,
        5,
    )
    assert all_of(api) == before
    count(api, opened, of(short, 0))
    done(act(api, opened, "submission"))
    assert held(api, short, warehouse) == (0, 0, 0, 0)
    assert held(api, fine, warehouse) == (9, 0, 0, 0)


def test_a_recount_past_the_count_is_not_corrected_twice(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 10))
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 8))
    move(api, line(product, warehouse, "recount", 8))
    before = all_of(api)

    problem = refused(act(api, opened, "submission"), 409, "counted-since")

    assert [one["product_id"] for one in problem["lines"]] == [product["id"]]
    assert all_of(api) == before
    count(api, opened, of(product, 8))
    done(act(api, opened, "submission"))
    assert held(api, product, warehouse) == (8, 0, 0, 0)


def test_every_step_is_audited_once(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 2))
    opened = open_count(api, warehouse, notes="First")
    done(api.patch(f"{PATH}/{opened['id']}", {"notes": "Second"}, If_Match='"1"'))
    done(api.patch(f"{PATH}/{opened['id']}", {"notes": "Second"}))
    count(api, opened, of(product, 1))
    posted = done(act(api, opened, "submission", If_Match='"3"'))
    cancelled = open_count(api, warehouse)
    done(act(api, cancelled, "cancellation"))

    assert posted["version"] == 4
    assert audit_of(api, "stock_count") == [
        (
            opened["id"],
            "created",
            {
                "number": [None, opened["number"]],
                "warehouse_id": [None, warehouse["id"]],
                "line_count": [None, 1],
                "notes": [None, "First"],
            },
        ),
        (opened["id"], "changed", {"notes": ["First", "Second"]}),
        (opened["id"], "counted", {"lines": [None, 1], "counted_count": [0, 1]}),
        (
            opened["id"],
            "posted",
            {"status": ["counting", "posted"], "posting_id": [None, posted["posting_id"]]},
        ),
        (
            cancelled["id"],
            "created",
            {
                "number": [None, cancelled["number"]],
                "warehouse_id": [None, warehouse["id"]],
                "line_count": [None, 1],
            },
        ),
        (cancelled["id"], "cancelled", {"status": ["counting", "cancelled"]}),
    ]


def test_a_product_with_a_difference_that_waits_is_not_archived(api: Api) -> None:
    warehouse, found, empty = make_warehouse(api), make_product(api), make_product(api)
    move(api, line(found, warehouse, "recount", 0), line(empty, warehouse, "recount", 0))
    opened = open_count(api, warehouse)
    count(api, opened, of(found, 2))

    problem = refused(api.delete(f"/api/products/{found['id']}"), 409, "product-being-counted")
    assert [one["number"] for one in problem["documents"]] == [opened["number"]]
    done(api.delete(f"/api/products/{empty['id']}"))

    body = {"lines": [of(empty, 1)]}
    problem = refused(act(api, opened, "lines", body), 409, "lines-refused")
    assert [one["code"] for one in problem["lines"]] == ["product-archived"]
    posted = done(act(api, opened, "submission", {"uncounted": "zero"}))
    assert sums(posted)[:4] == (2, 1, 0, 1)
    assert held(api, found, warehouse) == (2, 0, 0, 0)


def test_nothing_is_found_in_a_warehouse_retired_meanwhile(api: Api) -> None:
    warehouse, more, less = make_warehouse(api), make_product(api), make_product(api)
    move(api, line(more, warehouse, "purchase", 2), line(less, warehouse, "purchase", 2))
    opened = open_count(api, warehouse)
    count(api, opened, of(more, 3), of(less, 1))
    done(api.patch(f"/api/warehouses/{warehouse['id']}", {"active": False}))
    before = picture(api)

    problem = refused(act(api, opened, "submission"), 409, "levels-closed")
    assert [one["product_id"] for one in problem["lines"]] == [more["id"]]
    assert picture(api) == before

    count(api, opened, of(more, 2))
    done(act(api, opened, "submission"))
    assert held(api, less, warehouse) == (1, 0, 0, 0)
    refused(api.post(PATH, {"warehouse_id": warehouse["id"]}), 409, "warehouse-inactive")


@pytest.mark.parametrize(
    ("lines_", "pointer"),
    [
        ([], "/lines"),
        ([{"quantity": 1}], "/lines/0"),
        ([{"product_id": 1, "sku": "A", "quantity": 1}], "/lines/0"),
        ([{"barcode": "x", "quantity": 1}], "/lines/0/barcode"),
        ([{"product_id": 1}], "/lines/0/quantity"),
        ([{"product_id": 1, "quantity": -1}], "/lines/0/quantity"),
        ([{"product_id": 1, "quantity": 1.00001}], "/lines/0/quantity"),
        ([{"product_id": 1, "quantity": 1, "mode": "take"}], "/lines/0/mode"),
        ([{"product_id": 1, "quantity": 1, "recount": None}], "/lines/0/recount"),
        ([{"product_id": 1, "quantity": 1, "bin": "A"}], "/lines/0/bin"),
    ],
)
def test_wrong_lines_are_named(api: Api, lines_: object, pointer: str) -> None:
    problem = refused(api.post(f"{PATH}/1/lines", {"lines": lines_}), 400, "invalid-request")
    assert [one["pointer"] for one in problem["errors"]] == [pointer]


def test_all_lines_that_cannot_be_recorded_are_named_at_once(api: Api) -> None:
    warehouse, product, other = make_warehouse(api), make_product(api), make_product(api)
    bundle = make_product(api, product_type="bundle")
    opened = open_count(api, warehouse, product_ids=[product["id"]])
    before = all_of(api)

    unknown = [
        of(product, 1),
        {"sku": "NO-SUCH", "quantity": 1},
        {"barcode": "40063813339", "quantity": 1},
        of({"id": 2**62}, 1),
        of(bundle, 1),
    ]
    problem = refused(act(api, opened, "lines", {"lines": unknown}), 404, "line-targets-not-found")
    assert [(one["line"], one["code"]) for one in problem["lines"]] == [
        (1, "product-not-found"),
        (2, "product-not-found"),
        (3, "product-not-found"),
        (4, "bundle-has-no-stock"),
    ]
    assert problem["lines"][1]["barcode"] == "40063813339"

    twice = [of(product, 1), of(product, 2, mode="add"), of(other, 1), of(other, 1)]
    problem = refused(act(api, opened, "lines", {"lines": twice}), 409, "lines-refused")
    assert [(one["line"], one["code"]) for one in problem["lines"]] == [
        (1, "counted-twice"),
        (3, "counted-twice"),
    ]

    foreign = [of(other, 1), of(product, 1, recount=True)]
    problem = refused(act(api, opened, "lines", {"lines": foreign}), 409, "lines-refused")
    assert [(one["line"], one["code"]) for one in problem["lines"]] == [
        (0, "not-in-count"),
        (1, "not-counted-yet"),
    ]
    assert all_of(api) == before

    most = 10**11 - 1
    count(api, opened, of(product, most))
    body = {"lines": [of(product, 1, mode="add")]}
    problem = refused(act(api, opened, "lines", body), 409, "lines-refused")
    assert [one["code"] for one in problem["lines"]] == ["quantity-too-large"]
    assert line_of(api, opened, product)["counted"] == most
