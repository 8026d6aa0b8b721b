"""The page of low-stock alerts, and the orders one makes of it."""

import csv
import io
from typing import Any

from tests.factories import (
    Api,
    done,
    line,
    make_product,
    make_supplier,
    make_warehouse,
    move,
)
from tests.pages import Browser, Shown, signed_in
from tests.replenishment.reading import add_terms, alerts, low_product

ORDERS = "/api/purchase-orders"


def _low(api: Api, warehouse: Any, supplier: Any = None, **fields: Any) -> Any:
    product = low_product(api, warehouse, **fields)
    if supplier is not None:
        add_terms(api, product, supplier, cost_price="2.50", lead_time_days=5)
    return product


def _orders(api: Api) -> list[Any]:
    found: list[Any] = done(api.get(ORDERS))["items"]
    return found


def _key(product: Any, warehouse: Any) -> str:
    return f"{product['id']}{warehouse['id']:020d}"


def _send(
    browser: Browser, chosen: list[str], status: int = 303, quantities: dict[str, str] | None = None
) -> Shown:
    fields = {**browser.get("/alerts").fields("form#order"), **_row_fields(browser)}
    for key, quantity in (quantities or {}).items():
        fields[f"alerts.{key}.quantity"] = quantity
    return browser.send("/alerts", {**fields, "_chosen[]": chosen}, status)


def _row_fields(browser: Browser) -> dict[str, str]:
    """The fields of the rows, which belong to the form that stands above the list."""
    nodes = browser.get("/alerts").tree.css('#list input[form="order"][name^="alerts."]')
    return {str(node.attributes["name"]): str(node.attributes.get("value")) for node in nodes}


def test_alerts_are_listed_most_urgent_first_and_counted(api: Api) -> None:
    main, shop = make_warehouse(api, name="Main"), make_warehouse(api, name="Shop")
    supplier = make_supplier(api, name="Mugs Ltd")
    _low(api, main, supplier, sku="SLOW", name="Slow mug", left=10, sold=15)
    _low(api, shop, sku="FAST", name="Fast mug", left=5, sold=60)
    browser = signed_in(api, "viewer")

    shown = browser.get("/alerts")

    assert [{**row} for row in shown.rows()] == [
        {
            "SKU": "FAST",
            "Product": "Fast mug",
            "Urgency": "Critical",
            "Warehouse": "Shop",
            "Available": "5",
            "Days left": "2",
            "Supplier": "–",
            "Recommended": "35",
        },
        {
            "SKU": "SLOW",
            "Product": "Slow mug",
            "Urgency": "Low",
            "Warehouse": "Main",
            "Available": "10",
            "Days left": "20",
            "Supplier": "Mugs Ltd",
            "Recommended": "30",
        },
    ]
    assert shown.texts("#urgencies .stat") == ["Critical 1", "High 0", "Medium 0", "Low 1"]
    assert shown.tree.css("form#order") == []
    assert shown.tree.css("[data-select]") == []


def test_filters_and_order_are_in_the_address(api: Api) -> None:
    main, shop = make_warehouse(api), make_warehouse(api)
    supplier = make_supplier(api)
    _low(api, main, supplier, sku="A-SLOW", left=10, sold=15)
    _low(api, shop, sku="B-FAST", left=5, sold=60)
    _low(api, shop, sku="C-QUIET", left=5, sold=0)
    browser = signed_in(api)

    def skus(query: str) -> list[str]:
        return [row["SKU"] for row in browser.get(f"/alerts?{query}").rows()]

    assert skus("") == ["B-FAST", "A-SLOW"]
    assert skus("sort=sku") == ["A-SLOW", "B-FAST"]
    assert skus("include_no_sales=true") == ["B-FAST", "A-SLOW", "C-QUIET"]
    assert skus(f"warehouse_id={shop['id']}") == ["B-FAST"]
    assert skus("urgency=low,medium") == ["A-SLOW"]
    assert skus(f"supplier_id={supplier['id']}") == ["A-SLOW"]
    assert (
        browser.get(f"/alerts?supplier_id={supplier['id']}").one("#f-_supplier").attributes["value"]
        == supplier["name"]
    )
    browser.get("/alerts?supplier_id=999999", 404)
    assert skus("q=fast") == ["B-FAST"]
    assert skus("threshold_multiplier=0.4") == ["B-FAST"]
    assert browser.get("/alerts?urgency=low").texts("#urgencies .stat-value") == list("1001")
    browser.get("/alerts?threshold_multiplier=0", 400)
    browser.get("/alerts?sort=x", 400)


def test_the_file_is_what_the_page_shows(api: Api) -> None:
    warehouse = make_warehouse(api, name="Main")
    _low(api, warehouse, make_supplier(api, name="Mugs Ltd"), sku="MUG", left=10, sold=15)
    browser = signed_in(api, "viewer")

    answer = browser.get("/alerts?columns=sku,supplier,recommended&format=csv").answer

    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["SKU", "Supplier", "Recommended"],
        ["MUG", "Mugs Ltd", "30"],
    ]


