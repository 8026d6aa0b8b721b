"""What sales does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.jobs import defer
from stockflow.foundation.scope import WriteScope
from stockflow.sales import jobs as _jobs  # noqa: F401  # registers them
from stockflow.sales.errors import ProductOnSalesOrders
from stockflow.sales.queries import SQL
from stockflow.stock.documents import documents_with
from stockflow.stock.events import StockArrived


@subscribe(StockArrived)
async def serve_waiting_orders(scope: WriteScope, event: StockArrived) -> None:
    """Reserve what arrived for backordered lines, once it is committed."""
    names = {"company_id": scope.company_id, "products": sorted(event.product_ids)}
    if await scope.fetch_value(SQL["waiting"], names):
        await defer(scope, "reserve-backorders")


@subscribe(ProductArchiving)
async def refuse_while_ordered(scope: WriteScope, event: ProductArchiving) -> None:
    """A product that customers have ordered and not got, were it in a bundle or a draft, stays."""
    orders = await documents_with(scope, SQL["open_with_product"], event.product_id)
    if orders:
        raise ProductOnSalesOrders(facts={"documents": orders})
