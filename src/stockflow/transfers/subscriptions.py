"""What transfers does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.transfers.errors import ProductOnTransfers
from stockflow.transfers.queries import open_transfers_of


@subscribe(ProductArchiving)
async def refuse_while_on_transfers(scope: WriteScope, event: ProductArchiving) -> None:
    """A product that is to be transferred, or is under way, stays in use."""
    transfers = await open_transfers_of(scope, event.product_id)
    if transfers:
        raise ProductOnTransfers(facts={"product_id": event.product_id, "transfers": transfers})
