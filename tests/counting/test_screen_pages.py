"""The counting screen: entering, adding, counting again, taking back, by several people at once."""

from typing import Any

from tests.counting.counts import act, all_of, count, line_of, of, open_count, read
from tests.counting.test_pages import page_of, set_rules, stocked
from tests.factories import Api, done, line, make_product, move
from tests.pages import Browser, Fields, Shown, signed_in

PANEL = "#count-panel form"
UNDO = "#count-said form"


def screen(opened: Any, query: str = "") -> str:
    return page_of(opened, "/screen" + (f"?{query}" if query else ""))


def panel(browser: Browser, opened: Any, product: Any, query: str = "") -> tuple[str, Fields]:
    """The form of a product, and where it is sent."""
    shown = browser.get(screen(opened, f"{query}&product_id={product['id']}".lstrip("&")))
    return shown.one(PANEL).attributes["action"] or "", shown.fields(PANEL)


def enter(
    browser: Browser,
    opened: Any,
    product: Any,
    quantity: str,
    *,
    mode: str = "set",
    query: str = "",
) -> Shown:
    """Open a product's panel, type a quantity and press a button."""
    action, fields = panel(browser, opened, product, query)
    return browser.follow(browser.send(action, {**fields, "quantity": quantity, "mode": mode}))


def undo(browser: Browser, shown: Shown, status: int = 303) -> Shown:
    action = shown.one(UNDO).attributes["action"] or ""
    sent = browser.send(action, shown.fields(UNDO), status)
    return browser.follow(sent) if status == 303 else sent


def state(api: Api, opened: Any, product: Any) -> tuple[Any, ...]:
    row = line_of(api, opened, product)
    return (row["status"], row["times_counted"], row["counted"], row["first_counted"])


def test_a_product_is_found_by_scan_and_by_name(api: Api) -> None:
    (red, blue), warehouse = stocked(api, 10, 5, name="Mug")
    done(api.patch(f"/api/products/{red['id']}", {"barcode": "4006381333931"}))
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")

    for text in ("4006381333931", red["sku"].lower()):
        shown = browser.get(screen(opened, f"q={text}"))
        assert shown.texts("#count-panel h2") == [f"{red['sku']} Mug"]
        assert "autofocus" in shown.one("[data-counting-quantity]").attributes
        assert "autofocus" not in shown.one("[data-counting-code]").attributes
    both = browser.get(screen(opened, "q=mug"))
    assert len(both.tree.css("#count-panel .counting-tile")) == 2
    assert browser.path(screen(opened, f"product_id={blue['id']}")) in both.hrefs()
    assert "Nothing is found" in browser.get(screen(opened, "q=nowhere")).text


def test_what_is_entered_is_saved_and_said(api: Api) -> None:
    (product, other), warehouse = stocked(api, 10, 5)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    assert [text.split()[0] for text in browser.get(screen(opened)).texts("#count-left .code")] == [
        product["sku"],
        other["sku"],
    ]

    shown = enter(browser, opened, product, "7.5")
    assert f"{product['sku']}: 7.5 saved, 2.5 less than expected." in shown.text
    assert "1 of 2 counted" in shown.text
    assert state(api, opened, product) == ("counted", 1, 7.5, None)
    assert line_of(api, opened, product)["counted_by_user_id"] is not None
    shown = enter(browser, opened, other, "5")
    assert f"{other['sku']}: 5 saved." in shown.text
    assert "Everything is counted" in shown.text
    assert browser.path(page_of(opened, "/submit")) in shown.hrefs()


def test_next_leads_to_what_is_left_behind_it(api: Api) -> None:
    (first, second, third), warehouse = stocked(api, 1, 1, 1)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    shown = browser.get(screen(opened, f"product_id={second['id']}"))
    (button,) = [node for node in shown.tree.css(f"{PANEL} button") if "next" in node.text()]
    fields = {**shown.fields(PANEL), "quantity": "1", "mode": "set"}

    after = browser.follow(browser.send(button.attributes["formaction"] or "", fields))
    assert after.texts("#count-panel h2 .code") == [third["sku"]]
    assert f"{second['sku']}: 1 saved." in after.text
    last = browser.get(screen(opened, "next=true&after=2"))
    assert last.texts("#count-panel h2 .code") == [first["sku"]]


