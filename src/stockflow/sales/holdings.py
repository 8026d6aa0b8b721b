"""What the lines of an order have reserved, told from its reservations: pure.

A reservation is of one product at one level, so a bundle's line has several for each of its bundles.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stockflow.foundation.quantity import plain
from stockflow.sales.allocation import Part
from stockflow.stock.reservations import Reservation

Place = tuple[int, int]
"""(line_id, warehouse_id)"""

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a line has reserved in a warehouse, in its own units, and until when the first of it is."""

    line_id: int
    warehouse_id: int
    quantity: Decimal
    reserved_until: datetime | None


def holdings_of(
    reservations: Iterable[Reservation], parts: Mapping[int, Sequence[Part]]
) -> list[Holding]:
    """The holdings of lines with these parts, the oldest first; only whole bundles count."""
    grouped: dict[Place, list[Reservation]] = defaultdict(list)
    for reservation in reservations:
        grouped[reservation.line_id, reservation.warehouse_id].append(reservation)
    found = (
        Holding(line_id, warehouse_id, _units(rows, parts[line_id]), _soonest(rows))
        for (line_id, warehouse_id), rows in grouped.items()
    )
    return [holding for holding in found if holding.quantity]


def _units(rows: Sequence[Reservation], parts: Sequence[Part]) -> Decimal:
    if len(parts) == 1:
        return plain(sum((row.quantity for row in rows), _ZERO) / parts[0].quantity)
    held: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        held[row.product_id] += row.quantity
    return plain(min(held[part.product_id] // part.quantity for part in parts))


def _soonest(rows: Iterable[Reservation]) -> datetime | None:
    return min((row.reserved_until for row in rows if row.reserved_until), default=None)


@dataclass(frozen=True, slots=True)
class Removal:
    """What to take off one reservation."""

    reservation: Reservation
    quantity: Decimal


def removals(
    reservations: Iterable[Reservation],
    parts: Mapping[int, Sequence[Part]],
    taken: Mapping[Place, Decimal],
) -> list[Removal]:
    """How to take these units of lines off their reservations, the oldest first."""
    missing = {
        (line_id, warehouse_id, part.product_id): units * part.quantity
        for (line_id, warehouse_id), units in taken.items()
        for part in parts[line_id]
    }
    found = []
    for row in reservations:
        key = (row.line_id, row.warehouse_id, row.product_id)
        quantity = min(missing.get(key, _ZERO), row.quantity)
        if quantity:
            missing[key] -= quantity
            found.append(Removal(row, plain(quantity)))
    return found
