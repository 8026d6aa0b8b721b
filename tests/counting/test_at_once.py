"""Counting while others count, sell and post; and counts of many lines."""

from typing import Any

import pytest
from httpx2 import Response

from stockflow.counting.commands import CreateCount, RecordLines, SubmitCount
from stockflow.counting.operations import create_count
from stockflow.counting.posting import submit_count
from stockflow.counting.recording import record_lines
from stockflow.foundation.scope import WriteScope
from stockflow.stock import ledger
from tests.counting.counts import PATH, act, count, line_of, lines, of, open_count, read, sums
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.scopes import in_scope, run
from tests.stock.reading import findings, held, movements, posts, together


def _statuses(answers: list[Response]) -> dict[int, int]:
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}


@pytest.mark.parametrize("turn", range(4))
def test_sales_and_counting_at_once_come_to_what_was_counted_less_what_was_sold_since(
    api: Api, turn: int
) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100))
    opened = open_count(api, warehouse)
    sales = posts(*[[line(product, warehouse, "sale", 1)]] * 8)
    body = {"lines": [of(product, 80)]}
    counting = [("POST", f"{PATH}/{opened['id']}/lines", body)]
    requests: list[tuple[str, str, Any]] = [*sales[: 2 * turn], *counting, *sales[2 * turn :]]

    answers = together(api, requests)

    assert _statuses(answers) == {200: 1, 201: 8}
    found = line_of(api, opened, product)
    before_it = 100 - found["expected"]
    first = found["ledger_position"]
    sold = [one["posting_id"] for one in movements(api, type="sale")]
    assert sum(posting <= first for posting in sold) == before_it
    posting = [("POST", f"{PATH}/{opened['id']}/submission", None)]
    assert _statuses(together(api, [*sales, *posting, *sales])) == {200: 1, 201: 16}
    assert held(api, product, warehouse) == (80 - (8 - before_it) - 16, 0, 0, 0)
    assert findings(api) == []


def test_two_counters_of_one_line_lose_nothing(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    opened = open_count(api, warehouse)
    path = f"{PATH}/{opened['id']}/lines"
    scan = {"lines": [of(product, 1, mode="add")]}

    assert _statuses(together(api, [("POST", path, scan)] * 12)) == {200: 12}

    assert line_of(api, opened, product)["counted"] == 12
    assert (read(api, opened)["version"], sums(read(api, opened))[:4]) == (13, (1, 1, 0, 1))


def test_a_line_is_counted_before_the_submission_or_refused(api: Api) -> None:
    product, other, warehouse = make_product(api), make_product(api), make_warehouse(api)
    for _ in range(3):
        move(api, line(product, warehouse, "recount", 10))
        opened = open_count(api, warehouse, product_ids=[product["id"], other["id"]])
        count(api, opened, of(other, 0), of(product, 10))
        path = f"{PATH}/{opened['id']}"
        answers = together(
            api,
            [
                ("POST", f"{path}/lines", {"lines": [of(product, 9)]}),
                ("POST", f"{path}/submission", None),
                ("POST", f"{path}/lines", {"lines": [of(product, 8)]}),
            ],
        )
        counted = line_of(api, opened, product)["counted"]
        taken = [n for n, place in ((9, 0), (8, 2)) if answers[place].status_code == 200]
        assert answers[1].status_code == 200
        assert counted in (taken or [10])
        assert held(api, product, warehouse) == (counted, 0, 0, 0)
    assert findings(api) == []


def test_of_many_ends_at_once_one_is_posted(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, unit_cost="1"))
    manager, counter = api.with_key("manager"), api.with_key("staff")
    for limit, start in ((None, "submission"), ("0", "approval")):
        done(api.patch("/api/company", {"count_approval_above": limit}))
        before = held(api, product, warehouse)[0]
        opened = open_count(counter, warehouse)
        count(counter, opened, of(product, before - 1))
        path = f"{PATH}/{opened['id']}"
        if start == "approval":
            done(act(counter, opened, "submission"))
        ends = [("POST", f"{path}/{start}", None)] * 4

        answers = together(manager, [*ends, ("POST", f"{path}/cancellation", None), *ends])

        assert _statuses(answers) == {200: 1, 409: 8}
        status = read(api, opened)["status"]
        assert held(api, product, warehouse)[0] == before - (status == "posted")
    assert findings(api) == []


