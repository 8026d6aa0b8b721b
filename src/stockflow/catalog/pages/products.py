"""`/c/{company_id}/products`."""

from starlette.responses import Response

from stockflow.catalog.commands import ProductFilters
from stockflow.catalog.queries import ProductRow, list_products
from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.foundation.scope import Company
from stockflow.web.lookup import OPTIONS_MAX, Option, options_response

pages = PageRouter("/products")


@pages.get("/lookup")
async def lookup(page: Page) -> Response:
    """Products for a field: the one whose barcode or SKU it is, and those like the text."""
    filters = page.filters(ProductFilters, limit=OPTIONS_MAX)
    text = " ".join(filters.q.split())
    found = (await list_products(page.scope, filters)).items
    return options_response(_option(page.company, row, text) for row in found)


def _option(company: Company, row: ProductRow, text: str) -> Option:
    same_sku = sku_key(company, text) == sku_key(company, row.sku)
    same_barcode = (
        is_gtin(text) and row.barcode is not None and barcode_key(text) == barcode_key(row.barcode)
    )
    return Option(
        id=row.id,
        text=f"{row.sku} · {row.name}",
        detail=row.category or "",
        exact=same_sku or same_barcode,
        data={
            "price": row.price,
            "cost_price": row.cost_price,
            "unit": row.unit,
            "product_type": row.product_type,
        },
    )
