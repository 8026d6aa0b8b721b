"""`/c/{company_id}/products/labels`: barcode labels, as a form and as the PDF."""

from starlette.responses import Response

from stockflow.catalog.labels import LABELS_MAX, PrintLabels, product_labels_pdf
from stockflow.catalog.queries import resolve_products
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.foundation.quantity import id_of
from stockflow.web.forms import typed
from stockflow.web.pdf_labels_layout import LabelLayout
from stockflow.web.printing import pdf_response, print_style

pages = PageRouter("/products")
_PRODUCTS_MAX = 1000
_LAYOUTS = [
    (LabelLayout.SHEET_3X8, "A4 sheet, 3 × 8"),
    (LabelLayout.SHEET_2X5, "A4 sheet, 2 × 5"),
    (LabelLayout.ROLL_57X32, "Label printer, 57 × 32 mm"),
]


@pages.get("/labels")
async def label_form(page: Page) -> Response:
    """The form for the products chosen in the list: `?id[]=7&id[]=9`."""
    found = await resolve_products(page.scope, _chosen(page), ())
    products = sorted(found.by_id.values(), key=lambda product: product.sku)
    return page.show(
        "catalog/labels.html", products=products, layouts=_LAYOUTS, labels_max=LABELS_MAX
    )


@pages.get("/labels.pdf")
async def labels(page: Page) -> Response:
    fields = typed(page.request.query_params.multi_items())
    command = fields.command(PrintLabels, page.company.timezone)
    return pdf_response(await product_labels_pdf(page.scope, command, print_style(page.reader)))


def _chosen(page: Page) -> list[int]:
    texts = page.request.query_params.getlist("id[]")[:_PRODUCTS_MAX]
    return [number for number in map(id_of, texts) if number is not None]
