"""The pages of sales orders: list, detail, form and cancelling."""

import csv
import io
from typing import Any

from tests.factories import Api, done, make_product, make_warehouse
from tests.pages import Browser, signed_in
from tests.sales.ordering import (
    PATH,
    all_of,
    confirm,
    confirmed,
    draft,
    make_customer,
    read,
    ship,
    stocked,
    wants,
)
from tests.scopes import audit_of
from tests.stock.reading import picture


def page_of(order: Any, action: str = "") -> str:
    return f"/sales-orders/{order['id']}{action and '/' + action}"


def buttons(browser: Browser, order: Any) -> set[str]:
    """What the page of an order offers to do."""
    shown = browser.get(page_of(order))
    pressed = shown.tree.css(".page-header a.btn, .page-header button")
    return {" ".join(node.text().split()) for node in pressed}


def test_the_list_shows_filters_and_exports(api: Api) -> None:
    (product,), (warehouse,) = stocked(api, [10])
    nora = make_customer(api, name="Nora", code="N")
    first = draft(api, wants(product, 2), customer_id=nora["id"], reference="PO-77")
    second = confirmed(
        api,
        wants(product, 3, unit_price="4.00"),
        warehouse_id=warehouse["id"],
        expected_date="2027-01-02",
    )
    browser = signed_in(api, "viewer")

    def numbers(query: str) -> list[str]:
        return [row["Number"] for row in browser.get(f"/sales-orders{query}").rows()]

    assert numbers("") == [second["number"], first["number"]]
    assert numbers("?order=oldest") == [first["number"], second["number"]]
    assert numbers("?status=draft") == [first["number"]]
    assert numbers("?status=draft,confirmed") == [second["number"], first["number"]]
    assert numbers("?status=draft&status=shipped") == [first["number"]]
    assert numbers("?q=po-77") == [first["number"]]
    assert numbers(f"?customer_id={nora['id']}&_text.customer=Nora") == [first["number"]]
    assert numbers("?customer=n") == [first["number"]]
    assert numbers(f"?warehouse_id={warehouse['id']}") == [second["number"]]
    assert numbers("?backordered=true") == []
    assert numbers("?created_before=2020-01-01T00:00") == []
    row = browser.get("/sales-orders?status=confirmed").rows()[0]
    assert (row["Status"], row["Lines"], row["Total"]) == ("Confirmed", "1", "£12.00")
    assert row["Expected"] == "2 Jan 2027"

    answer = browser.get("/sales-orders?columns=number,total&order=oldest&format=csv").answer
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Number", "Total"],
        [first["number"], first["total"]],
        [second["number"], second["total"]],
    ]


def test_without_orders_the_list_says_what_to_do_next(api: Api) -> None:
    href = f"/c/{api.company_id}/sales-orders/new"
    assert href in signed_in(api).get("/sales-orders").hrefs()
    viewer = signed_in(api, "viewer").get("/sales-orders")
    assert "No sales orders yet" in viewer.text
    assert href not in viewer.hrefs()


def test_an_order_is_drafted_with_what_was_typed(api: Api) -> None:
    (product, other), (warehouse, _) = stocked(api, [10, 0], [5, 5])
    customer = make_customer(api, shipping_address="Lane 1")
    browser = signed_in(api, "staff")

    sent = browser.submit(
        "/sales-orders/new",
        customer_id=str(customer["id"]),
        _text__customer="Nora",
        reference="PO-1",
        expected_date="2027-02-03",
        lines__0__product_id=str(product["id"]),
        lines__0__quantity="2",
        lines__0__unit_price="3.5",
        lines__0__discount_percent="10",
        lines__0__warehouse_id=str(warehouse["id"]),
        lines__7__sku=other["sku"],
        lines__7__quantity="1",
    )

    (listed,) = done(api.get(PATH))["items"]
    order = read(api, listed)
    assert sent.answer.headers["location"] == browser.path(page_of(order))
    assert "is saved." in browser.follow(sent).text
    assert order["reference"] == "PO-1"
    assert order["expected_date"] == "2027-02-03"
    assert order["shipping_address"] == "Lane 1"  # left empty: the customer's
    assert [
        (
            one["sku"],
            one["quantity"],
            one["unit_price"],
            one["discount_percent"],
            one["warehouse_id"],
        )
        for one in order["lines"]
    ] == [
        (product["sku"], 2, "3.5000", 10, warehouse["id"]),
        (other["sku"], 1, other["price"], 0, None),
    ]


