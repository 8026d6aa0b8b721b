"""Words and addresses of stock for people."""

from stockflow.stock.commands import DocumentType, MovementType
from stockflow.stock.queries import MovementRow

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


def document_href(row: MovementRow) -> str | None:
    """Where the document is that caused a movement."""
    if row.document_type is None:
        return None
    return f"{_PLACES[DocumentType(row.document_type)]}/{row.document_id}"
