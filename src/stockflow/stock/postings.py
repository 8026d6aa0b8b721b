"""A posting read whole, with its movements."""

from dataclasses import dataclass
from datetime import datetime

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.commands import Bucket, DocumentType, MovementType
from stockflow.stock.errors import PostingNotFound

_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class PostedMovement:
    """A recorded change of one bucket, with what a reversal needs of it."""

    line: int
    id: int
    product_id: int
    sku: str
    warehouse_id: int
    type: MovementType
    bucket: Bucket
    quantity_change: QuantityOut
    quantity_before: QuantityOut
    quantity_after: QuantityOut
    occurred_at: datetime
    unit_cost: MoneyOut | None
    unit_price: MoneyOut | None
    value_change: MoneyOut


@dataclass(frozen=True, slots=True)
class PostingHead:
    """A posting without its movements."""

    id: int
    kind: str
    recorded_at: datetime
    reverses_id: int | None
    reversed_by_id: int | None
    document_type: DocumentType | None
    document_id: int | None
    user_id: int | None
    api_key_id: int | None


@dataclass(frozen=True, slots=True)
class PostingRow(PostingHead):
    """A posting with its movements."""

    movements: list[PostedMovement]


async def get_posting_head(scope: ReadScope, posting_id: int) -> PostingHead:
    """A posting without its movements, of which there may be many.

    Raises:
        PostingNotFound: no such posting, or it has movements in warehouses the actor may not see.
    """
    scope.require(Permission.READ)
    names = {"company_id": scope.company_id, "id": posting_id}
    head = await scope.fetch_one(PostingHead, _SQL["posting"], names)
    allowed = scope.actor.warehouse_ids
    hidden = (
        head is not None
        and allowed is not None
        and await scope.fetch_value(_SQL["partly_hidden"], {**names, "allowed": list(allowed)})
    )
    if head is None or hidden:
        raise PostingNotFound(facts={"posting_id": posting_id})
    return head


async def get_posting(scope: ReadScope, posting_id: int) -> PostingRow:
    """A posting with its movements.

    Raises:
        PostingNotFound: no such posting, or it has movements in warehouses the actor may not see.
    """
    scope.require(Permission.READ)
    names = {"company_id": scope.company_id, "id": posting_id}
    head = await scope.fetch_one(PostingHead, _SQL["posting"], names)
    if head is None:
        raise PostingNotFound(facts={"posting_id": posting_id})
    cursor = await scope.execute(_SQL["posted"], names)
    movements = [
        PostedMovement(
            line, id_, product, sku, warehouse, MovementType(kind), Bucket(bucket), *rest
        )
        for line, id_, product, sku, warehouse, kind, bucket, *rest in await cursor.fetchall()
    ]
    if not all(scope.may_use_warehouse(movement.warehouse_id) for movement in movements):
        raise PostingNotFound(facts={"posting_id": posting_id})
    return PostingRow(
        head.id,
        head.kind,
        head.recorded_at,
        head.reverses_id,
        head.reversed_by_id,
        head.document_type,
        head.document_id,
        head.user_id,
        head.api_key_id,
        movements,
    )
