"""Buying by hand: an order is written, approved and received with a scanner, on phone and desktop."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.people import SignedIn
from tests.browser.walking import Walk
from tests.factories import done, make_product, make_supplier, make_warehouse
from tests.purchasing.ordering import PATH, make_trade, read

MUG, CUP = "4006381333931", "4006381333948"


def test_an_order_is_written_and_received(walk: Walk, allow: Callable[[str], None]) -> None:
    company = walk.company
    allow("409 (Conflict)")  # more than was ordered
    make_product(company.api, sku="MUG-1", name="Mug, blue", barcode=MUG)
    make_product(company.api, sku="CUP-1", name="Cup, white", barcode=CUP, cost_price="1.25")
    make_warehouse(company.api, code="MAIN", name="Main hall")

    _make_supplier(walk)
    _order(walk)
    _receive_by_scanner(walk)
    _receive_the_rest(walk)


def _make_supplier(walk: Walk) -> None:
    page = walk.page
    walk.company.open("/suppliers")
    walk.look("no-suppliers")
    walk.follow("New supplier")
    page.get_by_label("Name", exact=True).fill("Acme works")
    page.get_by_label("Lead time, days").fill("7")
    walk.look("new-supplier")
    walk.press("Save")
    walk.follow("Add a product")
    walk.choose("Product", MUG, "MUG-1 · Mug, blue")
    page.get_by_label("Cost price").fill("2.50")
    page.get_by_label("Minimum order quantity").fill("3")
    walk.look("terms")
    walk.press("Save")
    walk.sees("The terms of Acme works are saved.")
    walk.look("supplier")


def _order(walk: Walk) -> None:
    page = walk.page
    walk.follow("New purchase order")
    page.get_by_label("Deliver to").wait_for()
    walk.scan(MUG, CUP, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    quantities = page.get_by_label("Quantity")
    expect(quantities).to_have_count(2)
    expect(quantities.nth(0)).to_have_value("2")
    expect(page.get_by_label("Cost of one").nth(0)).to_have_value("2.50")
    walk.sees("0 available · at least 3")
    walk.look("draft")
    walk.press("Save the draft")
    walk.sees("no less than 3")
    walk.look("order")
    walk.press("Submit")
    walk.press("Approve")


def _receive_by_scanner(walk: Walk) -> None:
    page, api = walk.page, walk.company.api
    walk.follow("Receive")
    walk.scan(MUG, MUG, MUG)
    good = page.get_by_label("Good").nth(0)
    expect(good).to_have_value("3")
    walk.press("Note the delivery")
    walk.sees("is too much: 2 ordered; at most 2 now")
    walk.look("receive-refused")
    good.fill("1")
    page.get_by_label("Damaged").nth(0).fill("1")
    page.get_by_label("Delivery note").fill("DN 7")
    walk.press("Note the delivery")
    walk.sees("The delivery is noted")
    walk.look("partly")
    (order,) = done(api.get(PATH))["items"]
    line = read(api, order)["lines"][0]
    assert (line["sku"], line["good"], line["damaged"]) == ("MUG-1", 1, 1)


def _receive_the_rest(walk: Walk) -> None:
    page = walk.page
    walk.follow("Receive")
    walk.follow("Everything as ordered")
    expect(page.get_by_label("Good").nth(1)).to_have_value("1")
    walk.look("receive")
    walk.press("Note the delivery")
    walk.sees("is received.")
    walk.look("received")
    with page.expect_navigation():
        page.locator("main a[href*='/receipts/']").first.click()
    walk.look("receipt")
    walk.company.open("/purchase-orders")
    walk.look("list")


def test_lists_are_filtered_as_one_chooses(
    browser_page: Page, signed_in: Callable[..., SignedIn], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    company = signed_in(page)
    first = make_trade(company.api, code="ACME", name="Acme works")
    one = first.draft()
    other = first.submitted(supplier_id=make_supplier(company.api, name="Other works")["id"])
    numbers = page.locator("#list tbody td[data-label=Number]")

    company.open("/purchase-orders")
    expect(numbers).to_have_count(2)
    page.locator("summary", has_text="Status").click()
    page.get_by_label("Submitted", exact=True).check()
    expect(numbers).to_have_text([other["number"]])
    axe(page)
    page.get_by_label("Draft", exact=True).check()
    expect(numbers).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Supplier").press_sequentially("acme")
    page.keyboard.press("Enter")
    expect(numbers).to_have_text([one["number"]])
    page.reload()
    expect(numbers).to_have_text([one["number"]])
    expect(page.get_by_role("combobox", name="Supplier")).to_have_value("ACME · Acme works")


def test_the_terms_of_the_chosen_supplier_are_one_scan_away(
    browser_page: Page, signed_in: Callable[..., SignedIn]
) -> None:
    page = browser_page
    company = signed_in(page)
    make_trade(company.api, code="ACME", name="Acme works")
    company.open("/purchase-orders")
    page.keyboard.press("n")
    field = page.get_by_role("combobox", name="Who do you order from?")
    expect(field).to_be_focused()
    field.press_sequentially("acme")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Deliver to")).to_be_visible()
    expect(page.locator("main form")).to_contain_text("From Acme works")
