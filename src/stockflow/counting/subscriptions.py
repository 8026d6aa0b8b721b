"""What counting does when other features speak."""

from stockflow.catalog.events import ProductArchiving
from stockflow.counting.errors import ProductBeingCounted
from stockflow.foundation import sql
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.stock.documents import documents_with

_SQL = sql.load(__package__, "counting.sql")


@subscribe(ProductArchiving)
async def refuse_while_a_difference_waits(scope: WriteScope, event: ProductArchiving) -> None:
    """A product stays whose counted difference is not posted yet: it is not what the levels say.

    Other lines of it do not matter: an archived product is empty, and is left out.
    """
    counts = await documents_with(scope, _SQL["open_with_product"], event.product_id)
    if counts:
        raise ProductBeingCounted(facts={"documents": counts})
