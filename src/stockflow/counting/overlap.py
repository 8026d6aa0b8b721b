"""That no product is on two open counts of a warehouse: both would correct the same difference."""

from stockflow.counting.errors import CountedElsewhere
from stockflow.foundation import sql
from stockflow.foundation.scope import WriteScope

_SQL = sql.load(__package__, "counting.sql")


async def serialize(scope: WriteScope, warehouse_id: int) -> None:
    """Wait for others who put products of the warehouse on a count, and let them wait."""
    names = {"company_id": scope.company_id, "warehouse_id": warehouse_id}
    await scope.execute(_SQL["serialize"], names)


async def require_counted_here_only(
    scope: WriteScope, count_id: int, warehouse_id: int, first_line: int = 0
) -> None:
    """Refuse lines, from `first_line` on, whose product is on another open count of the warehouse.

    Raises:
        CountedElsewhere: naming the other counts and the products.
    """
    cursor = await scope.execute(
        _SQL["counted_elsewhere"],
        {
            "company_id": scope.company_id,
            "count_id": count_id,
            "warehouse_id": warehouse_id,
            "first_line": first_line,
        },
    )
    counts = [
        {"id": id_, "number": number, "skus": skus} for id_, number, skus in await cursor.fetchall()
    ]
    if counts:
        raise CountedElsewhere(facts={"documents": counts})
