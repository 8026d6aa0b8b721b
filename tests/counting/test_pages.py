"""The pages of stock counts: opening, looking at, submitting, approving."""

from typing import Any

from tests.counting.counts import PATH, act, all_of, count, lines, of, open_count, read
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.pages import Shown, signed_in

COUNTS = "/counts"


def stocked(api: Api, *quantities: float, **fields: Any) -> tuple[list[Any], Any]:
    """Products of which these quantities lie in a warehouse at a cost of 2."""
    warehouse = make_warehouse(api)
    products = [make_product(api, **fields) for _ in quantities]
    pairs = zip(products, quantities, strict=True)
    move(api, *[line(one, warehouse, "purchase", much, unit_cost="2") for one, much in pairs])
    return products, warehouse


def set_rules(api: Api, **rules: Any) -> None:
    done(api.patch("/api/company", rules))


def page_of(opened: Any, part: str = "") -> str:
    return f"{COUNTS}/{opened['id']}{part}"


def buttons(shown: Shown) -> list[str]:
    return shown.texts(".page-header .btn")


def test_the_list_shows_filters_and_exports(api: Api) -> None:
    (product, _other), warehouse = stocked(api, 10, 5)
    first = open_count(api, warehouse, product_ids=[product["id"]])
    count(api, first, of(product, 7))
    elsewhere = open_count(api, make_warehouse(api))
    browser = signed_in(api, "viewer")

    rows = browser.get(COUNTS).rows()
    names = ("Number", "Status", "Warehouse", "What", "Lines", "Counted", "Different")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (elsewhere["number"], "Counting", elsewhere["warehouse_code"], "everything", "0", "0", "0"),
        (first["number"], "Counting", warehouse["code"], "chosen products", "1", "1", "1"),
    ]
    assert rows[1]["Difference"] == "£6.00"
    for address, expected in (
        ("status=posted", []),
        (f"warehouse_id={warehouse['id']}", [first]),
        ("order=oldest", [first, elsewhere]),
        (f"q={first['number']}", [first]),
    ):
        found = browser.get(f"{COUNTS}?{address}").rows()
        assert [row["Number"] for row in found] == [one["number"] for one in expected]
    answer = browser.get(f"{COUNTS}?columns=number,what,difference_value&format=csv").answer
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Number,What,Difference",
        f"{elsewhere['number']},everything,0.0000",
        f"{first['number']},chosen products,6.0000",
    ]


def test_an_empty_list_says_what_to_do_next(api: Api) -> None:
    assert "No counts yet" in signed_in(api).get(COUNTS).text
    new = f'main a[href="/c/{api.company_id}{COUNTS}/new"]'
    assert len(signed_in(api).get(COUNTS).tree.css(new)) == 2
    assert signed_in(api, "viewer").get(COUNTS).tree.css(new) == []
    assert "No warehouse to count" in signed_in(api).get(f"{COUNTS}/new").text


def test_a_count_is_opened_of_all_or_of_some(api: Api) -> None:
    (product, other, third), warehouse = stocked(api, 10, 5, 1)
    browser = signed_in(api, "staff")
    sent = browser.submit(
        f"{COUNTS}/new",
        warehouse_id=str(warehouse["id"]),
        blind="true",
        notes="from the left",
        **{
            "_products.0.product_id": str(product["id"]),
            "_text._products.0.sku": "whatever",
            "_products.4.sku": third["sku"].lower(),
        },
    )
    (opened,) = done(api.get(PATH))["items"]
    assert (opened["blind"], opened["notes"], opened["listed"]) == (True, "from the left", True)
    assert {row["product_id"] for row in lines(api, opened)} == {product["id"], third["id"]}
    assert f"{opened['number']} is open: 2 products to count." in browser.follow(sent).text

    before = all_of(api)
    taken = browser.submit(f"{COUNTS}/new", 409, warehouse_id=str(warehouse["id"]), notes="kept")
    assert "On another open count" in taken.text
    assert browser.path(page_of(opened)) in taken.hrefs()
    assert taken.one("#f-notes").text().strip() == "kept"
    unknown = browser.submit(
        f"{COUNTS}/new",
        404,
        warehouse_id=str(warehouse["id"]),
        **{"_products.0.product_id": str(other["id"]), "_products.3.sku": "NONE"},
    )
    assert unknown.error("_products.3") == "There is no such product."
    assert unknown.fields()["_products.3.sku"] == "NONE"
    assert all_of(api) == before

    done(act(api, opened, "cancellation"))
    browser.submit(f"{COUNTS}/new", warehouse_id=str(warehouse["id"]))
    whole = done(api.get(PATH))["items"][0]
    assert (whole["line_count"], whole["listed"]) == (3, False)


