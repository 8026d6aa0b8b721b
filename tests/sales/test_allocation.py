"""Deciding which warehouses serve which lines."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from stockflow.companies.commands import AllocationRule
from stockflow.sales import allocation
from stockflow.sales.allocation import Allocator, Demand, Part, allocate
from stockflow.sales.holdings import holdings_of, removals
from stockflow.stock.reservations import Reservation

PRIORITY, MOST_WHOLE = AllocationRule.PRIORITY, AllocationRule.MOST_WHOLE
A, B, C = 1, 2, 3
"""Products."""
HERE, THERE, FAR = 10, 20, 30
"""Warehouses, the best first."""
Stock = dict[tuple[int, int], int]


def _wants(
    line: int, quantity: Any, *parts: tuple[int, Any] | int, places: Sequence[int] = ()
) -> Demand:
    """A line for a product, or for a bundle of (product, how many)."""
    made_of = [
        Part(part, f"P{part}", Decimal(1))
        if isinstance(part, int)
        else Part(part[0], f"P{part[0]}", Decimal(str(part[1])))
        for part in parts
    ]
    in_bundles = not isinstance(parts[0], int)
    return Demand(line, Decimal(str(quantity)), made_of, places or (HERE, THERE, FAR), in_bundles)


def _split(demands: Sequence[Demand], stock: Stock, rule: AllocationRule) -> list[Any]:
    held = {level: Decimal(quantity) for level, quantity in stock.items()}
    found = allocate(demands, held, rule)
    return sorted((one.line_id, one.warehouse_id, float(one.quantity)) for one in found)


def test_by_priority_each_warehouse_gives_what_it_has() -> None:
    stock = {(A, HERE): 3, (A, THERE): 4, (A, FAR): 9, (B, FAR): 2}

    assert _split([_wants(0, 10, A), _wants(1, 2, B)], stock, PRIORITY) == [
        (0, HERE, 3),
        (0, THERE, 4),
        (0, FAR, 3),
        (1, FAR, 2),
    ]


def test_the_warehouse_that_can_ship_most_lines_whole_comes_first() -> None:
    demands = [_wants(0, 2, A), _wants(1, 2, B), _wants(2, 2, C)]
    stock = {(A, HERE): 2, (A, THERE): 2, (B, THERE): 2, (C, FAR): 2, (B, HERE): 1}

    assert _split(demands, stock, MOST_WHOLE) == [(0, THERE, 2), (1, THERE, 2), (2, FAR, 2)]
    assert _split(demands, stock, PRIORITY) == [
        (0, HERE, 2),
        (1, HERE, 1),
        (1, THERE, 1),
        (2, FAR, 2),
    ]


def test_of_warehouses_that_can_ship_as_many_the_better_one_is_taken() -> None:
    stock = {(A, THERE): 5, (A, FAR): 5, (B, THERE): 5, (B, FAR): 5}

    assert _split([_wants(0, 5, A), _wants(1, 5, B)], stock, MOST_WHOLE) == [
        (0, THERE, 5),
        (1, THERE, 5),
    ]


@pytest.mark.parametrize("most", [2, 5])
def test_what_is_too_much_to_compare_is_served_in_order(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Lines times warehouses may be millions: nobody waits until the best split of them is found."""
    monkeypatch.setattr(allocation, "_CHECKS_MAX", most)
    demands = [_wants(1, 2, A), _wants(2, 2, A), _wants(3, 2, B)]
    stock = {(A, HERE): 3, (A, FAR): 4, (B, FAR): 2}

    in_order = [(1, HERE, 2), (2, HERE, 1), (2, FAR, 1), (3, FAR, 2)]
    all_there = [(1, FAR, 2), (2, FAR, 2), (3, FAR, 2)]
    assert _split(demands, stock, MOST_WHOLE) == (in_order if most == 2 else all_there)


def test_lines_no_warehouse_has_whole_are_split_after_the_others() -> None:
    stock = {(A, HERE): 6, (A, THERE): 5, (B, THERE): 1}
    demands = [_wants(0, 8, A), _wants(1, 1, B), _wants(2, 4, A)]

    # line 2 takes 4 at THERE with line 1, and the long line gets what is left of both
    assert _split(demands, stock, MOST_WHOLE) == [
        (0, HERE, 6),
        (0, THERE, 1),
        (1, THERE, 1),
        (2, THERE, 4),
    ]


