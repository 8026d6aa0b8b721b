"""Transferring by hand: planned with a scanner, shipped, and received with differences on a phone."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.test_counting import CUP, MUG, stocked
from tests.browser.walking import Walk
from tests.factories import done, make_warehouse
from tests.transfers.journeys import PATH, quantities


def test_goods_are_planned_shipped_and_received(walk: Walk, allow: Callable[[str], None]) -> None:
    page, company = walk.page, walk.company
    allow("400 (Bad Request)")  # the delivery that is not explained

    company.open("/transfers")
    walk.look("none")
    here, _mug, _cup = stocked(company.api)
    there = make_warehouse(company.api, code="SHOP", name="Shop")
    company.open("/transfers/new")
    page.get_by_label("From").select_option(f"{here['code']} · Main hall")
    page.get_by_label("To", exact=True).select_option("SHOP · Shop")
    walk.scan(MUG, MUG, CUP)
    expect(page.get_by_text("CUP · Cup: 1")).to_be_visible()
    walk.look("form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    walk.look("planned")
    walk.follow("Ship")
    walk.look("ship")
    page.get_by_role("button", name="Ship").click()
    expect(page.get_by_text("is on its way.")).to_be_visible()
    walk.follow("Receive")
    walk.scan(MUG)
    expect(page.get_by_label("Good").first).to_have_value("1")
    page.get_by_label("Damaged").first.fill("1")
    walk.look("receive")
    page.get_by_role("button", name="Note the delivery").click()
    expect(
        page.get_by_text("give the reason why something is damaged or missing").first
    ).to_be_visible()
    walk.look("refused")
    page.get_by_label("Reason of the difference").first.fill("dropped")
    page.get_by_role("button", name="Note the delivery").click()
    expect(page.get_by_text("The delivery is noted; more is on its way.")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Received by")
    walk.look("received")
    walk.follow("Call back")
    walk.look("call-back")
    page.get_by_role("button", name="Call it back").click()
    expect(page.get_by_text("is called off.")).to_be_visible()
    company.open("/transfers")
    walk.look("list")
    (made,) = done(company.api.get(PATH))["items"]
    assert made["to_warehouse_id"] == there["id"]
    assert quantities(done(company.api.get(f"{PATH}/{made['id']}"))) == [
        (2, 0, 1, 1, 0, 0),
        (1, 0, 0, 0, 0, 1),
    ]