def test_its_lines_are_a_list_with_who_counted_them(api: Api) -> None:
    (product, other, third), warehouse = stocked(api, 10, 5, 1)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 8), of(other, 5))
    browser = signed_in(api, "viewer")

    rows = browser.get(page_of(opened)).rows()
    names = ("SKU", "Status", "Counted", "Expected", "Difference", "Worth", "Counted by")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (product["sku"], "Counted", "8", "10", "−2", "−£4.00", "First key (API key)"),
        (other["sku"], "Counted", "5", "5", "0", "£0.00", "First key (API key)"),
        (third["sku"], "Uncounted", "–", "–", "–", "–", "–"),
    ]
    assert "2 of 3 counted" in browser.get(page_of(opened)).text
    for status, expected in (("uncounted", [third]), ("different", [product]), ("recount", [])):
        found = browser.get(page_of(opened, f"?status={status}")).rows()
        assert [row["SKU"] for row in found] == [one["sku"] for one in expected]
    answer = browser.get(
        page_of(opened, "?status=counted&columns=sku,counted,difference&format=csv")
    )
    assert answer.answer.content.decode("utf-8-sig").splitlines() == [
        "SKU,Counted,Difference",
        f"{product['sku']},8,-2",
        f"{other['sku']},5,0",
    ]


def test_a_blind_count_shows_counters_nothing_of_what_is_expected(api: Api) -> None:
    (product,), warehouse = stocked(api, 1234)
    opened = open_count(api, warehouse, blind=True)
    count(api, opened, of(product, 8))
    staff, manager = signed_in(api, "staff"), signed_in(api, "manager")

    shown = staff.get(page_of(opened))
    assert "Expected" not in shown.text
    assert "1,234" not in shown.text
    assert "Different" not in shown.text
    assert staff.get(page_of(opened, "?status=different"), 403)
    assert staff.get(page_of(opened, "?columns=expected&format=csv"), 400)
    assert manager.get(page_of(opened)).rows()[0]["Expected"] == "1,234"


def test_it_is_submitted_once_it_is_said_what_becomes_of_the_rest(api: Api) -> None:
    (product, _other), warehouse = stocked(api, 10, 5)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 8))
    browser = signed_in(api, "staff")
    path = page_of(opened, "/submit")
    before = all_of(api)

    unsaid = browser.submit(path, 409)
    assert "Lines are uncounted" in unsaid.text
    assert "1 product was not counted" in unsaid.text
    assert all_of(api) == before

    sent = browser.submit(path, uncounted="leave")
    assert f"{opened['number']} is posted" in browser.follow(sent).text
    assert read(api, opened)["status"] == "posted"
    shown = browser.get(page_of(opened))
    assert buttons(shown) == ["Count sheet", "Results"]
    assert browser.path(f"/postings/{read(api, opened)['posting_id']}") in shown.hrefs()
    assert "left as it was" in shown.text
    assert "It is not being counted any more." in browser.get(path).text


def test_what_differs_much_is_counted_again_first(api: Api) -> None:
    set_rules(api, recount_above=3)
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 1))
    browser = signed_in(api, "staff")

    shown = browser.get(page_of(opened, "/submit"))
    assert "are to be counted a second time first" in shown.text
    assert shown.tree.css("main form[method=post]") == []
    assert browser.path(page_of(opened, "/screen?recount=true")) in shown.hrefs()
    assert "differs so much" in browser.get(page_of(opened)).text


