"""The pages of returns."""

import csv
import io
from typing import Any

from tests.factories import Api, done, make_warehouse
from tests.pages import signed_in
from tests.sales.returning import (
    all_of,
    asked,
    confirmed,
    read,
    returns_of,
    shipped,
    stocked,
    take_back,
)


def page_of(order: Any, rest: str = "returns/new") -> str:
    return f"/sales-orders/{order['id']}/{rest}"


def test_the_list_has_the_returns_of_all_orders(api: Api) -> None:
    product, _ = stocked(api)
    first, second = shipped(api, (product, 3)), shipped(api, (product, 5))
    one = take_back(api, first, asked(first, good=1, damaged=2), reference="R-1", reason="Too big")
    two = take_back(api, second, asked(second, refused=4))
    browser = signed_in(api, "viewer")

    rows = browser.get("/returns").rows()
    assert [row["Number"] for row in rows] == [two["number"], one["number"]]
    assert (rows[1]["Sales order"], rows[1]["Customer"]) == (first["number"], "Customer")
    assert (rows[1]["Good"], rows[1]["Damaged"], rows[1]["Refused"]) == ("1", "2", "0")
    for query, numbers in (
        ("q=r-1", [one]),
        (f"q={second['number']}", [two]),
        ("q=%25", []),
        (f"customer_id={first['customer_id']}", [one]),
        ("created_before=2020-01-01T00:00", []),
        ("created_from=2020-01-01T00:00", [two, one]),
    ):
        found = [row["Number"] for row in browser.get(f"/returns?{query}").rows()]
        assert found == [row["number"] for row in numbers], query

    answer = browser.get("/returns?columns=number,good&format=csv&limit=1").answer
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table == [["Number", "Good"], [two["number"], "0"], [one["number"], "1"]]


def test_the_list_has_pages(api: Api) -> None:
    product, _ = stocked(api)
    order = shipped(api, (product, 3))
    made = [take_back(api, order, asked(order, good=1)) for _ in range(3)]
    browser = signed_in(api)
    first = browser.get("/returns?limit=2")
    following = first.one("a[rel=next]").attributes["href"] or ""
    assert [row["Number"] for row in first.rows()] == [made[2]["number"], made[1]["number"]]
    assert [row["Number"] for row in browser.get(following).rows()] == [made[0]["number"]]


def test_who_is_limited_to_warehouses_sees_only_returns_within_them(api: Api) -> None:
    product, warehouse = stocked(api)
    elsewhere = make_warehouse(api)
    order = shipped(api, (product, 3))
    here = take_back(api, order, asked(order, good=1))
    there = take_back(api, order, asked(order, good=1, warehouse_id=elsewhere["id"]))

    def seen(*places: Any) -> list[str]:
        limited = signed_in(api, "viewer", [place["id"] for place in places])
        return [row["Number"] for row in limited.get("/returns").rows()]

    assert seen(warehouse) == [here["number"]]
    assert seen(warehouse, elsewhere) == [there["number"], here["number"]]
    assert seen(elsewhere) == []


def test_without_returns_the_list_says_where_they_begin(api: Api, other: Api) -> None:
    product, _ = stocked(other)
    order = shipped(other, (product, 3))
    take_back(other, order, asked(order, good=1), reference="Secret")
    shown = signed_in(api).get("/returns")
    assert "No returns yet" in shown.text
    assert "Secret" not in shown.text
    href = f"/c/{api.company_id}/sales-orders?status=partially_shipped,shipped"
    assert href in shown.hrefs()
    assert href not in signed_in(api, "viewer").get("/returns").hrefs()


