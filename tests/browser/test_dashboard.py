"""The dashboard in a real browser: figures come by themselves, and change as stock does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.replenishment.reading import low_product


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_parts_come_by_themselves(
    *,
    demo: Api,
    open_page: OpenPage,
    signed_in: Callable[..., SignedIn],
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
    size: tuple[int, int],
    theme: Theme,
) -> None:
    page = open_page(size, theme)
    signed_in(page, company=demo).open()
    for name in ("value", "trade", "top-sellers", "dead-stock"):
        expect(page.locator(f"#{name} time")).to_be_visible()
    expect(page.locator("#urgencies .stat")).to_have_count(4)
    expect(page.locator("#running-out tbody tr")).to_have_count(10)
    page.locator("#trade [data-chart]").scroll_into_view_if_needed()
    expect(page.locator("#trade canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    screenshot(page, full_page=True)
    axe(page)


def test_stock_that_changes_is_seen_without_reload(
    browser_page: Page, signed_in: Callable[..., SignedIn]
) -> None:
    company = signed_in(browser_page)
    api, page = company.api, browser_page
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, unit_cost="2"))
    company.open()
    expect(page.locator("#value .h1")).to_have_text("£20.00")
    expect(page.locator("#urgencies .stat").first).to_have_text("Critical 0")

    low_product(api, warehouse, left=0)
    expect(page.locator("#urgencies .stat").first).to_have_text("Critical 1")
    move(api, line(product, warehouse, "purchase", 10, unit_cost="3"))
    expect(page.locator("#todo")).to_be_visible()


def test_first_steps_are_ticked_as_they_are_done(
    browser_page: Page, signed_in: Callable[..., SignedIn], axe: Callable[[Page], None]
) -> None:
    company = signed_in(browser_page)
    company.open()
    expect(browser_page.get_by_text("To do")).to_have_count(0)  # pictures, with names
    axe(browser_page)
    browser_page.get_by_role("link", name="Add a warehouse").click()
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("New warehouse")


def test_the_palette_finds_and_opens(
    browser_page: Page, signed_in: Callable[..., SignedIn]
) -> None:
    company = signed_in(browser_page)
    make_product(company.api, name="Copper Kettle", sku="KET-1")
    company.open()
    browser_page.keyboard.press("Control+k")
    browser_page.keyboard.type("kettle")
    expect(browser_page.get_by_role("option", name="KET-1")).to_be_visible()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Copper Kettle")
