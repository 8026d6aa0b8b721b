"""What transfers does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.stock.documents import documents_with
from stockflow.transfers.errors import ProductOnTransfers
from stockflow.transfers.queries import SQL


@subscribe(ProductArchiving)
async def refuse_while_on_transfers(scope: WriteScope, event: ProductArchiving) -> None:
    """A product that is to be transferred, or is under way, stays in use."""
    transfers = await documents_with(scope, SQL["open_with_product"], event.product_id)
    if transfers:
        raise ProductOnTransfers(facts={"documents": transfers})
