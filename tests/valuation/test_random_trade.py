"""Values against a plain model of the two methods, over random trade recorded in any order of time."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from starlette.testclient import TestClient

from tests.conftest import new_company
from tests.factories import Api, done, line, make_product, make_warehouse
from tests.stock.reading import everything, findings
from tests.valuation.reading import PATH, value

Place = tuple[int, int]
"""product, warehouse"""

_START = datetime(2026, 3, 6, tzinfo=UTC)  # the clocks of New York change on the 8th
_HOURS = 96
_MOVES = {"damage", "reserve", "release"}
_EFFECTS = {
    "purchase": [("available", 1)],
    "sale": [("available", -1)],
    "return": [("available", 1)],
    "adjustment": [("available", 1)],
    "damage": [("available", -1), ("damaged", 1)],
    "write_off": [("damaged", -1)],
    "reserve": [("available", -1), ("reserved", 1)],
    "release": [("reserved", -1), ("available", 1)],
}


def _round(number: Fraction) -> Fraction:
    """To 4 decimals, halves away from zero."""
    sign = -1 if number < 0 else 1
    return sign * Fraction(int(abs(number) * 10_000 + Fraction(1, 2)), 10_000)


@dataclass
class Change:
    """One movement as the model sees it."""

    posting: int
    place: Place
    kind: str
    bucket: str
    quantity: Fraction
    occurred_at: datetime
    cost: Fraction | None
    value: Fraction = Fraction(0)


@dataclass
class Pool:
    """What is on hand at a place, in the order of recording."""

    quantity: Fraction = Fraction(0)
    value: Fraction = Fraction(0)
    average: Fraction = Fraction(0)

    def take(self, change: Fraction, worth: Fraction | None) -> Fraction:
        """Change the quantity; returns by how much the value changed with it."""
        after = self.quantity + change
        unit = self.average if worth is None else worth / change
        if self.quantity * change < 0 <= self.quantity * after:  # less of what there is, or owed
            moved = _round(self.value * change / self.quantity)
        elif self.quantity * after < 0:  # past nothing: the rest at its own cost
            rest = after * (self.average if change < 0 else unit)
            moved = _round(rest) - self.value
        elif change < 0:
            moved = _round(change * self.average)
        elif worth is None and self.quantity > 0:
            moved = _round(self.value * change / self.quantity)
        else:
            moved = _round(change * unit)
        self.quantity, self.value = after, self.value + moved
        if after > 0:
            self.average = _round(self.value / after)
        return moved


@dataclass
class Model:
    """All changes in the order they were recorded."""

    changes: list[Change] = field(default_factory=list)
    held: dict[tuple[Place, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    pools: dict[Place, Pool] = field(default_factory=lambda: defaultdict(Pool))
    reversals: dict[int, tuple[int, datetime]] = field(default_factory=dict)

    def record(self, change: Change, worth: Fraction | None) -> None:
        self.held[change.place, change.bucket] += change.quantity
        if change.kind not in _MOVES:
            change.value = self.pools[change.place].take(change.quantity, worth)
        self.changes.append(change)

    def values(self, moment: datetime, *, fifo: bool) -> dict[Place, tuple[Fraction, Fraction]]:
        """What was on hand at each place at the moment, and what it was worth."""
        past = [change for change in self.changes if change.occurred_at <= moment]
        found = {}
        for place in {change.place for change in past}:
            here = [change for change in past if change.place == place]
            quantity = sum((change.quantity for change in here), Fraction(0))
            worth = sum((change.value for change in here), Fraction(0))
            if fifo and quantity >= 0:
                worth = self._layers(here, quantity, worth, moment)
            if quantity or worth:
                found[place] = quantity, worth
        return found

    def _layers(
        self, here: list[Change], quantity: Fraction, book: Fraction, moment: datetime
    ) -> Fraction:
        undone = {
            posting
            for original, (reversal, at) in self.reversals.items()
            for posting in (original, reversal)
            if at <= moment
        }
        rest, worth = quantity, Fraction(0)
        for change in reversed(here):
            if rest > 0 and change.quantity > 0 and change.kind not in _MOVES:
                if change.posting in undone:
                    continue
                whole = change.value if change.cost is None else change.quantity * change.cost
                taken = min(rest, change.quantity)
                worth += _round(whole * taken / change.quantity)
                rest -= taken
        return worth + _round(book * rest / quantity) if rest > 0 else worth


class Trade:
    """Posts through the API and to the model."""

    def __init__(self, http: TestClient, seed: int) -> None:
        self.draw = random.Random(seed)
        self.api: Api = new_company(http, timezone="America/New_York")
        self.products = [make_product(self.api, allow_backorders=late) for late in (True, False)]
        self.warehouses = [make_warehouse(self.api) for _ in range(2)]
        self.model = Model()
        self.postings: list[int] = []
        self.moments: list[datetime] = []

    def post(self) -> None:
        """One to three lines, where the stock allows."""
        sent = [self._line() for _ in range(self.draw.randint(1, 3))]
        answer = self.api.post("/api/stock/movements", {"lines": [body for body, _ in sent]})
        if answer.status_code == 409:
            return
        posting = done(answer, 201)["posting_id"]
        self.postings.append(posting)
        for body, occurred_at in sent:
            place = body["product_id"], body["warehouse_id"]
            cost = Fraction(body["unit_cost"]) if "unit_cost" in body else None
            quantity = Fraction(str(body["quantity"]))
            for bucket, sign in _EFFECTS[body["type"]]:
                change = Change(
                    posting, place, body["type"], bucket, quantity * sign, occurred_at, cost
                )
                self.model.record(change, None if cost is None else quantity * cost)

    def _line(self) -> tuple[dict[str, Any], datetime]:
        kind = self.draw.choice([*_EFFECTS, "purchase", "purchase", "sale", "sale"])
        quantity = Decimal(self.draw.choice([1, 2, 3, 5, 8, 13]))
        if self.draw.random() < 0.3:
            quantity += Decimal(self.draw.randrange(1, 10_000)).scaleb(-4)
        if kind == "adjustment" and self.draw.random() < 0.5:
            quantity = -quantity
        occurred_at = _START + timedelta(hours=self.draw.randrange(_HOURS))
        body = line(
            self.draw.choice(self.products),
            self.draw.choice(self.warehouses),
            kind,
            str(quantity) if quantity % 1 else int(quantity),
            occurred_at=occurred_at.isoformat(),
        )
        incoming = kind in {"purchase", "return"} or (kind == "adjustment" and quantity > 0)
        if incoming and self.draw.random() < 0.7:
            body["unit_cost"] = str(Decimal(self.draw.randrange(1, 200_000)).scaleb(-4))
        body["quantity"] = float(quantity)
        return body, occurred_at

    def reverse(self) -> None:
        """Take a posting back, where the stock allows."""
        if not self.postings:
            return
        number = self.draw.choice(self.postings)
        answer = self.api.post(f"/api/stock/postings/{number}/reversal")
        if answer.status_code == 409:
            return
        reversal = done(answer, 201)
        at = datetime.fromisoformat(reversal["movements"][0]["occurred_at"])
        self.model.reversals[number] = reversal["posting_id"], at
        taken_back = [change for change in self.model.changes if change.posting == number]
        for old in reversed(taken_back):
            worth = -old.value if old.quantity < 0 else None
            change = Change(
                reversal["posting_id"], old.place, old.kind, old.bucket, -old.quantity, at, old.cost
            )
            self.model.record(change, worth)

    def compare(self, moment: datetime | None, *, fifo: bool) -> None:
        query: dict[str, Any] = {"method": "fifo" if fifo else "average"}
        if moment is not None:
            query["as_of"] = moment.isoformat()
        report = value(self.api, **query)
        expected = self.model.values(moment or datetime.max.replace(tzinfo=UTC), fifo=fifo)
        told = {
            (item["product_id"], item["warehouse_id"]): (
                Fraction(str(item["on_hand"])),
                Fraction(item["value"]),
            )
            for item in report["items"]
        }
        assert told == expected, query
        total = sum((worth for _, worth in expected.values()), Fraction(0))
        assert Fraction(report["totals"]["value"]) == total
        assert everything(self.api, PATH, limit=3, **query) == report["items"]


def test_values_agree_with_a_plain_model(http: TestClient) -> None:
    for seed in (1, 2):
        trade = Trade(http, seed)
        for number in range(60):
            if number % 12 == 11:
                trade.moments.append(datetime.now(UTC))
            trade.reverse() if trade.draw.random() < 0.15 else trade.post()
        past = [_START + timedelta(hours=hours) for hours in (13, 29, 47.5, 53, 96)]
        for fifo in (False, True):
            for moment in (None, *past, *trade.moments):
                trade.compare(moment, fifo=fifo)
        assert len(trade.model.reversals) > 2
        assert findings(trade.api) == []
