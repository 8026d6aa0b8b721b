"""Three months of trade up to a moment, as postings in time order; the same moment, the same trade."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from stockflow.demo import story
from stockflow.demo.assortment import Product
from stockflow.demo.demand import (
    MISTAKE,
    Calendar,
    Event,
    Level,
    at,
    events_of_demand,
    local_day,
    parts_of,
    stocked,
)
from stockflow.demo.endings import (
    PERIOD_DAYS,
    Outlook,
    endings,
    own_thresholds,
    threshold_of,
)
from stockflow.demo.supply import ZERO, Change, delivery_moments, least_ending, plan
from stockflow.stock.commands import MovementLine, MovementType, PostingKind

_SEED = "Fell & Ferry"
_PENCE = Decimal("0.01")
_DIRECTIONS = {
    MovementType.PURCHASE: 1,
    MovementType.RETURN: 1,
    MovementType.ADJUSTMENT: 1,
    MovementType.RECOUNT: 1,
    MovementType.RELEASE: 1,
    MovementType.SALE: -1,
    MovementType.DAMAGE: -1,
    MovementType.RESERVE: -1,
    MovementType.WRITE_OFF: 0,
}
_DEMAND = {MovementType.SALE: 1, MovementType.RETURN: -1}


@dataclass(frozen=True, slots=True)
class Posting:
    """Movements to post together; `reversed_at` where they are taken back, and when."""

    kind: PostingKind
    lines: list[MovementLine]
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    """All that happened, and the thresholds that were learned from it."""

    postings: list[Posting]
    thresholds: dict[Level, Decimal]


def simulate(now: datetime) -> Trade:
    """Play the story up to `now`."""
    calendar = Calendar(now)
    chance = random.Random(f"{_SEED} {calendar.today}")
    demand = events_of_demand(calendar, chance)
    changes = _changes(demand)
    sold = _sold_recently(demand, calendar)
    thresholds = own_thresholds(sold)
    outlooks = list(_outlooks(calendar, changes, sold, thresholds))
    left = endings(outlooks, chance)
    supplied = [
        event
        for outlook in outlooks
        for event in _supplies(outlook, calendar, changes[outlook.level], left[outlook.level])
    ]
    return Trade(list(_postings(sorted([*supplied, *demand], key=_in_time))), thresholds)


def _in_time(event: Event) -> tuple[datetime, str]:
    return event.occurred_at, event.cause


def _parts(event: Event) -> Iterator[tuple[Level, Decimal]]:
    for sku, quantity in parts_of(event.sku):
        yield (sku, event.warehouse), quantity * event.quantity


def _changes(events: Iterable[Event]) -> dict[Level, list[Change]]:
    """What changes each level, in time order; a mistake is there for as long as nobody saw it."""
    changes: defaultdict[Level, list[Change]] = defaultdict(list)
    for event in events:
        for level, quantity in _parts(event):
            changes[level].append((event.occurred_at, _DIRECTIONS[event.type] * quantity))
            if event.cause == MISTAKE:
                changes[level].append((_noticed(event.occurred_at), quantity))
    for some in changes.values():
        some.sort()
    return changes


def _noticed(moment: datetime) -> datetime:
    return moment + timedelta(minutes=25)


def _sold_recently(events: Iterable[Event], calendar: Calendar) -> dict[Level, Decimal]:
    sold: defaultdict[Level, Decimal] = defaultdict(Decimal)
    since = calendar.ago(PERIOD_DAYS - 1)
    for event in events:
        if local_day(event.occurred_at) >= since and event.cause != MISTAKE:
            for level, quantity in _parts(event):
                sold[level] += quantity * _DEMAND.get(event.type, 0)
    return dict(sold)


def _outlooks(
    calendar: Calendar,
    changes: Mapping[Level, Sequence[Change]],
    sold: Mapping[Level, Decimal],
    thresholds: Mapping[Level, Decimal],
) -> Iterator[Outlook]:
    for warehouse in (place.code for place in story.WAREHOUSES):
        for product in stocked(warehouse):
            level = (product.sku, warehouse)
            yield Outlook(
                level,
                product,
                sold.get(level, ZERO),
                threshold_of(product, thresholds.get(level)),
                least_ending(changes[level], _deliveries(product, warehouse, calendar)),
            )


def _deliveries(product: Product, warehouse: str, calendar: Calendar) -> list[datetime]:
    return delivery_moments(next(iter(product.suppliers), None), warehouse, calendar)


def _supplies(
    outlook: Outlook, calendar: Calendar, changes: Sequence[Change], left: Decimal
) -> Iterator[Event]:
    product, (sku, warehouse) = outlook.product, outlook.level
    planned = plan(product, changes, _deliveries(product, warehouse, calendar), left)
    if planned.opening:
        yield Event(
            at(calendar.first, 18, 0),
            sku,
            warehouse,
            MovementType.ADJUSTMENT,
            planned.opening,
            unit_cost=_cost(product, calendar.first, calendar),
            reason="Opening stock",
            cause="opening",
        )
    for moment, quantity in planned.deliveries:
        yield Event(
            moment,
            sku,
            warehouse,
            MovementType.PURCHASE,
            quantity,
            unit_cost=_cost(product, local_day(moment), calendar),
            reference=f"PO-{product.suppliers[0]}-{local_day(moment):%y%m%d}",
        )


def _cost(product: Product, day: date, calendar: Calendar) -> Decimal:
    """What a unit cost then: it has become dearer by a sixteenth since the beginning of the story."""
    share = 1 - Decimal((calendar.today - day).days) / (16 * story.DAYS)
    return (product.cost_price * share).quantize(_PENCE)


def _together(event: Event) -> tuple[date, str]:
    """What is posted at once: a week of trade, but what has a cause of its own alone."""
    day = local_day(event.occurred_at)
    return day - timedelta(days=day.weekday()), event.cause


def _postings(events: Iterable[Event]) -> Iterator[Posting]:
    held: defaultdict[Level, Decimal] = defaultdict(Decimal)
    for (_, cause), some in groupby(events, _together):
        lines = [_line(event, held) for event in some]
        moment = lines[-1].occurred_at
        reversed_at = None
        if cause == MISTAKE and moment is not None:
            reversed_at = _noticed(moment)
            for line in lines:
                held[str(line.sku), str(line.warehouse)] += line.quantity
        kind = PostingKind.OPENING if cause == "opening" else PostingKind.MOVEMENTS
        yield Posting(kind, lines, reversed_at)


def _line(event: Event, held: defaultdict[Level, Decimal]) -> MovementLine:
    """The event as a line; keeps the balances, from which a count knows what was found."""
    for level, quantity in _parts(event):
        held[level] += _DIRECTIONS[event.type] * quantity
    counted = event.type is MovementType.RECOUNT
    found = replace(event, quantity=held[event.sku, event.warehouse]) if counted else event
    return MovementLine(
        sku=found.sku,
        warehouse=found.warehouse,
        type=found.type,
        quantity=found.quantity,
        unit_cost=found.unit_cost,
        unit_price=found.unit_price,
        reason=found.reason,
        reference=found.reference,
        occurred_at=found.occurred_at,
    )
