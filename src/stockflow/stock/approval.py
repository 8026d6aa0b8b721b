"""Which adjustments an actor may not post alone: those over the limits the company has set.

Who may approve adjustments may post them. Everybody else asks for them: see the feature `adjustments`.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.money import line_total
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock.commands import MovementType
from stockflow.stock.errors import ApprovalNeeded, LineError
from stockflow.stock.ledger import ZERO, Entry, LevelKey

ADJUSTING = frozenset({MovementType.ADJUSTMENT, MovementType.WRITE_OFF})
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


async def lines_over_limits(scope: WriteScope, entries: Iterable[Entry]) -> list[LineError]:
    """An error for each entry the actor may not post; asks nothing of the database without need."""
    if Permission.APPROVE_STOCK in GRANTS[scope.actor.role]:
        return []
    adjusting = [entry for entry in entries if entry.type in ADJUSTING]
    if not adjusting:
        return []
    limits = await (await scope.execute(_LIMITS, {"company_id": scope.company_id})).fetchone()
    if limits is None:
        return []
    quantity_limit, value_limit = limits
    costs: dict[LevelKey, Decimal] = {}
    if value_limit is not None:
        costs = await average_costs(scope, {entry.level for entry in adjusting})
    errors = []
    for entry in adjusting:
        quantity = abs(entry.change)
        average = costs.get(entry.level, ZERO)  # asked for only where values are limited
        value = line_total(quantity, unit_value(entry.change, entry.unit_cost, average))
        if quantity_limit is not None and quantity > quantity_limit:
            rule = f"{plain(quantity)} is more than {plain(quantity_limit)} units"
        elif value_limit is not None and value > value_limit:
            rule = f"{value:.4f} is more than a value of {value_limit:.4f}"
        else:
            continue
        errors.append(_error(entry, rule))
    return errors


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
