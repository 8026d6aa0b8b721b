"""The pages of warehouses, and what all pages of companies have in common."""

import csv
import io

from openpyxl import load_workbook
from starlette.testclient import TestClient

from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.pages import signed_in

WAREHOUSES = "/api/warehouses"


def test_the_list_shows_filters_and_sorts(api: Api) -> None:
    make_warehouse(api, code="NORTH", name="North hall", type="retail")
    make_warehouse(api, code="SOUTH", name="South hall", city="Ulm")
    browser = signed_in(api, "viewer")

    shown = browser.get("/warehouses?sort=-code")
    assert [row["Code"] for row in shown.rows()] == ["SOUTH", "NORTH"]
    assert shown.one("th[aria-sort]").attributes["aria-sort"] == "descending"
    assert [row["Name"] for row in browser.get("/warehouses?q=ulm").rows()] == ["South hall"]
    assert [row["Code"] for row in browser.get("/warehouses?type=retail&q=").rows()] == ["NORTH"]
    assert "Nothing matches" in browser.get("/warehouses?q=nowhere").text


def test_an_empty_list_says_what_to_do_next(api: Api) -> None:
    assert browser_link(api, "owner") == 2  # in the head of the page and in the empty list
    assert browser_link(api, "viewer") == 0


def browser_link(api: Api, role: str) -> int:
    shown = signed_in(api, role).get("/warehouses")
    assert "No warehouses yet" in shown.text
    return len(shown.tree.css(f'main a[href="/c/{api.company_id}/warehouses/new"]'))


def test_files_hold_exactly_what_the_list_shows(api: Api) -> None:
    make_warehouse(api, code="A1", name="=cmd()")
    make_warehouse(api, code="B2", name="Zwei")
    browser = signed_in(api)
    address = "/warehouses?columns=name,code&sort=-code"

    answer = browser.get(f"{address}&format=csv").answer
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["Name", "Code"], ["Zwei", "B2"], ["'=cmd()", "A1"]]

    book = load_workbook(io.BytesIO(browser.get(f"{address}&format=xlsx").answer.content))
    cells = list(book.worksheets[0].iter_rows())
    assert [[cell.value for cell in row] for row in cells] == [
        ["Name", "Code"],
        ["Zwei", "B2"],
        ["=cmd()", "A1"],
    ]
    assert cells[2][0].data_type == "s"


def test_a_file_goes_on_behind_the_first_thousand(api: Api) -> None:
    for number in range(3):
        make_warehouse(api, code=f"W{number}")
    answer = signed_in(api).get("/warehouses?format=csv&limit=2").answer
    assert len(answer.text.splitlines()) == 4


def test_a_warehouse_is_made_and_changed(api: Api) -> None:
    browser = signed_in(api)
    sent = browser.submit("/warehouses/new", code="MAIN", name="Main hall", city="")
    (made,) = done(api.get(WAREHOUSES))["items"]
    assert (made["code"], made["name"], made["city"], made["active"]) == (
        "MAIN",
        "Main hall",
        None,
        True,
    )
    path = f"/warehouses/{made['id']}"
    assert sent.answer.headers["location"] == browser.path(path)
    assert "Warehouse MAIN is saved." in browser.follow(sent).text

    browser.submit(f"{path}/edit", name="Old hall", active="false")
    assert done(api.get(f"{WAREHOUSES}/{made['id']}"))["active"] is False
    assert "Inactive" in browser.get(path).text


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    make_warehouse(api, code="MAIN")
    before = done(api.get(WAREHOUSES))
    browser = signed_in(api)

    shown = browser.submit("/warehouses/new", 400, code="", name="Kept", country="Germany")
    assert shown.error("code") == "is required"
    assert shown.error("country").startswith("must be a country's code of two capital letters")
    assert shown.one("#f-name").attributes["value"] == "Kept"
    assert shown.one("#f-country").attributes["value"] == "Germany"
    assert shown.one("#f-code").attributes["aria-invalid"] == "true"

    taken = browser.submit("/warehouses/new", 409, code="main", name="Again")
    assert "Another warehouse of the company has this code." in taken.text
    assert taken.one("#f-name").attributes["value"] == "Again"
    assert done(api.get(WAREHOUSES)) == before


def test_a_form_that_shows_what_has_changed_since_is_refused(api: Api) -> None:
    warehouse = make_warehouse(api, name="First")
    browser = signed_in(api)
    path = f"/warehouses/{warehouse['id']}/edit"
    fields = browser.get(path).fields()
    done(api.patch(f"{WAREHOUSES}/{warehouse['id']}", {"name": "Second"}))

    shown = browser.send(path, {**fields, "name": "Third"}, 412)

    assert "It was changed after you read it" in shown.text
    assert done(api.get(f"{WAREHOUSES}/{warehouse['id']}"))["name"] == "Second"


