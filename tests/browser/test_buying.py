"""Buying by hand: an order is written, approved and received with a scanner, on phone and desktop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.factories import done, make_product, make_supplier, make_warehouse
from tests.purchasing.ordering import PATH, make_trade, read

MUG, CUP = "4006381333931", "4006381333948"
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SIZES = [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]


def scan(page: Page, code: str) -> None:
    """What a scanner does: it types fast into the field for scans and presses Enter."""
    page.get_by_placeholder("Scan or type a barcode or SKU").press_sequentially(code)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("size", "theme"), _SIZES)
def test_an_order_is_written_and_received(
    *,
    open_page: OpenPage,
    signed_in: Callable[..., SignedIn],
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
    allow: Callable[[str], None],
    size: tuple[int, int],
    theme: Theme,
) -> None:
    page = open_page(size, theme)
    company = signed_in(page)
    allow("409 (Conflict)")  # more than was ordered
    api = company.api
    mug = make_product(api, sku="MUG-1", name="Mug, blue", barcode=MUG)
    make_product(api, sku="CUP-1", name="Cup, white", barcode=CUP, cost_price="1.25")
    make_warehouse(api, code="MAIN", name="Main hall")

    def look(step: str) -> None:
        screenshot(page, f"buying-{step}-{size[0]}-{theme}", full_page=True)
        assert page.evaluate(_WIDER) <= 0, step
        axe(page)

    company.open("/suppliers")
    look("no-suppliers")
    page.get_by_role("link", name="New supplier").first.click()
    page.get_by_label("Name", exact=True).fill("Acme works")
    page.get_by_label("Lead time, days").fill("7")
    look("new-supplier")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a product").first.click()
    page.get_by_role("combobox", name="Product").press_sequentially(MUG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Product")).to_have_value("MUG-1 · Mug, blue")
    page.get_by_label("Cost price").fill("2.50")
    page.get_by_label("Minimum order quantity").fill("3")
    look("terms")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The terms of Acme works are saved.")).to_be_visible()
    look("supplier")

    page.get_by_role("link", name="New order").click()
    page.get_by_label("Deliver to").wait_for()
    for code in (MUG, CUP, MUG):
        scan(page, code)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    quantities = page.get_by_label("Quantity")
    expect(quantities).to_have_count(2)
    expect(quantities.nth(0)).to_have_value("2")
    expect(page.get_by_label("Cost of one").nth(0)).to_have_value("2.5000")
    expect(page.get_by_text("0 available · at least 3")).to_be_visible()
    look("draft")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("no less than 3")).to_be_visible()
    look("order")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Receive").click()
    for _ in range(3):
        scan(page, MUG)
    expect(page.get_by_label("Good").nth(0)).to_have_value("3")
    page.get_by_role("button", name="Note the delivery").click()
    expect(page.get_by_text("is too much: 2 ordered; at most 2 now").last).to_be_visible()
    look("receive-refused")
    page.get_by_label("Good").nth(0).fill("1")
    page.get_by_label("Damaged").nth(0).fill("1")
    page.get_by_label("Delivery note").fill("DN 7")
    page.get_by_role("button", name="Note the delivery").click()
    expect(page.get_by_text("The delivery is noted")).to_be_visible()
    look("partly")

    (order,) = done(api.get(PATH))["items"]
    line = read(api, order)["lines"][0]
    assert (line["product_id"], line["good"], line["damaged"]) == (mug["id"], 1, 1)
    page.get_by_role("link", name="Receive").click()
    page.get_by_role("link", name="Everything as ordered").click()
    expect(page.get_by_label("Good").nth(1)).to_have_value("1")
    look("receive")
    page.get_by_role("button", name="Note the delivery").click()
    expect(page.get_by_text("is received.")).to_be_visible()
    look("received")
    page.locator("main a[href*='/receipts/']").first.click()
    look("receipt")
    company.open("/purchase-orders")
    look("list")


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
