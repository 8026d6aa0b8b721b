"""Three months of trade, as numbers: the same for the same moment, and never short."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockflow.demo import story
from stockflow.demo.assortment import products
from stockflow.demo.demand import parts_of
from stockflow.demo.supply import Change, least_ending, plan
from stockflow.demo.trade import Trade, simulate
from stockflow.stock.commands import MovementLine, MovementType
from tests.demo.conftest import NOW

_COMING = {
    MovementType.PURCHASE,
    MovementType.RETURN,
    MovementType.ADJUSTMENT,
    MovementType.RELEASE,
}
_START = datetime(2025, 1, 1, tzinfo=UTC)

MOMENTS = [
    datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2025, 3, 30, 1, 0, tzinfo=UTC),  # the clocks go forward
    datetime(2025, 6, 14, 23, 59, tzinfo=UTC),  # past midnight in Kendal, a Sunday there
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),  # the clocks go back
    datetime(2024, 2, 29, 17, 30, tzinfo=UTC),
]


def test_the_same_moment_gives_the_same_trade() -> None:
    first, second = simulate(NOW), simulate(NOW)

    assert first == second
    assert simulate(NOW - timedelta(days=1)) != first
    assert _quantities_of_another_process() == _quantities(first)


@pytest.mark.parametrize("now", MOMENTS)
def test_stock_never_runs_short_and_nothing_lies_in_the_future(now: datetime) -> None:
    trade = simulate(now)
    moments = [line.occurred_at for line in _lines(trade)]

    assert moments == sorted(moments, key=lambda moment: moment or now)
    assert all(moment is not None and moment <= now for moment in moments)
    assert all(moment <= now for p in trade.postings if (moment := p.reversed_at) is not None)
    assert _shortages(trade) == []


def test_best_sellers_outsell_the_others_and_sundays_are_quiet() -> None:
    sales = [line for line in _lines(simulate(NOW)) if line.type is MovementType.SALE]
    best = sum(line.sku in story.BEST_SELLERS for line in sales)
    weekdays = [line.occurred_at.weekday() for line in sales if line.occurred_at is not None]

    assert len(sales) > 5000
    assert best / len(story.BEST_SELLERS) > 3 * (len(sales) - best) / len(products())
    assert weekdays.count(0) > 3 * weekdays.count(6) > 0


def test_the_late_supplier_has_brought_nothing_for_four_weeks() -> None:
    arrivals = [line for line in _lines(simulate(NOW)) if line.type is MovementType.PURCHASE]
    late = [line for line in arrivals if (line.reference or "").startswith("PO-SKAR-")]
    newest = max(line.occurred_at for line in late if line.occurred_at is not None)

    assert NOW - newest > timedelta(days=28)


_changes = st.lists(st.tuples(st.integers(0, 90), st.integers(-12, 3)), max_size=40)


@settings(max_examples=300, deadline=None)
@given(_changes, st.sets(st.integers(1, 90), max_size=12), st.integers(0, 60))
def test_any_demand_is_met_exactly_in_whole_multiples(
    days: list[tuple[int, int]], arrivals: set[int], extra: int
) -> None:
    product = products()[100]
    changes: list[Change] = sorted(
        (_START + timedelta(days=day, hours=12), Decimal(change)) for day, change in days
    )
    deliveries = [_START + timedelta(days=day) for day in sorted(arrivals)]
    left = least_ending(changes, deliveries) + extra

    planned = plan(product, changes, deliveries, left)

    balance = planned.opening
    assert balance >= 0
    for _, change in sorted([*changes, *planned.deliveries]):
        balance += change
        assert balance >= 0
    assert balance == left
    assert all(brought % product.order_multiple == 0 for _, brought in planned.deliveries)
    assert {moment for moment, _ in planned.deliveries} <= set(deliveries)


def _quantities(trade: Trade) -> str:
    return " ".join(f"{line.sku}:{line.quantity}" for line in _lines(trade))


def _quantities_of_another_process() -> str:
    """Where sets of strings have another order."""
    code = (
        "import sys; from datetime import datetime; from stockflow.demo.trade import simulate;"
        "trade = simulate(datetime.fromisoformat(sys.argv[1]));"
        "lines = (line for posting in trade.postings for line in posting.lines);"
        "print(*(f'{line.sku}:{line.quantity}' for line in lines))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, NOW.isoformat()],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _lines(trade: Trade) -> Iterator[MovementLine]:
    for posting in trade.postings:
        yield from posting.lines


def _shortages(trade: Trade) -> list[MovementLine]:
    held: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    short: list[MovementLine] = []
    for posting in trade.postings:
        short += [line for line in posting.lines if _leaves_less_than_nothing(line, held)]
        if posting.reversed_at is not None:
            for line in posting.lines:
                held[str(line.sku), str(line.warehouse)] += line.quantity
    return short


def _leaves_less_than_nothing(
    line: MovementLine, held: defaultdict[tuple[str, str], Decimal]
) -> bool:
    if line.type is MovementType.WRITE_OFF:
        return False
    for sku, each in parts_of(str(line.sku)):
        level = (sku, str(line.warehouse))
        if line.type is MovementType.RECOUNT:
            held[level] = line.quantity
        else:
            held[level] += each * line.quantity * (1 if line.type in _COMING else -1)
        if held[level] < 0:
            return True
    return False
