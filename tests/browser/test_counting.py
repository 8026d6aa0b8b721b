"""Counting by hand: with a scanner, with a thumb, two at once, and on bad wireless."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.people import SignedIn, scan
from tests.browser.walking import Walk
from tests.counting.counts import line_of, open_count, read
from tests.factories import Api, done, line, make_product, make_warehouse, move

MUG, CUP = "4006381333931", "4006381333948"
_SMALL = """() => [...document.querySelectorAll('.counting a.btn, .counting button, .counting input:not([type=hidden]), .counting-tile')]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""


def stocked(api: Api) -> tuple[Any, Any, Any]:
    """10 mugs and 5 cups in a warehouse."""
    warehouse = make_warehouse(api, name="Main hall")
    mug = make_product(api, sku="MUG", name="Mug", barcode=MUG, unit="pcs")
    cup = make_product(api, sku="CUP", name="Cup", barcode=CUP, unit="pcs")
    pairs = ((mug, 10), (cup, 5))
    move(api, *[line(one, warehouse, "purchase", much, unit_cost="2") for one, much in pairs])
    return warehouse, mug, cup


def test_a_hall_is_counted_from_opening_to_posting(walk: Walk) -> None:
    page, company = walk.page, walk.company
    done(company.api.patch("/api/company", {"recount_above": 3}))

    company.open("/counts")
    walk.look("none")
    _warehouse, mug, cup = stocked(company.api)
    company.open("/counts/new")
    page.get_by_role("button", name="Open the count").click()
    expect(page.get_by_text("is open: 2 products to count.")).to_be_visible()
    walk.look("open")
    page.locator(".page-header").get_by_role("link", name="Count", exact=True).click()
    expect(page.get_by_label("Scan or search a product")).to_be_focused()
    walk.look("screen")
    assert page.evaluate(_SMALL) == []

    scan(page.get_by_label("Scan or search a product"), MUG)
    quantity = page.get_by_label("Quantity, pcs")
    expect(quantity).to_be_focused()
    walk.look("panel")
    assert page.evaluate(_SMALL) == []
    scan(quantity, "2")
    expect(page.get_by_text("MUG: 2 saved. It differs much")).to_be_visible()
    expect(page.get_by_label("Scan or search a product")).to_be_focused()
    walk.look("saved")
    assert page.evaluate(_SMALL) == []
    page.get_by_role("button", name="Undo the last entry").click()
    expect(page.get_by_text("Undone: MUG is not counted again.")).to_be_visible()

    page.get_by_role("link", name="CUP Cup").click()
    page.get_by_label("Quantity, pcs").fill("4")
    page.get_by_role("button", name="Save, then next").click()
    expect(page.get_by_text("CUP: 4 saved, 1 less than expected.")).to_be_visible()
    expect(page.locator("#count-panel h2")).to_have_text("MUG Mug")
    scan(page.get_by_label("Quantity, pcs"), "1")
    page.get_by_role("link", name="Recount").click()
    page.get_by_role("link", name="MUG Mug").click()
    expect(page.get_by_text("First count: 1 pcs")).to_be_visible()
    walk.look("recount")
    scan(page.get_by_label("Quantity, pcs"), "9")
    expect(page.get_by_text("MUG: 9 saved, 1 less than expected.")).to_be_visible()
    walk.follow("Submit the count")
    walk.look("submit")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("is posted: the stock is what was counted.")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Posted by")
    walk.look("posted")
    levels = {
        row["sku"]: row["available"] for row in done(company.api.get("/api/stock/levels"))["items"]
    }
    assert levels == {mug["sku"]: 9, cup["sku"]: 4}


def test_a_scanner_alone_counts_one_a_scan(
    open_page: OpenPage, signed_in: Callable[..., SignedIn], screenshot: Callable[..., None]
) -> None:
    page = open_page(PHONE)
    company = signed_in(page)
    warehouse, mug, cup = stocked(company.api)
    opened = open_count(company.api, warehouse)
    company.open(f"/counts/{opened['id']}/screen?mode=add")

    code = page.get_by_label("Scan or search a product")
    for one in (MUG, CUP, MUG, MUG, "0000000000000", CUP):
        scan(code, one)
    expect(page.get_by_text("CUP: 2 saved")).to_be_visible()
    expect(code).to_be_focused()
    expect(page.get_by_text("2 of 2 counted")).to_be_visible()
    screenshot(page, "count-adding")
    assert line_of(company.api, opened, mug)["counted"] == 3
    assert line_of(company.api, opened, cup)["counted"] == 2
    scan(code, "nothing")
    expect(
        page.get_by_text("Not counted: nothing, or more than one thing, is found for “nothing”.")
    ).to_be_visible()


def test_two_count_at_once_and_replace_nothing_unseen(
    two_browsers: tuple[Page, Page],
    signed_in: Callable[..., SignedIn],
    allow: Callable[[str], None],
) -> None:
    ann, ben = two_browsers
    company = signed_in(ann)
    signed_in(ben, "staff", company.api)
    allow("409 (Conflict)")
    warehouse, mug, _cup = stocked(company.api)
    opened = open_count(company.api, warehouse)
    screen = company.path(f"/counts/{opened['id']}/screen")
    for page in (ann, ben):
        page.goto(f"{screen}?product_id={mug['id']}")
    scan(ben.get_by_label("Quantity, pcs"), "4")
    expect(ben.get_by_text("MUG: 4 saved")).to_be_visible()

    expect(ann.get_by_text("1 of 2 counted")).to_be_visible()  # without a reload
    scan(ann.get_by_label("Quantity, pcs"), "6")
    expect(ann.get_by_text("It is 4 now.")).to_be_visible()
    expect(ann.get_by_label("Quantity, pcs")).to_have_value("6")
    assert line_of(company.api, opened, mug)["counted"] == 4
    ann.get_by_role("button", name="Add to it").click()
    expect(ann.get_by_text("MUG: 10 saved.")).to_be_visible()


def test_what_is_counted_without_a_connection_is_sent_later_and_once(
    open_page: OpenPage, signed_in: Callable[..., SignedIn], allow: Callable[[str], None]
) -> None:
    page = open_page(PHONE)
    company = signed_in(page)
    allow("Failed to load resource")
    allow("/screen")
    warehouse, mug, _cup = stocked(company.api)
    opened = open_count(company.api, warehouse)
    company.open(f"/counts/{opened['id']}/screen?mode=add")
    answered: list[int] = []

    def lose_the_answer(route: Route) -> None:
        answered.append(route.fetch(max_redirects=0).status if not answered else 0)
        route.abort()

    is_sent = "**/screen?mode=add"
    page.route(is_sent, lose_the_answer)
    scan(page.get_by_label("Scan or search a product"), MUG)
    expect(
        page.get_by_text("Not saved yet: 1. There is no connection. Trying again…")
    ).to_be_visible()
    page.unroute(is_sent)

    expect(page.get_by_text("MUG: 1 saved")).to_be_visible()
    assert answered[0] == 303  # it was counted at the first try, and only the answer was lost
    assert line_of(company.api, opened, mug)["counted"] == 1
    assert read(company.api, opened)["counted_count"] == 1
