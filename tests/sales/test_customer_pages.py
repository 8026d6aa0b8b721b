"""The pages of customers."""

import csv
import io

from tests.factories import Api, done
from tests.pages import signed_in
from tests.sales.ordering import draft, make_customer, stocked, wants

PATH = "/api/customers"


def test_the_list_shows_filters_sorts_and_exports(api: Api) -> None:
    make_customer(api, name="Berta", code="B1", contact_email="berta@example.com")
    make_customer(api, name="Anton", code="Z9", active=False)
    browser = signed_in(api, "viewer")

    assert [row["Name"] for row in browser.get("/customers").rows()] == ["Anton", "Berta"]
    assert [row["Code"] for row in browser.get("/customers?sort=-code").rows()] == ["Z9", "B1"]
    assert [row["Name"] for row in browser.get("/customers?q=berta@").rows()] == ["Berta"]
    assert [row["Status"] for row in browser.get("/customers?active=false").rows()] == ["Inactive"]

    answer = browser.get("/customers?columns=code,name&format=csv").answer
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["Code", "Name"], ["Z9", "Anton"], ["B1", "Berta"]]


def test_without_customers_the_list_says_what_to_do_next(api: Api) -> None:
    href = f"/c/{api.company_id}/customers/new"
    assert href in signed_in(api).get("/customers").hrefs()
    viewer = signed_in(api, "viewer").get("/customers")
    assert "No customers yet" in viewer.text
    assert href not in viewer.hrefs()


def test_a_field_finds_the_customer_of_a_code_before_those_like_it(api: Api) -> None:
    for number in range(12):
        make_customer(api, name=f"A trader in x {number:02d}")
    wanted = make_customer(api, name="Zoe", code="X", shipping_address="Lane 1")
    browser = signed_in(api, "viewer")

    items = browser.get("/customers/lookup?q=x").answer.json()["items"]

    assert len(items) == 10
    assert items[0] == {
        "id": wanted["id"],
        "text": "X · Zoe",
        "detail": "",
        "exact": True,
        "data": {"shipping_address": "Lane 1"},
    }
    assert [item["exact"] for item in items[1:]] == [False] * 9
    assert browser.get("/customers/lookup?q=nobody").answer.json() == {"items": []}


def test_a_field_for_orders_finds_no_inactive_customer(api: Api) -> None:
    make_customer(api, name="Gone", code="GONE", active=False)
    browser = signed_in(api)
    found = browser.get("/customers/lookup?q=gone&active=true").answer.json()
    assert found == {"items": []}
    assert len(browser.get("/customers/lookup?q=gone").answer.json()["items"]) == 1


def test_a_customer_is_made_changed_retired_and_used_again(api: Api) -> None:
    browser = signed_in(api, "staff")
    sent = browser.submit("/customers/new", name="Nora", code="N", notes="Two\nlines")
    (made,) = done(api.get(PATH))["items"]
    assert (made["name"], made["code"], made["notes"]) == ("Nora", "N", "Two\nlines")
    assert made["contact_email"] is None
    assert "Customer Nora is saved." in browser.follow(sent).text

    path = f"/customers/{made['id']}"
    browser.submit(f"{path}/edit", contact_email="nora@example.com")
    assert done(api.get(f"{PATH}/{made['id']}"))["contact_email"] == "nora@example.com"
    assert "Nora is retired." in browser.follow(browser.press(path, f"{path}/active")).text
    assert done(api.get(f"{PATH}/{made['id']}"))["active"] is False
    retired = browser.get(path)
    assert "It gets no new orders." in retired.text
    assert not any("/sales-orders/new" in href for href in retired.hrefs())
    assert "Nora is in use again." in browser.follow(browser.press(path, f"{path}/active")).text
    assert done(api.get(f"{PATH}/{made['id']}"))["active"] is True


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    make_customer(api, code="TAKEN")
    before = done(api.get(PATH))
    browser = signed_in(api)

    shown = browser.submit("/customers/new", 400, name="", code="NEW", contact_email="nobody")
    assert shown.error("name") == "is required"
    assert shown.error("contact_email")
    assert shown.one("#f-code").attributes["value"] == "NEW"

    taken = browser.submit("/customers/new", 409, name="Second", code="taken")
    assert taken.one("#f-name").attributes["value"] == "Second"
    assert done(api.get(PATH)) == before


