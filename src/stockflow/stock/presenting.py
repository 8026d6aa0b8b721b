"""Words and addresses of stock for people."""

from dataclasses import dataclass, replace
from typing import Final

from stockflow.stock.commands import DocumentType, MovementType
from stockflow.stock.postings import PostingHead
from stockflow.stock.queries import MovementRow
from stockflow.web.lists import Column, Listing
from stockflow.web.rendering import words

BY_HAND = [
    (MovementType.PURCHASE, "Goods came in"),
    (MovementType.SALE, "Goods were sold"),
    (MovementType.RETURN, "A customer sent goods back"),
    (MovementType.ADJUSTMENT, "Correct the quantity by so much (− takes away)"),
    (MovementType.RECOUNT, "Counted: the quantity is"),
    (MovementType.DAMAGE, "Goods are damaged"),
    (MovementType.WRITE_OFF, "Goods are gone: lost, thrown away, used"),
    (MovementType.MANUFACTURING, "Made (or with − used up) in making"),
]
"""What one may record without a document, as one would say it."""

_PLACES = {
    DocumentType.SALES_ORDER: "/sales-orders",
    DocumentType.PURCHASE_ORDER: "/purchase-orders",
    DocumentType.TRANSFER: "/transfers",
    DocumentType.STOCK_COUNT: "/counts",
    DocumentType.ADJUSTMENT_REQUEST: "/adjustments",
}


@dataclass(frozen=True, slots=True)
class Caused:
    """A document that caused movements: what it is called, and where."""

    text: str
    href: str


def document_of(row: MovementRow | PostingHead) -> Caused | None:
    """The document that caused a movement or posting."""
    if row.document_type is None:
        return None
    place = _PLACES[DocumentType(row.document_type)]
    return Caused(words(row.document_type), f"{place}/{row.document_id}")


def _document_text(row: MovementRow) -> str | None:
    found = document_of(row)
    return found.text if found else None


def _document_href(row: MovementRow) -> str | None:
    found = document_of(row)
    return found.href if found else None


def _levels_href(row: MovementRow) -> str:
    return f"/movements?product_id={row.product_id}&warehouse_id={row.warehouse_id}"


MOVEMENTS: Final = Listing[MovementRow](
    "movements",
    (
        Column(
            "occurred_at",
            "When",
            lambda row: row.occurred_at,
            "moment",
            lambda row: f"/postings/{row.posting_id}",
        ),
        Column("type", "Type", lambda row: words(row.type)),
        Column(
            "sku", "SKU", lambda row: row.sku, "code", lambda row: f"/products/{row.product_id}"
        ),
        Column("warehouse_code", "Warehouse", lambda row: row.warehouse_code, "code", _levels_href),
        Column("bucket", "Bucket", lambda row: words(row.bucket)),
        Column("quantity_change", "Change", lambda row: row.quantity_change, "signed"),
        Column(
            "quantity_before", "Before", lambda row: row.quantity_before, "quantity", shown=False
        ),
        Column("quantity_after", "After", lambda row: row.quantity_after, "quantity"),
        Column("unit_cost", "Unit cost", lambda row: row.unit_cost, "money", shown=False),
        Column("unit_price", "Unit price", lambda row: row.unit_price, "money", shown=False),
        Column("value_change", "Value", lambda row: row.value_change, "total", shown=False),
        Column("reason", "Reason", lambda row: row.reason),
        Column("reference", "Reference", lambda row: row.reference),
        Column("document", "Document", _document_text, href=_document_href),
        Column("recorded_at", "Recorded", lambda row: row.recorded_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)

_SAME_FOR_ALL = frozenset({"document", "recorded_at"})
_VALUES = frozenset({"quantity_before", "unit_cost", "value_change"})

POSTED: Final = Listing[MovementRow](
    "posting",
    tuple(
        replace(
            column,
            shown=column.shown or column.name in _VALUES,
            href=None if column.name == "occurred_at" else column.href,
        )
        for column in MOVEMENTS.columns
        if column.name not in _SAME_FOR_ALL
    ),
)
"""Movements of one posting, with what each did to the value."""
