"""Deciding which warehouses serve which lines: pure, on what the locked levels hold.

Demand for a component that several lines share is met from one balance: what one line takes, the
next one does not find. Bundles are taken whole, each from one warehouse.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stockflow.companies.commands import AllocationRule
from stockflow.foundation.quantity import plain

Level = tuple[int, int]
"""(product_id, warehouse_id)"""

_ONE = Decimal(1)
_ZERO = Decimal(0)
_CHECKS_MAX = 500_000
"""How many lines are looked at to find who ships most whole; what is left is served in order.

Thousands of lines that a hundred warehouses could ship would keep everybody else waiting for minutes.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A product that goes into one unit of a line: itself, or a component of its bundle."""

    product_id: int
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Demand:
    """What a line asks for, and the warehouses it may come from, the best first."""

    line_id: int
    quantity: Decimal
    parts: Sequence[Part]
    warehouses: Sequence[int]
    in_bundles: bool

    def levels(self) -> Iterable[Level]:
        """Every level it may be served from."""
        return (
            (part.product_id, warehouse) for warehouse in self.warehouses for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a line gets from one warehouse, in its own units."""

    line_id: int
    warehouse_id: int
    quantity: Decimal


def allocate(
    demands: Sequence[Demand], held: Mapping[Level, Decimal], rule: AllocationRule
) -> list[Allocation]:
    """Serve the demands as far as `held` goes, earlier ones first."""
    return Allocator(held).serve(demands, rule)


class Allocator:
    """Serves one order after the other from the same balances."""

    def __init__(self, held: Mapping[Level, Decimal]) -> None:
        self._left = dict(held)

    def serve(self, demands: Sequence[Demand], rule: AllocationRule) -> list[Allocation]:
        """The allocations of these demands, in their order; what they take is gone for later ones."""
        taken: list[Allocation] = []
        waiting = list(demands)
        if rule is AllocationRule.MOST_WHOLE:
            waiting = self._serve_whole(waiting, taken)
        for demand in waiting:
            self._serve_in_order(demand, taken)
        place = {demand.line_id: number for number, demand in enumerate(demands)}
        return sorted(taken, key=lambda one: place[one.line_id])

    def _serve_whole(self, waiting: list[Demand], taken: list[Allocation]) -> list[Demand]:
        """Again and again the warehouse that can ship most lines whole; gives what no one can."""
        fitting = self._fitting(waiting)
        # the best first, so that `max` breaks ties by preference
        served = {place: self._whole_at(place, lines) for place, lines in fitting.items()}
        checks = sum(map(len, fitting.values()))
        done: set[int] = set()
        while served and checks <= _CHECKS_MAX:
            best = max(served, key=lambda place: len(served[place]))
            chosen = served.pop(best)  # it is given every line it can ship whole, so only once
            gone = {demand.line_id for demand in chosen}
            done |= gone
            for demand in chosen:
                self._take(demand, best, demand.quantity, taken)
            for place, lines in served.items():
                # only where lines are gone that it would have shipped, may it ship others
                if not gone.isdisjoint(demand.line_id for demand in lines):
                    left = [one for one in fitting[place] if one.line_id not in done]
                    served[place] = self._whole_at(place, left)
                    checks += len(left)
        return [demand for demand in waiting if demand.line_id not in done]

    def _fitting(self, waiting: Sequence[Demand]) -> dict[int, list[Demand]]:
        """For each warehouse, the best first, the lines it could ship whole alone."""
        stocked: dict[int, set[int]] = {}
        for (product, place), quantity in self._left.items():
            if quantity > 0:
                stocked.setdefault(product, set()).add(place)
        places_of = [stocked.get(demand.parts[0].product_id, set()) for demand in waiting]
        if sum(map(len, places_of)) > _CHECKS_MAX:
            return {}
        found: dict[int, list[Demand]] = {place: [] for one in waiting for place in one.warehouses}
        for demand, places in zip(waiting, places_of, strict=True):
            for place in demand.warehouses if places else ():
                if place in places and self._has_whole(demand, place):
                    found[place].append(demand)
        return found

    def _has_whole(self, demand: Demand, place: int) -> bool:
        return all(
            self._left.get((part.product_id, place), _ZERO) >= demand.quantity * part.quantity
            for part in demand.parts
        )

    def _whole_at(self, place: int, waiting: Iterable[Demand]) -> list[Demand]:
        """The lines that the warehouse can ship whole together, earlier ones first."""
        used: dict[int, Decimal] = {}
        served = []
        for demand in waiting:
            needs = {part.product_id: demand.quantity * part.quantity for part in demand.parts}
            if all(
                self._left[product, place] - used.get(product, _ZERO) >= need
                for product, need in needs.items()
            ):
                served.append(demand)
                for product, need in needs.items():
                    used[product] = used.get(product, _ZERO) + need
        return served

    def _serve_in_order(self, demand: Demand, taken: list[Allocation]) -> None:
        missing = demand.quantity
        for place in demand.warehouses:
            quantity = min(missing, self._most_at(demand, place))
            if quantity > 0:
                self._take(demand, place, quantity, taken)
                missing -= quantity
            if not missing:
                return

    def _most_at(self, demand: Demand, place: int) -> Decimal:
        """How many units of the line the warehouse could ship; below zero where stock is."""
        if not demand.in_bundles:
            return self._left.get((demand.parts[0].product_id, place), _ZERO)
        return min(
            self._left.get((part.product_id, place), _ZERO) // part.quantity
            for part in demand.parts
        )

    def _take(self, demand: Demand, place: int, quantity: Decimal, taken: list[Allocation]) -> None:
        for part in demand.parts:
            self._left[part.product_id, place] -= quantity * part.quantity
        taken.append(Allocation(demand.line_id, place, plain(quantity)))


def only_itself(product_id: int, sku: str) -> Sequence[Part]:
    """The parts of a line that is no bundle."""
    return (Part(product_id, sku, _ONE),)
