"""The pages of suppliers and of what they sell."""

from typing import Any

from tests.factories import Api, done, make_product, make_supplier
from tests.pages import Browser, signed_in
from tests.scopes import audit_of

SUPPLIERS = "/api/suppliers"


def found(browser: Browser, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = browser.get(path).answer.json()["items"]
    return items


def test_the_list_shows_filters_sorts_and_exports(api: Api) -> None:
    make_supplier(api, code="ACME", name="Acme works", lead_time_days=7)
    make_supplier(api, code="ZED", name="Zed trade", active=False)
    browser = signed_in(api, "viewer")

    shown = browser.get("/suppliers?sort=-name")
    assert [row["Name"] for row in shown.rows()] == ["Zed trade", "Acme works"]
    assert [row["Lead time, days"] for row in shown.rows()] == ["–", "7"]
    assert [row["Code"] for row in browser.get("/suppliers?active=false").rows()] == ["ZED"]
    assert [row["Code"] for row in browser.get("/suppliers?q=acme").rows()] == ["ACME"]
    file = browser.get("/suppliers?columns=code,status&sort=code&format=csv").answer
    assert file.content.decode("utf-8-sig").splitlines() == [
        "Code,Status",
        "ACME,active",
        "ZED,inactive",
    ]


def test_a_supplier_is_made_changed_and_retired(api: Api) -> None:
    browser = signed_in(api)
    sent = browser.submit("/suppliers/new", name="Acme works", code="acme", lead_time_days="7")
    (made,) = done(api.get(SUPPLIERS))["items"]
    path = f"/suppliers/{made['id']}"
    assert sent.answer.headers["location"] == browser.path(path)
    assert "Supplier Acme works is saved." in browser.follow(sent).text

    browser.submit(f"{path}/edit", payment_terms="30 days net", lead_time_days="")
    after = done(api.get(f"{SUPPLIERS}/{made['id']}"))
    assert (after["payment_terms"], after["lead_time_days"], after["code"]) == (
        "30 days net",
        None,
        "acme",
    )

    assert "Acme works is retired." in browser.follow(browser.press(path, f"{path}/active")).text
    assert done(api.get(f"{SUPPLIERS}/{made['id']}"))["active"] is False
    assert "New purchase order" not in browser.get(path).text
    assert "in use again." in browser.follow(browser.press(path, f"{path}/active")).text
    assert done(api.get(f"{SUPPLIERS}/{made['id']}"))["active"] is True


def test_a_refused_supplier_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    make_supplier(api, code="ACME")
    before = done(api.get(SUPPLIERS))
    browser = signed_in(api)

    wrong = browser.submit(
        "/suppliers/new", 400, name="Again", contact_email="nobody", currency="euro"
    )
    assert wrong.error("contact_email")
    assert wrong.error("currency")
    assert wrong.one("#f-name").attributes["value"] == "Again"
    taken = browser.submit("/suppliers/new", 409, name="Again", code="acme")
    assert "Another supplier of the company has this code." in taken.text
    assert done(api.get(SUPPLIERS)) == before


def test_a_form_that_shows_what_has_changed_since_is_refused(api: Api) -> None:
    supplier = make_supplier(api, name="First")
    browser = signed_in(api)
    path = f"/suppliers/{supplier['id']}"
    edit = browser.get(f"{path}/edit").fields()
    retire = browser.get(path).fields(f'form[action="{browser.path(path)}/active"]')
    done(api.patch(f"{SUPPLIERS}/{supplier['id']}", {"name": "Second"}))
    before = done(api.get(f"{SUPPLIERS}/{supplier['id']}"))

    browser.send(f"{path}/edit", {**edit, "name": "Third"}, 412)
    browser.send(f"{path}/active", retire, 412)
    assert done(api.get(f"{SUPPLIERS}/{supplier['id']}")) == before


def test_a_supplier_sent_twice_is_made_once(api: Api) -> None:
    browser = signed_in(api)
    fields = {**browser.get("/suppliers/new").fields(), "name": "Once"}
    first = browser.send("/suppliers/new", fields)
    again = browser.send("/suppliers/new", fields)
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert [row["name"] for row in done(api.get(SUPPLIERS))["items"]] == ["Once"]


def test_products_of_a_supplier_are_added_changed_preferred_and_removed(api: Api) -> None:
    supplier, rival = make_supplier(api, name="Acme"), make_supplier(api, name="Rival")
    product = make_product(api, sku="MUG-1", name="Mug")
    terms = f"/api/products/{product['id']}/suppliers"
    done(api.put(f"{terms}/{rival['id']}", {"is_preferred": True}), 201)
    browser = signed_in(api)
    path = f"/suppliers/{supplier['id']}"
    assert "No products yet" in browser.get(path).text

    browser.submit(
        f"{path}/products/new",
        product_id=str(product["id"]),
        cost_price="2.50",
        minimum_order_quantity="24",
        order_multiple="12",
    )
    row = done(api.get(f"{terms}/{supplier['id']}"))
    assert (row["cost_price"], row["minimum_order_quantity"], row["order_multiple"]) == (
        "2.5000",
        24,
        12,
    )

    one = f"{path}/products/{product['id']}"
    assert browser.get(one).one("#f-cost_price").attributes["value"] == "2.50"
    browser.send(one, {**browser.get(one).fields(_form(browser, one)), "order_multiple": "6"})
    assert done(api.get(f"{terms}/{supplier['id']}"))["order_multiple"] == 6

    browser.press(path, f"{one}/prefer")
    preferred = {row["supplier_id"]: row["is_preferred"] for row in done(api.get(terms))["items"]}
    assert preferred == {supplier["id"]: True, rival["id"]: False}
    browser.press(one, f"{one}/remove")
    assert [row["supplier_id"] for row in done(api.get(terms))["items"]] == [rival["id"]]


def _form(browser: Browser, path: str) -> str:
    return f'form[action="{browser.path(path)}"]'


def test_refused_terms_change_nothing(api: Api) -> None:
    supplier, product = make_supplier(api), make_product(api, sku="MUG-1")
    terms = f"/api/products/{product['id']}/suppliers"
    browser = signed_in(api)
    path = f"/suppliers/{supplier['id']}/products/new"

    nothing = browser.submit(path, 400, cost_price="2.50")
    assert nothing.error("sku") == "choose a product"
    assert browser.submit(path, 400, sku="MUG-1", order_multiple="0").error("order_multiple")
    unknown = browser.submit(path, 404, sku="NO-SUCH")
    assert unknown.one("#f-sku").attributes["value"] == "NO-SUCH"
    assert done(api.get(terms))["items"] == []

    browser.submit(path, sku="mug-1")
    before = done(api.get(terms))
    assert "terms for this product already" in browser.submit(path, 409, sku="MUG-1").text
    assert done(api.get(terms)) == before


def test_products_of_a_supplier_as_a_list_and_a_file(api: Api) -> None:
    supplier = make_supplier(api, name="Acme", currency="USD")
    for sku, cost in (("B-2", "2"), ("A-1", "1.5")):
        product = make_product(api, sku=sku, name=f"Product {sku}")
        body = {"cost_price": cost, "supplier_sku": f"X{sku}"}
        done(api.put(f"/api/products/{product['id']}/suppliers/{supplier['id']}", body), 201)
    browser = signed_in(api, "viewer")
    path = f"/suppliers/{supplier['id']}/products"

    rows = browser.get(path).rows()
    assert [(row["SKU"], row["Cost price"]) for row in rows] == [
        ("A-1", "US$1.50"),
        ("B-2", "US$2.00"),
    ]
    assert [row["SKU"] for row in browser.get(f"{path}?q=xb-2").rows()] == ["B-2"]
    answer = browser.get(f"{path}?columns=sku,cost_price&format=csv").answer
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "SKU,Cost price",
        "A-1,1.5000",
        "B-2,2.0000",
    ]
    assert browser.get(f"{path}?limit=1").one("a[rel=next]")