def test_a_form_sent_twice_has_its_effect_once(api: Api) -> None:
    browser = signed_in(api)
    fields = {**browser.get("/warehouses/new").fields(), "code": "ONE", "name": "One"}

    first = browser.send("/warehouses/new", fields)
    again = browser.send("/warehouses/new", fields)

    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert len(done(api.get(WAREHOUSES))["items"]) == 1


def test_who_may_not_change_sees_no_button_and_is_refused(api: Api) -> None:
    warehouse = make_warehouse(api, name="Mine")
    owner, viewer = signed_in(api), signed_in(api, "viewer")
    path = f"/warehouses/{warehouse['id']}"
    fields = owner.get(f"{path}/edit").fields()

    assert browser_link_texts(owner, path) == ["Edit"]
    assert browser_link_texts(viewer, path) == []
    viewer.get(f"{path}/edit", 403)
    viewer.get("/warehouses/new", 403)
    assert "may not edit warehouses" in viewer.send(f"{path}/edit", fields, 403).text
    assert done(api.get(f"{WAREHOUSES}/{warehouse['id']}")) == warehouse


def browser_link_texts(browser: "object", path: str) -> list[str]:
    shown = browser.get(path)  # type: ignore[attr-defined]
    return [text for text in shown.texts("main a.btn-primary") if text == "Edit"]


def test_another_company_is_not_shown(api: Api, other: Api) -> None:
    theirs = make_warehouse(other, name="Secret hall")
    browser = signed_in(api)

    assert "Secret" not in browser.get(f"/c/{other.company_id}/warehouses", 403).text
    assert "Secret" not in browser.get(f"/warehouses/{theirs['id']}", 404).text
    fields = browser.get("/warehouses/new").fields()
    browser.send(f"/c/{other.company_id}/warehouses/new", {**fields, "code": "X", "name": "X"}, 403)
    assert [row["name"] for row in done(other.get(WAREHOUSES))["items"]] == ["Secret hall"]


def test_without_a_session_one_is_led_to_sign_in_and_back(api: Api, http: TestClient) -> None:
    path = f"/c/{api.company_id}/warehouses?q=a%20b"
    answer = http.get(path, follow_redirects=False, headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        f"/sign-in?next=%2Fc%2F{api.company_id}%2Fwarehouses%3Fq%3Da%2520b"
    )
    fragment = http.get(path, headers={"hx-request": "true"})
    assert fragment.status_code == 401
    assert fragment.headers["hx-redirect"].startswith("/sign-in?next=")


def test_a_form_of_another_site_is_refused(api: Api) -> None:
    browser = signed_in(api)
    fields = {**browser.get("/warehouses/new").fields(), "code": "EVIL", "name": "Evil"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "null"},
    ):
        browser.send("/warehouses/new", fields, 403, **headers)
    assert done(api.get(WAREHOUSES))["items"] == []


def test_bad_addresses_are_refused_with_a_page(api: Api) -> None:
    browser = signed_in(api)
    for path, status in (
        ("/warehouses?sort=colour", 400),
        ("/warehouses?columns=secret", 400),
        ("/warehouses?cursor=nonsense", 400),
        ("/warehouses?format=exe", 400),
        ("/warehouses/99999999999999999999", 404),
        ("/c/99999999999999999999/warehouses", 404),
        ("/nowhere", 404),
    ):
        shown = browser.get(path, status)
        assert shown.one("h1")


def test_what_lies_there_and_what_moved_is_loaded_behind_the_page(api: Api) -> None:
    here, there = make_warehouse(api, code="HERE"), make_warehouse(api, code="THERE")
    first, second = make_product(api, low_stock_threshold=20), make_product(api)
    move(
        api, line(first, here, "purchase", 10, unit_cost="2.50"), line(second, there, "purchase", 4)
    )
    move(api, line(first, here, "damage", 3))
    browser = signed_in(api, "viewer")

    path = f"/warehouses/{here['id']}/stock"
    assert browser.get(f"/warehouses/{here['id']}").one(f'[hx-get="{browser.path(path)}"]')
    shown = browser.get(path)
    stats = dict(zip(shown.texts(".stat-label"), shown.texts(".stat-value"), strict=True))
    assert stats == {
        "Products here": "1",
        "Value": "£25.00",
        "Available": "7",
        "Reserved": "0",
        "Damaged": "3",
        "In transit to here": "0",
        "Low": "1",
    }
    rows = shown.rows("#warehouse-stock")
    assert {row["Product"] for row in rows} == {first["sku"]}
    assert [row["Change"] for row in rows] == ["+3", "−3", "+10"]
    limited = signed_in(api, "staff", [there["id"]])
    limited.get(path, 404)
    assert (
        "Nothing has moved here yet."
        in browser.get(f"/warehouses/{make_warehouse(api)['id']}/stock").text
    )
