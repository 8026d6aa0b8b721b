"""What somebody who counts means by what they scanned or typed."""

from dataclasses import dataclass

from stockflow.catalog.commands import ProductFilters
from stockflow.catalog.queries import ProductRow, list_products
from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.counting.commands import CountStatus, FindFilters, LineFilters
from stockflow.counting.queries import CountRow, LineRow, get_count, lines_of, list_lines
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import Company, ReadScope

_FOUND_MAX = 20
_OF_ONE_CODE_MAX = 2
"""A SKU of one product may be the barcode of another."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line of a count, or a product that is put on it once it is entered.

    `is_meant` where the text is its whole SKU or barcode, or it is the only line that is found.
    """

    line: LineRow | None
    product: ProductRow | None
    is_meant: bool


async def find(scope: ReadScope, count_id: int, filters: FindFilters) -> Page[Found]:
    """What a scanned or typed text may mean in a count, at most 20; at most one is meant.

    Raises:
        CountNotFound: no such count.
    """
    return Page(await find_in(scope, await get_count(scope, count_id), filters.q), None)


async def find_in(scope: ReadScope, count: CountRow, text: str) -> list[Found]:
    """Lines of the count; only where there are none, products that may be added to it."""
    scope.require(Permission.MOVE_STOCK)
    if not text.strip():
        return []
    if lines := await _lines_like(scope, count, text):
        return _lines(scope.company, text, lines)
    if count.is_narrowed or count.status != CountStatus.COUNTING:
        return []
    known = await list_products(scope, ProductFilters(q=text, limit=_FOUND_MAX))
    return _products(scope.company, text, known.items)


async def _lines_like(scope: ReadScope, count: CountRow, text: str) -> list[LineRow]:
    """In the order of the count; one with this code is never hidden behind others that are like it."""
    found = await list_lines(scope, count.id, LineFilters(q=text, limit=_FOUND_MAX))
    if found.next_cursor is None:
        return found.items
    likest = await list_products(scope, ProductFilters(q=text, limit=_OF_ONE_CODE_MAX))
    rows = await lines_of(scope, count, [product.id for product in likest.items])
    named = [row for row in rows if _is_code(scope.company, text, row.sku, row.barcode)]
    others = [row for row in found.items if row not in named]
    return [*named, *others][:_FOUND_MAX]


def _lines(company: Company, text: str, rows: list[LineRow]) -> list[Found]:
    exact = [row for row in rows if _is_code(company, text, row.sku, row.barcode)]
    meant = exact or rows
    return [Found(row, None, len(meant) == 1 and row is meant[0]) for row in rows]


def _products(company: Company, text: str, rows: list[ProductRow]) -> list[Found]:
    """Without bundles, which have no stock; a product is put on a count by its code alone."""
    products = [row for row in rows if row.product_type != "bundle"]
    exact = [row for row in products if _is_code(company, text, row.sku, row.barcode)]
    return [Found(None, row, len(exact) == 1 and row is exact[0]) for row in products]


def _is_code(company: Company, text: str, sku: str, barcode: str | None) -> bool:
    text = " ".join(text.split())
    if sku_key(company, text) == sku_key(company, sku):
        return True
    return barcode is not None and is_gtin(text) and barcode_key(text) == barcode_key(barcode)
