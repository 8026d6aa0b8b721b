"""The pages of purchase orders: looking at them, and writing them."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import new_company
from tests.factories import Api, done, make_product, make_supplier, make_warehouse
from tests.pages import signed_in
from tests.purchasing.ordering import (
    PATH,
    act,
    came,
    everything_about,
    make_trade,
    ordered,
    read,
    receive,
    set_rules,
)

ORDERS = "/purchase-orders"


def page_of(order: Any, part: str = "") -> str:
    return f"{ORDERS}/{order['id']}{part}"


def lines_of(order: Any) -> list[tuple[int, Any, str]]:
    return [(row["product_id"], row["quantity"], row["unit_cost"]) for row in order["lines"]]


def test_the_list_shows_what_is_expected_and_what_came(http: TestClient) -> None:
    api = new_company(http, currency="EUR")
    trade = make_trade(api, name="Acme works")
    draft = trade.draft(reference="OFFER 7")
    coming = trade.approved(expected_date="2020-01-31")
    receive(api, coming, came(coming, 0, good=6, damaged=1), came(coming, 1, missing=4))
    browser = signed_in(api, "viewer")

    rows = browser.get(ORDERS).rows()
    assert [(row["Number"], row["Status"], row["Received, %"], row["Total"]) for row in rows] == [
        (coming["number"], "Partially received", "50", "€30.00"),
        (draft["number"], "Draft", "0", "€30.00"),
    ]
    assert (rows[0]["Expected"], rows[0]["Delivery"]) == ("31 Jan 2020", "Overdue")
    assert (rows[1]["Expected"], rows[1]["Delivery"]) == ("–", "–")
    assert "Overdue" in browser.get(page_of(coming)).texts(".badge")
    assert "Overdue" not in browser.get(page_of(draft)).texts(".badge")
    assert rows[0]["Supplier"] == "Acme works"
    numbers = {
        address: [row["Number"] for row in browser.get(f"{ORDERS}?{address}").rows()]
        for address in (
            "q=offer",
            "status=draft",
            "status=approved,partially_received",
            "status=draft&status=partially_received&order=oldest",
            "overdue=true",
            "overdue=false",
            f"supplier_id={trade.supplier['id']}&warehouse_id={trade.warehouse['id']}",
        )
    }
    assert list(numbers.values()) == [
        [draft["number"]],
        [draft["number"]],
        [coming["number"]],
        [draft["number"], coming["number"]],
        [coming["number"]],
        [draft["number"]],
        [coming["number"], draft["number"]],
    ]
    chosen = browser.get(f"{ORDERS}?status=draft&status=approved").tree.css(
        "input[name=status][checked]"
    )
    assert [box.attributes["value"] for box in chosen] == ["draft", "approved"]


def test_only_what_is_awaited_is_overdue(api: Api) -> None:
    trade = make_trade(api)
    past = {"expected_date": "2020-01-31"}
    trade.draft(**past)
    trade.submitted(**past)
    act(api, trade.draft(**past), "cancellation")
    late = trade.approved(**past)
    receive(api, trade.approved(**past))
    trade.approved()
    trade.approved(expected_date="2199-12-31")

    items = done(api.get(PATH, overdue=True))["items"]
    assert [item["number"] for item in items] == [late["number"]]
    assert len(done(api.get(PATH, overdue=False))["items"]) == 6


def test_the_file_holds_what_the_list_shows(api: Api) -> None:
    trade = make_trade(api, name="Acme works")
    order = trade.approved(expected_date="2026-12-24")
    receive(api, order, came(order, 0, good=5))
    columns = "columns=number,status,expected_date,received,total"
    answer = signed_in(api).get(f"{ORDERS}?{columns}&format=csv").answer
    assert answer.content.decode("utf-8-sig").splitlines() == [
        'Number,Status,Expected,"Received, %",Total',
        f"{order['number']},partially_received,2026-12-24,35.7100,30.0000",
    ]


def test_an_empty_list_says_what_to_do_next(api: Api) -> None:
    shown = signed_in(api).get(ORDERS)
    assert "No purchase orders yet" in shown.text
    assert len(shown.tree.css(f'main a[href="/c/{api.company_id}{ORDERS}/new"]')) == 2
    assert signed_in(api, "viewer").get(ORDERS).tree.css('main a[href$="/new"]') == []


def test_an_order_is_drafted_for_a_supplier(api: Api) -> None:
    trade = make_trade(api, code="ACME", name="Acme works", payment_terms="30 days net")
    terms = f"/api/products/{trade.second['id']}/suppliers/{trade.supplier['id']}"
    done(api.put(terms, {"cost_price": "1.25"}), 201)
    browser = signed_in(api, "staff")

    assert browser.get(f"{ORDERS}/new").one("#f-supplier")
    unknown = browser.get(f"{ORDERS}/new?supplier=nobody")
    assert unknown.error("supplier").startswith("is not the code of a supplier")
    path = f"{ORDERS}/new?supplier=acme"
    sent = browser.submit(
        path,
        warehouse_id=str(trade.warehouse["id"]),
        expected_date="2026-12-24",
        lines__0__product_id=str(trade.first["id"]),
        lines__0__quantity="10",
        lines__0__unit_cost="2.5",
        lines__3__sku=trade.second["sku"],
        lines__3__quantity="4",
    )

    (made,) = done(api.get(PATH))["items"]
    order = read(api, made)
    assert (order["status"], order["total"], order["expected_date"], order["payment_terms"]) == (
        "draft",
        "30.0000",
        "2026-12-24",
        "30 days net",
    )
    assert lines_of(order) == [
        (trade.first["id"], 10, "2.5000"),
        (trade.second["id"], 4, "1.2500"),
    ]
    assert sent.answer.headers["location"] == browser.path(page_of(order))
    assert f"{order['number']} is saved." in browser.follow(sent).text


def test_a_refused_order_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    trade = make_trade(api)
    browser = signed_in(api)
    path = f"{ORDERS}/new?supplier_id={trade.supplier['id']}"
    typed = {"warehouse_id": str(trade.warehouse["id"]), "notes": "Two\nlines", "reference": "R1"}

    nothing = browser.submit(path, 400, **typed)
    assert nothing.error("lines") == "at least one is needed"
    assert nothing.one("#f-notes").text().removeprefix("\n") == "Two\nlines"
    wrong = browser.submit(
        path,
        400,
        **typed,
        lines__0__product_id=str(trade.first["id"]),
        lines__0__quantity="1.23456",
        lines__2__quantity="5",
    )
    assert "decimal" in wrong.error("lines.0.quantity")
    assert wrong.error("lines.2.sku") == "choose a product"
    assert wrong.one('[name="lines.0.quantity"]').attributes["value"] == "1.23456"
    unknown = browser.submit(path, 404, **typed, lines__0__sku="NO-SUCH", lines__0__quantity="1")
    assert unknown.error("lines.0.sku") == "There is no such product."
    costless = browser.submit(
        path,
        400,
        **typed,
        lines__0__product_id=str(trade.first["id"]),
        lines__0__quantity="1",
    )
    assert costless.error("lines.0.unit_cost").startswith("is required")
    nowhere = browser.submit(path, 400, warehouse_id="", lines__0__sku="X", lines__0__quantity="1")
    assert "hoose a warehouse" in nowhere.text
    assert done(api.get(PATH))["items"] == []


def test_an_order_sent_twice_is_made_once(api: Api) -> None:
    trade = make_trade(api)
    browser = signed_in(api)
    path = f"{ORDERS}/new?supplier_id={trade.supplier['id']}"
    fields = {
        **browser.get(path).fields(),
        "warehouse_id": str(trade.warehouse["id"]),
        "lines.0.product_id": str(trade.first["id"]),
        "lines.0.quantity": "1",
        "lines.0.unit_cost": "1",
    }
    first, again = browser.send(path, fields), browser.send(path, fields)
    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert len(done(api.get(PATH))["items"]) == 1


def test_a_draft_is_changed_whole(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft(reference="OLD")
    browser = signed_in(api)
    path = page_of(order, "/edit")
    shown = browser.get(path)
    assert shown.one('[name="lines.0.unit_cost"]').attributes["value"] == "2.50"

    browser.submit(path, reference="NEW", lines__1__quantity="6", lines__1__unit_cost="1.2345")
    after = read(api, order)
    assert (after["reference"], after["total"]) == ("NEW", "32.4100")
    assert lines_of(after)[1] == (trade.second["id"], 6, "1.2345")

    fields = browser.get(path).fields()
    kept = {name: text for name, text in fields.items() if "lines.1." not in name}
    browser.send(path, kept)
    assert lines_of(read(api, order)) == [(trade.first["id"], 10, "2.5000")]

    before = everything_about(api, order)
    none = {name: text for name, text in kept.items() if "lines." not in name}
    version = str(read(api, order)["version"])
    fresh = {"_version": version, "_key": "another"}
    assert browser.send(path, {**none, **fresh}, 400).error("lines") == "at least one is needed"
    assert browser.send(path, {**kept, "_key": "more"}, 412)
    assert everything_about(api, order) == before


def test_of_an_approved_order_only_what_the_supplier_says_is_noted(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    browser = signed_in(api)
    shown = browser.get(page_of(order, "/edit"))
    assert set(shown.fields()) == {"_key", "_version", "expected_date", "reference", "notes"}
    browser.submit(page_of(order, "/edit"), reference="AB 9", expected_date="2026-12-01")
    after = read(api, order)
    assert (after["reference"], after["expected_date"]) == ("AB 9", "2026-12-01")
    assert lines_of(after) == lines_of(order)


def test_the_order_on_paper(api: Api) -> None:
    order = make_trade(api).draft()
    answer = signed_in(api, "viewer").get(page_of(order, "/print")).answer
    assert answer.headers["content-type"] == "application/pdf"
    assert order["number"] in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")


def test_an_order_shows_its_lines_with_what_came(api: Api) -> None:
    trade = make_trade(api, name="Acme works")
    order = trade.approved(ordered(trade.first, 10, "2.50"), notes="Ring twice", reference="R9")
    receive(api, order, came(order, 0, good=6, damaged=1), delivery_reference="DN 7")
    viewer = signed_in(api, "viewer")

    shown = viewer.get(page_of(order))
    assert shown.rows("#order-lines") == [
        {
            "Product": f"{trade.first['sku']} {trade.first['name']}",
            "Ordered": "10",
            "Good": "6",
            "Damaged": "1",
            "Open": "3",
            "Available now": "6",
            "Cost of one": "£2.50",
            "Amount": "£25.00",
        }
    ]
    assert "Ring twice" in shown.text
    assert len([text for text in shown.texts(".facts dd") if text.endswith(" (API key)")]) == 2
    assert viewer.path(f"/suppliers/{trade.supplier['id']}") in shown.hrefs()
    assert viewer.path(f"/products/{trade.first['id']}") in shown.hrefs()
    (receipt,) = done(api.get(f"{PATH}/{order['id']}/receipts"))["items"]
    path = page_of(order, f"/receipts/{receipt['id']}")
    assert viewer.path(path) in shown.hrefs()
    delivery = viewer.get(path)
    assert "DN 7" in delivery.text
    assert delivery.rows("main") == [
        {
            "Product": f"{trade.first['sku']} {trade.first['name']}",
            "Good": "6",
            "Damaged": "1",
            "Missing": "0",
            "Cost of one": "£2.50",
        }
    ]


def test_what_does_not_fit_the_terms_is_shown_before_it_is_submitted(api: Api) -> None:
    trade = make_trade(api)
    terms = f"/api/products/{trade.first['id']}/suppliers/{trade.supplier['id']}"
    done(api.put(terms, {"minimum_order_quantity": 24, "order_multiple": 12}), 201)
    order = trade.draft(ordered(trade.first, 10, "1"))
    browser = signed_in(api)

    assert "The supplier sells no less than 24. 24 would fit." in browser.get(page_of(order)).text
    assert "at least 24 · in multiples of 12" in browser.get(page_of(order, "/edit")).text
    set_rules(api, purchase_terms_rule="refuse")
    before = everything_about(api, order)
    refusal = browser.press(page_of(order), page_of(order, "/submit"), 409)
    assert "Supplier's terms not met" in refusal.text
    assert everything_about(api, order) == before


def test_orders_of_another_company_are_not_shown(api: Api, other: Api) -> None:
    trade = make_trade(other, name="Secret works")
    order = trade.approved()
    receipt = receive(other, order, came(order, 0, good=1))
    before = everything_about(other, order)
    browser = signed_in(api)
    parts = ("", "/edit", "/print", "/receive", "/cancel", "/reject")
    for part in (*parts, f"/receipts/{receipt['id']}"):
        assert "Secret" not in browser.get(page_of(order, part), 404).text
    browser.get(f"{ORDERS}/new?supplier_id={trade.supplier['id']}", 404)
    browser.get(f"{ORDERS}?supplier_id={trade.supplier['id']}", 404)
    for part in ("/submit", "/approve", "/cancel", "/annotate"):
        browser.send(page_of(order, part), {"reference": "mine"}, 404)
        browser.send(f"/c/{other.company_id}{page_of(order, part)}", {}, 403)
    assert everything_about(other, order) == before


def test_who_is_limited_to_warehouses_sees_their_orders_only(api: Api) -> None:
    trade = make_trade(api)
    elsewhere = make_warehouse(api)
    mine = trade.draft()
    theirs = trade.draft(warehouse_id=elsewhere["id"])
    browser = signed_in(api, "staff", [trade.warehouse["id"]])
    assert [row["Number"] for row in browser.get(ORDERS).rows()] == [mine["number"]]
    browser.get(page_of(theirs), 404)
    path = f"{ORDERS}/new?supplier_id={trade.supplier['id']}"
    options = browser.get(path).tree.css("#f-warehouse_id option")
    assert [option.attributes["value"] for option in options] == [str(trade.warehouse["id"])]
    before = everything_about(api, mine, theirs)
    browser.submit(
        path,
        403,
        warehouse_id=str(elsewhere["id"]),
        lines__0__product_id=str(trade.first["id"]),
        lines__0__quantity="1",
        lines__0__unit_cost="1",
    )
    assert everything_about(api, mine, theirs) == before


def test_nothing_is_ordered_from_an_inactive_supplier(api: Api) -> None:
    supplier, product = make_supplier(api, active=False), make_product(api)
    warehouse = make_warehouse(api)
    shown = signed_in(api).submit(
        f"{ORDERS}/new?supplier_id={supplier['id']}",
        409,
        warehouse_id=str(warehouse["id"]),
        lines__0__product_id=str(product["id"]),
        lines__0__quantity="1",
        lines__0__unit_cost="1",
    )
    assert "Supplier inactive" in shown.text
    assert done(api.get(PATH))["items"] == []
