"""`/c/{company_id}/products/{product_id}`: one product, its stock, what it sells and when it runs out."""

from starlette.responses import Response

from stockflow.catalog.bundles import set_components
from stockflow.catalog.commands import SetComponents
from stockflow.catalog.operations import archive_product, restore_product
from stockflow.catalog.queries import ComponentsRow, ProductRow, get_components, get_product
from stockflow.companies.audit import AuditFilters, AuditRow, list_entries
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.dashboard.presenting import PLACES
from stockflow.dashboard.queries import open_documents
from stockflow.foundation.quantity import id_of
from stockflow.foundation.scope import ReadScope
from stockflow.replenishment.commands import SetThreshold
from stockflow.replenishment.outlook import product_outlook
from stockflow.replenishment.thresholds import Threshold, list_thresholds, set_threshold
from stockflow.stock.card import stock_card
from stockflow.stock.commands import MovementFilters
from stockflow.stock.product_stock import product_stock
from stockflow.stock.queries import MovementRow, list_movements
from stockflow.suppliers.commands import TermsFilters
from stockflow.suppliers.queries import list_terms

pages = PageRouter("/products/{product_id:int}")
_HISTORY_ROWS = 20


@pages.get("")
async def product(page: Page) -> Response:
    row = await get_product(page.scope, page.id("product_id"))
    return page.show("catalog/product.html", product=row, **await _known_of(page.scope, row))


@pages.get("/card")
async def card(page: Page) -> Response:
    """The stock card, loaded behind the page: of all warehouses, or of one."""
    row = await get_product(page.scope, page.id("product_id"))
    stock = await product_stock(page.scope, row.id)
    warehouse_id = id_of(page.query.get("warehouse_id", ""))
    shown = await stock_card(page.scope, row.id, warehouse_id=warehouse_id)
    return page.show(
        "catalog/product_card.html", product=row, stock=stock, card=shown, warehouse_id=warehouse_id
    )


@pages.get("/history")
async def history(page: Page) -> Response:
    """What moved and what was changed lately, loaded behind the page."""
    row = await get_product(page.scope, page.id("product_id"))
    return page.show(
        "catalog/product_history.html",
        product=row,
        movements=await _movements(page.scope, row.id),
        changes=await _changes(page, row.id),
    )


@pages.post("/archive")
async def archive(post: Post) -> Response:
    return await post.act(
        lambda scope: archive_product(scope, post.id("product_id"), post.version),
        lambda row: Done(f"/products/{row.id}", f"{row.sku} is archived."),
        product,
    )


@pages.post("/restore")
async def restore(post: Post) -> Response:
    return await post.act(
        lambda scope: restore_product(scope, post.id("product_id"), post.version),
        lambda row: Done(f"/products/{row.id}", f"{row.sku} is in use again."),
        product,
    )


@pages.get("/components")
async def edit_components(page: Page) -> Response:
    page.require("EDIT_CATALOG")
    row = await get_product(page.scope, page.id("product_id"))
    contents = await get_components(page.scope, row.id)
    return page.show("catalog/components.html", product=row, contents=contents)


@pages.post("/components")
async def change_components(post: Post) -> Response:
    post.require_list("components")
    return await post.submit(
        SetComponents,
        lambda scope, command: set_components(scope, post.id("product_id"), command, post.version),
        _components_saved,
        edit_components,
    )


@pages.post("/thresholds/{warehouse_id:int}")
async def change_threshold(post: Post) -> Response:
    product_id, warehouse_id = post.id("product_id"), post.id("warehouse_id")
    return await post.submit(
        SetThreshold,
        lambda scope, command: set_threshold(scope, product_id, warehouse_id, command),
        lambda place: _threshold_saved(product_id, place),
        product,
    )


def _threshold_saved(product_id: int, place: Threshold) -> Done:
    return Done(f"/products/{product_id}", f"The threshold in {place.warehouse_code} is saved.")


async def _known_of(scope: ReadScope, row: ProductRow) -> dict[str, object]:
    """What the features know of a product, by the names its template has for it."""
    return {
        "stock": await product_stock(scope, row.id),
        "outlook": await product_outlook(scope, row.id),
        "terms": (await list_terms(scope, row.id, TermsFilters(limit=50))).items,
        "components": await _components(scope, row),
        "documents": await open_documents(scope, row.id),
        "places": PLACES,
        "thresholds": {place.warehouse_id: place for place in await _thresholds(scope, row)},
    }


async def _components(scope: ReadScope, row: ProductRow) -> ComponentsRow | None:
    return await get_components(scope, row.id) if row.product_type == "bundle" else None


async def _thresholds(scope: ReadScope, row: ProductRow) -> list[Threshold]:
    return (await list_thresholds(scope, row.id)).items


async def _movements(scope: ReadScope, product_id: int) -> list[MovementRow]:
    filters = MovementFilters(product_id=product_id, limit=_HISTORY_ROWS)
    return (await list_movements(scope, filters)).items


async def _changes(page: Page, product_id: int) -> list[AuditRow]:
    """The audit entries of a product, for who may read the audit log of all warehouses."""
    if not page.may("READ_AUDIT") or page.scope.actor.warehouse_ids is not None:
        return []
    filters = AuditFilters(entity="product", entity_id=product_id, limit=_HISTORY_ROWS)
    return (await list_entries(page.scope, filters)).items


def _components_saved(row: ComponentsRow) -> Done:
    return Done(f"/products/{row.product_id}", "The components are saved.")
