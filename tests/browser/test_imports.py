"""Importing a file by hand: what one sees at each step, on a phone and on a desktop."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.walking import Walk
from tests.factories import done
from tests.web.hostile import ATTACK, LINE

_HEADER = f'"Item code",Titel,"{ATTACK.replace(chr(34), chr(34) * 2)}",Sales price,{"w" * 190}\n'
_FILE = _HEADER + "".join(
    f"A-{number},Anvil {number},{LINE[-60:]},{'x' if number < 60 else number},more text {number}\n"
    for number in range(100)
)


def test_a_file_is_imported_by_hand(walk: Walk, allow: Callable[[str], None]) -> None:
    page, company = walk.page, walk.company
    allow("400 (Bad Request)")  # the form that is refused

    company.open("/imports")
    walk.follow("New import")
    walk.look("new")
    page.get_by_label("File", exact=False).set_input_files(
        {"name": "parts.csv", "mimeType": "text/csv", "buffer": _FILE.encode()}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("parts.csv is here.")).to_be_visible()
    walk.look("columns")

    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("link", name="Columns")).to_be_visible()  # what is wrong, at the top
    walk.look("missing")
    page.get_by_label("What column 2 is").select_option("name")
    page.get_by_label("What column 3 is").select_option("description")
    page.get_by_role("button", name="Check the file").click()
    # without a reload: the page asks how far it is
    expect(page.get_by_text("Some rows cannot be imported as they are.")).to_be_visible()
    expect(page.locator("#rejects tbody tr")).to_have_count(50)
    walk.look("refused")

    page.get_by_role("button", name="Import only the right rows (40)").click()
    page.get_by_role("dialog").get_by_role("button", name="Import only the right rows (40)").click()
    expect(page.get_by_text("The file is imported.")).to_be_visible()
    walk.look("imported")
    walk.follow("See the import")
    walk.look("result")
    company.open("/imports")
    walk.look("list")
    assert len(done(company.api.get("/api/products", limit=1000))["items"]) == 40
