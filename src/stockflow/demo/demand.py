"""What leaves the shelves of Fell & Ferry, and what comes back: sales, returns, damage, counts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from stockflow.demo import story
from stockflow.demo.assortment import NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS, Product, products
from stockflow.stock.commands import MovementType

Level = tuple[str, str]
"""A product's SKU and a warehouse's code."""

MISTAKE = "order keyed in wrongly"
"""The cause of the one posting that is reversed."""

_ZONE = ZoneInfo(story.COMPANY.timezone)
_LOCAL_SALES = {"KENDAL": 1.0, "DUBLIN": 0.6, "LEEDS": 0.45, "PENRITH": 0.3}
_WEEKDAYS = {
    "KENDAL": (1.25, 1.1, 1.0, 1.0, 1.15, 0.3, 0.0),
    "DUBLIN": (1.2, 1.1, 1.0, 1.0, 1.1, 0.0, 0.0),
    "LEEDS": (0.6, 0.7, 0.8, 1.0, 1.3, 2.0, 0.8),
    "PENRITH": (1.2, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0),
}
_MOST_SOLD = {"KENDAL": 6, "DUBLIN": 5, "LEEDS": 2, "PENRITH": 3}
_SELLING_BUNDLES = ("KENDAL", "LEEDS")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens; `quantity` of a recount is the difference that is found.

    Events of the same `cause` are posted together; the others by the day.
    """

    occurred_at: datetime
    sku: str
    warehouse: str
    type: MovementType
    quantity: Decimal
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    reason: str | None = None
    reference: str | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the story, seen from `now`."""

    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(_ZONE).date()

    @property
    def first(self) -> date:
        return self.today - timedelta(days=story.DAYS)

    def days(self) -> list[date]:
        """Every day of trade; the opening stock lies there the evening before."""
        return [self.first + timedelta(days=n) for n in range(1, story.DAYS + 1)]

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def last_working_day(self) -> date:
        """The latest weekday before today."""
        return next(day for day in map(self.ago, range(1, 4)) if day.weekday() < 5)


def at(day: date, hour: int, minute: int) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.combine(day, time(hour, minute), _ZONE).astimezone(UTC)


def local_day(moment: datetime) -> date:
    return moment.astimezone(_ZONE).date()


@cache
def parts_of(sku: str) -> tuple[tuple[str, Decimal], ...]:
    """The plain products that move with one of `sku`: itself, or what the bundle is made of."""
    bundle = next((bundle for bundle in story.BUNDLES if bundle.sku == sku), None)
    if bundle is None:
        return ((sku, Decimal(1)),)
    found: dict[str, Decimal] = {}
    for component, quantity in bundle.components:
        for part, each in parts_of(component):
            found[part] = found.get(part, Decimal(0)) + quantity * each
    return tuple(found.items())


@cache
def stocked(warehouse: str) -> tuple[Product, ...]:
    """What a warehouse keeps: Kendal everything, the shop at least what goes into bundles."""
    share = {"KENDAL": 1.0, "DUBLIN": 0.6, "LEEDS": 0.4, "PENRITH": 0.14}[warehouse]
    in_bundles = {part for bundle in story.BUNDLES for part, _ in parts_of(bundle.sku)}
    special = {NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS}
    return tuple(
        product
        for product in products()
        if share == 1
        or (warehouse in _SELLING_BUNDLES and product.sku in in_bundles)
        or (product.sku not in special and random.Random(warehouse + product.sku).random() < share)
    )


def events_of_demand(calendar: Calendar, chance: random.Random) -> list[Event]:
    """Everything that happens but deliveries and opening stock, up to now, in no order."""
    sales = [
        sale
        for warehouse in _LOCAL_SALES
        for day in calendar.days()
        for sale in _sales_of(warehouse, day, calendar, chance)
    ]
    events = [
        *sales,
        *_returns(sales, calendar, chance),
        *_damages(sales, chance),
        *_counts(calendar),
        *_reservations(calendar),
        *_mistaken_order(calendar),
    ]
    return [event for event in events if event.occurred_at <= calendar.now]


def _sales_of(
    warehouse: str, day: date, calendar: Calendar, chance: random.Random
) -> Iterator[Event]:
    if warehouse == story.CLOSED_WAREHOUSE and day >= calendar.ago(story.CLOSED_DAYS_AGO):
        return
    busy = _WEEKDAYS[warehouse][day.weekday()]
    lines = [
        (product.sku, product.price, _quantity(product, warehouse, chance))
        for product in stocked(warehouse)
        if chance.random() < busy * _eagerness(product.sku) * _LOCAL_SALES[warehouse]
    ]
    if warehouse in _SELLING_BUNDLES:
        lines += [
            (bundle.sku, bundle.price, Decimal(chance.randint(1, 2)))
            for bundle in story.BUNDLES
            if chance.random() < 0.2 * busy
        ]
    chance.shuffle(lines)
    number = 0
    while lines:
        number += 1
        order = f"SO-{warehouse[0]}{day:%y%m%d}-{number:02d}"
        moment = at(day, 8, 45) + timedelta(minutes=chance.randrange(510))
        for _ in range(min(len(lines), chance.randint(1, 5))):
            sku, price, quantity = lines.pop()
            yield Event(
                moment,
                sku,
                warehouse,
                MovementType.SALE,
                quantity,
                unit_price=price,
                reference=order,
            )


@cache
def _eagerness(sku: str) -> float:
    """How likely a day with average trade sees an order of it."""
    if sku in story.NOT_SELLING:
        return 0
    if sku in story.BEST_SELLERS:
        return 0.85
    if sku in (NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS):
        return 0.3
    own = random.Random(f"eagerness of {sku}")
    return own.uniform(0.1, 0.35) if own.random() < 0.7 else own.uniform(0.02, 0.07)


def _quantity(product: Product, warehouse: str, chance: random.Random) -> Decimal:
    most = _MOST_SOLD[warehouse] * (2 if product.sku in story.BEST_SELLERS else 1)
    if product.price > 60:
        most = min(most, 2)
    if product.quantum != 1:
        most *= 3
    return chance.randint(1, most) * product.quantum


def _returns(sales: Sequence[Event], calendar: Calendar, chance: random.Random) -> Iterator[Event]:
    for sale in sales:
        day = local_day(sale.occurred_at) + timedelta(days=chance.randint(3, 9))
        if day > calendar.ago(12) or sale.unit_price is None or chance.random() > 0.03:
            continue
        if len(parts_of(sale.sku)) == 1 and sale.warehouse != story.CLOSED_WAREHOUSE:
            yield Event(
                at(day, 14, chance.randrange(60)),
                sale.sku,
                sale.warehouse,
                MovementType.RETURN,
                min(sale.quantity, Decimal(1)),
                unit_price=sale.unit_price,
                reason=chance.choice(story.RETURN_REASONS),
                reference=sale.reference,
            )


def _damages(sales: Sequence[Event], chance: random.Random) -> Iterator[Event]:
    for sale in chance.sample([s for s in sales if s.warehouse != story.CLOSED_WAREHOUSE], 28):
        sku = parts_of(sale.sku)[0][0]
        day = local_day(sale.occurred_at)
        reason = chance.choice(story.DAMAGE_REASONS)
        quantity = Decimal(1)
        yield Event(
            at(day, 11, 40), sku, sale.warehouse, MovementType.DAMAGE, quantity, reason=reason
        )
        if chance.random() < 0.6:
            yield Event(
                at(day + timedelta(days=6), 16, 10),
                sku,
                sale.warehouse,
                MovementType.WRITE_OFF,
                quantity,
                reason=story.WRITE_OFF_REASON,
            )


def _counts(calendar: Calendar) -> Iterator[Event]:
    for count in story.COUNTS:
        counted = [p for p in stocked(count.warehouse) if p.sku[:4] in count.prefixes]
        spread = len(counted) // len(count.differences)
        for place, product in enumerate(counted):
            number, rest = divmod(place, spread)
            differs = rest == spread // 2 and number < len(count.differences)
            found = count.differences[number] if differs else 0
            yield Event(
                at(calendar.ago(count.days_ago), 18, 30),
                product.sku,
                count.warehouse,
                MovementType.RECOUNT,
                Decimal(found),
                reason=story.COUNT_REASON,
                reference=f"COUNT-{count.warehouse}",
                cause=f"count in {count.warehouse}",
            )


def _reservations(calendar: Calendar) -> Iterator[Event]:
    day = calendar.last_working_day()
    for place, sku in enumerate(story.RESERVED):
        reference = f"SO-HELD-{place + 1}"
        held = (sku, "KENDAL", MovementType.RESERVE, Decimal(4))
        yield Event(at(day, 15, place), *held, reason=story.HELD_REASON, reference=reference)
        if place == 0:
            let_go = (sku, "KENDAL", MovementType.RELEASE, Decimal(4))
            yield Event(at(day, 16, 30), *let_go, reason="Order withdrawn", reference=reference)


def _mistaken_order(calendar: Calendar) -> Iterator[Event]:
    sku, warehouse, wrong, right = story.MISTAKE
    day = calendar.last_working_day()
    price = next(product.price for product in products() if product.sku == sku)
    for minute, quantity, cause in ((20, wrong, MISTAKE), (50, right, "")):
        yield Event(
            at(day, 17, minute),
            sku,
            warehouse,
            MovementType.SALE,
            Decimal(quantity),
            unit_price=price,
            reference="SO-HARBOUR-CAFE",
            cause=cause,
        )