def test_what_is_short_gets_what_there_is() -> None:
    for rule in AllocationRule:
        assert _split([_wants(0, 9, A), _wants(1, 1, A)], {(A, FAR): 4}, rule) in (
            [(0, FAR, 4)],  # by priority the earlier line
            [(0, FAR, 3), (1, FAR, 1)],  # the line that can be whole
        )
    assert _split([_wants(0, 1, A)], {}, PRIORITY) == []
    assert _split([_wants(0, 1, A)], {(A, HERE): -5}, PRIORITY) == []


def test_a_line_with_a_warehouse_of_its_own_comes_from_there_alone() -> None:
    stock = {(A, HERE): 9, (A, THERE): 2}
    demands = [_wants(0, 3, A, places=(THERE,)), _wants(1, 3, A)]

    for rule in AllocationRule:
        assert _split(demands, stock, rule) == [(0, THERE, 2), (1, HERE, 3)]


def test_bundles_and_lines_share_components_and_are_never_counted_twice() -> None:
    stock = {(A, HERE): 10, (B, HERE): 4}
    bundle, other = [(A, 2), (B, 1)], [(A, 3)]

    # 3 of the bundle take 6 of A; of the other one fits; of the last line one unit of A is left
    assert _split(
        [_wants(0, 3, *bundle), _wants(1, 2, *other), _wants(2, 2, A)], stock, PRIORITY
    ) == [(0, HERE, 3), (1, HERE, 1), (2, HERE, 1)]


def test_a_bundle_is_never_put_together_from_two_warehouses() -> None:
    stock = {(A, HERE): 3, (B, HERE): 9, (A, THERE): 4, (B, THERE): 1}

    assert _split([_wants(0, 5, (A, 2), (B, 1))], stock, PRIORITY) == [
        (0, HERE, 1),
        (0, THERE, 1),
    ]


def test_a_component_shared_within_a_warehouse_counts_once_for_whole_lines() -> None:
    stock = {(A, HERE): 4, (A, THERE): 2, (B, THERE): 2}
    demands = [_wants(0, 2, (A, 2)), _wants(1, 2, (A, 1), (B, 1)), _wants(2, 1, A)]

    assert _split(demands, stock, MOST_WHOLE) == [(0, HERE, 2), (1, THERE, 2)]


def test_orders_are_served_one_after_the_other_from_the_same_stock() -> None:
    allocator = Allocator({(A, HERE): Decimal(5)})

    first = allocator.serve([_wants(0, 3, A)], PRIORITY)
    second = allocator.serve([_wants(1, 3, A)], MOST_WHOLE)

    assert [(one.line_id, int(one.quantity)) for one in [*first, *second]] == [(0, 3), (1, 2)]


def test_fractions_are_split_exactly() -> None:
    stock = {(A, HERE): Decimal("0.3333"), (A, THERE): Decimal("0.6667")}

    found = allocate([_wants(0, 1, A)], stock, PRIORITY)

    assert [str(one.quantity) for one in found] == ["0.3333", "0.6667"]


def _held(id_: int, line: int, level: tuple[int, int], quantity: Any, year: Any = None) -> Any:
    product, place = level
    until = None if year is None else datetime(year, 1, 1, tzinfo=UTC)
    return Reservation(id_, product, place, Decimal(str(quantity)), until, 1, line)


_PARTS = {
    0: [Part(A, "A", Decimal(1))],
    1: [Part(A, "A", Decimal(2)), Part(B, "B", Decimal("0.5"))],
}
_RESERVATIONS = [
    _held(1, 0, (A, HERE), 3, 2030),
    _held(2, 1, (A, HERE), 4),
    _held(3, 1, (B, HERE), 1),
    _held(4, 0, (A, HERE), 2, 2029),
    _held(5, 0, (A, THERE), "0.5"),
    _held(6, 1, (A, THERE), 6, 2031),  # its other component was freed already
]


def test_what_lines_hold_is_told_from_their_reservations() -> None:
    found = holdings_of(_RESERVATIONS, _PARTS)

    assert [(one.line_id, one.warehouse_id, one.quantity) for one in found] == [
        (0, HERE, 5),
        (1, HERE, 2),
        (0, THERE, Decimal("0.5")),
    ]
    assert found[0].reserved_until == datetime(2029, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ({(0, HERE): 4}, [(1, "3"), (4, "1")]),
        ({(1, HERE): 1}, [(2, "2"), (3, "0.5")]),
        ({(1, HERE): 2, (0, THERE): "0.25"}, [(2, "4"), (3, "1"), (5, "0.25")]),
    ],
)
def test_the_oldest_reservations_are_used_up_first(taken: Any, expected: Any) -> None:
    amounts = {place: Decimal(str(quantity)) for place, quantity in taken.items()}

    found = removals(_RESERVATIONS, _PARTS, amounts)

    assert [(one.reservation.id, str(one.quantity)) for one in found] == expected
