"""How a supplier delivers: how long it takes, how punctual it is, and in which state goods come."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.queries import SQL
from stockflow.suppliers.queries import require_suppliers

PERIOD_DAYS = 365


@dataclass(frozen=True, slots=True)
class Performance:
    """Deliveries of the last 365 days; `promised` of them had an expected day, `on_time` kept it.

    `lead_time_days` is the average from approval to delivery; `good`, `damaged` and `missing` are units.
    """

    deliveries: int
    lead_time_days: QuantityOut | None
    promised: int
    on_time: int
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut

    @property
    def on_time_share(self) -> Decimal | None:
        return Decimal(self.on_time) / self.promised if self.promised else None

    @property
    def faulty_share(self) -> Decimal | None:
        """Of the units that came or should have come, those damaged or missing."""
        faulty = self.damaged + self.missing
        return faulty / (self.good + faulty) if self.good + faulty else None


async def supplier_performance(scope: ReadScope, supplier_id: int) -> Performance:
    """How a supplier delivered to the warehouses the actor may see.

    Raises:
        SupplierNotFound: no such supplier.
    """
    scope.require(Permission.READ)
    await require_suppliers(scope, [supplier_id])
    allowed = scope.actor.warehouse_ids
    names = {
        "company_id": scope.company_id,
        "supplier_id": supplier_id,
        "since": scope.now - timedelta(days=PERIOD_DAYS),
        "timezone": scope.company.timezone.key,
        "allowed": None if allowed is None else list(allowed),
    }
    found = await scope.fetch_one(Performance, SQL["performance"], names)
    assert found is not None, "an aggregate always has a row"
    return found
