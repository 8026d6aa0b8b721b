"""The first day of a company, from signing up to counting, as the people in it live it."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.people import scan

MUG, CUP = "4006381333931", "4006381333948"
_PASSWORD = "many people know 8 words"
_EMAIL = "ada@first-day.example"
_HEADER = "Item code,Product name,Sales price,EAN,Low-stock threshold\n"
_ROWS = "".join(f"PLATE-{number},Plate {number},{number}.25,,\n" for number in range(1, 9))
_WRONG = f"{_HEADER}MUG-1,Mug blue,four,{MUG},5\nCUP-1,Cup white,3.00,4006381333949,\n{_ROWS}"
_RIGHT = f"{_HEADER}MUG-1,Mug blue,4.50,{MUG},5\nCUP-1,Cup white,3.00,{CUP},\n{_ROWS}"


class Desk:
    """Somebody at a page of the company."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.locator("main")

    def goes_to(self, name: str) -> None:
        """By the navigation, which a phone opens first."""
        menu = self.page.get_by_role("button", name="Menu")
        if menu.is_visible():
            menu.click()
        links = self.page.get_by_role("navigation", name="Main")
        links.get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    def follows(self, name: str) -> None:
        self.main.get_by_role("link", name=name, exact=True).first.click()

    def presses(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def fills(self, **texts: str) -> None:
        """Fields by their labels, with underscores for spaces."""
        for label, text in texts.items():
            self.field(label.replace("_", " ")).fill(text)

    def field(self, label: str) -> Locator:
        return self.main.get_by_label(label, exact=True).first

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible()


def test_the_first_day_of_a_company(
    browser_page: Page, open_page: OpenPage, allow: Callable[[str], None]
) -> None:
    office = Desk(browser_page)
    hall = Desk(open_page(PHONE))
    _sign_up(office)
    _import_products(office)
    _set_up_a_warehouse(office)
    _sign_in(hall, allow)
    _receive_a_delivery(office)
    _sell(office, hall)
    _set_up_a_supplier(office)
    _order_what_is_low(office)
    _receive_the_order(office, hall)
    _count(hall, office)


def _sign_up(office: Desk) -> None:
    page = office.page
    page.goto("/")
    page.get_by_role("link", name=re.compile("[Ss]et up a company")).first.click()
    office.fills(Company="First Day & Co", Your_name="Ada", **{"Your e-mail address": _EMAIL})
    office.field("Password").fill(_PASSWORD)
    office.field("Currency").select_option("GBP")
    office.presses("Set up the company")
    page.wait_for_url(re.compile(r"/c/\d+$"))
    office.sees("Your company is set up.")
    expect(page.locator("#first-steps")).to_be_visible()


def _import_products(office: Desk) -> None:
    """A file is tried, its wrong rows are repaired, and it is taken."""
    office.goes_to("Imports")
    page = office.page
    _upload(office, _WRONG)
    taken = [office.field(f"What column {number} is") for number in range(1, 6)]
    names = ["sku", "name", "price", "barcode", "low_stock_threshold"]
    for column, name in zip(taken, names, strict=True):  # guessed from what the columns are called
        expect(column).to_have_value(name)
    office.presses("Check the file")
    office.sees("Some rows cannot be imported as they are. Nothing was changed.")
    expect(page.locator("#rejects tbody tr")).to_have_count(2)
    expect(page.locator("#rejects .is-wrong")).to_have_count(2)
    expect(page.locator("#rejects .is-wrong").first).to_contain_text("four")
    office.goes_to("Products")
    office.sees("No products yet")

    office.goes_to("Imports")
    _upload(office, _RIGHT)
    office.presses("Check the file")
    office.sees("All rows can be imported.")
    office.presses("Import")
    office.sees("The file is imported.")
    office.goes_to("Products")
    expect(page.locator("#list tbody tr")).to_have_count(10)


def _upload(office: Desk, text: str) -> None:
    office.follows("New import")
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": text.encode()}
    office.field("File").set_input_files(file)  # type: ignore[arg-type]
    office.presses("Upload")
    office.sees("products.csv is here.")


def _set_up_a_warehouse(office: Desk) -> None:
    office.goes_to("Warehouses")
    office.page.keyboard.press("n")
    office.fills(Code="MAIN", Name="Main hall")
    office.presses("Save")
    office.sees("Main hall")


def _sign_in(hall: Desk, allow: Callable[[str], None]) -> None:
    """On the phone, after a slip; from here on it shows the stock of the mug."""
    hall.page.goto("/sign-in")
    allow("401 (Unauthorized)")
    for password in ("wrong words typed", _PASSWORD):
        hall.field("E-mail address").fill(_EMAIL)
        hall.field("Password").fill(password)
        hall.presses("Sign in")
    expect(hall.page.get_by_role("heading", level=1)).to_have_text("Welcome to StockFlow")
    hall.goes_to("Products")
    hall.follows("MUG-1")
    expect(_available(hall)).to_have_text("0")


def _available(desk: Desk) -> Locator:
    return desk.page.locator("#stock-now .card-body").filter(has_text="Available").locator(".h2")


def _receive_a_delivery(office: Desk) -> None:
    page = office.page
    office.goes_to("Stock levels")
    page.keyboard.press("n")
    office.field("Warehouse").select_option("Main hall")
    scanner = page.get_by_role("textbox", name="Scan a barcode or SKU")
    for _ in range(10):
        scan(scanner, MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug blue: 10")
    office.field("Unit cost").fill("2")
    office.presses("Post")
    office.goes_to("Stock levels")
    expect(page.locator("#list td[data-label='On hand']")).to_have_text("10")


def _sell(office: Desk, hall: Desk) -> None:
    """What the phone shows follows, without anybody touching it."""
    expect(_available(hall)).to_have_text("10")
    page = office.page
    office.goes_to("Customers")
    page.keyboard.press("n")
    office.fills(Name="Nora", Code="N1")
    office.presses("Save")
    office.goes_to("Sales orders")
    page.keyboard.press("n")
    scan(page.get_by_role("combobox", name="Customer"), "n1")
    scan(page.get_by_role("textbox", name="Scan a barcode or SKU"), MUG)
    expect(page.locator("[data-scan-said]")).to_have_text("MUG-1 · Mug blue: 1")
    office.field("Quantity").fill("7")
    office.presses("Save the draft")
    office.presses("Confirm")
    office.sees("is confirmed.")
    expect(_available(hall)).to_have_text("3")

    paper = page.request.get(_href(office, "Pick list"))
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    office.follows("Ship")
    office.presses("Ship")
    office.sees("It is shipped.")
    on_hand = hall.page.locator("#stock-now .card-body").filter(has_text="On hand")
    expect(on_hand.locator(".h2")).to_have_text("3")


def _href(desk: Desk, name: str) -> str:
    return str(desk.main.get_by_role("link", name=name, exact=True).get_attribute("href"))


def _set_up_a_supplier(office: Desk) -> None:
    office.goes_to("Suppliers")
    office.page.keyboard.press("n")
    office.fills(Name="Clay works", Code="CLAY")
    office.field("Lead time, days").fill("7")
    office.presses("Save")
    office.follows("Add a product")
    scan(office.page.get_by_role("combobox", name="Product"), MUG)
    office.field("Cost price, GBP").fill("2.50")
    office.field("Preferred supplier").check()
    office.presses("Save")
    office.sees("The terms of Clay works are saved.")


def _order_what_is_low(office: Desk) -> None:
    """From the alert to an order that is approved."""
    office.goes_to("Low stock")
    rows = office.page.locator("#list tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.locator("td[data-label=SKU]")).to_have_text("MUG-1")
    office.main.get_by_label("Select MUG-1").check()
    rows.get_by_label(re.compile("^Quantity of MUG-1")).fill("20")
    office.presses("Order 1 selected")
    expect(office.page.get_by_role("heading", level=1)).to_contain_text("PO-")
    office.presses("Submit")
    office.presses("Approve")
    expect(office.main.get_by_role("link", name="Receive", exact=True)).to_be_visible()


def _receive_the_order(office: Desk, hall: Desk) -> None:
    """15 good, 2 damaged, and 3 will not come."""
    office.follows("Receive")
    office.fills(Good="15", Damaged="2", Missing="3", Delivery_note="DN 7")
    office.presses("Note the delivery")
    office.sees("is received.")
    expect(_available(hall)).to_have_text("18")
    office.goes_to("Low stock")
    office.sees("Nothing is low")


def _count(hall: Desk, office: Desk) -> None:
    """With a scanner at the phone; the office sees the result."""
    page = hall.page
    office.goes_to("Stock levels")
    hall.goes_to("Counts")
    hall.follows("New count")
    hall.presses("Open the count")
    hall.sees("is open: 1 product to count.")
    hall.follows("Count")
    expect(page.get_by_label("Scan or search a product")).to_be_focused()
    scan(page.get_by_label("Scan or search a product"), MUG)
    scan(page.get_by_label("Quantity, each"), "17")
    hall.sees("MUG-1: 17 saved, 1 less than expected.")
    hall.follows("Submit the count")
    hall.presses("Submit")
    hall.sees("is posted: the stock is what was counted.")
    expect(office.page.locator("#list td[data-label='Available']")).to_have_text("17")