def test_fields_find_suppliers_by_code_and_name(api: Api) -> None:
    for number in range(12):
        make_supplier(api, name=f"A supplier {number:02}", code=f"ZZ{number:02}")
    exact = make_supplier(api, name="Zz the last", code="zz", contact_name="Zoe")
    make_supplier(api, name="Zz retired", active=False)
    browser = signed_in(api, "viewer")

    items = found(browser, "/suppliers/lookup?q=ZZ")
    assert items[0] == {
        "id": exact["id"],
        "text": "zz · Zz the last",
        "detail": "Zoe",
        "exact": True,
        "data": {},
    }
    assert [item["exact"] for item in items].count(True) == 1
    retired = found(browser, "/suppliers/lookup?q=retired")
    assert [item["detail"] for item in retired] == ["inactive"]
    assert found(browser, "/suppliers/lookup?q=retired&active=true") == []


def test_lines_of_orders_find_products_with_their_terms(api: Api) -> None:
    supplier = make_supplier(api)
    mug = make_product(api, sku="MUG-1", name="Mug", barcode="4006381333931", cost_price="9")
    make_product(api, sku="MUG-2", name="Mug too", cost_price="3.25")
    body = {
        "cost_price": "2.5",
        "supplier_sku": "THEIR-MUG",
        "minimum_order_quantity": 24,
        "order_multiple": 12,
    }
    done(api.put(f"/api/products/{mug['id']}/suppliers/{supplier['id']}", body), 201)
    browser = signed_in(api, "viewer")
    path = f"/suppliers/{supplier['id']}/products/lookup"

    first = {
        "id": mug["id"],
        "text": "MUG-1 · Mug",
        "detail": "0 available · at least 24 · in multiples of 12",
        "exact": True,
        "data": {
            "unit_cost": "2.50",
            "hint": "0 available · at least 24 · in multiples of 12",
        },
    }
    for text in ("mug-1", "4006381333931", "their-mug"):
        assert found(browser, f"{path}?q={text}")[0] == first, text
    by_name = found(browser, f"{path}?q=mug")
    assert {item["text"]: item["exact"] for item in by_name} == {
        "MUG-1 · Mug": False,
        "MUG-2 · Mug too": False,
    }
    costs = {item["text"]: item["data"]["unit_cost"] for item in by_name}
    assert costs["MUG-2 · Mug too"] == "3.25"


