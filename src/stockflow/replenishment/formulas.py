"""The arithmetic of low-stock alerts, see docs/concepts/alerts.md; all exact."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from stockflow.foundation.quantity import plain

_FOUR_PLACES = Decimal("0.0001")
ZERO = Decimal(0)
CRITICAL_DAYS_MAX, HIGH_DAYS_MAX, MEDIUM_DAYS_MAX = 3, 7, 14


class Urgency(StrEnum):
    """How soon stock runs out."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def four_decimals(number: Decimal) -> Decimal:
    """A quantity as it is shown; what is compared and computed with is not rounded."""
    return plain(number.quantize(_FOUR_PLACES, ROUND_HALF_EVEN))


def average_daily_sales(sold: Decimal, period_days: int) -> Decimal:
    """Units per day, rounded to 4 decimals; no demand where returns exceed sales."""
    return four_decimals(max(sold, ZERO) / period_days)


def urgency(available: Decimal, days_until_stockout: int | None) -> Urgency:
    """Critical when nothing is left or it lasts at most 3 days; high to 7, medium to 14."""
    if available <= 0:
        return Urgency.CRITICAL
    if days_until_stockout is None or days_until_stockout > MEDIUM_DAYS_MAX:
        return Urgency.LOW
    if days_until_stockout <= CRITICAL_DAYS_MAX:
        return Urgency.CRITICAL
    return Urgency.HIGH if days_until_stockout <= HIGH_DAYS_MAX else Urgency.MEDIUM


def recommended_quantity(
    *,
    available: Decimal,
    threshold: Decimal,
    sold: Decimal,
    period_days: int,
    lead_time_days: int | None,
    on_order: Decimal,
    minimum: Decimal | None,
    multiple: Decimal | None,
) -> Decimal:
    """How much to order, in units.

    The target is twice the threshold, or the demand over the supplier's lead time where that is more.
    What is available and on order is taken off; a positive rest is raised to the minimum (the
    supplier's, or the product's own reorder quantity) and up to whole multiples.
    """
    over_lead_time = max(sold, ZERO) * (lead_time_days or 0) / period_days
    rest = max(2 * threshold, over_lead_time) - available - on_order
    if rest <= 0:
        return ZERO
    step = multiple or Decimal(1)
    wanted = max(rest, minimum or ZERO)
    return plain((wanted / step).to_integral_value(ROUND_CEILING) * step)
