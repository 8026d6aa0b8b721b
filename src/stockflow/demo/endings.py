"""How much of everything is left today, so that some of it is about to run out and most is not."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from stockflow.demo import story
from stockflow.demo.assortment import (
    CATEGORIES,
    NOBODY_SELLS,
    ONLY_A_RETIRED_SUPPLIER_SELLS,
    Product,
)
from stockflow.demo.demand import Level
from stockflow.replenishment.formulas import Urgency, urgency

PERIOD_DAYS = 30
_DAYS_LEFT = {
    Urgency.CRITICAL: (0, 1, 2, 3),
    Urgency.HIGH: (4, 5, 6, 7),
    Urgency.MEDIUM: (8, 10, 12, 14),
    Urgency.LOW: (16, 18, 21, 25),
}
_ALERTS = {
    # urgency: of the late supplier's products, of others
    Urgency.CRITICAL: (4, 4),
    Urgency.HIGH: (4, 6),
    Urgency.MEDIUM: (3, 9),
    Urgency.LOW: (2, 8),
}
_DEFAULTS = {category.name: category.low_stock_threshold for category in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a level before its deliveries are planned."""

    level: Level
    product: Product
    sold: Decimal
    threshold: Decimal
    least: Decimal
    """The smallest stock it can end with."""


def own_thresholds(sold: Mapping[Level, Decimal]) -> dict[Level, Decimal]:
    """Thresholds of products in single warehouses: best sellers get three weeks of their sales."""
    levels = [(sku, code) for code in ("KENDAL", "DUBLIN") for sku in story.BEST_SELLERS]
    return {
        level: (sold[level] * 21 / PERIOD_DAYS).to_integral_value(ROUND_CEILING)
        for level in levels
        if sold.get(level, 0) > 0
    }


def threshold_of(product: Product, own: Decimal | None) -> Decimal:
    """The effective threshold, from the first of the four places that has one."""
    given = (own, product.low_stock_threshold, _DEFAULTS[product.category])
    return Decimal(next((value for value in given if value is not None), story.DEFAULT_THRESHOLD))


def endings(outlooks: Sequence[Outlook], chance: random.Random) -> dict[Level, Decimal]:
    """What each level shall hold now."""
    chosen = _low_levels(outlooks, chance)
    for outlook in outlooks:
        if outlook.level not in chosen:
            chosen[outlook.level] = _comfortable(outlook, chance)
    return chosen


def _low_levels(outlooks: Sequence[Outlook], chance: random.Random) -> dict[Level, Decimal]:
    """Alerts of every urgency, many of them for want of one supplier."""
    chosen: dict[Level, Decimal] = {}
    special = {NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS}
    for outlook in outlooks:
        if outlook.level[0] in special:
            _choose(chosen, outlook, Urgency, chance)
    open_places = Counter[tuple[Urgency, bool]]()
    for kind, (of_late_supplier, of_others) in _ALERTS.items():
        open_places[kind, True], open_places[kind, False] = of_late_supplier, of_others
    candidates = [outlook for outlook in outlooks if _may_be_low(outlook)]
    for outlook in chance.sample(candidates, len(candidates)):
        late = outlook.product.suppliers[:1] == (story.LATE_SUPPLIER,)
        wanted = [kind for kind in Urgency if open_places[kind, late] > 0]
        found = _choose(chosen, outlook, wanted, chance)
        if found is not None:
            open_places[found, late] -= 1
    for level in story.LOW_WITHOUT_SALES:
        chosen[level] = Decimal(2)
    return chosen


def _may_be_low(outlook: Outlook) -> bool:
    sku, warehouse = outlook.level
    return (
        warehouse != story.CLOSED_WAREHOUSE
        and sku not in {NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS, story.MISTAKE[0]}
        and outlook.sold > 0
    )


def _choose(
    chosen: dict[Level, Decimal],
    outlook: Outlook,
    wanted: Iterable[Urgency],
    chance: random.Random,
) -> Urgency | None:
    """Let the level end with the first of the wanted urgencies that it can have."""
    for kind in wanted:
        for days in chance.sample(_DAYS_LEFT[kind], 4):
            left = _whole(outlook, outlook.sold * days / PERIOD_DAYS)
            fits = outlook.least <= left < outlook.threshold
            if fits and _urgency(outlook, left) is kind:
                chosen[outlook.level] = left
                return kind
    return None


def _urgency(outlook: Outlook, left: Decimal) -> Urgency:
    return urgency(left, int(left * PERIOD_DAYS // outlook.sold))


def _comfortable(outlook: Outlook, chance: random.Random) -> Decimal:
    """Enough for some weeks; of the closed warehouse, what nobody fetched yet."""
    if outlook.level[1] == story.CLOSED_WAREHOUSE:
        return max(outlook.least, Decimal(chance.choice((0, 0, 1, 2, 4))))
    weeks = chance.uniform(1.5, 5)
    more = outlook.sold * Decimal(f"{weeks:.2f}") * 7 / PERIOD_DAYS + chance.randint(1, 6)
    if outlook.level[0] in story.NOT_SELLING:
        more += chance.randint(30, 60)
    return max(outlook.least, _whole(outlook, outlook.threshold + more))


def _whole(outlook: Outlook, quantity: Decimal) -> Decimal:
    quantum = outlook.product.quantum
    return (quantity / quantum).to_integral_value(ROUND_FLOOR) * quantum
