"""Reserves stock as a sales order does, whose own rules are tested elsewhere."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from stockflow.foundation.scope import WriteScope
from stockflow.stock import ledger, reservations
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.ledger import Document, Entry
from stockflow.stock.reservations import NewReservation
from tests.factories import Api
from tests.scopes import in_scope

ORDER = 9_000_001


def hold(
    api: Api,
    product: Any,
    warehouse: Any,
    quantity: int,
    *,
    hours: float | None = None,
    order: int = ORDER,
) -> int:
    """Let an order hold stock for so many hours, which may be past; the id of the posting."""
    until = None if hours is None else datetime.now(UTC) + timedelta(hours=hours)
    row = NewReservation(product["id"], warehouse["id"], Decimal(quantity), 1)
    return in_scope(api, _hold, product["sku"], row, until, order)


async def _hold(
    scope: WriteScope, sku: str, row: NewReservation, until: datetime | None, order: int
) -> int:
    entries = [
        Entry(
            line=0,
            product_id=row.product_id,
            sku=sku,
            warehouse_id=row.warehouse_id,
            type=MovementType.RESERVE,
            bucket=bucket,
            change=change,
            occurred_at=scope.now,
            reference=f"SO-{order}",
        )
        for bucket, change in ((Bucket.AVAILABLE, -row.quantity), (Bucket.RESERVED, row.quantity))
    ]
    document = Document(DocumentType.SALES_ORDER, order)
    posting_id, _ = await ledger.post(
        scope, entries, kind=PostingKind.RESERVATION, document=document
    )
    await reservations.hold(scope, document, f"SO-{order}", [row], until)
    return posting_id
