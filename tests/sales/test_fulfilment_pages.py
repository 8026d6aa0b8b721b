"""The pages on which orders are confirmed, reserved, shipped and printed."""

from typing import Any

from tests.factories import Api, done, line, move
from tests.pages import signed_in
from tests.sales.ordering import (
    PATH,
    all_of,
    confirmed,
    draft,
    let_time_pass,
    quantities,
    read,
    ship,
    split,
    stocked,
    wants,
)


def page_of(order: Any, action: str = "") -> str:
    return f"/sales-orders/{order['id']}{action and '/' + action}"


def test_one_press_confirms_and_reserves(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = draft(api, wants(product, 4))
    browser = signed_in(api, "staff")
    sent = browser.press(page_of(order), page_of(order, "confirm"))
    assert quantities(read(api, order)) == [(4, 0, 0, 0)]
    assert f"{order['number']} is confirmed." in browser.follow(sent).text


def test_what_is_short_is_named_at_each_line_with_what_is_there(api: Api) -> None:
    (plenty, short, none), _ = stocked(api, [10], [3], [0])
    order = draft(api, wants(plenty, 4), wants(short, 5), wants(none, 1))
    before = all_of(api, order)
    browser = signed_in(api)

    shown = browser.press(page_of(order), page_of(order, "confirm"), 409)

    assert shown.error("lines.1") == "There is too little stock: 5 asked, 3 available."
    assert shown.error("lines.2") == "There is too little stock: 1 asked, 0 available."
    assert not shown.tree.css("#f-lines-0-error")
    assert [row["Available"] for row in shown.rows("#order-lines")] == ["10", "3", "0"]
    assert shown.one('.alert a[href="#f-lines-1"]').text() == "Line 2"
    assert all_of(api, order) == before


def test_it_is_confirmed_with_choices(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (product,), (first, second) = stocked(api, [10, 2])
    order = draft(api, wants(product, 5))
    browser = signed_in(api)
    choices: dict[str, Any] = {
        "warehouses[]": [second["code"]],
        "reserved_until": "2030-01-02T03:04",
    }

    refused = browser.submit(page_of(order, "confirm"), 409, **choices, backorder="false")
    assert refused.error("lines.0") == "There is too little stock: 5 asked, 2 available."
    assert refused.one("#f-backorder option[selected]").attributes["value"] == "false"
    assert refused.texts("input[name='warehouses[]'][checked] + span") == [
        f"{second['code']} · {second['name']}"
    ]
    assert read(api, order) == order

    sent = browser.submit(page_of(order, "confirm"), **choices)
    after = read(api, order)
    assert split(after) == [[(second["code"], 2)]]
    assert after["lines"][0]["backordered"] == 3
    assert after["lines"][0]["allocations"][0]["reserved_until"].startswith("2030-01-0")
    assert "some of it waits for stock" in browser.follow(sent).text
    assert first["code"] not in [place for ((place, _),) in split(after)]


def test_a_moment_that_is_over_is_refused_at_its_field(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = draft(api, wants(product, 5))
    shown = signed_in(api).submit(page_of(order, "confirm"), 400, reserved_until="2020-01-01T00:00")
    assert "must be a moment to come" in shown.error("reserved_until")
    assert read(api, order) == order


def test_what_is_no_longer_reserved_is_reserved_again(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = draft(api, wants(product, 4))
    done(api.post(f"{PATH}/{order['id']}/confirmation", {"reserved_until": "2030-01-01T00:00:00Z"}))
    let_time_pass(api)
    browser = signed_in(api)
    assert "4 no longer reserved" in browser.get(page_of(order)).text
    assert browser.get(page_of(order, "reserve")).rows("#order-lines")[0]["Still needed"] == "4"
    browser.submit(page_of(order, "reserve"))
    assert quantities(read(api, order)) == [(4, 0, 0, 0)]


def test_all_that_is_reserved_is_shipped_as_the_form_stands(api: Api) -> None:
    (product, other), _ = stocked(api, [10], [5])
    order = confirmed(api, wants(product, 4), wants(other, 1))
    browser = signed_in(api, "staff")
    sent = browser.submit(page_of(order, "ship"), carrier="Post", tracking="T-9")
    after = read(api, order)
    assert after["status"] == "shipped"
    shown = browser.follow(sent)
    assert "It is shipped." in shown.text
    assert "T-9" in shown.text
    assert [row["Quantity"] for row in shown.rows("main")] == ["4", "1"]


def test_a_part_is_shipped_from_one_warehouse(api: Api) -> None:
    (product,), (first, second) = stocked(api, [3, 4])
    order = confirmed(api, wants(product, 7))
    browser = signed_in(api)
    here = f"{page_of(order, 'ship')}?warehouse_id={second['id']}"
    assert browser.get(here).fields()["lines.0.quantity"] == "4"

    browser.submit(here, lines__0__quantity="1")

    after = read(api, order)
    assert quantities(after) == [(6, 0, 1, 0)]
    assert split(after) == [[(first["code"], 3), (second["code"], 3)]]


def test_a_line_left_empty_is_not_shipped(api: Api) -> None:
    (product, other), _ = stocked(api, [10], [5])
    order = confirmed(api, wants(product, 4), wants(other, 1))
    browser = signed_in(api)
    browser.submit(page_of(order, "ship"), lines__0__quantity="", lines__1__quantity="1")
    assert quantities(read(api, order)) == [(4, 0, 0, 0), (0, 0, 1, 0)]

    before = all_of(api, order)
    nothing = browser.submit(page_of(order, "ship"), 400, lines__0__quantity="")
    assert nothing.error("lines") == "at least one is needed"
    assert all_of(api, order) == before


def test_more_than_is_reserved_is_named_at_the_line(api: Api) -> None:
    (product, other), _ = stocked(api, [10], [5])
    order = confirmed(api, wants(product, 4), wants(other, 2))
    before = all_of(api, order)
    browser = signed_in(api)

    shown = browser.submit(
        page_of(order, "ship"),
        409,
        lines__0__quantity="",
        lines__1__quantity="3",
        carrier="Kept",
    )

    assert shown.error("lines.1") == "More than is reserved: 3 asked, 2 reserved."
    assert not shown.tree.css("#f-lines-0-error")
    assert shown.one("#f-lines-1-quantity").attributes["value"] == "3"
    assert shown.one("#f-carrier").attributes["value"] == "Kept"
    assert all_of(api, order) == before


def test_to_pick_by_scanning_begins_with_nothing(api: Api) -> None:
    (product,), (warehouse,) = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    shown = signed_in(api).get(f"{page_of(order, 'ship')}?pick=1")
    row = shown.one("[data-line]")
    assert row.attributes["data-product-id"] == str(product["id"])
    quantity = shown.one("#f-lines-0-quantity").attributes
    assert (quantity["value"], quantity["max"]) == ("", "4")
    assert "data-quantity" in quantity
    assert f"4 in {warehouse['code']}" in shown.text
    lookup = shown.one("[data-scan-lines]").attributes["data-lookup-url"]
    assert lookup == f"/c/{api.company_id}/products/lookup"


def test_a_very_long_order_is_shown_in_part_and_shipped_as_a_whole(api: Api) -> None:
    (product,), _ = stocked(api, [2000])
    order = draft(api, *[wants(product, 1)] * 1001)
    browser = signed_in(api)
    assert len(browser.get(page_of(order)).rows("#order-lines")) == 1000
    assert "the first 1,000 of 1,001 lines" in browser.get(page_of(order, "confirm")).text

    browser.submit(page_of(order, "edit"), notes="Long")
    assert (read(api, order)["notes"], read(api, order)["line_count"]) == ("Long", 1001)
    browser.press(page_of(order), page_of(order, "confirm"))
    browser.submit(page_of(order, "ship"))
    assert read(api, order)["status"] == "shipped"


def test_a_shipment_sent_twice_leaves_once(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    browser = signed_in(api)
    fields = {**browser.get(page_of(order, "ship")).fields(), "lines.0.quantity": "1"}
    first, again = (browser.send(page_of(order, "ship"), fields) for _ in range(2))
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert quantities(read(api, order)) == [(3, 0, 1, 0)]


def test_an_order_changed_since_is_neither_confirmed_nor_shipped(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    for order, action in (
        (draft(api, wants(product, 1)), "confirm"),
        (confirmed(api, wants(product, 1)), "ship"),
    ):
        browser = signed_in(api)
        fields = browser.get(page_of(order, action)).fields()
        done(api.patch(f"{PATH}/{order['id']}", {"notes": "Newer"}))
        before = all_of(api, order)
        browser.send(page_of(order, action), fields, 412)
        assert all_of(api, order) == before


def test_who_may_not_sell_is_refused(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    seller, viewer = signed_in(api), signed_in(api, "viewer")
    fields = seller.get(page_of(order, "ship")).fields()
    before = all_of(api, order)
    for action in ("confirm", "reserve", "ship"):
        viewer.get(page_of(order, action), 403)
        viewer.send(page_of(order, action), fields if action == "ship" else {}, 403)
    assert all_of(api, order) == before


def test_forms_that_make_no_sense_are_refused(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    browser = signed_in(api)
    before = all_of(api, order)
    for fields in (
        {"lines": "x"},
        {"lines.0": "x"},
        {"lines.x.quantity": "1"},
        {"lines.0.quantity": "1"},
        {"lines.0.line_id": "999999", "lines.0.quantity": "1"},
        {"lines.0.line_id": str(order["lines"][0]["id"]), "lines.0.quantity": "NaN"},
        {"_version": "x", "carrier": "y" * 300},
    ):
        answer = browser.http.post(
            browser.path(page_of(order, "ship")), data=fields, headers=browser.headers
        )
        assert 400 <= answer.status_code < 500, fields
    assert all_of(api, order) == before


def test_papers_are_pdf_under_the_order_s_name(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    shipment = ship(api, order, (0, 1))
    viewer = signed_in(api, "viewer")
    for action in ("print", "pick-list", f"shipments/{shipment['id']}/packing-note"):
        answer = viewer.get(page_of(order, action)).answer
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert order["number"] in answer.headers["content-disposition"]


def test_shipments_of_other_companies_and_orders_are_not_shown(api: Api, other: Api) -> None:
    (product,), _ = stocked(other, [10])
    order = confirmed(other, wants(product, 4))
    shipment = ship(other, order, (0, 1), tracking="Secret")
    (own,), (warehouse,) = stocked(api, [10])
    mine = confirmed(api, wants(own, 1))
    move(api, line(own, warehouse, "purchase", 1))
    browser = signed_in(api)
    for path in (
        page_of(order, f"shipments/{shipment['id']}"),
        page_of(mine, f"shipments/{shipment['id']}"),
        page_of(order, "ship"),
        page_of(order, "print"),
        page_of(order, "pick-list"),
        page_of(mine, f"shipments/{shipment['id']}/packing-note"),
    ):
        assert "Secret" not in browser.get(path, 404).text
