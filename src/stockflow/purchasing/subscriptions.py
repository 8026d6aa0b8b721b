"""What purchasing does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.purchasing.errors import ProductOnPurchaseOrders
from stockflow.purchasing.queries import SQL
from stockflow.stock.documents import documents_with


@subscribe(ProductArchiving)
async def refuse_while_on_order(scope: WriteScope, event: ProductArchiving) -> None:
    """A product on an order that is not finished, drafts included, stays in use."""
    orders = await documents_with(scope, SQL["open_with_product"], event.product_id)
    if orders:
        raise ProductOnPurchaseOrders(facts={"documents": orders})
