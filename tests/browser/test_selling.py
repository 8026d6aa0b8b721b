"""Selling by hand: an order is written, confirmed, picked with a scanner, shipped and taken back."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.people import SignedIn
from tests.browser.walking import Walk
from tests.factories import done, line, make_product, make_warehouse, move
from tests.sales.ordering import PATH, draft, make_customer, quantities, read, wants

MUG, CUP = "4006381333931", "4006381333948"


def test_an_order_is_written_shipped_and_taken_back(
    walk: Walk, allow: Callable[[str], None]
) -> None:
    company = walk.company
    allow("409 (Conflict)")  # what is short, and more than is reserved
    mug = make_product(company.api, sku="MUG-1", name="Mug, blue", barcode=MUG, price="4.50")
    cup = make_product(company.api, sku="CUP-1", name="Cup, white", barcode=CUP, price="3.00")
    hall = make_warehouse(company.api, code="MAIN", name="Main hall")
    make_warehouse(company.api, code="SHOP", name="Shop")
    move(company.api, line(mug, hall, "purchase", 5), line(cup, hall, "purchase", 1))

    _make_customer(walk)
    _write(walk)
    _confirm(walk)
    _pick(walk)
    _take_back(walk)


def _make_customer(walk: Walk) -> None:
    walk.company.open("/customers")
    walk.look("no-customers")
    walk.follow("New customer")
    walk.page.get_by_label("Name", exact=True).fill("Nora")
    walk.page.get_by_label("Code").fill("N1")
    walk.page.get_by_label("Ship to").fill("Lane 1")
    walk.look("new-customer")
    walk.press("Save")
    walk.sees("Customer Nora is saved.")
    walk.look("customer")


def _write(walk: Walk) -> None:
    page = walk.page
    walk.company.open("/sales-orders")
    walk.look("no-orders")
    walk.follow("New sales order")
    walk.choose("Customer", "n1", "N1 · Nora")
    expect(page.get_by_label("Warehouse")).to_be_focused()
    walk.scan(MUG, MUG, CUP, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 3")
    expect(page.get_by_label("Quantity")).to_have_count(2)
    expect(page.get_by_label("Quantity").nth(0)).to_have_value("3")
    expect(page.get_by_label("Price").nth(0)).to_have_value("4.50")
    expect(page.locator("[data-fill=available]").nth(0)).to_have_text("5")
    page.get_by_label("Quantity").nth(1).fill("2")
    walk.look("draft")
    walk.press("Save the draft")
    walk.sees("Lane 1")
    walk.look("order")


def _confirm(walk: Walk) -> None:
    page = walk.page
    walk.press("Confirm")
    walk.sees("There is too little stock: 2 asked, 1 available.")
    walk.look("short")
    (order,) = done(walk.company.api.get(PATH))["items"]
    assert order["status"] == "draft"
    walk.company.open(f"/sales-orders/{order['id']}/edit")
    page.get_by_label("Quantity").nth(1).fill("1")
    walk.press("Save")
    walk.follow("Confirm with choices")
    page.get_by_label("MAIN · Main hall").check()
    walk.look("confirm")
    walk.press("Confirm and reserve")
    walk.sees("is confirmed.")
    expect(page.locator("#order-lines")).to_contain_text("3 in MAIN")


def _pick(walk: Walk) -> None:
    page, api = walk.page, walk.company.api
    walk.follow("Ship")
    walk.follow("Pick by scanning")
    walk.scan(MUG, CUP, MUG)
    mugs = page.get_by_label("Quantity of MUG-1")
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    expect(mugs).to_have_value("2")
    page.get_by_label("Carrier").fill("Post")
    walk.look("pick")
    mugs.evaluate("field => { field.max = ''; field.value = '4'; }")
    walk.press("Ship")
    walk.sees("More than is reserved: 4 asked, 3 reserved.")
    expect(page.get_by_label("Carrier")).to_have_value("Post")
    walk.look("ship-refused")
    mugs.fill("2")
    walk.press("Ship")
    walk.sees("It is shipped.")
    walk.look("shipment")
    (order,) = done(api.get(PATH))["items"]
    assert quantities(read(api, order)) == [(1, 0, 2, 0), (0, 0, 1, 0)]


def _take_back(walk: Walk) -> None:
    page, api = walk.page, walk.company.api
    (order,) = done(api.get(PATH))["items"]
    walk.company.open(f"/sales-orders/{order['id']}")
    walk.follow("Record a return")
    walk.scan(MUG)
    expect(page.get_by_label("Good").nth(0)).to_have_value("1")
    page.get_by_label("Damaged").nth(1).fill("1")
    walk.look("take-back")
    walk.press("Record the return")
    walk.sees("is recorded.")
    walk.look("return")
    assert [one["returned"] for one in read(api, order)["lines"]] == [1, 1]
    walk.company.open("/returns")
    walk.look("returns")
    walk.company.open(f"/sales-orders/{order['id']}/cancel")
    walk.look("cancel")
    walk.press("Cancel the order")
    walk.sees("is cancelled.")
    expect(page.locator("#history")).to_contain_text("Cancelled")
    walk.look("cancelled")


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