def test_a_refused_draft_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    product = make_product(api)
    before = picture(api), done(api.get(PATH)), audit_of(api, "sales_order")
    browser = signed_in(api)

    shown = browser.submit(
        "/sales-orders/new",
        400,
        customer="",
        notes="Kept",
        lines__0__product_id=str(product["id"]),
        _text__lines__0__sku="What was chosen",
        lines__0__quantity="-1",
        lines__4__sku="",
        lines__4__quantity="2",
    )
    assert shown.one("#f-notes").text().strip() == "Kept"
    assert shown.error("lines.0.quantity") == "must be more than 0"
    assert shown.error("lines.4.sku") == "choose a product"
    assert shown.one("#f-lines-0-quantity").attributes["value"] == "-1"
    assert shown.one("#f-lines-0-sku").attributes["value"] == "What was chosen"
    assert shown.texts("[role=alert] li") == ["Line 1 quantity", "Line 2"]

    nobody = browser.submit(
        "/sales-orders/new",
        400,
        customer="",
        lines__0__sku=product["sku"],
        lines__0__quantity="1",
    )
    assert nobody.error("customer") == "choose a customer"
    no_lines = browser.submit("/sales-orders/new", 400, customer="X")
    assert no_lines.error("lines") == "at least one is needed"
    unknown = browser.submit(
        "/sales-orders/new",
        404,
        customer="Nobody",
        lines__0__sku="NOWHERE",
        lines__0__quantity="1",
    )
    assert "no such customer" in unknown.error("customer")
    assert (picture(api), done(api.get(PATH)), audit_of(api, "sales_order")) == before


def test_lines_the_order_cannot_have_are_named_at_the_line(api: Api) -> None:
    customer, product = make_customer(api), make_product(api)
    browser = signed_in(api)
    shown = browser.submit(
        "/sales-orders/new",
        404,
        customer_id=str(customer["id"]),
        lines__2__sku=product["sku"],
        lines__2__quantity="1",
        lines__5__sku="NOWHERE",
        lines__5__quantity="1",
    )
    assert shown.error("lines.5")
    assert not shown.tree.css("#f-lines-2-error")
    assert done(api.get(PATH))["items"] == []


def test_a_draft_sent_twice_is_one_order(api: Api) -> None:
    customer, product = make_customer(api), make_product(api)
    browser = signed_in(api)
    fields = browser.get("/sales-orders/new").fields()
    fields |= {"customer_id": str(customer["id"]), "lines.0.sku": product["sku"]}
    fields["lines.0.quantity"] = "1"
    first, again = (browser.send("/sales-orders/new", fields) for _ in range(2))
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert len(done(api.get(PATH))["items"]) == 1


def test_the_page_of_an_order_shows_lines_shipments_and_where_it_is_reserved(api: Api) -> None:
    (product,), (warehouse,) = stocked(api, [10])
    order = confirmed(api, wants(product, 4, unit_price="2.50"), reference="PO-9")
    ship(api, order, (0, 1), carrier="Post", tracking="T-1")
    shown = signed_in(api, "viewer").get(page_of(order))

    (line,) = shown.rows("#order-lines")
    assert line["Product"].startswith(product["sku"])
    assert (line["Ordered"], line["Backordered"], line["Shipped"]) == ("4", "0", "1")
    assert line["Reserved"] == f"3 3 in {warehouse['code']}"
    assert (line["Price"], line["Amount"]) == ("£2.50", "£10.00")
    assert "Partially shipped" in shown.text
    assert "T-1" in shown.text
    region = shown.one("#order-lines")
    assert region.attributes["data-live-products"] == str(product["id"])
    assert shown.one(f'a[href="/c/{api.company_id}/products/{product["id"]}"]')


