"""Writing purchase orders: whom from, where to, which products; and what the supplier tells later."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.commands import (
    ChangePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseOrderFilters,
    PurchaseOrderStatus,
)
from stockflow.purchasing.operations import change_purchase_order, create_purchase_order
from stockflow.purchasing.queries import PurchaseOrderDocument, get_purchase_order
from stockflow.suppliers.errors import SupplierNotFound
from stockflow.suppliers.queries import SupplierRow, get_supplier, supplier_ids_by_code
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import list_warehouses
from stockflow.web.forms import FormState

pages = PageRouter("/purchase-orders")
_ONE = "/{purchase_order_id:int}"


@pages.get("/new")
async def new_order(page: Page) -> Response:
    """First whom from: prices, minimums and the supplier's own SKUs depend on that."""
    page.require("BUY")
    supplier = await _chosen_supplier(page)
    if supplier is None:
        return page.show("purchasing/choose_supplier.html")
    warehouses = await _warehouses(page.scope)
    return page.show("purchasing/form.html", order=None, supplier=supplier, warehouses=warehouses)


async def _chosen_supplier(page: Page) -> SupplierRow | None:
    """The supplier named in the address; a code there is not is said at its field."""
    asked = page.filters(PurchaseOrderFilters)
    if asked.supplier_id is not None:
        return await get_supplier(page.scope, asked.supplier_id)
    if asked.supplier is None:
        return None
    found = await supplier_ids_by_code(page.scope, [asked.supplier])
    if found:
        return await get_supplier(page.scope, next(iter(found.values())))
    unknown = "is not the code of a supplier: choose one of those found"
    page.form = FormState(
        {"supplier": asked.supplier}, errors={"supplier": unknown}, problem=SupplierNotFound()
    )
    return None


async def _warehouses(scope: ReadScope) -> list[tuple[int, str]]:
    found = await list_warehouses(scope, WarehouseFilters(active=True, limit=1000))
    return [(row.id, f"{row.code} · {row.name}") for row in found.items]


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreatePurchaseOrder, create_purchase_order, _saved, new_order)


@pages.get(_ONE + "/edit")
async def edit_order(page: Page) -> Response:
    """All of a draft; of an approved order, what the supplier tells about it."""
    page.require("BUY")
    order = await get_purchase_order(page.scope, page.id("purchase_order_id"))
    if order.status != PurchaseOrderStatus.DRAFT:
        return page.show("purchasing/annotate.html", order=order)
    supplier = await get_supplier(page.scope, order.supplier_id)
    warehouses = await _warehouses(page.scope)
    return page.show("purchasing/form.html", order=order, supplier=supplier, warehouses=warehouses)


@pages.post(_ONE + "/edit")
async def change(post: Post) -> Response:
    post.require_list("lines")
    return await _change(post)


@pages.post(_ONE + "/annotate")
async def annotate(post: Post) -> Response:
    return await _change(post)


async def _change(post: Post) -> Response:
    return await post.submit(
        ChangePurchaseOrder,
        lambda scope, command: change_purchase_order(
            scope, post.id("purchase_order_id"), command, post.version
        ),
        _saved,
        edit_order,
    )


def _saved(order: PurchaseOrderDocument) -> Done:
    return Done(f"/purchase-orders/{order.id}", f"{order.number} is saved.")