def test_who_may_not_change_suppliers_sees_no_button_and_is_refused(api: Api) -> None:
    supplier, product = make_supplier(api), make_product(api)
    terms = f"/api/products/{product['id']}/suppliers"
    done(api.put(f"{terms}/{supplier['id']}", {"cost_price": "1"}), 201)
    owner, viewer = signed_in(api), signed_in(api, "viewer")
    path = f"/suppliers/{supplier['id']}"
    one = f"{path}/products/{product['id']}"
    edit = owner.get(f"{path}/edit").fields()
    change = owner.get(one).fields(_form(owner, one))
    before = (done(api.get(SUPPLIERS)), done(api.get(terms)), audit_of(api, "supplier"))

    for page in ("/suppliers", path, one):
        assert viewer.get(page).tree.css("main form[method=post], main a.btn-primary") == []
    for page in ("/suppliers/new", f"{path}/edit", f"{path}/products/new"):
        viewer.get(page, 403)
    viewer.send("/suppliers/new", {**edit, "name": "New"}, 403)
    viewer.send(f"{path}/edit", edit, 403)
    viewer.send(f"{path}/active", {"active": "false"}, 403)
    viewer.send(one, change, 403)
    viewer.send(f"{one}/prefer", {}, 403)
    viewer.send(f"{one}/remove", {}, 403)
    viewer.send(f"{path}/products/new", {"product_id": str(product["id"])}, 403)
    after = (done(api.get(SUPPLIERS)), done(api.get(terms)), audit_of(api, "supplier"))
    assert after == before


def test_suppliers_of_another_company_are_not_shown(api: Api, other: Api) -> None:
    theirs, product = make_supplier(other, name="Secret works"), make_product(other)
    done(other.put(f"/api/products/{product['id']}/suppliers/{theirs['id']}", {}), 201)
    browser = signed_in(api)
    path = f"/suppliers/{theirs['id']}"
    parts = ("", "/edit", "/products", "/products/new", f"/products/{product['id']}")
    for part in (*parts, "/products/lookup?q=a"):
        assert "Secret" not in browser.get(f"{path}{part}", 404).text
    assert found(browser, "/suppliers/lookup?q=secret") == []
    fields = browser.get("/suppliers/new").fields()
    browser.send(f"/c/{other.company_id}/suppliers/new", {**fields, "name": "X"}, 403)
    assert [row["name"] for row in done(other.get(SUPPLIERS))["items"]] == ["Secret works"]