def test_chosen_rows_become_drafts_by_supplier_and_warehouse(api: Api) -> None:
    main, shop = make_warehouse(api), make_warehouse(api)
    supplier, second = make_supplier(api), make_supplier(api)
    mug, cup = _low(api, main, supplier, sku="MUG"), _low(api, main, supplier, sku="CUP")
    jug, pot = _low(api, shop, second, sku="JUG"), _low(api, shop, second, sku="POT")
    browser = signed_in(api, "staff")
    recommended = {row["sku"]: row["recommended_reorder_quantity"] for row in alerts(api)}

    sent = _send(
        browser,
        [_key(mug, main), _key(cup, main), _key(jug, shop)],
        quantities={_key(cup, main): "7.5", _key(pot, shop): "-3"},
    )

    assert sent.answer.headers["location"] == browser.path("/purchase-orders?status=draft")
    shown = browser.follow(sent)
    assert "2 drafts of orders were made." in shown.text
    orders = [done(api.get(f"{ORDERS}/{row['id']}")) for row in _orders(api)]
    assert sorted(
        (
            order["status"],
            order["supplier_id"],
            order["warehouse_id"],
            line["sku"],
            line["quantity"],
        )
        for order in orders
        for line in order["lines"]
    ) == [
        ("draft", supplier["id"], main["id"], "CUP", 7.5),
        ("draft", supplier["id"], main["id"], "MUG", recommended["MUG"]),
        ("draft", second["id"], shop["id"], "JUG", recommended["JUG"]),
    ]


def test_one_order_leads_to_it_and_what_was_left_out_is_said(api: Api) -> None:
    warehouse = make_warehouse(api)
    mug = _low(api, warehouse, make_supplier(api), sku="MUG")
    cup = _low(api, warehouse, sku="CUP")
    browser = signed_in(api, "staff")
    chosen = [_key(mug, warehouse), _key(cup, warehouse)]

    sent = _send(browser, chosen)

    order = _orders(api)[0]
    assert sent.answer.headers["location"] == browser.path(f"/purchase-orders/{order['id']}")
    said = browser.follow(sent).texts("[data-dismissible]")
    assert said == ["A draft of an order was made. Left out: 1 without an active supplier."]

    again = browser.follow(_send(browser, chosen)).texts("[data-dismissible]")
    assert again == [
        "A draft of an order was made. Left out: 1 without an active supplier. "
        "Other drafts hold 1 of the products too: look before you submit."
    ]


def test_sent_twice_it_is_ordered_once(api: Api) -> None:
    warehouse = make_warehouse(api)
    mug = _low(api, warehouse, make_supplier(api))
    browser = signed_in(api, "staff")
    fields = {**browser.get("/alerts").fields("form#order"), **_row_fields(browser)}
    fields["_chosen[]"] = [_key(mug, warehouse)]

    first, second = browser.send("/alerts", fields), browser.send("/alerts", fields)

    assert first.answer.headers["location"] == second.answer.headers["location"]
    assert len(_orders(api)) == 1


def test_what_was_typed_and_chosen_stays_when_it_is_refused(api: Api) -> None:
    warehouse = make_warehouse(api)
    mug = _low(api, warehouse, make_supplier(api), sku="MUG")
    _low(api, warehouse, make_supplier(api), sku="CUP")
    browser, key = signed_in(api, "staff"), _key(mug, warehouse)

    shown = _send(browser, [key], 400, quantities={key: "-3"})

    assert shown.error(f"alerts.{key}.quantity") == "must be more than 0"
    assert shown.one(f'[name="alerts.{key}.quantity"]').attributes["value"] == "-3"
    ticked = [box.attributes["value"] for box in shown.tree.css("[data-select][checked]")]
    assert ticked == [key]
    assert len(shown.rows()) == 2
    assert _orders(api) == []


def test_nothing_chosen_orders_nothing(api: Api) -> None:
    warehouse = make_warehouse(api)
    _low(api, warehouse, make_supplier(api), left=1, sold=60)
    browser = signed_in(api, "staff")

    _send(browser, [], 400)
    browser.send("/alerts", {}, 400)

    assert _orders(api) == []


def test_the_rules_of_the_list_are_those_of_the_order(api: Api) -> None:
    """What is low only as the list looks further ahead can be ordered from it."""
    warehouse = make_warehouse(api)
    mug = _low(api, warehouse, make_supplier(api), sku="MUG", left=30, sold=30)
    browser, path = signed_in(api, "staff"), "/alerts?threshold_multiplier=2"
    shown = browser.get(path)
    assert [row["SKU"] for row in shown.rows()] == ["MUG"]
    fields = {**shown.fields("form#order"), "_chosen[]": [_key(mug, warehouse)]}
    key = _key(mug, warehouse)
    line_of = {"product_id": str(mug["id"]), "warehouse_id": str(warehouse["id"]), "quantity": "4"}
    fields |= {f"alerts.{key}.{name}": value for name, value in line_of.items()}

    browser.send("/alerts", fields)
    assert browser.follow(browser.send(path, fields | {"_key": "2"})).status == 200

    assert [row["total"] for row in _orders(api)] == ["10.0000"]


def test_viewers_order_nothing_and_others_do_not_see(api: Api, other: Api) -> None:
    warehouse = make_warehouse(api)
    mug = _low(api, warehouse, make_supplier(api))
    fields = _row_fields(signed_in(api, "staff"))

    signed_in(api, "viewer").send("/alerts", {**fields, "_chosen[]": [_key(mug, warehouse)]}, 403)
    stranger = signed_in(other)
    stranger.get(f"/c/{api.company_id}/alerts", 403)
    stranger.send(f"/c/{api.company_id}/alerts", fields, 403)

    assert _orders(api) == []


def test_only_own_warehouses_are_seen(api: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    _low(api, own, sku="NEAR")
    _low(api, far, sku="FAR")

    shown = signed_in(api, "staff", [own["id"]]).get("/alerts")

    assert [row["SKU"] for row in shown.rows()] == ["NEAR"]
    assert shown.texts("#urgencies .stat-value") == list("0100")


def test_nothing_low_says_so(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 5))
    assert signed_in(api).get("/alerts").texts("#list .empty-title") == ["Nothing is low"]
