"""Sales orders on paper: confirmation, packing note and pick list."""

import pytest

from stockflow.foundation.errors import NotFound
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.sales.printing import packing_note_pdf, pick_list_pdf, sales_order_pdf
from stockflow.web.pdf import Printed, PrintStyle
from tests.factories import Api, line, make_bundle, make_product, make_warehouse, move
from tests.sales.ordering import confirmed, draft, make_customer, ship, stocked, wants
from tests.scopes import in_scope, run
from tests.web.pdf_reading import read_pdf, texts_of

STYLE = PrintStyle("de-DE")
HOSTILE = '<script>alert("x")</script> שלום 😀 ' + "W" * 200


def test_a_confirmation_says_what_was_ordered_and_what_it_costs(api: Api) -> None:
    (lamp, desk), _ = stocked(api, [9], [9])
    customer = make_customer(
        api, name="Corner Shop", billing_address="1 High St\nYork", payment_terms="30 days"
    )
    order = confirmed(
        api,
        wants(lamp, 5, unit_price="10.50", discount_percent=10),
        wants(desk, 1.5, unit_price="1234.5678"),
        customer_id=customer["id"], reference="PO 7", expected_date="2026-12-24",
        shipping_address="Dock 2", notes="Ring twice.",
    )  # fmt: skip

    printed = in_scope(api, sales_order_pdf, order["id"], STYLE)

    assert printed.filename == f"sales-order-{order['number']}.pdf"
    texts = texts_of(printed.content)
    name = f"Order confirmation {order['number']}"
    assert texts[:9] == [
        "Acme", name, "Customer", "Ship to", "Corner Shop", "Dock 2", "1 High St", "York", "Status",
    ]  # fmt: skip
    assert [one for one in ("PO 7", "24.12.2026", "30 days", "GBP") if one not in texts] == []
    start = texts.index("#")
    assert texts[start:] == [
        "#", "SKU", "Product", "Quantity", "Unit price", "Discount", "Amount",
        "1", lamp["sku"], lamp["name"], "5", "10,50\xa0£", "10%", "47,25\xa0£",
        "2", desk["sku"], desk["name"], "1,5", "1.234,5678\xa0£", "0%", "1.851,8517\xa0£",
        "Total", "1.899,10\xa0£", "Notes", "Ring twice.", name, "Page 1 of 1",
    ]  # fmt: skip


def test_a_draft_is_no_confirmation_and_hostile_text_is_only_text(api: Api) -> None:
    product = make_product(api, name=HOSTILE[:255], sku="<b>" + "X" * 60)
    customer = make_customer(api, name=HOSTILE[:255])
    order = draft(api, wants(product, 1), customer_id=customer["id"], notes="a\n" * 500)
    texts = texts_of(in_scope(api, sales_order_pdf, order["id"], STYLE).content)
    assert f"Sales order {order['number']}" in texts
    assert any(text.startswith("<script>") for text in texts)
    assert texts.count("a") == 500


def test_a_packing_note_has_what_is_in_the_parcel_and_no_prices(api: Api) -> None:
    (lamp, desk), (here,) = stocked(api, [9], [9])
    order = confirmed(api, wants(lamp, 5), wants(desk, 2))
    shipment = ship(api, order, (0, 3), carrier="DHL", tracking="JD 1", notes="Fragile.")
    printed = in_scope(api, packing_note_pdf, order["id"], shipment["id"], STYLE)
    texts = texts_of(printed.content)
    assert texts[texts.index("From") :] == [
        "From", "Quantity", "1", lamp["sku"], lamp["name"], here["code"], "3",
        "Notes", "Fragile.", f"Packing note {order['number']} / {shipment['id']}", "Page 1 of 1",
    ]  # fmt: skip
    assert [one for one in ("DHL", "JD 1", order["number"]) if one not in texts] == []
    assert not any("£" in text for text in texts)


def test_a_pick_list_goes_by_warehouse_and_sku_and_takes_bundles_apart(api: Api) -> None:
    here, there = (
        make_warehouse(api, code="B", name="Back"),
        make_warehouse(api, code="A", name="Ay"),
    )
    zed, bulb = make_product(api, sku="Z-1"), make_product(api, sku="B-1")
    move(api, line(zed, here, "purchase", 9), line(bulb, here, "purchase", 9))
    move(api, line(bulb, there, "purchase", 4))
    kit = make_bundle(api, (zed, 1), (bulb, 2), sku="KIT")
    order = confirmed(
        api,
        wants(zed, 1, warehouse_id=here["id"]),
        wants(kit, 2, warehouse_id=here["id"]),
        wants(bulb, 3, warehouse_id=there["id"]),
    )
    content = in_scope(api, pick_list_pdf, order["id"], STYLE).content
    texts = texts_of(content)
    titles = ["SKU", "Scan", "Product", "Line", "Quantity"]
    assert texts[texts.index("A · Ay") :][:-4] == [
        "A · Ay", *titles, "B-1", bulb["name"], "3", "3",
        "B · Back", *titles, "B-1", bulb["name"], "2", "4", "Z-1", zed["name"], "1, 2", "3",
    ]  # fmt: skip
    assert texts[-4:-2] == ["Picked by", "Checked by"]
    (page,) = read_pdf(content)
    assert len([one for one in page.rectangles if abs(one[3]) > 9]) == 3 * 19


def test_a_pick_list_of_what_is_not_reserved_says_so(api: Api) -> None:
    order = draft(api, wants(make_product(api), 1))
    texts = texts_of(in_scope(api, pick_list_pdf, order["id"], STYLE).content)
    assert "Nothing is reserved for this order." in texts


def test_nobody_prints_what_they_may_not_read(api: Api, other: Api) -> None:
    (lamp,), (here,) = stocked(api, [9])
    order = confirmed(api, wants(lamp, 5))
    shipment = ship(api, order, (0, 3))
    elsewhere = Actor(Role.STAFF, warehouse_ids=frozenset({here["id"] + 1}))
    for operation, *more in (
        (sales_order_pdf,), (pick_list_pdf,), (packing_note_pdf, shipment["id"]),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            run(api, operation, order["id"], *more, STYLE, actor=elsewhere)
        with pytest.raises(NotFound):
            run(other, operation, order["id"], *more, STYLE)
    with pytest.raises(NotFound):
        run(api, packing_note_pdf, order["id"], shipment["id"] + 1, STYLE)
    viewer = run(api, sales_order_pdf, order["id"], STYLE, actor=Actor(Role.VIEWER)).result
    assert isinstance(viewer, Printed)


def test_the_number_of_statements_does_not_grow_with_the_lines(api: Api) -> None:
    products, _ = stocked(api, *[[9]] * 30)
    small, large = confirmed(api, wants(products[0], 1)), confirmed(api, *[wants(one, 1) for one in products])  # fmt: skip
    for operation in (sales_order_pdf, pick_list_pdf):
        counts = {run(api, operation, one["id"], STYLE).statements for one in (small, large)}
        assert len(counts) == 1
