"""Which adjustments an actor may not post alone: those over the limits the company has set.

Who may approve adjustments may post them. Everybody else asks for them: see the feature `adjustments`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.money import line_total
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock.commands import MovementType
from stockflow.stock.errors import ApprovalNeeded, LineError
from stockflow.stock.ledger import ZERO, Entry, LevelKey

ADJUSTING = frozenset(
    {
        MovementType.ADJUSTMENT,
        MovementType.WRITE_OFF,
        MovementType.RECOUNT,
        MovementType.MANUFACTURING,
    }
)
"""The types of movements the limits are for: they change stock for no reason but someone's word."""

_LIMITS = """
SELECT adjustment_approval_quantity, adjustment_approval_value
  FROM companies
 WHERE id = %(company_id)s
   AND (adjustment_approval_quantity IS NOT NULL OR adjustment_approval_value IS NOT NULL)
"""
_AVERAGE_COSTS = """
SELECT k.product_id, k.warehouse_id, coalesce(l.average_cost, p.cost_price, 0)
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
  JOIN products p ON p.company_id = %(company_id)s AND p.id = k.product_id
  LEFT JOIN stock_levels l ON l.company_id = %(company_id)s
                          AND l.product_id = k.product_id AND l.warehouse_id = k.warehouse_id
"""


class Limits:
    """What an actor may adjust without approval; remembers what a request has adjusted so far.

    The lines of a request that adjust the same level by the same type in the same direction count
    together, so that nothing passes in pieces.
    """

    def __init__(
        self,
        quantity: Decimal | None,
        value: Decimal | None,
        costs: Mapping[LevelKey, Decimal],
    ) -> None:
        self._quantity = quantity
        self._value = value
        self._costs = costs
        self._adjusted: dict[tuple[LevelKey, MovementType, bool], tuple[Decimal, Decimal]] = {}

    def error(self, entry: Entry) -> LineError | None:
        """Why the entry may not be posted after those before it; one that may counts from now on."""
        key = (entry.level, entry.type, entry.change < 0)
        quantity, value = self._adjusted.get(key, (ZERO, ZERO))
        average = self._costs.get(entry.level, ZERO)  # asked for only where values are limited
        quantity += abs(entry.change)
        value += line_total(abs(entry.change), unit_value(entry.change, entry.unit_cost, average))
        if self._quantity is not None and quantity > self._quantity:
            return _error(entry, f"{plain(quantity)} is more than {plain(self._quantity)} units")
        if self._value is not None and value > self._value:
            return _error(entry, f"{value:.4f} is more than a value of {self._value:.4f}")
        self._adjusted[key] = (quantity, value)
        return None


async def limits_on(scope: WriteScope, entries: Iterable[Entry]) -> Limits | None:
    """The limits these entries are under; None, without asking, where the actor is under none."""
    if Permission.APPROVE_STOCK in GRANTS[scope.actor.role]:
        return None
    levels = {entry.level for entry in entries if entry.type in ADJUSTING}
    if not levels:
        return None
    limits = await (await scope.execute(_LIMITS, {"company_id": scope.company_id})).fetchone()
    if limits is None:
        return None
    quantity, value = limits
    return Limits(quantity, value, {} if value is None else await average_costs(scope, levels))


async def lines_over_limits(scope: WriteScope, entries: Sequence[Entry]) -> list[LineError]:
    """An error for each entry the actor may not post; asks nothing of the database without need."""
    limits = await limits_on(scope, entries)
    if limits is None:
        return []
    adjusting = (entry for entry in entries if entry.type in ADJUSTING)
    return [error for entry in adjusting if (error := limits.error(entry)) is not None]


async def require_within_limits(scope: WriteScope, entries: Sequence[Entry]) -> None:
    """Refuse entries the actor may not post.

    Raises:
        ApprovalNeeded: naming their lines.
    """
    errors = await lines_over_limits(scope, entries)
    if errors:
        raise ApprovalNeeded(facts={"lines": [error.facts() for error in errors]})


def _error(entry: Entry, rule: str) -> LineError:
    return LineError(
        entry.line,
        ApprovalNeeded.code,
        f"{rule}, the most that may be adjusted without approval.",
        product_id=entry.product_id,
        sku=entry.sku,
        warehouse_id=entry.warehouse_id,
        requested=abs(entry.change),
    )


def unit_value(change: Decimal, unit_cost: Decimal | None, average_cost: Decimal) -> Decimal:
    """What one unit of a change is worth: going out, the average, whatever cost a line names."""
    return average_cost if change < 0 or unit_cost is None else unit_cost


async def average_costs(scope: ReadScope, levels: Collection[LevelKey]) -> dict[LevelKey, Decimal]:
    """What one unit costs on average at these levels; a new one begins at the product's cost."""
    names = {
        "company_id": scope.company_id,
        "products": sql.array_literal([product for product, _ in levels]),
        "warehouses": sql.array_literal([warehouse for _, warehouse in levels]),
    }
    cursor = await scope.execute(_AVERAGE_COSTS, names)
    return {(row[0], row[1]): row[2] for row in await cursor.fetchall()}
