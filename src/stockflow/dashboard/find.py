"""One search for anything that has a page of its own."""

from dataclasses import dataclass
from enum import StrEnum

from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope

FOUND_OF_EACH = 5
_TERM_MAX = 255
_LAST = "\U0010ffff"
_SQL = sql.load(__package__, "find.sql")


class FoundKind(StrEnum):
    """What can be found, in the order it is shown."""

    PRODUCT = "product"
    SALES_ORDER = "sales_order"
    PURCHASE_ORDER = "purchase_order"
    TRANSFER = "transfer"
    STOCK_COUNT = "stock_count"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing: `title` is its SKU, number or name; `detail` its name, status or code."""

    kind: FoundKind
    id: int
    title: str
    detail: str | None


async def find(scope: ReadScope, text: str) -> list[Found]:
    """Up to five of each kind: products as in their search, documents whose number begins with the
    text, active customers and suppliers with a name's word or a code that does. Without text, nothing.
    """
    scope.require(Permission.READ)
    term = " ".join(text.replace("\x00", "").split())[:_TERM_MAX]
    if not term:
        return []
    allowed = scope.actor.warehouse_ids
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await scope.execute(
        _SQL["find"],
        {
            "company_id": scope.company_id,
            "allowed": None if allowed is None else list(allowed),
            "term": term,
            "term_sku": sku_key(scope.company, term),
            "term_barcode": barcode_key(term) if is_gtin(term) else None,
            "number": term.upper(),
            "number_end": term.upper() + _LAST,
            "begins": f"{escaped}%",
            "within": f"% {escaped}%",
            "most": FOUND_OF_EACH,
        },
    )
    return [Found(FoundKind(kind), *rest) for kind, *rest in await rows.fetchall()]
