"""Importing movements."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from stockflow.imports.movements import Movements
from tests.conftest import new_company
from tests.factories import Api, done, make_product, make_warehouse, move, refused
from tests.imports.sending import available, contents, errors_of, imported, movements, send
from tests.scopes import archive

HEADER = "type,sku,warehouse,quantity,unit_cost,unit_price,reference,reason,occurred_at\n"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def stocked(http: TestClient) -> Api:
    """A company with products A and B, and warehouses W and V."""
    api = new_company(http, timezone="Europe/London")
    for code in ("W", "V"):
        make_warehouse(api, code=code)
    for sku in ("A", "B"):
        make_product(api, sku=sku)
    return api


def test_rows_are_posted_in_their_order_with_all_they_say(stocked: Api) -> None:
    answer = imported(
        stocked,
        "movements",
        HEADER + "purchase,A,W,12,0.3825,,OPENING,,2024-12-01T05:30:00Z\n"
        'sale,a,w,5,,4.95,"581,587",,2024-12-02T10:00:00+01:00\n'
        "\n"
        "damage,A,W,2.5,,,,wet pallet,2024-12-03T00:00:00Z\n"
        "adjustment,B,V,7,,,,found,2024-12-03T00:00:00Z\n",
    )

    assert (answer["rows"], answer["posted"], answer["created"]) == (4, 4, 0)
    (posting_id,) = answer["posting_ids"]
    posting = done(stocked.get(f"/api/stock/postings/{posting_id}"))
    assert posting["kind"] == "import"
    told = [
        (
            row["type"],
            row["bucket"],
            row["quantity_change"],
            row["quantity_after"],
            row["reference"],
            row["reason"],
            row["occurred_at"],
        )
        for row in movements(stocked)
    ]
    assert told == [
        ("purchase", "available", 12, 12, "OPENING", None, "2024-12-01T05:30:00Z"),
        ("sale", "available", -5, 7, "581,587", None, "2024-12-02T09:00:00Z"),
        ("damage", "available", -2.5, 4.5, None, "wet pallet", "2024-12-03T00:00:00Z"),
        ("damage", "damaged", 2.5, 2.5, None, "wet pallet", "2024-12-03T00:00:00Z"),
        ("adjustment", "available", 7, 7, None, "found", "2024-12-03T00:00:00Z"),
    ]
    assert [row["unit_cost"] for row in movements(stocked)][:2] == ["0.3825", None]
    assert [row["unit_price"] for row in movements(stocked)][:2] == [None, "4.9500"]
    # the number of the row in the file
    assert [row["line"] for row in posting["movements"]] == [2, 3, 5, 5, 6]


def test_every_wrong_cell_is_named(stocked: Api, other: Api) -> None:
    make_product(other, sku="THEIRS")
    make_warehouse(other, code="THEIRS")
    archive(stocked, make_product(stocked, sku="GONE")["id"])
    make_warehouse(stocked, code="SHUT", active=False)
    make_product(stocked, sku="SET", product_type="bundle")
    before = contents(stocked)

    problem = refused(
        send(
            stocked,
            "movements",
            HEADER + "gift,A,W,1,,,,,\n"
            "sale,,,,,,,,\n"
            "sale,A,W,-1,,,,,\n"
            "sale,A,W,0,1e400,NaN,,,0000-01-01\n"
            "sale,THEIRS,W,1,,,,,\n"
            "sale,A,THEIRS,1,,,,,\n"
            "purchase,GONE,W,1,,,,,\n"
            "purchase,A,SHUT,1,,,,,\n"
            "purchase,SET,W,1,,,,,\n"
            "transfer_in,A,W,1,,,,,\n"
            "purchase,A,W,1.00001,,,,,2199-01-01T00:00:00Z\n"
            "purchase,A,W,1e400,,,,,yesterday\n"
            "purchase,A,W,1,,,,,,,\n"
            "purchase,A,W,1,,,,,,one more\n",
        ),
        400,
        "import-refused",
    )

    assert contents(stocked) == before
    named = [(row, column) for row, column, _ in errors_of(problem)]
    assert named == [
        (2, "type"),
        (3, "quantity"),
        (3, "sku"),
        (3, "warehouse"),
        (4, "quantity"),
        (5, "quantity"),
        (5, "unit_cost"),
        (5, "unit_price"),
        (5, "occurred_at"),
        (6, "sku"),
        (7, "warehouse"),
        (8, "sku"),
        (9, "warehouse"),
        (10, "sku"),
        (11, None),
        (12, "quantity"),
        (12, "occurred_at"),
        (13, "quantity"),
        (13, "occurred_at"),
        (15, None),
    ]
    details = {(row, column): detail for row, column, detail in errors_of(problem)}
    assert details[3, "sku"] == "is required"
    assert details[6, "sku"] == "There is no such product."
    assert details[12, "occurred_at"] == "must not lie in the future"
    assert details[15, None] == "has 1 more cells than the header"


def test_all_shortages_are_found_though_nothing_is_posted(
    stocked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Movements, "batch_rows", 3)
    before = contents(stocked)
    file = (
        HEADER + "purchase,A,W,10,,,,,\n"
        "sale,A,W,11,,,,,\n"
        "sale,A,W,4,,,,,\n"
        "sale,B,W,1,,,,,\n"
        "sale,B,V,1,,,,,\n"
        "write_off,A,W,1,,,,,\n"
        "sale,A,W,6,,,,,\n"
        "sale,A,W,1,,,,,\n"
    )

    problem = refused(send(stocked, "movements", file), 400, "import-refused")

    assert contents(stocked) == before
    short = [
        (3, "quantity", "There is too little stock. Asked for: 11, available: 10."),
        (5, "quantity", "There is too little stock. Asked for: 1, available: 0."),
        (6, "quantity", "There is too little stock. Asked for: 1, available: 0."),
        (7, "quantity", "There is too little stock. Asked for: 1, damaged: 0."),
        (9, "quantity", "There is too little stock. Asked for: 1, available: 0."),
    ]
    assert errors_of(problem) == short

    answer = imported(stocked, "movements", file, valid_rows=True)

    assert (answer["rows"], answer["posted"], answer["rejected"]) == (8, 3, 5)
    assert errors_of(answer) == short
    assert len(answer["posting_ids"]) == 2
    assert available(stocked, "A", "W") == 0
    assert available(stocked, "B", "V") == 0


def test_good_rows_are_posted_without_those_that_are_wrong(stocked: Api) -> None:
    answer = imported(
        stocked,
        "movements",
        HEADER + "purchase,A,W,3,,,,,\npurchase,X,W,1,,,,,\npurchase,A,W,x,,,,,\n",
        valid_rows=True,
    )

    assert (answer["rows"], answer["posted"], answer["rejected"]) == (3, 1, 2)
    assert available(stocked, "A", "W") == 3


def test_recounts_and_bundles_are_decided_by_the_ledger(stocked: Api) -> None:
    bundle = make_product(stocked, sku="SET", product_type="bundle")
    components = [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]
    done(stocked.put(f"/api/products/{bundle['id']}/components", {"components": components}))

    answer = imported(
        stocked,
        "movements",
        HEADER
        + "purchase,A,W,10,,,,,\nrecount,A,W,8,,,,,\nrecount,B,W,5,,,,,\nsale,SET,W,3,,,,,\n",
    )

    assert answer["posted"] == 4
    assert (available(stocked, "A", "W"), available(stocked, "B", "W")) == (2, 2)
    problem = refused(
        send(stocked, "movements", HEADER + "sale,SET,W,2,,,,,\n"), 400, "import-refused"
    )
    assert errors_of(problem) == [
        (2, "quantity", "There is too little stock. Asked for: 4, available: 2.")
    ]


def test_bundles_that_come_to_more_than_a_posting_holds_are_posted_in_parts(
    stocked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = make_product(stocked, sku="SET", product_type="bundle")
    components = [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}]
    done(stocked.put(f"/api/products/{bundle['id']}/components", {"components": components}))
    move(stocked, {"sku": "A", "warehouse": "W", "type": "purchase", "quantity": 9})
    move(stocked, {"sku": "B", "warehouse": "W", "type": "purchase", "quantity": 9})
    monkeypatch.setattr("stockflow.stock.ledger.MOVEMENTS_PER_POSTING", 8)
    sales = "".join(f"sale,SET,W,1,,,{n},,\n" for n in range(6))

    answer = imported(stocked, "movements", HEADER + sales)

    assert (answer["posted"], len(answer["posting_ids"])) == (6, 2)
    assert (available(stocked, "A", "W"), available(stocked, "B", "W")) == (3, 3)


def test_a_limited_key_moves_stock_of_its_warehouses_only(stocked: Api) -> None:
    _, mine = done(stocked.get("/api/warehouses"))["items"]
    key = stocked.with_key("manager", [mine["id"]])
    before = contents(stocked)

    problem = refused(
        send(key, "movements", HEADER + "purchase,A,W,1,,,,,\npurchase,A,V,1,,,,,\n"),
        400,
        "import-refused",
    )

    assert errors_of(problem) == [
        (3, "warehouse", "Your credentials are limited to other warehouses.")
    ]
    assert contents(stocked) == before
    assert imported(key, "movements", HEADER + "purchase,A,W,1,,,,,\n")["posted"] == 1


def test_a_moment_without_a_time_zone_is_one_of_the_companys(http: TestClient) -> None:
    api = new_company(http, timezone="Asia/Tokyo")
    make_warehouse(api, code="W")
    make_product(api, sku="A")

    imported(
        api,
        "movements",
        HEADER + "purchase,A,W,1,,,,,2024-05-01\npurchase,A,W,1,,,,,2024-05-01 08:30\n"
        "purchase,A,W,1,,,,,2024-05-01T08:30:00Z\n",
    )

    assert [row["occurred_at"] for row in movements(api)] == [
        "2024-04-30T15:00:00Z",
        "2024-04-30T23:30:00Z",
        "2024-05-01T08:30:00Z",
    ]


def test_dates_can_be_moved_so_that_the_last_one_is_today(stocked: Api) -> None:
    today = datetime.now(LONDON).date()
    last = date(2011, 12, 9)

    answer = imported(
        stocked,
        "movements",
        HEADER + "purchase,A,W,1,,,,,2011-07-01T00:15:00+01:00\n"
        "purchase,A,W,1,,,,,2011-12-09T23:59:59.999999Z\n"
        "purchase,A,W,1,,,,,2011-12-09T00:00:00Z\n",
        shift_dates=True,
    )

    days = (today - last).days
    assert answer["shifted_days"] == days
    first, late, early = (datetime.fromisoformat(row["occurred_at"]) for row in movements(stocked))
    moved = date(2011, 7, 1) + timedelta(days)
    assert first == datetime.combine(moved, time(0, 15), LONDON)  # the time of day stays
    assert timedelta() <= datetime.now(UTC) - late < timedelta(minutes=1)
    assert early == datetime.combine(today, time(), LONDON)


def test_a_row_without_a_date_happened_now(stocked: Api) -> None:
    imported(stocked, "movements", "type,sku,warehouse,quantity\npurchase,A,W,1\n")

    (row,) = movements(stocked)
    happened = datetime.fromisoformat(row["occurred_at"])
    assert timedelta() <= datetime.now(UTC) - happened < timedelta(minutes=1)


def test_errors_beyond_a_thousand_are_counted(stocked: Api) -> None:
    rows = "".join(f"sale,X{number},W,1,,,,,\n" for number in range(1500))

    problem = refused(send(stocked, "movements", HEADER + rows), 400, "import-refused")

    assert (len(problem["errors"]), problem["errors_total"]) == (1000, 1500)
    assert [problem["errors"][0]["row"], problem["errors"][-1]["row"]] == [2, 1001]


def test_a_large_file_opens_its_levels_before_it_holds_them(
    stocked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stockflow.imports.operations.SMALL_ROWS", 1)
    monkeypatch.setattr(Movements, "batch_rows", 2)
    rows = [f"purchase,{sku},{place},2,,,,,\n" for sku in "BA" for place in "WV"]

    answer = imported(stocked, "movements", HEADER + "".join(rows))

    assert (answer["posted"], len(answer["posting_ids"])) == (4, 2)
    found: list[Any] = done(stocked.get("/api/stock/levels"))["items"]
    assert [level["available"] for level in found] == [2, 2, 2, 2]