def test_a_form_that_shows_what_has_changed_since_is_refused(api: Api) -> None:
    customer = make_customer(api, name="First")
    browser = signed_in(api)
    path = f"/customers/{customer['id']}"
    edit = browser.get(f"{path}/edit").fields()
    retire = browser.get(path).fields(f'form[action="{browser.path(path)}/active"]')
    done(api.patch(f"{PATH}/{customer['id']}", {"name": "Second"}))
    before = done(api.get(f"{PATH}/{customer['id']}"))

    browser.send(f"{path}/edit", {**edit, "name": "Third"}, 412)
    shown = browser.send(f"{path}/active", retire, 412)

    assert shown.one("h1").text() == "Second"
    assert len(shown.tree.css("main .alert-danger")) == 1
    assert done(api.get(f"{PATH}/{customer['id']}")) == before


def test_a_form_sent_twice_makes_one_customer(api: Api) -> None:
    browser = signed_in(api)
    fields = {**browser.get("/customers/new").fields(), "name": "Once"}
    first, again = (browser.send("/customers/new", fields) for _ in range(2))
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert len(done(api.get(PATH))["items"]) == 1


def test_a_customer_shows_its_orders_and_leads_to_a_new_one(api: Api) -> None:
    (product,), _ = stocked(api, [5])
    customer = make_customer(api, name="Nora", shipping_address="Lane 1")
    order = draft(api, wants(product, 2), customer_id=customer["id"], reference="PO-7")
    draft(api, wants(product, 1))
    browser = signed_in(api, "staff")

    shown = browser.get(f"/customers/{customer['id']}")
    assert [(row["Number"], row["Reference"]) for row in shown.rows("main")] == [
        (order["number"], "PO-7")
    ]
    assert "Lane 1" in shown.text
    href = f"/c/{api.company_id}/sales-orders/new?customer_id={customer['id']}"
    assert href in shown.hrefs()
    assert browser.get(href).fields()["customer_id"] == str(customer["id"])


def test_who_may_not_sell_sees_no_button_and_is_refused(api: Api) -> None:
    customer = make_customer(api, name="Nora")
    fields = signed_in(api).get("/customers/new").fields()
    viewer = signed_in(api, "viewer")
    path = f"/customers/{customer['id']}"

    assert viewer.get(path).tree.css("main form, main a.btn") == []
    for address in ("/customers/new", f"{path}/edit"):
        viewer.get(address, 403)
        viewer.send(address, {**fields, "name": "Mine"}, 403)
    viewer.send(f"{path}/active", {"active": "false"}, 403)
    assert done(api.get(PATH))["items"] == [customer]


def test_another_company_s_customer_is_not_shown(api: Api, other: Api) -> None:
    theirs = make_customer(other, name="Secret")
    browser = signed_in(api)
    for path in (f"/customers/{theirs['id']}", f"/customers/{theirs['id']}/edit"):
        assert "Secret" not in browser.get(path, 404).text
    browser.get(f"/c/{other.company_id}/customers", 403)
    fields = browser.get("/customers/new").fields()
    browser.send(f"/customers/{theirs['id']}/edit", {**fields, "name": "Mine"}, 404)
    browser.send(f"/customers/{theirs['id']}/active", {"active": "false"}, 404)
    assert done(other.get(f"{PATH}/{theirs['id']}")) == theirs
    assert browser.get("/customers/lookup?q=secret").answer.json() == {"items": []}
