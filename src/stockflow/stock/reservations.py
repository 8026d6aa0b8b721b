"""What documents hold of the reserved stock, line by line, and until when.

Every change here goes with a posting that changes the reserved bucket alike, in one transaction and
under the locks of the levels. A reservation whose time is over is not stock that is held: `lock_levels`
frees it before anything is decided, whether the job that frees it has come by or not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock.commands import DocumentType

_SQL = sql.load(__package__, "reservations.sql")


@dataclass(frozen=True, slots=True)
class NewReservation:
    """Stock a line of a document is to hold; its levels are locked and the stock was posted."""

    product_id: int
    warehouse_id: int
    quantity: Decimal
    line_id: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Stock a line of a document holds."""

    id: int
    product_id: int
    warehouse_id: int
    quantity: Decimal
    reserved_until: datetime | None
    document_id: int
    line_id: int


async def hold(
    scope: WriteScope,
    document: tuple[DocumentType, int],
    reference: str,
    reservations: Sequence[NewReservation],
    until: datetime | None,
) -> None:
    """Note what a document holds from now on; the same transaction posts it into reserved."""
    await scope.execute(
        _SQL["hold"],
        {
            "company_id": scope.company_id,
            "type": document[0].value,
            "id": document[1],
            "reference": reference,
            "until": until,
            "products": sql.array_literal([row.product_id for row in reservations]),
            "warehouses": sql.array_literal([row.warehouse_id for row in reservations]),
            "quantities": sql.array_literal([row.quantity for row in reservations]),
            "lines": sql.array_literal([row.line_id for row in reservations]),
        },
    )


async def held_by(
    scope: ReadScope, type_: DocumentType, document_ids: Collection[int]
) -> list[Reservation]:
    """What these documents hold, oldest first, without what is over by the clock of the scope.

    True until the transaction ends only for levels it has locked.
    """
    return await scope.fetch_all(
        Reservation,
        _SQL["held_by"],
        {
            "company_id": scope.company_id,
            "type": type_.value,
            "ids": sql.array_literal(list(document_ids)),
            "now": scope.now,
        },
    )


async def let_go(scope: WriteScope, quantities: Mapping[int, Decimal]) -> None:
    """Take these quantities off reservations, by their ids; the same transaction posts them."""
    await scope.execute(
        _SQL["let_go"],
        {
            "company_id": scope.company_id,
            "ids": sql.array_literal(list(quantities)),
            "quantities": sql.array_literal(list(quantities.values())),
        },
    )


async def held_at(
    scope: ReadScope, levels: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Decimal]:
    """How much of the reserved stock of these levels documents hold; others are left out."""
    cursor = await scope.execute(
        _SQL["held_at"],
        {
            "company_id": scope.company_id,
            "products": sql.array_literal([product for product, _ in levels]),
            "warehouses": sql.array_literal([warehouse for _, warehouse in levels]),
        },
    )
    return {(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def any_over(scope: ReadScope) -> bool:
    """Whether the company holds stock that is free by now; one look into an index."""
    names = {"company_id": scope.company_id, "now": scope.now}
    return bool(await scope.fetch_value(_SQL["any_over"], names))


async def next_end(scope: ReadScope) -> datetime | None:
    """When the next reservation of the company is over; None where none ends."""
    value: datetime | None = await scope.fetch_value(
        _SQL["next_end"], {"company_id": scope.company_id}
    )
    return value


async def levels_over(scope: ReadScope, most: int) -> list[tuple[int, int]]:
    """Levels that hold up to `most` reservations that are over."""
    cursor = await scope.execute(
        _SQL["levels_over"], {"company_id": scope.company_id, "now": scope.now, "most": most}
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]
