"""Purchase orders on paper."""

import pytest

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.purchasing.errors import PurchaseOrderNotFound
from stockflow.purchasing.printing import purchase_order_pdf
from stockflow.web.pdf import PrintStyle
from tests.factories import Api, done
from tests.purchasing.ordering import make_trade, ordered
from tests.scopes import in_scope, run
from tests.web.pdf_reading import texts_of

STYLE = PrintStyle("en_GB")


def test_the_supplier_reads_their_own_sku_the_terms_and_the_total(api: Api) -> None:
    trade = make_trade(api, name="Lumen Ltd", contact_name="Ada", tax_id="GB 1")
    address = {"address": "Unit 4", "city": "Leeds", "postal_code": "LS1", "country": "GB"}
    done(api.patch(f"/api/warehouses/{trade.warehouse['id']}", address))
    terms = f"/api/products/{trade.first['id']}/suppliers/{trade.supplier['id']}"
    done(api.put(terms, {"supplier_sku": "LUM-9"}), 201)
    order = trade.approved(
        ordered(trade.first, 1000, "2.50"),
        ordered(trade.second, 4, "0.1250"),
        payment_terms="14 days net", expected_date="2026-12-24", notes="By the back door.",
    )  # fmt: skip

    printed = in_scope(api, purchase_order_pdf, order["id"], STYLE)

    assert printed.filename == f"purchase-order-{order['number']}.pdf"
    texts = texts_of(printed.content)
    name = f"Purchase order {order['number']}"
    told = (name, "Lumen Ltd", "Ada", "Tax number GB 1", "Unit 4", "LS1 Leeds", "GB",
            "14 days net", "24 Dec 2026", "Approved")  # fmt: skip
    assert [one for one in told if one not in texts] == []
    assert texts[texts.index("#") :] == [
        "#", "Your SKU", "Our SKU", "Product", "Quantity", "Unit cost", "Amount",
        "1", "LUM-9", trade.first["sku"], trade.first["name"], "1,000", "£2.50", "£2,500.00",
        "2", trade.second["sku"], trade.second["name"], "4", "£0.125", "£0.50",
        "Total", "£2,500.50", "Notes", "By the back door.", "Date", "Signature",
        name, "Page 1 of 1",
    ]  # fmt: skip


def test_what_is_not_approved_is_no_order_yet(api: Api) -> None:
    order = make_trade(api).draft()
    texts = texts_of(in_scope(api, purchase_order_pdf, order["id"], STYLE).content)
    assert f"Purchase order (not approved) {order['number']}" in texts
    assert "Signature" not in texts
    assert "Your SKU" not in texts


def test_an_order_of_another_company_or_warehouse_is_not_there(api: Api, other: Api) -> None:
    trade = make_trade(api)
    order = trade.draft()
    elsewhere = Actor(Role.STAFF, warehouse_ids=frozenset({trade.warehouse["id"] + 1}))
    with pytest.raises(PurchaseOrderNotFound):
        run(api, purchase_order_pdf, order["id"], STYLE, actor=elsewhere)
    with pytest.raises(PurchaseOrderNotFound):
        run(other, purchase_order_pdf, order["id"], STYLE)