def test_counts_opened_at_once_share_no_product(api: Api) -> None:
    product, new, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 1))
    body = {"warehouse_id": warehouse["id"]}

    answers = together(api, [("POST", PATH, body)] * 6)

    assert _statuses(answers) == {201: 1, 409: 5}
    (opened,) = [answer.json() for answer in answers if answer.status_code == 201]
    listed = {**body, "product_ids": [new["id"]]}
    path = f"{PATH}/{opened['id']}/lines"
    answers = together(api, [("POST", PATH, listed), ("POST", path, {"lines": [of(new, 1)]})] * 3)
    assert len({answer.status_code for answer in answers}) == 2
    assert sum(one["product_id"] == new["id"] for one in lines(api, opened)) in (0, 1)
    counts = [one for one in done(api.get(PATH))["items"] if one["line_count"]]
    on = [one["id"] for one in counts if lines(api, one, product_id=new["id"])]
    assert len(on) == 1


@pytest.mark.parametrize("turn", range(2))
def test_a_product_is_archived_or_found_but_not_both(api: Api, turn: int) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    opened = open_count(api, warehouse)
    counting = ("POST", f"{PATH}/{opened['id']}/lines", {"lines": [of(product, 1)]})
    requests: list[tuple[str, str, Any]] = [
        counting,
        ("DELETE", f"/api/products/{product['id']}", None),
    ]

    answers = together(api, requests[::-1] if turn else requests)

    assert _statuses(answers) == {200: 1, 409: 1}
    archived = done(api.get(f"/api/products/{product['id']}"))["archived_at"] is not None
    assert read(api, opened)["line_count"] == (0 if archived else 1)
    assert findings(api) == []


def test_crossed_lines_and_sales_do_not_deadlock(api: Api) -> None:
    products = [make_product(api) for _ in range(6)]
    warehouse = make_warehouse(api)
    move(api, *[line(product, warehouse, "purchase", 100) for product in products])
    opened = open_count(api, warehouse)
    path = f"{PATH}/{opened['id']}/lines"
    sold = [line(product, warehouse, "sale", 1) for product in products]
    counted = [of(product, 90) for product in products]

    answers = together(
        api,
        [
            *posts(sold, sold[::-1]),
            ("POST", path, {"lines": counted}),
            ("POST", path, {"lines": counted[::-1]}),
            *posts(sold, sold[::-1]),
        ],
    )

    assert _statuses(answers) == {200: 2, 201: 4}
    done(act(api, opened, "submission"))
    assert findings(api) == []


async def _fill(scope: WriteScope, size: int, warehouse_id: int) -> list[int]:
    """So many new products with a level in the warehouse; their ids."""
    cursor = await scope.execute(
        "INSERT INTO products (company_id, name, sku, sku_key, price, currency)"
        " SELECT %(company_id)s, sku, sku, sku, 1, 'GBP'"
        "   FROM (SELECT 'S' || %(size)s::int || '-' || n AS sku"
        "           FROM generate_series(0, %(size)s::int - 1) AS n) AS given RETURNING id",
        {"company_id": scope.company_id, "size": size},
    )
    ids = [row[0] for row in await cursor.fetchall()]
    await ledger.lock_levels(scope, [(product_id, warehouse_id) for product_id in ids])
    return ids


def test_ten_lines_and_two_thousand_take_as_many_statements(api: Api) -> None:
    taken = []
    for size in (10, 2000):
        warehouse = make_warehouse(api)
        ids = in_scope(api, _fill, size, warehouse["id"])

        opened = run(
            api, create_count, CreateCount.model_validate({"warehouse_id": warehouse["id"]})
        )
        counts = [{"sku": f"s{size}-{n}", "quantity": n % 7} for n in range(size // 4)]
        counts += [{"product_id": one, "quantity": 0} for one in ids[size // 4 : size // 2]]
        body = RecordLines.model_validate({"lines": counts})
        counted = run(api, record_lines, opened.result.id, body, None)
        posted = run(
            api,
            submit_count,
            opened.result.id,
            SubmitCount.model_validate({"uncounted": "zero"}),
            None,
        )
        assert opened.result.line_count == size
        assert len(counted.result.lines) == size // 2
        assert (posted.result.status, posted.result.counted_count) == ("posted", size)
        assert len(movements(api, posting_id=posted.result.posting_id)) == size
        taken.append([opened.statements, counted.statements, posted.statements])
    assert taken[0] == taken[1]
    assert findings(api) == []
