"""What adjustments does when other features speak."""

from stockflow.adjustments.errors import ProductOnAdjustmentRequests
from stockflow.adjustments.queries import SQL
from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.stock.documents import documents_with


@subscribe(ProductArchiving)
async def refuse_while_adjustments_wait(scope: WriteScope, event: ProductArchiving) -> None:
    """A product somebody wants to adjust stays in use until that is decided."""
    requests = await documents_with(scope, SQL["open_with_product"], event.product_id)
    if requests:
        raise ProductOnAdjustmentRequests(facts={"documents": requests})
