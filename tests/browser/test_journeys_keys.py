"""Everything with the keyboard, and with scanners, which are keyboards that type fast."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import SignedIn, scan
from tests.factories import done, make_product, make_supplier, make_warehouse
from tests.purchasing.ordering import make_trade

MUG, CUP = "4006381333931", "4006381333948"


@pytest.fixture
def company(browser_page: Page, signed_in: Callable[..., SignedIn]) -> SignedIn:
    """A company with two products and a warehouse, and its owner at a desk."""
    company = signed_in(browser_page)
    make_product(company.api, sku="MUG-1", name="Mug, blue", barcode=MUG, cost_price="2")
    make_product(company.api, sku="CUP-1", name="Cup, white", barcode=CUP, cost_price="1")
    make_warehouse(company.api, code="MAIN", name="Main hall")
    return company


def test_single_keys_search_explain_and_lead_somewhere(company: SignedIn) -> None:
    page = company.page
    company.open("/warehouses")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Products", level=1)).to_be_visible()

    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("gp?n/")
    expect(search).to_have_value("gp?n/")  # keys are letters while one types
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()

    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    expect(shortcuts.get_by_text("Stock levels")).to_be_visible()
    page.keyboard.press("n")
    expect(shortcuts).to_be_visible()  # keys wait while a dialog is open
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New product")).to_be_visible()


def test_single_keys_can_be_switched_off(company: SignedIn) -> None:
    page = company.page
    company.open("/products")
    page.keyboard.press("?")
    page.get_by_label("Single keys are shortcuts in this browser").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search or jump to")).to_be_visible()


def test_a_product_is_found_and_opened_from_anywhere(company: SignedIn) -> None:
    page = company.page
    company.open("/warehouses")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or jump to")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("mug bl")
    expect(palette.get_by_role("option", name="Mug, blue")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mug, blue", level=1)).to_be_visible()

    page.keyboard.press("Control+k")
    page.keyboard.type(CUP)  # scanned: Enter comes before anything is shown
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cup, white", level=1)).to_be_visible()

    page.keyboard.press("Control+k")
    page.keyboard.type("suppl")
    expect(palette.get_by_role("option").first).to_contain_text("Suppliers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Suppliers", level=1)).to_be_visible()


def test_a_lookup_is_worked_with_arrow_keys(company: SignedIn) -> None:
    page = company.page
    make_product(company.api, sku="MUG-2", name="Mug, green")
    company.open("/movements/new")
    field = page.get_by_role("combobox", name="Product")
    field.focus()
    page.keyboard.type("mug")
    options = page.get_by_role("listbox", name="Product").get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    text = options.nth(0).locator(".option-text").inner_text()
    page.keyboard.press("Enter")
    expect(field).to_have_value(text)
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_label("Quantity")).to_be_focused()

    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("no such thing")
    expect(page.get_by_text("Nothing is found for this.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(field).not_to_have_value("")


def test_a_scanner_fills_a_lookup_and_never_sends_the_form(company: SignedIn) -> None:
    page = company.page
    company.open("/movements/new")
    field = page.get_by_role("combobox", name="Product")
    scan(field, MUG)
    expect(field).to_have_value("MUG-1 · Mug, blue")
    expect(page.get_by_label("Quantity")).to_be_focused()
    scan(field, "4006381333955")
    expect(page.get_by_text("Nothing is found for", exact=False)).to_be_visible()
    expect(page).to_have_url(company.path("/movements/new"))
    assert done(company.api.get("/api/stock/movements"))["items"] == []


@pytest.mark.parametrize(
    "place", ["/movements/new", "/sales-orders/new", "/adjustments/new", "/purchase-orders/new"]
)
def test_scanning_lines_counts_the_same_product_again(company: SignedIn, place: str) -> None:
    page = company.page
    if place == "/purchase-orders/new":
        place = f"{place}?supplier_id={make_supplier(company.api, name='Acme works')['id']}"
    company.open(place)
    scanner = page.get_by_role("textbox", name="Scan a barcode or SKU")
    for code in (MUG, CUP, "mug-1"):
        scan(scanner, code)  # before the last one is found
    said = page.locator("[data-scan-said]")
    expect(said).to_have_text("MUG-1 · Mug, blue: 2")
    products = page.get_by_role("combobox", name="Product")
    quantities = page.locator("[data-line] [data-quantity]")
    expect(products).to_have_count(2)
    expect(products.nth(0)).to_have_value("MUG-1 · Mug, blue")
    expect(products.nth(1)).to_have_value("CUP-1 · Cup, white")
    assert [field.input_value() for field in quantities.all()] == ["2", "1"]
    scan(scanner, "12345670")
    expect(said).to_have_text("Nothing, or more than one thing, is found for “12345670”.")
    expect(scanner).to_be_focused()
    expect(scanner).to_have_value("")
    expect(page).to_have_url(company.path(place))


_LOOKUPS = {
    # each field that finds something: where it is, what it is called, what is scanned, what it shows
    "a customer of a sales order": ("/sales-orders/new", "Customer", "shop", "SHOP · Corner shop"),
    "a product of a supplier": (
        "/suppliers/{supplier}/products/new",
        "Product",
        CUP,
        "CUP-1 · Cup, white",
    ),
    "a supplier to order from": (
        "/purchase-orders/new",
        "Who do you order from?",
        "works",
        "WORKS · Iron works",
    ),
    "a component of a bundle": (
        "/products/{bundle}/components",
        "Product",
        MUG,
        "MUG-1 · Mug, blue",
    ),
    "a product of a transfer": ("/transfers/new", "Product", CUP, "CUP-1 · Cup, white"),
    "the product of transfers": ("/transfers", "Product", MUG, "MUG-1 · Mug, blue"),
    "the customer of orders": ("/sales-orders", "Customer", "corner", "SHOP · Corner shop"),
    "the customer of returns": ("/returns", "Customer", "SHOP", "SHOP · Corner shop"),
    "the supplier of orders": ("/purchase-orders", "Supplier", "works", "WORKS · Iron works"),
}


@pytest.mark.parametrize("kind", _LOOKUPS)
def test_every_lookup_takes_what_is_scanned(company: SignedIn, kind: str) -> None:
    place, label, code, shown = _LOOKUPS[kind]
    api, page = company.api, company.page
    ids = {
        "supplier": make_supplier(api, code="WORKS", name="Iron works")["id"],
        "customer": done(api.post("/api/customers", {"name": "Corner shop", "code": "SHOP"}), 201)[
            "id"
        ],
        "bundle": make_product(api, sku="SET", name="Set", product_type="bundle")["id"],
    }
    make_warehouse(api)  # a transfer takes two
    company.open(place.format(**ids))
    field = page.get_by_role("combobox", name=label).first
    scan(field, code)
    expect(field).to_have_value(shown)
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_an_order_is_written_without_a_mouse(company: SignedIn) -> None:
    page, api = company.page, company.api
    trade = make_trade(api, code="ACME", name="Acme works")
    company.open("/purchase-orders")
    keys = page.keyboard
    keys.press("n")
    expect(page.get_by_role("combobox", name="Who do you order from?")).to_be_focused()
    keys.type("acme")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    keys.press("Enter")
    page.get_by_label("Deliver to").focus()
    keys.type("Main")
    page.get_by_role("textbox", name="Scan a barcode or SKU").focus()
    keys.type(MUG)
    keys.press("Enter")
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 1")
    page.get_by_role("button", name="Save the draft").focus()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    (order,) = done(api.get("/api/purchase-orders"))["items"]
    assert (order["supplier_id"], order["status"]) == (trade.supplier["id"], "draft")
