"""Which column feeds which field, guessed as people would."""

import pytest

from stockflow.imports import ImportKind
from stockflow.imports.guessing import guess, header_key
from stockflow.imports.operations import fields_of


def guessed(
    kind: str,
    header: str,
    *rows: str,
    remembered: dict[str, str | None] | None = None,
) -> list[str | None]:
    return guess(
        ImportKind(kind),
        fields_of(ImportKind(kind)),
        header.split(","),
        [row.split(",") for row in rows],
        remembered or {},
    )


@pytest.mark.parametrize("kind", ImportKind)
def test_our_own_names_are_known(kind: ImportKind) -> None:
    names = fields_of(kind).names
    assert guessed(kind, ",".join(names)) == list(names)
    spoken = [name.replace("_", " ").title() + " *" for name in names]
    assert guessed(kind, ",".join(reversed(spoken))) == list(reversed(names))


def test_names_of_other_programs_are_known() -> None:
    assert guessed(
        "products", "Item code,Item Name,Selling Price (EUR),Product Group,EAN,UoM,Cost,Min. stock,MOQ"
    ) == [
        "sku", "name", "price", "category", "barcode", "unit", "cost_price", "low_stock_threshold",
        None,
    ]  # fmt: skip
    assert guessed("products", "Variant SKU,Title,Variant Price,Type,Body") == [
        "sku", "name", "price", "category", "description",
    ]  # fmt: skip
    assert guessed("movements", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice") == [
        "reference", "sku", None, "quantity", "occurred_at", "unit_price",
    ]  # fmt: skip
    assert guessed("movements", "Date,Article,Location,Qty,Movement type") == [
        "occurred_at", "sku", "warehouse", "quantity", "type",
    ]  # fmt: skip
    assert guessed("product-suppliers", "Part No.,Vendor,Vendor SKU,Price,MOQ,Pack size,Default") == [
        "sku", "supplier", "supplier_sku", "cost_price", "minimum_order_quantity",
        "order_multiple", "is_preferred",
    ]  # fmt: skip
    assert guessed("suppliers", "Vendor No,Company,E-Mail,Lead time (days),VAT ID") == [
        "code", "name", "contact_email", "lead_time_days", "tax_id",
    ]  # fmt: skip
    assert guessed("customers", "Customer ID,Client,Bill to,Ship to,Telephone") == [
        "code", "name", "billing_address", "shipping_address", "contact_phone",
    ]  # fmt: skip
    assert guessed("warehouses", "Location code,Location,Street,Zip,Town") == [
        "code", "name", "address", "postal_code", "city",
    ]  # fmt: skip


def test_the_better_name_wins_and_no_field_is_fed_twice() -> None:
    assert guessed("products", "Item,SKU,sku,Name,name,Price,Sale price") == [
        None, "sku", None, "name", None, "price", None,
    ]  # fmt: skip
    assert guessed("products", "price (net),PRICE (gross),SKU,Title") == [
        "price", None, "sku", "name",
    ]  # fmt: skip


def test_a_required_field_may_take_the_column_of_another() -> None:
    assert guessed("products", "sku,Description,price") == ["sku", "name", "price"]
    assert guessed("products", "sku,name,Description,price") == [
        "sku", "name", "description", "price",
    ]  # fmt: skip


def test_what_columns_hold_tells_what_they_are() -> None:
    assert guessed(
        "products", "sku,name,A,B,C", "A-1,Anvil,4006381333931,9.50,x", "B,Bolt,96385074,1,y"
    ) == ["sku", "name", "barcode", "price", None]
    assert guessed(
        "movements",
        "A,sku,warehouse,B,C,D",
        "purchase,A,W,5,2026-01-31,x",
        "sale,A,W,-2,2026-02-01T10:00,",
    ) == ["type", "sku", "warehouse", "quantity", "occurred_at", None]
    assert guessed("suppliers", "code,name,Z", "S,One,a@b.example", "T,Two,") == [
        "code", "name", "contact_email",
    ]  # fmt: skip
    # two columns of numbers: either could be the price
    assert guessed("products", "sku,name,A,B", "A,Anvil,1,2") == ["sku", "name", None, None]


def test_what_was_said_the_last_time_comes_first() -> None:
    remembered = {"name": None, "x": "name", "old": "no longer a field"}
    assert guessed("products", "sku,name,X,old,price", remembered=remembered) == [
        "sku", None, "name", None, "price",
    ]  # fmt: skip
    # of two columns of one name the first is it
    assert guessed("products", "x,x,sku", remembered=remembered) == ["name", None, "sku"]


def test_headers_of_any_kind_do_no_harm() -> None:
    hostile = ["", " ", "*", "(", "[", "<script>", "\u202e", "𝓢𝓚𝓤", "ß" * 5000, "sku\ud800"]
    fields = fields_of(ImportKind.PRODUCTS)
    assert guess(ImportKind.PRODUCTS, fields, hostile, [[""] * 3], {}) == [
        *[None] * 7, "sku", None, None,
    ]  # fmt: skip
    assert header_key("ß" * 5000) == "s" * 255
    assert guess(ImportKind.PRODUCTS, fields, [], [], {}) == []