def test_goods_are_taken_back_with_what_became_of_them(api: Api) -> None:
    (product, warehouse), (second, _) = stocked(api), stocked(api)
    order = shipped(api, (product, 3), (second, 2))
    browser = signed_in(api, "staff")

    sent = browser.submit(
        page_of(order),
        lines__1__good="1",
        lines__1__damaged="0.5",
        lines__1__reason="Scratched",
        reason="Did not fit",
        reference="R-7",
    )

    (listed,) = done(api.get(returns_of(order)))["items"]
    made = done(api.get(f"{returns_of(order)}/{listed['id']}"))
    assert (made["reference"], made["reason"]) == ("R-7", "Did not fit")
    assert [
        (one["sku"], one["good"], one["damaged"], one["refused"], one["reason"])
        for one in made["lines"]
    ] == [(second["sku"], 1, 0.5, 0, "Scratched")]
    assert sent.answer.headers["location"] == browser.path(page_of(order, f"returns/{made['id']}"))
    shown = browser.follow(sent)
    assert f"{made['number']} is recorded." in shown.text
    assert [row["Damaged"] for row in shown.rows("main")] == ["0.5"]
    assert made["number"] in browser.get(f"/sales-orders/{order['id']}").text
    assert warehouse["code"] in browser.get(page_of(order)).texts("#f-lines-0-warehouse_id")[0]


def test_more_than_the_customer_has_is_named_at_the_line(api: Api) -> None:
    (product, _), (second, _) = stocked(api), stocked(api)
    order = shipped(api, (product, 3), (second, 2))
    before = all_of(api, order)
    browser = signed_in(api)

    shown = browser.submit(page_of(order), 409, lines__1__good="3", reference="Kept")

    assert shown.error("lines.1") == "The customer has less than this: 3 asked, 2 can come back."
    assert shown.one("#f-lines-1-good").attributes["value"] == "3"
    assert shown.one("#f-reference").attributes["value"] == "Kept"
    nothing = browser.submit(page_of(order), 400)
    assert nothing.error("lines") == "at least one is needed"
    wrong = browser.submit(page_of(order), 400, lines__0__good="-1")
    assert wrong.error("lines.0.good") == "must not be negative"
    assert all_of(api, order) == before


def test_a_return_sent_twice_comes_back_once(api: Api) -> None:
    product, _ = stocked(api)
    order = shipped(api, (product, 3))
    browser = signed_in(api)
    fields = {**browser.get(page_of(order)).fields(), "lines.0.good": "1"}
    first, again = (browser.send(page_of(order), fields) for _ in range(2))
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert read(api, order)["lines"][0]["returned"] == 1


def test_a_return_of_an_order_changed_since_is_refused(api: Api) -> None:
    product, _ = stocked(api)
    order = shipped(api, (product, 3))
    browser = signed_in(api)
    fields = {**browser.get(page_of(order)).fields(), "lines.0.good": "1"}
    take_back(api, order, asked(order, good=1))
    before = all_of(api, order)
    browser.send(page_of(order), fields, 412)
    assert all_of(api, order) == before


def test_what_was_not_shipped_cannot_come_back(api: Api) -> None:
    product, _ = stocked(api)
    order = confirmed(api, (product, 3))
    shown = signed_in(api).get(page_of(order))
    assert "nothing of this order that could come back" in shown.text
    assert not shown.tree.css("main form")


def test_who_may_not_sell_is_refused(api: Api) -> None:
    product, _ = stocked(api)
    order = shipped(api, (product, 3))
    fields = {**signed_in(api).get(page_of(order)).fields(), "lines.0.good": "1"}
    viewer = signed_in(api, "viewer")
    viewer.get(page_of(order), 403)
    viewer.send(page_of(order), fields, 403)
    assert done(api.get(returns_of(order)))["items"] == []


def test_returns_of_other_companies_are_not_shown(api: Api, other: Api) -> None:
    product, _ = stocked(other)
    order = shipped(other, (product, 3))
    made = take_back(other, order, asked(order, good=1), reference="Secret")
    browser = signed_in(api)
    for rest in ("returns/new", f"returns/{made['id']}"):
        assert "Secret" not in browser.get(page_of(order, rest), 404).text
