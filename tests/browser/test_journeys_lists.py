"""Lists: what is chosen is in the address, survives, can be passed on, and is what the files have."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.people import SignedIn, sign_in_as
from tests.browser.site import Site
from tests.factories import line, make_product, make_warehouse, move

_COLUMNS = "#list thead th"


@pytest.fixture
def company(browser_page: Page, signed_in: Callable[..., SignedIn]) -> SignedIn:
    """60 products, every third of them a cup; each has a price of its own."""
    company = signed_in(browser_page)
    for number in range(60):
        kind = "Cup" if number % 3 == 0 else "Mug"
        make_product(
            company.api,
            sku=f"P-{number:02}",
            name=f"{kind} {number:02}",
            price=f"{(number * 7) % 60}.5",
        )
    return company


def shown(page: Page, label: str) -> list[str]:
    """A column of the list."""
    return page.locator(f"#list tbody td[data-label='{label}']").all_inner_texts()


def test_filters_order_and_columns_are_in_the_address(
    company: SignedIn, open_page: OpenPage, site: Site
) -> None:
    page = company.page
    company.open("/products")
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.get_by_role("searchbox").press_sequentially("cup")
    expect(page.locator("#list tbody tr")).to_have_count(20)
    page.get_by_role("link", name="SKU").click()
    expect(page.locator(f"{_COLUMNS}[aria-sort=ascending]")).to_have_text("SKU")
    page.get_by_role("link", name="SKU").click()
    expect(page.locator(f"{_COLUMNS}[aria-sort=descending]")).to_have_text("SKU")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Barcode", exact=True).check()
    page.get_by_label("Available", exact=True).uncheck()
    page.get_by_role("button", name="Show").click()
    expect(page.locator(_COLUMNS, has_text="Barcode")).to_be_visible()
    expect(page.locator(_COLUMNS, has_text="Available")).to_have_count(0)
    skus = shown(page, "SKU")
    assert skus == [f"P-{number:02}" for number in range(57, -1, -3)]
    headings = page.locator(_COLUMNS).all_inner_texts()
    address = page.url

    page.reload()
    assert (shown(page, "SKU"), page.locator(_COLUMNS).all_inner_texts()) == (skus, headings)
    colleague = sign_in_as(open_page(), company.api, "viewer", site.url)
    colleague.page.goto(address)
    assert shown(colleague.page, "SKU") == skus
    expect(colleague.page.get_by_role("searchbox")).to_have_value("cup")


def test_files_have_exactly_what_the_list_shows(company: SignedIn) -> None:
    page = company.page
    company.open("/products?q=cup&sort=-sku&columns=sku,name,price")
    names, skus = shown(page, "Name"), shown(page, "SKU")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = list(csv.reader(file))
    assert heading == ["SKU", "Name", "Price"]
    assert [row[:2] for row in rows] == [list(row) for row in zip(skus, names, strict=True)]
    assert [float(row[2]) for row in rows] == [_amount(price) for price in shown(page, "Price")]
    company.open("/products")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 61  # not only the first page of the list


def test_back_shows_the_list_as_it_was(company: SignedIn) -> None:
    page = company.page
    rows = page.locator("#list tbody tr")
    company.open("/products")
    page.get_by_role("searchbox").press_sequentially("cup 0")
    expect(rows).to_have_count(4)
    page.get_by_role("searchbox").fill("")
    expect(rows).to_have_count(50)
    page.go_back()
    expect(rows).to_have_count(4)
    expect(page.get_by_role("searchbox")).to_have_value("cup 0")
    page.get_by_role("link", name="Cup 03").click()
    expect(page.get_by_role("heading", name="Cup 03", level=1)).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(4)
    expect(page.get_by_role("searchbox")).to_have_value("cup 0")


def test_the_next_page_of_a_filtered_list(company: SignedIn) -> None:
    page = company.page
    company.open("/products?sort=sku")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#list tbody tr")).to_have_count(10)
    assert shown(page, "SKU") == [f"P-{number}" for number in range(50, 60)]
    page.get_by_role("link", name="First page").click()
    expect(page.locator("#list tbody tr")).to_have_count(50)


def test_a_filter_that_finds_nothing_says_so(company: SignedIn) -> None:
    page = company.page
    company.open("/products")
    page.get_by_role("searchbox").press_sequentially("saucer")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#list tbody tr")).to_have_count(50)


def test_rows_are_chosen_for_labels(company: SignedIn) -> None:
    page = company.page
    company.open("/products?q=cup+0")
    labels = page.get_by_role("button", name=re.compile("^Labels of"))
    expect(page.get_by_label("Select P-00")).to_be_visible()
    expect(labels).to_have_count(0)  # what can do nothing is not shown
    page.get_by_label("Select all").check()
    expect(labels).to_have_text(re.compile("4 chosen"))
    page.get_by_label("Select P-00").uncheck()
    expect(labels).to_have_text(re.compile("3 chosen"))
    labels.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("abels")
    expect(page.locator("main")).to_contain_text("P-03")
    expect(page.locator("main")).not_to_contain_text("P-00")


@pytest.mark.parametrize("name", ["Status", "Columns"])
def test_a_menu_of_a_list_fits_on_a_phone(
    phone: Page, signed_in: Callable[..., SignedIn], name: str
) -> None:
    signed_in(phone).open("/sales-orders")
    phone.locator("summary", has_text=name).click()
    menu = phone.locator("details[open] > .dropdown-menu")
    expect(menu).to_be_visible()
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]


def test_the_theme_is_kept(open_page: OpenPage, signed_in: Callable[..., SignedIn]) -> None:
    page = open_page(DESKTOP, "light")
    company = signed_in(page)
    company.open("/products")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Light or dark").click()
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    company.open("/warehouses")
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Light or dark").click()
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "light")  # chosen is chosen


def test_the_system_decides_about_the_theme_until_one_chooses(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, "dark")
    page.goto("/sign-in")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_paper_has_what_matters(company: SignedIn) -> None:
    page = company.page
    company.open("/products?q=cup+0")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("link", name="CSV")).to_be_hidden()
    expect(page.get_by_role("heading", name="Products")).to_be_visible()
    expect(page.locator("#list tbody tr")).to_have_count(4)
    paper = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_a_list_on_a_phone_says_what_its_values_are(
    open_page: OpenPage, signed_in: Callable[..., SignedIn]
) -> None:
    page = open_page(PHONE)
    company = signed_in(page)
    api = company.api
    hall = make_warehouse(api, code="MAIN")
    move(api, line(make_product(api, sku="MUG-1", name="Mug"), hall, "purchase", 7))
    company.open("/levels")
    cell = page.locator("#list tbody td[data-label='On hand']")
    expect(cell).to_be_visible()
    label = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label.strip('"') == "On hand"
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Warehouses").click()
    expect(page.get_by_role("heading", name="Warehouses", level=1)).to_be_visible()


def _amount(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))