def test_only_what_the_order_allows_is_offered(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (product,), _ = stocked(api, [3])
    seller, viewer = signed_in(api, "staff"), signed_in(api, "viewer")
    order = draft(api, wants(product, 5))
    assert buttons(seller, order) == {"Print", "Cancel", "Edit", "Confirm", "Confirm with choices"}
    assert buttons(viewer, order) == {"Print"}
    confirm(api, order)
    assert buttons(seller, order) == {
        "Movements",
        "Print",
        "Pick list",
        "Cancel",
        "Edit",
        "Reserve",
        "Ship",
    }
    assert buttons(viewer, order) == {"Movements", "Print", "Pick list"}
    ship(api, order)
    assert buttons(seller, order) == {
        "Movements",
        "Print",
        "Cancel",
        "Edit",
        "Reserve",
        "Record a return",
    }
    done(api.post(f"{PATH}/{order['id']}/cancellation", {}))
    assert buttons(seller, order) == {"Movements", "Print", "Record a return"}


def test_a_draft_is_changed_with_its_lines(api: Api) -> None:
    (product, other), _ = stocked(api, [10], [5])
    order = draft(api, wants(product, 2), wants(other, 1), reference="PO-1")
    browser = signed_in(api)

    fields = browser.get(page_of(order, "edit")).fields()
    assert fields["lines.1.product_id"] == str(other["id"])
    assert fields["_text.lines.0.sku"] == f"{product['sku']} · {product['name']}"
    kept = {name: value for name, value in fields.items() if ".1." not in name}
    browser.send(page_of(order, "edit"), {**kept, "lines.0.quantity": "7", "reference": ""})

    after = read(api, order)
    assert after["reference"] is None
    assert [(one["sku"], one["quantity"]) for one in after["lines"]] == [(product["sku"], 7)]
    assert after["customer_id"] == order["customer_id"]


def test_a_draft_cannot_lose_all_its_lines(api: Api) -> None:
    order = draft(api, wants(make_product(api), 2))
    browser = signed_in(api)
    fields = browser.get(page_of(order, "edit")).fields()
    kept = {name: value for name, value in fields.items() if "lines." not in name}
    shown = browser.send(page_of(order, "edit"), kept, 400)
    assert shown.error("lines") == "at least one is needed"
    assert read(api, order) == order


def test_of_a_confirmed_order_only_notes_are_changed(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 2))
    browser = signed_in(api)
    form = browser.get(page_of(order, "edit"))
    assert not form.tree.css("[data-lines], #f-customer")
    browser.submit(page_of(order, "edit"), notes="Ring twice")
    after = read(api, order)
    assert after["notes"] == "Ring twice"
    assert after["lines"] == order["lines"]


def test_an_order_changed_since_is_refused(api: Api) -> None:
    order = draft(api, wants(make_product(api), 2))
    browser = signed_in(api)
    forms = {action: browser.get(page_of(order, action)).fields() for action in ("edit", "cancel")}
    done(api.patch(f"{PATH}/{order['id']}", {"notes": "Newer"}))
    before = all_of(api, order)
    for action, fields in forms.items():
        shown = browser.send(page_of(order, action), fields, 412)
        assert "It was changed after you read it" in shown.text
    assert all_of(api, order) == before


def test_an_order_is_cancelled_with_a_reason(api: Api) -> None:
    (product,), _ = stocked(api, [10])
    order = confirmed(api, wants(product, 4))
    browser = signed_in(api)
    sent = browser.submit(page_of(order, "cancel"), reason="Changed their mind")
    after = read(api, order)
    assert (after["status"], after["cancellation_reason"]) == ("cancelled", "Changed their mind")
    assert "Changed their mind" in browser.follow(sent).text
    for action in ("edit", "cancel"):
        assert not browser.get(page_of(order, action)).tree.css("main form")


def test_who_may_read_the_audit_log_sees_what_was_done(api: Api) -> None:
    order = draft(api, wants(make_product(api), 2))
    browser = signed_in(api, "manager")
    browser.submit(page_of(order, "edit"), notes="Newer")
    newest, *_, oldest = browser.get(page_of(order, "history")).texts("#history li")
    assert "Changed" in newest
    assert "notes" in newest
    assert "by Pat Page" in newest
    assert "Created" in oldest
    assert signed_in(api, "staff").get(page_of(order, "history")).texts("#history li") == []


def test_who_may_not_sell_is_refused(api: Api) -> None:
    order = draft(api, wants(make_product(api), 2))
    seller, viewer = signed_in(api), signed_in(api, "viewer")
    before = all_of(api, order)
    for path in ("/sales-orders/new", page_of(order, "edit"), page_of(order, "cancel")):
        fields = {**seller.get(path).fields(), "notes": "Mine", "customer": "X"}
        viewer.get(path, 403)
        viewer.send(path, {**fields, "lines.0.sku": "X", "lines.0.quantity": "1"}, 403)
    assert all_of(api, order) == before


def test_orders_of_other_companies_and_warehouses_are_not_shown(api: Api, other: Api) -> None:
    theirs = draft(other, wants(make_product(other), 1), reference="Secret")
    browser = signed_in(api)
    for action in ("", "edit", "cancel", "history"):
        assert "Secret" not in browser.get(page_of(theirs, action), 404).text
    mine, elsewhere = make_warehouse(api), make_warehouse(api)
    order = draft(api, wants(make_product(api), 1), warehouse_id=elsewhere["id"])
    limited = signed_in(api, "staff", [mine["id"]])
    limited.get(page_of(order), 404)
    assert limited.get("/sales-orders").rows() == []
    options = limited.get("/sales-orders/new").texts("#f-warehouse_id option")
    assert options == ["Automatic", mine["name"]]
