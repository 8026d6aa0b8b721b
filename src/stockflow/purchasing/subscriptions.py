"""What purchasing does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.purchasing.errors import ProductOnPurchaseOrders
from stockflow.purchasing.queries import SQL


@subscribe(ProductArchiving)
async def refuse_while_on_order(scope: WriteScope, event: ProductArchiving) -> None:
    """A product on an order that is not finished, drafts included, stays; up to 100 are named."""
    names = {"company_id": scope.company_id, "product_id": event.product_id}
    cursor = await scope.execute(SQL["holding_product"], names)
    rows = await cursor.fetchall()
    if rows:
        orders = [{"id": row[0], "number": row[1], "status": row[2]} for row in rows]
        raise ProductOnPurchaseOrders(facts={"purchase_orders": orders})
