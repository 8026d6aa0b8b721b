"""Opening stock and deliveries, planned backwards from what shall be left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from functools import cache

from stockflow.demo import story
from stockflow.demo.assortment import Product
from stockflow.demo.demand import Calendar, at

ZERO = Decimal(0)
Change = tuple[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Plan:
    """What lies there first, and how much each delivery brings."""

    opening: Decimal
    deliveries: list[Change]


@cache
def delivery_moments(supplier: str | None, warehouse: str, calendar: Calendar) -> list[datetime]:
    """When the supplier's van comes: on its weekday, before the first order is picked."""
    if supplier is None or warehouse == story.CLOSED_WAREHOUSE:
        return []
    place = list(story.DELIVERS_EVERY_WEEKS).index(supplier)
    until = calendar.ago(story.LATE_SINCE_DAYS if supplier == story.LATE_SUPPLIER else 0)
    days = [day for day in calendar.days() if day.weekday() == place % 5 and day <= until]
    moments = [at(day, 8, 20) for day in days[:: story.DELIVERS_EVERY_WEEKS[supplier]]]
    return [moment for moment in moments if moment <= calendar.now]


def least_ending(changes: Sequence[Change], deliveries: Sequence[datetime]) -> Decimal:
    """The smallest stock that can be left: what comes back after the lowest point stays."""
    return _total(changes) - min(_lowest(changes, deliveries))


def plan(
    product: Product,
    changes: Sequence[Change],
    deliveries: Sequence[datetime],
    left: Decimal,
) -> Plan:
    """Deliver in whole order multiples, so that stock never runs below zero and ends with `left`.

    `changes` are all others, in time order; `left` is at least the smallest ending.
    """
    multiple = product.order_multiple * Decimal(1)
    lowest = _lowest(changes, deliveries)
    reserve = _reserve(changes, multiple)
    opening = -min(lowest[0], ZERO) + reserve
    wanted = left - opening - _total(changes)
    if wanted <= 0:
        return Plan(max(left - _total(changes), -min(lowest)), [])
    if not deliveries:
        return Plan(opening + wanted, [])
    shift = -wanted % multiple  # Decimal's remainder has the sign of the dividend
    shift = shift + multiple if shift < 0 else shift
    brought, received = [], ZERO
    for moment, low in zip(deliveries, lowest[1:], strict=True):
        last = moment == deliveries[-1]
        due = wanted if last else min(wanted, max(ZERO, reserve - opening - low))
        total = ((due + shift) / multiple).to_integral_value(ROUND_CEILING) * multiple
        if total > received and (due > 0 or last):
            brought.append((moment, total - received))
            received = total
    return Plan(opening - shift, brought)


def _reserve(changes: Sequence[Change], multiple: Decimal) -> Decimal:
    """What the buyer likes to see on the shelf when a delivery comes."""
    weekly = -_total(changes) * 7 / story.DAYS
    return multiple + max(weekly, ZERO).to_integral_value(ROUND_CEILING)


def _total(changes: Sequence[Change]) -> Decimal:
    return sum((change for _, change in changes), ZERO)


def _lowest(changes: Sequence[Change], deliveries: Sequence[datetime]) -> list[Decimal]:
    """The lowest sum of changes before the first delivery, and between each and the next."""
    found = []
    balance, low, waiting = ZERO, ZERO, list(deliveries)
    for moment, change in changes:
        while waiting and waiting[0] <= moment:
            waiting.pop(0)
            found.append(low)
            low = balance
        balance += change
        low = min(low, balance)
    return [*found, low, *([balance] * len(waiting))]