def test_who_counted_does_not_approve_and_others_may_give_it_back(api: Api) -> None:
    set_rules(api, count_approval_above="5")
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    counter, approver, staff = (signed_in(api, role) for role in ("manager", "manager", "staff"))
    fields = counter.get(page_of(opened, f"/screen?product_id={product['id']}")).fields(
        "#count-panel form"
    )
    counter.send(page_of(opened, "/screen"), {**fields, "quantity": "2", "mode": "set"})
    sent = counter.submit(page_of(opened, "/submit"))
    assert "waits for approval" in counter.follow(sent).text

    assert buttons(staff.get(page_of(opened))) == ["Count sheet", "Results", "Cancel"]
    own = counter.get(page_of(opened))
    assert "It waits for approval by somebody else" in own.text
    assert "Approve" not in buttons(own)
    before = all_of(api)
    version = str(read(api, opened)["version"])
    counter.send(page_of(opened, "/approve"), {"_version": version}, 403)
    staff.send(page_of(opened, "/approve"), {"_version": version}, 403)
    staff.get(page_of(opened, "/reject"), 403)
    approver.send(page_of(opened, "/approve"), {"_version": "1"}, 412)
    assert approver.submit(page_of(opened, "/reject"), 400).error("reason") == "is required"
    assert all_of(api) == before

    approver.submit(page_of(opened, "/reject"), reason="look behind the door")
    assert "look behind the door" in counter.get(page_of(opened)).text
    counter.submit(page_of(opened, "/submit"))
    assert "Approve" in approver.get(page_of(opened, "/approve")).texts(".form-buttons button")
    approver.press(page_of(opened), page_of(opened, "/approve"))
    assert read(api, opened)["status"] == "posted"


def test_it_is_changed_and_cancelled(api: Api) -> None:
    (_product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    browser = signed_in(api, "staff")
    stale = browser.get(page_of(opened, "/edit")).fields()
    browser.submit(page_of(opened, "/edit"), blind="true", notes="top shelf too")
    assert (read(api, opened)["blind"], read(api, opened)["notes"]) == (True, "top shelf too")
    before = all_of(api)
    browser.send(page_of(opened, "/edit"), {**stale, "notes": "lost"}, 412)
    assert all_of(api) == before

    browser.submit(page_of(opened, "/cancel"), reason="wrong hall")
    assert (read(api, opened)["status"], read(api, opened)["cancellation_reason"]) == (
        "cancelled",
        "wrong hall",
    )
    assert "It is done with." in browser.get(page_of(opened, "/cancel")).text
    assert buttons(browser.get(page_of(opened))) == ["Count sheet"]


def test_a_viewer_sees_no_button_and_is_refused(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    owner, viewer = signed_in(api), signed_in(api, "viewer")
    parts = ("/edit", "/submit", "/cancel")
    forms = {part: owner.get(page_of(opened, part)).fields() for part in parts}
    before = all_of(api)

    assert buttons(viewer.get(page_of(opened))) == ["Count sheet"]
    for part, fields in forms.items():
        viewer.get(page_of(opened, part), 403)
        viewer.send(page_of(opened, part), fields, 403)
    viewer.get(f"{COUNTS}/new", 403)
    viewer.get(page_of(opened, "/screen"), 403)
    viewer.send(
        page_of(opened, "/screen"), {"product_id": str(product["id"]), "quantity": "1"}, 403
    )
    assert all_of(api) == before


def test_others_do_not_see_it(api: Api, other: Api) -> None:
    _, warehouse = stocked(other, 10)
    theirs = open_count(other, warehouse)
    browser = signed_in(api)
    parts = ("", "/edit", "/submit", "/cancel", "/reject", "/screen", "/sheet", "/history")
    for part in parts:
        browser.get(page_of(theirs, part), 404)
        browser.get(f"/c/{other.company_id}{page_of(theirs, part)}", 403)
    limited = signed_in(other, "staff", [make_warehouse(other)["id"]])
    limited.get(page_of(theirs), 404)
    limited.get(page_of(theirs, "/screen"), 404)
    assert limited.get(COUNTS).rows() == []


def test_its_history_and_its_sheets(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 8))
    owner = signed_in(api)
    shown = owner.get(page_of(opened, "/history"))
    assert [" ".join(text.split()[2:]) for text in shown.texts("#history li")] == [
        "Counted by First key (API key)",
        "Created by First key (API key)",
    ]
    for part in ("/sheet", "/sheet?results=1"):
        answer = owner.get(page_of(opened, part)).answer
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
