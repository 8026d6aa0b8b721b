"""Submitting, approving, receiving and cancelling purchase orders on their pages."""

from typing import Any

from tests.factories import Api, done
from tests.pages import Browser, signed_in
from tests.purchasing.ordering import (
    PATH,
    act,
    came,
    everything_about,
    make_trade,
    ordered,
    read,
    receive,
    set_rules,
)
from tests.purchasing.test_pages import page_of
from tests.stock.reading import picture


def head(browser: Browser, order: Any) -> set[str]:
    """The buttons in the head of the order's page."""
    return set(browser.get(page_of(order)).texts(".page-header .btn"))


def counted(order: Any) -> list[tuple[Any, Any, Any, Any]]:
    lines = order["lines"]
    return [(row["good"], row["damaged"], row["missing"], row["open_quantity"]) for row in lines]


def test_an_order_goes_through_its_life_by_buttons(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft()
    browser = signed_in(api)

    said = browser.follow(browser.press(page_of(order), page_of(order, "/submit")))
    assert f"{order['number']} is submitted now." in said.text
    assert read(api, order)["status"] == "submitted"
    browser.press(page_of(order), page_of(order, "/approve"))
    assert read(api, order)["status"] == "approved"
    said = browser.follow(
        browser.submit(
            page_of(order, "/receive"),
            lines__0__good="6",
            lines__0__damaged="1",
            delivery_reference="DN 7",
        )
    )
    assert f"The delivery is noted; {order['number']} is partially received." in said.text
    assert counted(read(api, order)) == [(6, 1, 0, 3), (0, 0, 0, 4)]
    browser.submit(page_of(order, "/receive?filled=1"))
    after = read(api, order)
    assert after["status"] == "received"
    assert counted(after) == [(9, 1, 0, 0), (4, 0, 0, 0)]
    receipts = done(api.get(f"{PATH}/{order['id']}/receipts"))["items"]
    assert [row["delivery_reference"] for row in receipts] == ["DN 7", None]


def test_there_are_buttons_for_what_may_be_done_now(api: Api) -> None:
    trade = make_trade(api)
    complete = trade.approved()
    receive(api, complete)
    cancelled = act(api, trade.draft(), "cancellation")
    orders = [trade.draft(), trade.submitted(), trade.approved(), complete, cancelled]
    manager, viewer = signed_in(api, "manager"), signed_in(api, "viewer")
    assert [head(manager, order) for order in orders] == [
        {"Print", "Edit", "Cancel", "Submit"},
        {"Print", "Cancel", "Give back", "Approve"},
        {"Print", "Note", "Cancel", "Receive"},
        {"Print"},
        {"Print"},
    ]
    assert [head(viewer, order) for order in orders] == 5 * [{"Print"}]


def test_who_may_not_buy_is_refused(api: Api) -> None:
    trade = make_trade(api)
    orders = [trade.draft(), trade.submitted(), trade.approved()]
    before = everything_about(api, *orders)
    viewer = signed_in(api, "viewer")
    for part in ("/edit", "/cancel", "/reject", "/receive"):
        for order in orders:
            viewer.get(page_of(order, part), 403)
    viewer.get("/purchase-orders/new", 403)
    for order in orders:
        for part in ("/submit", "/approve", "/cancel", "/edit", "/annotate"):
            viewer.send(page_of(order, part), {}, 403)
        viewer.send(page_of(order, "/reject"), {"reason": "No"}, 403)
        good = {"lines.0.line_id": str(order["lines"][0]["id"]), "lines.0.good": "1"}
        viewer.send(page_of(order, "/receive"), good, 403)
    assert everything_about(api, *orders) == before


def test_above_the_limit_somebody_else_approves(api: Api) -> None:
    set_rules(api, purchase_approval_above="20")
    trade = make_trade(api)
    author, staff, other = signed_in(api), signed_in(api, "staff"), signed_in(api, "manager")
    author.submit(
        f"/purchase-orders/new?supplier_id={trade.supplier['id']}",
        warehouse_id=str(trade.warehouse["id"]),
        lines__0__product_id=str(trade.first["id"]),
        lines__0__quantity="10",
        lines__0__unit_cost="2.5",
    )
    (order,) = done(api.get(PATH))["items"]
    author.press(page_of(order), page_of(order, "/submit"))
    before = everything_about(api, order)

    for browser, why in ((author, "neither made nor edited it"), (staff, "may not approve")):
        assert "Approve" not in head(browser, order)
        shown = browser.get(page_of(order))
        assert "It waits for approval by somebody else." in shown.text
        assert why in shown.text
        browser.send(page_of(order, "/approve"), {}, 403)
    assert everything_about(api, order) == before
    other.press(page_of(order), page_of(order, "/approve"))
    assert read(api, order)["status"] == "approved"


def test_an_order_is_given_back_with_a_reason(api: Api) -> None:
    order = make_trade(api).submitted()
    browser = signed_in(api)
    before = everything_about(api, order)
    assert browser.submit(page_of(order, "/reject"), 400).error("reason") == "is required"
    assert everything_about(api, order) == before
    browser.submit(page_of(order, "/reject"), reason="Too dear")
    assert read(api, order)["status"] == "draft"
    assert "Given back: Too dear" in browser.get(page_of(order)).text


def test_the_rest_of_an_order_is_cancelled(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    receive(api, order, came(order, 0, good=10))
    browser = signed_in(api)
    browser.submit(page_of(order, "/cancel"), reason="Out of print")
    after = read(api, order)
    assert (after["status"], after["cancellation_reason"]) == ("received", "Out of print")
    assert [row["cancelled"] for row in after["lines"]] == [0, 4]
    shown = browser.get(page_of(order))
    assert [row["Cancelled"] for row in shown.rows("#order-lines")] == ["0", "4"]
    again = trade.draft()
    browser.submit(page_of(again, "/cancel"))
    assert read(api, again)["status"] == "cancelled"


def test_actions_on_what_has_changed_since_are_refused(api: Api) -> None:
    order = make_trade(api).submitted()
    browser = signed_in(api)
    shown = browser.get(page_of(order))
    approve = shown.fields(f'form[action$="{page_of(order, "/approve")}"]')
    give_back = browser.get(page_of(order, "/reject")).fields()
    act(api, order, "rejection")
    before = everything_about(api, order)
    browser.send(page_of(order, "/approve"), approve, 412)
    browser.send(page_of(order, "/reject"), {**give_back, "reason": "Late"}, 412)
    now_draft = browser.send(page_of(order, "/approve"), {}, 409)
    assert "The purchase order is draft." in now_draft.text
    assert everything_about(api, order) == before


def test_an_action_sent_twice_is_done_once(api: Api) -> None:
    order = make_trade(api).approved()
    browser = signed_in(api)
    fields = {**browser.get(page_of(order, "/receive")).fields(), "lines.0.good": "2"}
    first = browser.send(page_of(order, "/receive"), fields)
    again = browser.send(page_of(order, "/receive"), fields)
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert counted(read(api, order))[0] == (2, 0, 0, 8)


def test_too_much_is_refused_at_its_line(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    receive(api, order, came(order, 1, good=1))
    browser = signed_in(api)
    before = everything_about(api, order)

    shown = browser.submit(
        page_of(order, "/receive"), 409, lines__1__good="3", lines__1__damaged="0.5"
    )

    said = "is too much: 4 ordered, 1 came before; at most 3 now"
    assert shown.texts("#f-lines-1-error") == [said]
    assert shown.tree.css("#f-lines-0-error") == []
    assert shown.one('[name="lines.1.damaged"]').attributes["value"] == "0.5"
    assert everything_about(api, order) == before

    set_rules(api, over_receipt_percent=20)
    more = browser.submit(page_of(order, "/receive"), 409, lines__0__good="12.5")
    assert more.texts("#f-lines-0-error") == ["is too much: 10 ordered; at most 12 now"]
    browser.submit(page_of(order, "/receive"), lines__0__good="12")
    assert counted(read(api, order))[0] == (12, 0, 0, 0)


def test_a_delivery_of_nothing_is_refused(api: Api) -> None:
    order = make_trade(api).approved()
    browser = signed_in(api)
    before = everything_about(api, order)
    path = page_of(order, "/receive")
    assert browser.submit(path, 400).error("lines") == "at least one is needed"
    assert browser.submit(path, 400, lines__0__good="0").error("lines")
    assert browser.send(path, {}, 400).error("lines")
    assert browser.send(path, {"lines": "all"}, 400)
    assert browser.submit(path, 400, lines__0__good="some").error("lines.0.good")
    future = browser.submit(path, 400, lines__0__good="1", received_at="2199-01-01T10:00")
    assert future.error("received_at") == "must not lie in the future"
    assert everything_about(api, order) == before


def test_only_what_was_typed_is_received(api: Api) -> None:
    order = make_trade(api).approved()
    browser = signed_in(api, "staff")
    browser.submit(
        page_of(order, "/receive"), lines__1__missing="4", received_at="2026-01-02T08:30"
    )
    after = read(api, order)
    assert counted(after) == [(0, 0, 0, 10), (0, 0, 4, 0)]
    (receipt,) = done(api.get(f"{PATH}/{order['id']}/receipts"))["items"]
    assert receipt["received_at"] == "2026-01-02T08:30:00Z"


def test_what_cannot_be_received_says_so(api: Api) -> None:
    trade = make_trade(api)
    browser = signed_in(api)
    draft = trade.draft()
    before = (everything_about(api, draft), picture(api))
    shown = browser.get(page_of(draft, "/receive"))
    assert "only approved orders are received" in shown.text
    assert shown.tree.css("main form") == []
    line = {"lines.0.line_id": str(draft["lines"][0]["id"]), "lines.0.good": "1"}
    browser.send(page_of(draft, "/receive"), line, 409)
    assert (everything_about(api, draft), picture(api)) == before


def test_the_history_says_who_did_what(api: Api) -> None:
    trade = make_trade(api)
    order = trade.submitted()
    manager = signed_in(api, "manager")
    manager.press(page_of(order), page_of(order, "/approve"))

    happened = manager.get(page_of(order, "/history")).texts("#history li")
    assert [text.partition(" by ")[0].rsplit(" ", 1)[-1] for text in happened] == [
        "Approved",
        "Submitted",
        "Created",
    ]
    assert happened[0].endswith(" by Pat Page")
    viewer = signed_in(api, "viewer")
    assert "#history" not in viewer.get(page_of(order)).html
    assert viewer.get(page_of(order, "/history")).tree.css("#history li") == []


def test_a_scan_counts_the_line_that_is_not_complete(api: Api) -> None:
    """Of a product on several lines: the page says how much each may take."""
    trade = make_trade(api)
    mug, cup = trade.first, trade.second
    order = trade.approved(ordered(mug, 2, "1"), ordered(cup, 9, "1"), ordered(mug, 5, "1"))
    fields = signed_in(api).get(page_of(order, "/receive")).tree.css("[data-quantity]")
    assert [field.attributes.get("max") for field in fields] == ["2", None, "5"]
