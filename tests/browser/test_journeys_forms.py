"""Forms in the hands of people: refused, sent twice, and sent when the session has ended."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from stockflow.companies.sessions import SESSION_COOKIE
from tests.browser.people import SignedIn, scan
from tests.browser.site import Site
from tests.factories import done, make_product, make_warehouse

_PASSWORD = "many people know 8 words"
_COMPANY = re.compile(r"/c/\d+$")


def test_a_refused_form_keeps_what_was_typed_and_says_where_it_is_wrong(
    browser_page: Page, signed_in: Callable[..., SignedIn], allow: Callable[[str], None]
) -> None:
    page = browser_page
    company = signed_in(page)
    allow("400 (Bad Request)")
    company.open("/products/new")
    typed = {
        "Name": "Mug “blue” <1>",
        "SKU": "MUG-1",
        "Category": "Cups & mugs",
        "Barcode": "4006381333930",  # its last digit is wrong
        "Price": "12.3456",
        "Description": "two\nlines",
        "Low-stock threshold": "0.5",
    }
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Type").select_option("bundle")
    page.get_by_label("Below zero").select_option("Allowed")
    page.get_by_role("button", name="Save").click()

    summary = page.get_by_role("alert").first
    expect(summary).to_be_focused()
    for label, text in typed.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(text)
    expect(page.get_by_label("Type")).to_have_value("bundle")
    expect(page.get_by_label("Below zero")).to_have_value("true")
    barcode = page.get_by_label("Barcode")
    expect(barcode).to_have_attribute("aria-invalid", "true")
    expect(barcode).to_have_accessible_description(re.compile("check digit"))
    summary.get_by_role("link", name="Barcode").click()
    expect(barcode).to_be_focused()
    assert done(company.api.get("/api/products"))["items"] == []

    barcode.fill("4006381333931")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=typed["Name"], level=1)).to_be_visible()


def test_pressing_twice_has_one_effect(
    browser_page: Page, signed_in: Callable[..., SignedIn]
) -> None:
    page = browser_page
    company = signed_in(page)
    api = company.api
    mug = make_product(api, sku="MUG-1", name="Mug")
    hall = make_warehouse(api, code="MAIN", name="Main hall")
    company.open(f"/movements/new?warehouse_id={hall['id']}")
    scan(page.get_by_role("combobox", name="Product"), "MUG-1")
    page.get_by_label("Quantity").fill("5")
    page.get_by_role("button", name="Post").dblclick()
    expect(page.get_by_role("status").filter(has_text="posted")).to_be_visible()
    page.go_back()  # and once more from the page as it was left
    expect(page.get_by_role("heading", name="Record a movement")).to_be_visible()
    expect(page.get_by_role("button", name="Post")).to_be_enabled()
    (level,) = done(api.get("/api/stock/levels", product_id=mug["id"]))["items"]
    assert level["on_hand"] == 5


def test_what_was_typed_is_there_after_signing_in_again(
    browser_page: Page, allow: Callable[[str], None]
) -> None:
    """The session ends elsewhere while an order is being written."""
    page = browser_page
    email = _sign_up(page)
    company_id = int(page.url.rstrip("/").rpartition("/")[2])
    page.goto(f"/c/{company_id}/warehouses/new")
    page.get_by_label("Code", exact=True).fill("MAIN")
    page.get_by_label("Name", exact=True).fill("Main hall")
    page.get_by_role("button", name="Save").click()
    for sku, name in (("MUG-1", "Mug, blue"), ("CUP-1", "Cup, white")):
        page.goto(f"/c/{company_id}/products/new")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("SKU").fill(sku)
        page.get_by_label("Price", exact=True).fill("3")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()

    page.goto(f"/c/{company_id}/movements/new?type=purchase")
    page.get_by_label("Warehouse").select_option("Main hall")
    page.get_by_label("Reference").fill("DN 7")
    scanner = page.get_by_role("textbox", name="Scan a barcode or SKU")
    for code in ("MUG-1", "CUP-1", "MUG-1"):
        scan(scanner, code)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug, blue: 2")
    page.get_by_label("Unit cost").nth(1).fill("1.25")
    _end_session(page)
    page.get_by_role("button", name="Post").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    allow("401 (Unauthorized)")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("not this one at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Record a movement")).to_be_visible()
    expect(page.get_by_text("It is not sent yet.")).to_be_visible()
    expect(page.get_by_label("Reference")).to_have_value("DN 7")
    products = page.get_by_role("combobox", name="Product")
    expect(products.nth(0)).to_have_value("MUG-1 · Mug, blue")
    expect(products.nth(1)).to_have_value("CUP-1 · Cup, white")
    expect(page.get_by_label("Quantity").nth(0)).to_have_value("2")
    expect(page.get_by_label("Unit cost").nth(1)).to_have_value("1.25")
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_role("status").filter(has_text="posted")).to_be_visible()
    page.goto(f"/c/{company_id}/levels")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.goto(f"/c/{company_id}/movements/new")  # what is sent is no draft any more
    expect(page.get_by_label("Reference")).to_have_value("")


def test_a_list_that_is_filtered_without_a_session_leads_to_signing_in(
    browser_page: Page, signed_in: Callable[..., SignedIn], allow: Callable[[str], None]
) -> None:
    page = browser_page
    company = signed_in(page)
    make_product(company.api, sku="MUG-1", name="Mug")
    company.open("/products")
    page.context.clear_cookies()
    allow("401 (Unauthorized)")
    page.get_by_role("searchbox").press_sequentially("mug")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_cannot_be_undone_is_asked_first(
    browser_page: Page, signed_in: Callable[..., SignedIn]
) -> None:
    page = browser_page
    company = signed_in(page)
    mug = make_product(company.api, sku="MUG-1", name="Mug")
    company.open(f"/products/{mug['id']}")
    page.get_by_role("button", name="Archive").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("Archive MUG-1?")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()
    assert done(company.api.get(f"/api/products/{mug['id']}"))["archived_at"] is None
    page.get_by_role("button", name="Archive").click()
    asked.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Restore")).to_be_visible()
    assert done(company.api.get(f"/api/products/{mug['id']}"))["archived_at"] is not None


def _sign_up(page: Page) -> str:
    """A new company; the address of its owner."""
    email = "pat@draft.example"
    page.goto("/sign-up")
    _fill_in(page, email)
    page.get_by_role("button", name="Set up the company").click()
    page.wait_for_url(_COMPANY)
    return email


def _fill_in(page: Page, email: str) -> None:
    page.get_by_label("Company").fill("Draft & Co")
    page.get_by_label("Your name").fill("Pat")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Password").fill(_PASSWORD)


def _end_session(page: Page) -> None:
    """As when it is revoked: what the browser has is no session any more."""
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": "A" * 43, "url": page.url}])


def test_a_company_set_up_by_two_presses_is_one(browser: Browser, site: Site) -> None:
    """Without script, which lets a form go once: both presses reach the server.

    The second press breaks off the page that answers the first, so no page is waited for: the address is.
    """
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-up")
    _fill_in(page, "twice@draft.example")
    page.get_by_role("button", name="Set up the company").dblclick()
    expect(page).to_have_url(_COMPANY)
    page.goto("/companies/new")
    page.get_by_label("Company").fill("Second & Co")
    page.get_by_role("button", name="Set it up").dblclick()
    expect(page).to_have_url(_COMPANY)

    page.goto("/companies")
    own = page.locator("main .list-group-item bdi")
    expect(own).to_have_text(["Draft & Co", "Second & Co"])
    context.close()
