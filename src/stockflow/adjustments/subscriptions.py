"""What adjustments does when other features speak."""

from stockflow.adjustments.errors import ProductOnAdjustmentRequests
from stockflow.adjustments.queries import waiting_requests_of
from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope


@subscribe(ProductArchiving)
async def refuse_while_adjustments_wait(scope: WriteScope, event: ProductArchiving) -> None:
    """A product somebody wants to adjust stays in use until that is decided."""
    requests = await waiting_requests_of(scope, event.product_id)
    if requests:
        raise ProductOnAdjustmentRequests(
            facts={"product_id": event.product_id, "requests": requests}
        )
