"""Buying by hand: an order is written, approved and received with a scanner, on phone and desktop."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.factories import done, make_product, make_supplier, make_warehouse
from tests.purchasing.ordering import PATH, make_trade, read

MUG, CUP = "4006381333931", "4006381333948"
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SIZES = [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]


@dataclass(frozen=True)
class Buying:
    """Somebody who buys: `look` takes a picture and looks for what is not accessible or too wide."""

    page: Page
    company: SignedIn
    look: Callable[[str], None]

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def scan(self, *codes: str) -> None:
        """What a scanner does: it types fast into the field for scans and presses Enter."""
        for code in codes:
            self.page.get_by_placeholder("Scan or type a barcode or SKU").press_sequentially(code)
            self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible()


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
    make_product(company.api, sku="MUG-1", name="Mug, blue", barcode=MUG)
    make_product(company.api, sku="CUP-1", name="Cup, white", barcode=CUP, cost_price="1.25")
    make_warehouse(company.api, code="MAIN", name="Main hall")

    def look(step: str) -> None:
        screenshot(page, f"buying-{step}-{size[0]}-{theme}", full_page=True)
        assert page.evaluate(_WIDER) <= 0, step
        axe(page)

    buying = Buying(page, company, look)
    _make_supplier(buying)
    _order(buying)
    _receive_by_scanner(buying)
    _receive_the_rest(buying)


def _make_supplier(buying: Buying) -> None:
    page = buying.page
    buying.company.open("/suppliers")
    buying.look("no-suppliers")
    buying.follow("New supplier")
    page.get_by_label("Name", exact=True).fill("Acme works")
    page.get_by_label("Lead time, days").fill("7")
    buying.look("new-supplier")
    buying.press("Save")
    buying.follow("Add a product")
    product = page.get_by_role("combobox", name="Product")
    product.press_sequentially(MUG)
    page.keyboard.press("Enter")
    expect(product).to_have_value("MUG-1 · Mug, blue")
    page.get_by_label("Cost price").fill("2.50")
    page.get_by_label("Minimum order quantity").fill("3")
    buying.look("terms")
    buying.press("Save")
    buying.sees("The terms of Acme works are saved.")
    buying.look("supplier")


def _order(buying: Buying) -> None:
    page = buying.page
    buying.follow("New purchase order")
    page.get_by_label("Deliver to").wait_for()
    buying.scan(MUG, CUP, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    quantities = page.get_by_label("Quantity")
    expect(quantities).to_have_count(2)
    expect(quantities.nth(0)).to_have_value("2")
    expect(page.get_by_label("Cost of one").nth(0)).to_have_value("2.50")
    buying.sees("0 available · at least 3")
    buying.look("draft")
    buying.press("Save the draft")
    buying.sees("no less than 3")
    buying.look("order")
    buying.press("Submit")
    buying.press("Approve")


def _receive_by_scanner(buying: Buying) -> None:
    page, api = buying.page, buying.company.api
    buying.follow("Receive")
    buying.scan(MUG, MUG, MUG)
    good = page.get_by_label("Good").nth(0)
    expect(good).to_have_value("3")
    buying.press("Note the delivery")
    buying.sees("is too much: 2 ordered; at most 2 now")
    buying.look("receive-refused")
    good.fill("1")
    page.get_by_label("Damaged").nth(0).fill("1")
    page.get_by_label("Delivery note").fill("DN 7")
    buying.press("Note the delivery")
    buying.sees("The delivery is noted")
    buying.look("partly")
    (order,) = done(api.get(PATH))["items"]
    line = read(api, order)["lines"][0]
    assert (line["sku"], line["good"], line["damaged"]) == ("MUG-1", 1, 1)


def _receive_the_rest(buying: Buying) -> None:
    page = buying.page
    buying.follow("Receive")
    buying.follow("Everything as ordered")
    expect(page.get_by_label("Good").nth(1)).to_have_value("1")
    buying.look("receive")
    buying.press("Note the delivery")
    buying.sees("is received.")
    buying.look("received")
    page.locator("main a[href*='/receipts/']").first.click()
    buying.look("receipt")
    buying.company.open("/purchase-orders")
    buying.look("list")


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
