"""Stock by hand: movements are scanned, seen elsewhere at once, asked for where they need approval; what
runs low is ordered. On phone and desktop, light and dark."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.adjustments.asking import ask, limit
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.people import SignedIn
from tests.browser.walking import Walk
from tests.factories import (
    Api,
    done,
    line,
    make_product,
    make_supplier,
    make_warehouse,
    move,
)
from tests.replenishment.reading import add_terms, alerts, low_product
from tests.stock.reading import held

MUG, CUP = "4006381333931", "4006381333948"


def scan(page: Page, *codes: str) -> None:
    """What a scanner does: it types fast and presses Enter."""
    for code in codes:
        page.get_by_placeholder("Scan or type a barcode or SKU").press_sequentially(code)
        page.keyboard.press("Enter")


def cell(page: Page, sku: str, label: str) -> Any:
    row = page.locator("#list tbody tr", has=page.locator(".code", has_text=sku))
    return row.locator(f"td[data-label='{label}']")


def test_every_page_of_stock_keeps_nobody_out(walk: Walk) -> None:
    api = walk.company.api
    request = _everything(api)
    posting = done(api.get("/api/stock/movements"))["items"][0]["posting_id"]
    paths = ["/levels", "/movements", "/movements/new", f"/postings/{posting}", "/alerts"]
    paths += ["/adjustments", "/adjustments/new", f"/adjustments/{request['id']}"]
    for path in paths:
        walk.company.open(path)
        walk.look(path.strip("/").replace("/", "-"))


def _everything(api: Api) -> Any:
    """Something to see on every page; the request that waits."""
    warehouse = make_warehouse(api, code="MAIN", name="Main hall")
    low = low_product(api, warehouse, sku="MUG-1", name="Mug, blue", sold=60, left=3)
    add_terms(api, low, make_supplier(api, name="Mugs Ltd"), cost_price="2.50", lead_time_days=5)
    low_product(api, warehouse, sku="CUP-1", name="Cup, white")
    staff = api.with_key("staff")
    return ask(staff, line(low, warehouse, "adjustment", 5), reason="Found behind the shelf")


def test_a_scanned_delivery_is_seen_in_another_browser(
    two_browsers: tuple[Page, Page], signed_in: Callable[..., SignedIn]
) -> None:
    page, other = two_browsers
    company = signed_in(page, "staff")
    api = company.api
    warehouse = make_warehouse(api, code="MAIN", name="Main hall")
    mug = make_product(api, sku="MUG-1", name="Mug, blue", barcode=MUG)
    cup = make_product(api, sku="CUP-1", name="Cup, white", barcode=CUP)
    move(api, line(mug, warehouse, "purchase", 1), line(cup, warehouse, "purchase", 4))
    signed_in(other, "viewer", api).open("/levels")
    other.evaluate("window.notReloaded = true")
    expect(cell(other, "MUG-1", "Available")).to_have_text("1")

    company.open("/movements/new")
    page.get_by_label("Warehouse").select_option("Main hall")
    scan(page, MUG, CUP, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator("[data-dismissible]")).to_contain_text("Posted")

    expect(cell(other, "MUG-1", "Available")).to_have_text("3")
    expect(cell(other, "CUP-1", "Available")).to_have_text("5")
    assert other.evaluate("window.notReloaded")
    assert held(api, mug, warehouse)[0] == 3


def test_what_needs_approval_is_asked_for_and_approved_by_somebody_else(
    two_browsers: tuple[Page, Page],
    signed_in: Callable[..., SignedIn],
    allow: Callable[[str], None],
) -> None:
    page, other = two_browsers
    allow("403 (Forbidden)")  # more than may be posted without approval
    company = signed_in(page, "staff")
    api = company.api
    warehouse = make_warehouse(api, code="MAIN", name="Main hall")
    mug = make_product(api, sku="MUG-1", name="Mug, blue", barcode=MUG)
    move(api, line(mug, warehouse, "purchase", 100))
    limit(api, quantity=10)

    company.open("/movements/new")
    page.get_by_label("What happened").select_option("adjustment")
    page.get_by_label("Warehouse").select_option("Main hall")
    page.get_by_label("Reason").fill("Fell off the shelf")
    scan(page, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 1")
    page.get_by_label("Quantity").fill("-30")
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator("[data-dismissible]")).to_contain_text("waits for approval")
    assert held(api, mug, warehouse)[0] == 100

    manager = signed_in(other, "manager", api)
    manager.open("/adjustments?status=waiting")
    other.locator("#list tbody a").first.click()
    expect(other.get_by_text("Fell off the shelf")).to_be_visible()
    other.get_by_role("button", name="Approve and post").click()
    expect(other.locator("[data-dismissible]")).to_contain_text("is approved and posted")
    assert held(api, mug, warehouse)[0] == 70


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_chosen_alerts_are_ordered(
    open_page: OpenPage, signed_in: Callable[..., SignedIn], size: tuple[int, int]
) -> None:
    page = open_page(size)
    company = signed_in(page, "staff")
    api = company.api
    warehouse, supplier = make_warehouse(api), make_supplier(api)
    for sku in ("MUG-1", "CUP-1", "POT-1"):
        add_terms(api, low_product(api, warehouse, sku=sku), supplier, cost_price="2.50")
    recommended = alerts(api)[0]["recommended_reorder_quantity"]
    company.open("/alerts")
    button = page.get_by_role("button", name="Order")
    expect(page.get_by_label("Select MUG-1")).to_be_visible()
    expect(button).to_have_count(0)  # what can do nothing is not shown

    page.get_by_role("searchbox").press_sequentially("-1")
    page.wait_for_url("**q=-1*")
    page.get_by_label("Select MUG-1").check()
    page.get_by_label("Select POT-1").check()
    expect(button).to_have_text("Order 2 selected")
    page.get_by_label("Quantity of POT-1").fill("7")
    button.click()

    expect(page.locator("[data-dismissible]")).to_contain_text("A draft of an order was made.")
    order = done(api.get("/api/purchase-orders"))["items"][0]
    lines = done(api.get(f"/api/purchase-orders/{order['id']}"))["lines"]
    assert sorted((row["sku"], row["quantity"]) for row in lines) == [
        ("MUG-1", recommended),
        ("POT-1", 7),
    ]


def test_alerts_follow_what_is_sold(browser_page: Page, signed_in: Callable[..., SignedIn]) -> None:
    """What somebody has chosen stays chosen when the list is fetched anew."""
    company = signed_in(browser_page)
    api = company.api
    warehouse, supplier = make_warehouse(api), make_supplier(api)
    mug, cup = (low_product(api, warehouse, sku=sku) for sku in ("MUG-1", "CUP-1"))
    for product in (mug, cup):
        add_terms(api, product, supplier, cost_price="2.50")
    company.open("/alerts")
    browser_page.get_by_label("Select CUP-1").check()

    move(api, line(mug, warehouse, "sale", 5))

    expect(cell(browser_page, "MUG-1", "Available")).to_have_text("0")
    expect(browser_page.locator("#urgencies .stat").first).to_contain_text("1")
    expect(browser_page.get_by_label("Select CUP-1")).to_be_checked()
    expect(browser_page.get_by_role("button", name="Order")).to_have_text("Order 1 selected")
