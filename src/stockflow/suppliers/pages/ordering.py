"""What can be ordered from a supplier, as fields of orders find it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from stockflow.catalog.commands import ProductFilters, ProductType
from stockflow.catalog.queries import ProductRow, list_products
from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.foundation.scope import Company, ReadScope
from stockflow.purchasing.drafting import costs
from stockflow.stock.queries import ProductTotals, totals_of_products
from stockflow.suppliers.queries import TermsRow, all_terms, get_supplier
from stockflow.suppliers.supplied import supplied_as
from stockflow.web.lookup import OPTIONS_MAX, Option, options_response
from stockflow.web.rendering import amount_input

pages = PageRouter("/suppliers/{supplier_id:int}/products")


@dataclass(frozen=True, slots=True)
class _Found:
    """A product that is like the text; `exact` if the text is its SKU, barcode or SKU at the supplier."""

    id: int
    sku: str
    name: str
    exact: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the products found, by their ids."""

    terms: dict[int, TermsRow]
    costs: dict[int, Decimal | None]
    stock: dict[int, ProductTotals]


@pages.get("/lookup")
async def lookup(page: Page) -> Response:
    """Products for a line of an order, with what they cost here and how they are sold."""
    supplier = await get_supplier(page.scope, page.id("supplier_id"))
    filters = page.filters(ProductFilters, limit=OPTIONS_MAX, product_type=ProductType.STANDARD)
    found = await _found(page.scope, supplier.id, filters)
    known = await _known(page.scope, supplier.id, list(found))
    return options_response(_option(product, known) for product in found.values())


async def _found(scope: ReadScope, supplier_id: int, filters: ProductFilters) -> dict[int, _Found]:
    text = " ".join(filters.q.split())
    found: dict[int, _Found] = {}
    for supplied in await supplied_as(scope, supplier_id, text):
        product_id = supplied.product_id
        found[product_id] = _Found(product_id, supplied.sku, supplied.product_name, exact=True)
    for row in (await list_products(scope, filters)).items:
        exact = _is_exact(scope.company, row, text)
        found.setdefault(row.id, _Found(row.id, row.sku, row.name, exact))
    return found


def _is_exact(company: Company, row: ProductRow, text: str) -> bool:
    if sku_key(company, text) == sku_key(company, row.sku):
        return True
    return (
        is_gtin(text) and row.barcode is not None and barcode_key(text) == barcode_key(row.barcode)
    )


async def _known(scope: ReadScope, supplier_id: int, product_ids: list[int]) -> _Known:
    terms = await all_terms(scope, product_ids)
    pairs = {(product_id, supplier_id) for product_id in product_ids}
    known = await costs(scope, pairs, scope.company.currency)
    return _Known(
        {row.product_id: row for row in terms if row.supplier_id == supplier_id},
        {product_id: cost for (product_id, _), cost in known.items()},
        await totals_of_products(scope, product_ids),
    )


def _option(product: _Found, known: _Known) -> Option:
    hint = " · ".join(_hints(product.id, known))
    cost = amount_input(known.costs.get(product.id))
    return Option(
        id=product.id,
        text=f"{product.sku} · {product.name}",
        detail=hint,
        exact=product.exact,
        data={"unit_cost": cost, "hint": hint},
    )


def _hints(product_id: int, known: _Known) -> Iterator[str]:
    """What helps to say how many to order."""
    yield f"{known.stock[product_id].available:f} available"
    terms = known.terms.get(product_id)
    if terms is None:
        return
    if terms.minimum_order_quantity:
        yield f"at least {terms.minimum_order_quantity:f}"
    if terms.order_multiple:
        yield f"in multiples of {terms.order_multiple:f}"
