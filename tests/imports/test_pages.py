"""Importing in the browser: each step a page, the message at the wrong cell."""

import csv
import io
from typing import Any

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from tests.factories import Api, done
from tests.imports.sending import contents, imported
from tests.imports.uploading import start, work
from tests.pages import Browser, Shown, signed_in
from tests.web import markup
from tests.web.hostile import ATTACK, LINE

_PRODUCTS = "Item code;Titel;Sales price\nA-1;Anvil;9.50\nB-2;Bolt;x\n"


def send_file(
    browser: Browser, content: str | bytes, kind: str = "products", status: int = 303, **more: Any
) -> Shown:
    """Choose a file on the page for new imports, and send it."""
    file = (more.pop("name", "file.csv"), content)
    answer = browser.http.post(
        browser.path("/imports/new"),
        data={"kind": kind, **more},
        files={"file": file},
        headers=browser.headers,
        follow_redirects=False,
    )
    assert answer.status_code == status, Shown(answer).text[:2000]
    return Shown(answer)


def uploaded(browser: Browser, content: str | bytes, kind: str = "products") -> str:
    """The address of a new upload."""
    location: str = send_file(browser, content, kind).answer.headers["location"]
    return location


def chosen(shown: Shown) -> list[str]:
    """What each column of the file is taken for."""
    fields = shown.fields("#mapping")
    return [str(fields[f"columns.{place}"]) for place in range(len(shown.rows("#mapping")))]


def test_a_file_is_uploaded_mapped_checked_repaired_and_imported(api: Api) -> None:
    browser = signed_in(api)
    assert "No imports yet" in browser.get("/imports").text
    sent = send_file(browser, _PRODUCTS, name="parts.csv")
    shown = browser.follow(sent)
    here = sent.answer.headers["location"]
    assert "parts.csv is here. Say what its columns are." in shown.text
    assert shown.rows("#mapping")[1] | {"Is": ""} == {
        "Column of the file": "Titel",
        "Holds": "Anvil · Bolt",
        "Is": "",
    }
    assert chosen(shown) == ["sku", "", "price"]
    before = contents(api)

    refused = browser.submit(here, 400, css="#mapping")
    assert "must include name" in refused.text
    assert chosen(refused) == ["sku", "", "price"]

    shown = browser.follow(browser.submit(here, css="#mapping", columns__1="name"))
    assert "The file is being checked." in shown.text
    assert shown.one("#upload").attributes["hx-trigger"] == "every 1s"
    assert shown.tree.css("#mapping") == []
    assert work(api)
    shown = browser.get(here)
    assert "hx-trigger" not in shown.one("#upload").attributes
    assert shown.rows("#rejects") == [
        {"Row": "3", "SKU": "B-2", "Name": "Bolt",
         "Price": "x must be an amount of money, such as 12.50"}
    ]  # fmt: skip
    assert len(shown.tree.css("#rejects td.is-wrong")) == 1
    assert contents(api) == before
    assert browser.get("/imports").texts("#uploads a") == ["parts.csv"]

    button = "Import only the right rows (1)"
    assert button in shown.text
    assert "Import only the right rows (1)" not in browser.get("/imports").text
    shown = browser.follow(browser.press(here, f"{here}/import"))
    assert "The file is being imported." in shown.text
    assert work(api)
    shown = browser.get(here)
    assert "The file is imported." in shown.text
    assert [row["sku"] for row in done(api.get("/api/products"))["items"]] == ["A-1"]
    (row,) = done(api.get("/api/imports"))["items"]
    assert browser.path(f"/imports/{row['id']}") in shown.hrefs()
    assert browser.get("/imports").rows() == [
        {"File": "parts.csv", "Rows are": "Products", "Imported": row_moment(browser), "Rows": "2",
         "New": "1", "Changed": "0", "Movements": "0", "Left out": "1"}
    ]  # fmt: skip
    assert browser.get(f"/imports/{row['id']}").rows("#rejects") == [
        {"Row": "3", "Column": "Price", "Why": "must be an amount of money, such as 12.50"}
    ]


def row_moment(browser: Browser) -> str:
    return browser.get("/imports").rows()[0]["Imported"]


def test_a_good_file_is_imported_once_however_often_one_presses(api: Api) -> None:
    imported(api, "warehouses", "code,name\nW,W\n")
    imported(api, "products", "sku,name,price\nA,A,1\n")
    browser = signed_in(api)
    here = uploaded(browser, "Type,Article,Location,Qty\npurchase,A,W,5\n", "movements")
    browser.submit(here, css="#mapping")
    work(api)
    shown = browser.get(here)
    assert "All rows can be imported." in shown.text
    fields = shown.fields(f'form[action="{here}/import"]')
    for _ in range(2):
        browser.send(f"{here}/import", fields)
    browser.send(f"{here}/import", fields | {"_key": "0" * 32})
    while work(api):
        pass
    browser.send(f"{here}/import", fields | {"_key": "1" * 32})
    assert not work(api)
    (level,) = done(api.get("/api/stock/levels"))["items"]
    assert level["available"] == 5


def test_many_wrong_rows_come_in_pages_and_as_a_file(api: Api) -> None:
    browser = signed_in(api)
    rows = "".join(f"S{number},\n" for number in range(300))
    here = uploaded(browser, f"code,name\n{rows}", "suppliers")
    browser.submit(here, css="#mapping")
    work(api)
    seen: list[str] = []
    address: str | None = here
    while address is not None:
        shown = browser.get(address)
        seen += [row["Row"] for row in shown.rows("#rejects")]
        links = shown.tree.css("a[rel=next]")
        address = links[0].attributes["href"] if links else None
    assert seen == [str(number) for number in range(2, 302)]
    answer = browser.get(f"{here}/rejects").answer
    assert answer.headers["content-disposition"].startswith("attachment")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (table[0], table[300]) == (
        ["code", "name", "error"],
        ["S299", "", "name: is required"],
    )
    assert "only the right rows" not in browser.get(here).text


