"""Two people at work: each sees what the other does, without loading anything again."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import SignedIn, scan
from tests.factories import Api, done, line, make_product, make_warehouse, move

_SEEN = {
    # a list, what of it is watched, and how that changes when 4 of 10 are sold
    "/levels?q=mug&columns=sku,available": ("Available", ["10"], ["6"]),
    "/products?q=mug": ("Available", ["10"], ["6"]),
    "/movements": ("After", ["10"], ["6", "10"]),
}


def stocked(api: Api) -> tuple[Any, Any]:
    """10 mugs in a hall."""
    hall = make_warehouse(api, code="MAIN", name="Main hall")
    mug = make_product(api, sku="MUG-1", name="Mug", low_stock_threshold=8)
    move(api, line(mug, hall, "purchase", 10, unit_cost="2"))
    return hall, mug


def sell(colleague: SignedIn, quantity: int) -> None:
    """By hand, at the other browser."""
    page = colleague.page
    colleague.open("/movements/new?type=sale")
    page.get_by_label("Warehouse").select_option("Main hall")
    scan(page.get_by_role("combobox", name="Product"), "MUG-1")
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_role("heading", name="Record a movement")).to_be_hidden()


@pytest.fixture
def both(
    two_browsers: tuple[Page, Page], signed_in: Callable[..., SignedIn]
) -> tuple[SignedIn, SignedIn]:
    """An owner who looks, and one of the staff who sells."""
    mine, theirs = two_browsers
    company = signed_in(mine)
    return company, signed_in(theirs, "staff", company.api)


@pytest.mark.parametrize("place", _SEEN)
def test_lists_follow_what_others_do(both: tuple[SignedIn, SignedIn], place: str) -> None:
    company, colleague = both
    stocked(company.api)
    label, before, after = _SEEN[place]
    company.open(place)
    cells = company.page.locator(f"#list td[data-label='{label}']")
    expect(cells).to_have_text(before)
    headings = company.page.locator("#list thead th").all_inner_texts()
    sell(colleague, 4)
    expect(cells).to_have_text(after)
    assert company.page.locator("#list thead th").all_inner_texts() == headings
    assert company.page.url.endswith(place)


def test_an_alert_comes_and_goes(both: tuple[SignedIn, SignedIn]) -> None:
    company, colleague = both
    hall, mug = stocked(company.api)
    company.open("/alerts")
    expect(company.page.get_by_text("Nothing is low")).to_be_visible()
    sell(colleague, 4)
    rows = company.page.locator("#list tbody tr")
    expect(rows).to_have_count(1)
    move(company.api, line(mug, hall, "purchase", 10))
    expect(company.page.get_by_text("Nothing is low")).to_be_visible()


def test_two_sell_the_last_one_and_only_one_gets_it(
    both: tuple[SignedIn, SignedIn], allow: Callable[[str], None]
) -> None:
    """Both have the form open and see 1; who is second is told, and keeps what was typed."""
    company, colleague = both
    api = company.api
    done(api.patch("/api/company", {"allow_backorders": False}))
    hall, mug = stocked(api)
    move(api, line(mug, hall, "sale", 9))
    allow("409 (Conflict)")
    for person in both:
        page = person.page
        person.open("/movements/new?type=sale")
        page.get_by_label("Warehouse").select_option("Main hall")
        scan(page.get_by_role("combobox", name="Product"), "MUG-1")
        page.get_by_label("Quantity").fill("1")
    colleague.page.get_by_role("button", name="Post").click()
    expect(colleague.page.get_by_role("heading", name="Record a movement")).to_be_hidden()
    page = company.page
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    expect(page.get_by_role("combobox", name="Product")).to_have_value("MUG-1 · Mug")
    expect(page.get_by_label("Quantity")).to_have_value("1")
    (level,) = done(api.get("/api/stock/levels", product_id=mug["id"]))["items"]
    assert level["on_hand"] == 0


def test_who_changes_what_has_changed_since_is_told(
    both: tuple[SignedIn, SignedIn], allow: Callable[[str], None]
) -> None:
    company, _ = both
    api, page = company.api, company.page
    _, mug = stocked(api)
    allow("412 (Precondition Failed)")
    company.open(f"/products/{mug['id']}/edit")
    done(api.patch(f"/api/products/{mug['id']}", {"name": "Mug, blue"}))
    page.get_by_label("Name", exact=True).fill("Mug, green")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Mug, green")
    assert done(api.get(f"/api/products/{mug['id']}"))["name"] == "Mug, blue"


def test_a_list_is_not_taken_from_who_works_with_it(both: tuple[SignedIn, SignedIn]) -> None:
    """Rows that are ticked stay ticked when the list changes."""
    company, colleague = both
    stocked(company.api)
    make_product(company.api, sku="CUP-1", name="Cup")
    company.open("/products")
    page = company.page
    page.get_by_label("Select CUP-1").check()
    sell(colleague, 4)
    expect(page.locator("#list td[data-label='On hand']").last).to_have_text("6")
    expect(page.get_by_label("Select CUP-1")).to_be_checked()
    expect(page.get_by_label("Select MUG-1")).not_to_be_checked()
