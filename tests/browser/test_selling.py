"""Selling by hand: an order is written, confirmed, picked with a scanner, shipped and taken back."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.factories import done, line, make_product, make_warehouse, move
from tests.sales.ordering import PATH, draft, make_customer, quantities, read, wants

MUG, CUP = "4006381333931", "4006381333948"
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SIZES = [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]


@dataclass(frozen=True)
class Selling:
    """Somebody who sells: `look` takes a picture and looks for what is not accessible or too wide."""

    page: Page
    company: SignedIn
    look: Callable[[str], None]

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name, exact=True).first.click()

    def choose(self, label: str, typed: str, chosen: str) -> None:
        """Type into a lookup and press Enter, as a scanner does."""
        field = self.page.get_by_role("combobox", name=label).first
        field.press_sequentially(typed)
        self.page.keyboard.press("Enter")
        expect(field).to_have_value(chosen)

    def scan(self, *codes: str) -> None:
        """What a scanner does: it types fast into the field for scans and presses Enter."""
        for code in codes:
            self.page.get_by_placeholder("Scan or type a barcode or SKU").press_sequentially(code)
            self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible()


@pytest.mark.parametrize(("size", "theme"), _SIZES)
def test_an_order_is_written_shipped_and_taken_back(
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
    allow("409 (Conflict)")  # what is short, and more than is reserved
    mug = make_product(company.api, sku="MUG-1", name="Mug, blue", barcode=MUG, price="4.50")
    cup = make_product(company.api, sku="CUP-1", name="Cup, white", barcode=CUP, price="3.00")
    hall = make_warehouse(company.api, code="MAIN", name="Main hall")
    make_warehouse(company.api, code="SHOP", name="Shop")
    move(company.api, line(mug, hall, "purchase", 5), line(cup, hall, "purchase", 1))

    def look(step: str) -> None:
        screenshot(page, f"selling-{step}-{size[0]}-{theme}", full_page=True)
        assert page.evaluate(_WIDER) <= 0, step
        axe(page)

    selling = Selling(page, company, look)
    _make_customer(selling)
    _write(selling)
    _confirm(selling)
    _pick(selling)
    _take_back(selling)


def _make_customer(selling: Selling) -> None:
    selling.company.open("/customers")
    selling.look("no-customers")
    selling.follow("New customer")
    selling.page.get_by_label("Name", exact=True).fill("Nora")
    selling.page.get_by_label("Code").fill("N1")
    selling.page.get_by_label("Ship to").fill("Lane 1")
    selling.look("new-customer")
    selling.press("Save")
    selling.sees("Customer Nora is saved.")
    selling.look("customer")


def _write(selling: Selling) -> None:
    page = selling.page
    selling.company.open("/sales-orders")
    selling.look("no-orders")
    selling.follow("New sales order")
    selling.choose("Customer", "n1", "N1 · Nora")
    expect(page.get_by_label("Warehouse")).to_be_focused()
    selling.scan(MUG, MUG, CUP, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 3")
    expect(page.get_by_label("Quantity")).to_have_count(2)
    expect(page.get_by_label("Quantity").nth(0)).to_have_value("3")
    expect(page.get_by_label("Price").nth(0)).to_have_value("4.50")
    expect(page.locator("[data-fill=available]").nth(0)).to_have_text("5")
    page.get_by_label("Quantity").nth(1).fill("2")
    selling.look("draft")
    selling.press("Save the draft")
    selling.sees("Lane 1")
    selling.look("order")


def _confirm(selling: Selling) -> None:
    page = selling.page
    selling.press("Confirm")
    selling.sees("There is too little stock: 2 asked, 1 available.")
    selling.look("short")
    (order,) = done(selling.company.api.get(PATH))["items"]
    assert order["status"] == "draft"
    selling.company.open(f"/sales-orders/{order['id']}/edit")
    page.get_by_label("Quantity").nth(1).fill("1")
    selling.press("Save")
    selling.follow("Confirm with choices")
    page.get_by_label("MAIN · Main hall").check()
    selling.look("confirm")
    selling.press("Confirm and reserve")
    selling.sees("is confirmed.")
    expect(page.locator("#order-lines")).to_contain_text("3 in MAIN")


def _pick(selling: Selling) -> None:
    page, api = selling.page, selling.company.api
    selling.follow("Ship")
    selling.follow("Pick by scanning")
    selling.scan(MUG, CUP, MUG)
    mugs = page.get_by_label("Quantity of MUG-1")
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    expect(mugs).to_have_value("2")
    page.get_by_label("Carrier").fill("Post")
    selling.look("pick")
    mugs.evaluate("field => { field.max = ''; field.value = '4'; }")
    selling.press("Ship")
    selling.sees("More than is reserved: 4 asked, 3 reserved.")
    expect(page.get_by_label("Carrier")).to_have_value("Post")
    selling.look("ship-refused")
    mugs.fill("2")
    selling.press("Ship")
    selling.sees("It is shipped.")
    selling.look("shipment")
    (order,) = done(api.get(PATH))["items"]
    assert quantities(read(api, order)) == [(1, 0, 2, 0), (0, 0, 1, 0)]


def _take_back(selling: Selling) -> None:
    page, api = selling.page, selling.company.api
    (order,) = done(api.get(PATH))["items"]
    selling.company.open(f"/sales-orders/{order['id']}")
    selling.follow("Take back")
    selling.scan(MUG)
    expect(page.get_by_label("Good").nth(0)).to_have_value("1")
    page.get_by_label("Damaged").nth(1).fill("1")
    selling.look("take-back")
    selling.press("Take back")
    selling.sees("is taken back.")
    selling.look("return")
    assert [one["returned"] for one in read(api, order)["lines"]] == [1, 1]
    selling.company.open("/returns")
    selling.look("returns")
    selling.company.open(f"/sales-orders/{order['id']}/cancel")
    selling.look("cancel")
    selling.press("Cancel the order")
    selling.sees("is cancelled.")
    expect(page.locator("#history")).to_contain_text("Cancelled")
    selling.look("cancelled")


def test_the_list_is_filtered_by_a_customer_as_one_types(
    browser_page: Page, signed_in: Callable[..., SignedIn], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    company = signed_in(page)
    product = make_product(company.api)
    nora = make_customer(company.api, name="Nora", code="N1")
    hers = draft(company.api, wants(product, 1), customer_id=nora["id"])
    other = draft(company.api, wants(product, 2))
    numbers = page.locator("#list tbody td[data-label=Number]")

    company.open("/sales-orders")
    expect(numbers).to_have_text([other["number"], hers["number"]])
    page.get_by_role("combobox", name="Customer").press_sequentially("nor")
    page.get_by_role("option", name=re.compile("Nora")).click()
    expect(numbers).to_have_text([hers["number"]])
    expect(page).to_have_url(re.compile(f"customer_id={nora['id']}"))
    page.reload()
    expect(numbers).to_have_text([hers["number"]])
    expect(page.get_by_role("combobox", name="Customer")).to_have_value("N1 · Nora")
    axe(page)


def test_a_page_sees_stock_that_is_reserved_elsewhere(
    two_browsers: tuple[Page, Page], signed_in: Callable[..., SignedIn]
) -> None:
    page, _ = two_browsers
    company = signed_in(page)
    product, hall = make_product(company.api), make_warehouse(company.api, code="MAIN")
    move(company.api, line(product, hall, "purchase", 5))
    order = draft(company.api, wants(product, 2))
    with page.expect_response(lambda answer: answer.url.endswith("/live")):
        company.open(f"/sales-orders/{order['id']}/confirm")
    available = page.locator("#order-lines td[data-label=Available]")
    expect(available).to_have_text("5")
    move(company.api, line(product, hall, "purchase", 4))
    expect(available).to_have_text("9")