def test_a_refused_entry_keeps_what_was_typed_and_saves_nothing(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    outside = make_product(api)
    opened = open_count(api, warehouse, product_ids=[product["id"]])
    browser = signed_in(api, "staff")
    action, fields = panel(browser, opened, product)
    before = all_of(api)

    for typed, status in (("", 400), ("-1", 400), ("1.23456", 400), ("many", 400), ("1e30", 400)):
        shown = browser.send(action, {**fields, "quantity": typed, "mode": "set"}, status)
        assert shown.error("quantity")
        assert shown.one("#f-quantity").attributes["value"] == typed
        assert "Not saved." in shown.text
    there = {**fields, "product_id": str(outside["id"]), "quantity": "1", "mode": "add"}
    assert "The count is of other products." in browser.send(action, there, 409).text
    assert browser.send(action, {**there, "product_id": "999999999"}, 404).status == 404
    browser.get(screen(opened, "product_id=x"), 400)
    assert all_of(api) == before


def test_what_another_counted_meanwhile_is_not_replaced_unseen(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    ann, ben = signed_in(api, "staff"), signed_in(api, "staff")
    action, fields = panel(ann, opened, product)
    enter(ben, opened, product, "4")
    before = all_of(api)

    shown = ann.send(action, {**fields, "quantity": "6", "mode": "set"}, 409)
    assert "Somebody counted it since you looked" in shown.text
    assert "It is 4 now." in shown.text
    assert shown.one("#f-quantity").attributes["value"] == "6"
    assert shown.texts(".counting-buttons button") == ["Add to it", "Replace it"]
    assert all_of(api) == before

    again = {**shown.fields(PANEL), "mode": "add"}
    assert f"{product['sku']}: 10 saved." in ann.follow(ann.send(action, again)).text
    assert "1 of 1 counted" in ben.get(screen(opened)).text


def test_each_scan_adds_one_and_is_counted_once(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    shown = browser.get(screen(opened, "mode=add"))
    action = shown.one("[data-counting-scan]").attributes["data-counting-add"] or ""
    one = {"product_id": str(product["id"]), "quantity": "1", "mode": "add", "recount": "false"}

    for key in ("a" * 32, "b" * 32, "b" * 32, "c" * 32):
        sent = browser.send(action, {**one, "_key": key})
    assert "mode=add" in sent.answer.headers["location"]
    assert state(api, opened, product)[2] == 3


def test_the_last_entry_is_taken_back(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    untouched = line_of(api, opened, product)

    shown = undo(browser, enter(browser, opened, product, "4"))
    assert f"Undone: {product['sku']} is not counted again." in shown.text
    assert line_of(api, opened, product) == untouched
    assert (read(api, opened)["counted_count"], read(api, opened)["difference_value"]) == (
        0,
        "0.0000",
    )

    enter(browser, opened, product, "4")
    shown = undo(browser, enter(browser, opened, product, "3", mode="add"))
    assert f"Undone: {product['sku']} is 4 again." in shown.text
    assert state(api, opened, product) == ("counted", 1, 4, None)
    assert read(api, opened)["different_count"] == 1


def test_what_left_since_is_not_missing_once_an_entry_is_taken_back(api: Api) -> None:
    (product,), warehouse = stocked(api, 40)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    enter(browser, opened, product, "38")
    first = line_of(api, opened, product)
    move(api, line(product, warehouse, "sale", 3))

    undo(browser, enter(browser, opened, product, "83"))

    left = line_of(api, opened, product)
    told = ("counted", "expected", "difference", "counted_at")
    assert [left[name] for name in told] == [38, 40, -2, first["counted_at"]]


def test_a_second_count_taken_back_leaves_the_first(api: Api) -> None:
    set_rules(api, recount_above=3)
    (product, other), warehouse = stocked(api, 10, 5)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    shown = enter(browser, opened, product, "4")
    assert "it is to be counted again" in shown.text
    count(api, opened, of(other, 5))
    first = read(api, opened)

    again = enter(browser, opened, product, "5", query="recount=true")
    assert state(api, opened, product) == ("counted", 2, 5, 4)
    assert read(api, opened)["recount_count"] == 0
    undo(browser, again)
    assert state(api, opened, product) == ("recount", 1, 4, None)
    sums = ("counted_count", "recount_count", "different_count", "difference_value")
    assert [read(api, opened)[name] for name in sums] == [first[name] for name in sums]


def test_an_entry_that_was_counted_on_is_not_taken_back(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    ann, ben = signed_in(api, "staff"), signed_in(api, "staff")
    shown = enter(ann, opened, product, "4")
    enter(ben, opened, product, "2", mode="add")
    before = all_of(api)

    refused = undo(ann, shown, 409)
    assert "Somebody counted it since you looked" in refused.text
    assert "It is 6 now." in refused.text
    fields = {"product_id": "999999999", "counted": "4", "counted_before": ""}
    ann.send(screen(opened).replace("/screen", "/screen/undo"), fields, 404)
    assert all_of(api) == before


def test_what_lies_there_unexpectedly_is_put_on_the_list(api: Api) -> None:
    _, warehouse = stocked(api, 10)
    found = make_product(api, name="Forgotten box")
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    shown = browser.get(screen(opened, f"q={found['sku']}"))
    assert "Not on the list yet: it is put there when you save." in shown.text
    assert "Forgotten box" in browser.get(screen(opened, "q=forgotten")).text

    enter(browser, opened, found, "2")
    assert state(api, opened, found) == ("counted", 1, 2, None)
    assert read(api, opened)["line_count"] == 2


def test_a_blind_count_tells_no_difference(api: Api) -> None:
    (product,), warehouse = stocked(api, 1234)
    opened = open_count(api, warehouse, blind=True)
    shown = enter(signed_in(api, "staff"), opened, product, "7")
    assert f"{product['sku']}: 7 saved." in shown.text
    assert "expected" not in shown.text


def test_a_count_that_ended_is_not_counted_on(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    action, fields = panel(browser, opened, product)
    done(act(api, opened, "cancellation"))
    before = all_of(api)

    assert "It is not being counted any more." in browser.get(screen(opened)).text
    browser.send(action, {**fields, "quantity": "3", "mode": "set"}, 409)
    assert all_of(api) == before