def test_what_is_no_file_to_import_is_refused_on_the_form(api: Api) -> None:
    browser = signed_in(api)
    for content, said in (
        (b"%PDF-1.7", "It is a PDF document."),
        (b"", "The file is empty."),
        (b"PK\x03\x04", "not a readable XLSX workbook"),
    ):
        shown = send_file(browser, content, "customers", 400)
        assert said in shown.text
        assert shown.fields()["kind"] == "customers"
    shown = Shown(
        browser.http.post(
            browser.path("/imports/new"),
            data={"kind": "products"},
            headers=browser.headers,
            follow_redirects=False,
        )
    )
    assert (shown.status, shown.error("file")) == (400, "choose a file")
    assert send_file(browser, _PRODUCTS, "secrets", 400).error("kind")
    assert browser.get("/imports").tree.css("#uploads") == []


def test_a_large_file_is_taken_from_somebody_with_a_session_only(api: Api) -> None:
    rows = "".join(f"S{number},{'x' * 200}\n" for number in range(26_000))
    content = f"code,name\n{rows}"
    assert len(content) > 5 * 1024**2
    browser = signed_in(api)
    assert browser.get(uploaded(browser, content, "suppliers")).status == 200
    browser.headers = {key: value for key, value in browser.headers.items() if key != "cookie"}
    send_file(browser, content, "suppliers", 413)


def test_an_upload_is_discarded(api: Api) -> None:
    browser = signed_in(api)
    here = uploaded(browser, _PRODUCTS)
    browser.press(here, f"{here}/discard")
    browser.get(here, 404)
    assert browser.get("/imports").tree.css("#uploads") == []


def test_uploads_of_others_are_not_there(api: Api, other: Api) -> None:
    anna, bert, stranger = signed_in(api), signed_in(api), signed_in(other)
    here = uploaded(anna, _PRODUCTS)
    fields = anna.get(here).fields("#mapping")
    local = here.removeprefix(anna.path())
    for somebody in (bert, stranger):
        somebody.get(local, 404)
        somebody.get(f"{local}/rejects", 404)
        for step in ("check", "import", "discard"):
            somebody.send(f"{local}/{step}", fields, 404)
    stranger.get(here, 403)
    assert chosen(anna.get(here)) == ["sku", "", "price"]


def test_who_may_not_import_is_refused(api: Api) -> None:
    owner, staff = signed_in(api), signed_in(api, "staff")
    here = uploaded(owner, _PRODUCTS)
    for path in ("/imports", "/imports/new", "/imports/template", here):
        staff.get(path, 403)
    send_file(staff, _PRODUCTS, status=403)
    assert staff.path("/imports") not in staff.get("/warehouses").hrefs()


def test_nothing_is_read_of_who_may_not_import(api: Api) -> None:
    """What cannot be read as a form is never reached: a file may be large, and would fill the disk."""
    unreadable = {"content-type": "multipart/form-data; boundary=b"}
    for headers, status in (
        ({"cookie": "stockflow_session=invented"}, 303),
        (signed_in(api, "staff").headers, 403),
        (signed_in(api).headers, 400),
    ):
        answer = api.http.post(
            f"/c/{api.company_id}/imports/new",
            content=b"no form",
            headers={**signed_in(api).headers, **headers, **unreadable},
            follow_redirects=False,
        )
        assert answer.status_code == status, answer.text[:2000]


def test_an_empty_file_has_the_columns_of_its_kind(api: Api) -> None:
    browser = signed_in(api)
    answer = browser.get("/imports/template?kind=product-suppliers").answer
    assert answer.text == (
        "sku,supplier,supplier_sku,cost_price,lead_time_days,minimum_order_quantity,"
        "order_multiple,is_preferred\r\n"
    )
    assert browser.get("/imports/template").answer.text.startswith("sku,name,price,")
    browser.get("/imports/template?kind=secrets", 400)


def test_hostile_texts_stay_texts_at_every_step(api: Api) -> None:
    browser = signed_in(api)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [[ATTACK, LINE, "", "name"], ["C1", LINE, ATTACK, "x" * 300], ["C2", "", "", LINE]]
    )
    sent = send_file(browser, out.getvalue(), "customers", name=f"{ATTACK}.csv")
    here = sent.answer.headers["location"]
    pages = [browser.get(here), browser.get("/imports")]
    pages.append(browser.follow(browser.submit(here, css="#mapping", columns__0="code")))
    work(api)
    pages.append(browser.get(here))
    assert pages[-1].rows("#rejects")[0]["Name"].startswith("x" * 90)
    browser.press(here, f"{here}/import")
    work(api)
    pages += [browser.get(here), browser.get("/imports")]
    (row,) = done(api.get("/api/imports"))["items"]
    pages.append(browser.get(f"/imports/{row['id']}"))
    for shown in pages:
        assert markup.read(shown.html).complaints == []
        assert "<script>" in shown.text


def test_addresses_that_make_no_sense_are_refused(api: Api) -> None:
    browser = signed_in(api)
    here = uploaded(browser, _PRODUCTS)
    for path, status in (
        (f"{here}?cursor=x", 400),
        ("/imports/999999", 404),
        ("/imports/uploads/999999", 404),
        ("/imports?kind=x", 400),
    ):
        browser.get(path, status)


def test_the_operators_uploads_are_nobody_elses(api: Api) -> None:
    upload = start(api, "products", _PRODUCTS, actor=Actor(Role.OWNER))
    signed_in(api).get(f"/imports/uploads/{upload.id}", 404)
