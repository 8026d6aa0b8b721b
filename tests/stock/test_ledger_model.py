"""The ledger against a plain model of it, over random trade."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import hypothesis.strategies as st
import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from starlette.testclient import TestClient

from tests.conftest import new_company
from tests.factories import Api, Json, line, make_bundle, make_product, make_warehouse
from tests.stock.reading import BUCKETS, everything, findings

Place = tuple[int, int, str]
"""product, warehouse, bucket"""

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
_EFFECTS = {
    "purchase": [("available", 1)],
    "sale": [("available", -1)],
    "return": [("available", 1)],
    "adjustment": [("available", 1)],
    "manufacturing": [("available", 1)],
    "damage": [("available", -1), ("damaged", 1)],
    "write_off": [("damaged", -1)],
    "reserve": [("available", -1), ("reserved", 1)],
    "release": [("reserved", -1), ("available", 1)],
}
_OF_BUNDLES = ["sale", "return", "reserve", "release"]
_START = datetime(2026, 5, 1, tzinfo=UTC)

_amounts = st.one_of(
    st.integers(1, 30).map(Decimal),
    st.integers(1, 300_000).map(lambda n: Decimal(n).scaleb(-4)),
)
_lines = st.fixed_dictionaries(
    {
        "product": st.sampled_from([0, 0, 1, 1, 2, 3]),
        "warehouse": st.integers(0, 1),
        "type": st.sampled_from([*_EFFECTS, "purchase", "purchase", "sale", "recount"]),
        "quantity": _amounts,
        "negative": st.booleans(),
        "hours": st.one_of(st.none(), st.integers(0, 96)),
        "expected": st.sampled_from([None, None, None, None, "right", "wrong"]),
    }
)


@dataclass
class Model:
    """Balances, and every change with the moment it happened."""

    held: dict[Place, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    changes: list[tuple[datetime, Place, Decimal]] = field(default_factory=list)

    def at(self, moment: datetime) -> dict[Place, Decimal]:
        balances: dict[Place, Decimal] = defaultdict(Decimal)
        for occurred_at, place, change in self.changes:
            if occurred_at <= moment:
                balances[place] += change
        return balances


class LedgerMachine(RuleBasedStateMachine):
    """Posts through the API and to the model; what either refuses, both must refuse."""

    def __init__(self, http: TestClient) -> None:
        super().__init__()
        self.http = http
        self.model = Model()
        self.postings: dict[int, list[tuple[Place, Decimal]]] = {}
        self.reversed: set[int] = set()
        self.moments: list[datetime] = []

    @initialize(backorders=st.booleans())
    def open_company(self, backorders: bool) -> None:
        self.api: Api = new_company(self.http, timezone="America/New_York")
        first, second = make_product(self.api), make_product(self.api, allow_backorders=backorders)
        inner = make_bundle(self.api, (first, 2), (second, 0.5))
        outer = make_bundle(self.api, (inner, 2), (first, 1))
        self.products = [first, second, inner, outer]
        self.lenient = {second["id"]} if backorders else set()
        self.parts = [
            [(first["id"], Decimal(1))],
            [(second["id"], Decimal(1))],
            [(first["id"], Decimal(2)), (second["id"], Decimal("0.5"))],
            [(first["id"], Decimal(5)), (second["id"], Decimal(1))],
        ]
        self.warehouses = [make_warehouse(self.api), make_warehouse(self.api)]

    @rule(lines=st.lists(_lines, min_size=1, max_size=5), partial=st.booleans())
    def post(self, lines: list[Json], partial: bool) -> None:
        held = self.model.held.copy()
        sent, accepted, refused = [], [], []
        for number, drawn in enumerate(lines):
            request, changes = self._expect(drawn, held)
            sent.append(request)
            if changes is None:
                refused.append(number)
                continue
            for place, change in changes:
                held[place] += change
            accepted.append((number, drawn, changes))

        body = {"lines": sent, "mode": "valid_rows" if partial else "all_or_nothing"}
        answer = self.api.post("/api/stock/movements", body)

        if not accepted or (refused and not partial):
            assert answer.status_code == 409, answer.text
            named = [failed["line"] for failed in answer.json()["lines"]]
            self._compare(named, refused, lines, partial)
            return
        assert answer.status_code == 201, answer.text
        posting = _decode(answer.content)
        assert [failed["line"] for failed in posting["errors"]] == refused
        self._record(posting, accepted)
        assert {place: n for place, n in held.items() if n} == {
            place: n for place, n in self.model.held.items() if n
        }

    def _compare(
        self, named: list[int], refused: list[int], lines: list[Json], partial: bool
    ) -> None:
        """The refusal names the lines that the model refuses.

        Products and warehouses come before stock. Without recount or expectation all lines are
        decided at once: there those after a short line count it as posted.
        """
        impossible = [number for number, one in enumerate(lines) if _is_impossible(one)]
        if impossible and not partial:
            assert named == impossible
        elif partial or any(one["type"] == "recount" or one["expected"] for one in lines):
            assert named == refused
        else:
            assert named[0] == refused[0]

    def _expect(
        self, drawn: Json, held: dict[Place, Decimal]
    ) -> tuple[Json, list[tuple[Place, Decimal]] | None]:
        """The line as it is sent, and what it should change; None where it should be refused."""
        kind, quantity = drawn["type"], drawn["quantity"]
        warehouse = self.warehouses[drawn["warehouse"]]
        parts = self.parts[drawn["product"]]
        if kind in ("adjustment", "manufacturing") and drawn["negative"]:
            quantity = -quantity
        request = line(self.products[drawn["product"]], warehouse, kind, str(quantity))
        if drawn["hours"] is not None:
            request["occurred_at"] = (_START + timedelta(hours=drawn["hours"])).isoformat()
        available = held[parts[0][0], warehouse["id"], "available"]
        if drawn["expected"] == "right" and (available >= 0 or drawn["product"] >= 2):
            request["expected_quantity"] = str(abs(available))
        elif drawn["expected"] == "wrong":
            request["expected_quantity"] = str(abs(available) + 1)
        if _is_impossible(drawn) or drawn["expected"] == "wrong":
            return request, None
        if kind == "recount":
            place = (parts[0][0], warehouse["id"], "available")
            return request, [(place, quantity - available)]
        changes = [
            ((part, warehouse["id"], bucket), _rounded(quantity * per) * sign)
            for part, per in parts
            for bucket, sign in _EFFECTS[kind]
        ]
        short = any(
            change < 0
            and held[place] + change < 0
            and not (place[2] == "available" and place[0] in self.lenient)
            for place, change in changes
        )
        return request, None if short else changes

    def _record(self, posting: Json, accepted: list[Any]) -> None:
        movements = iter(posting["movements"])
        recorded = []
        for number, drawn, changes in accepted:
            for place, change in changes:
                movement = next(movements)
                before = self.model.held[place]
                assert movement["line"] == number
                assert movement["type"] == drawn["type"]
                assert _place(movement) == place
                assert movement["quantity_change"] == change
                assert movement["quantity_before"] == before
                assert movement["quantity_after"] == before + change
                self._apply(movement, place, change)
                recorded.append((place, change))
        assert next(movements, None) is None
        self.postings[posting["posting_id"]] = recorded

    def _apply(self, movement: Json, place: Place, change: Decimal) -> None:
        self.model.held[place] += change
        occurred_at = datetime.fromisoformat(movement["occurred_at"])
        self.model.changes.append((occurred_at, place, change))

    @rule(pick=st.integers(0, 10_000))
    def reverse(self, pick: int) -> None:
        if not self.postings:
            return
        number = sorted(self.postings)[pick % len(self.postings)]
        held = self.model.held.copy()
        fits = True
        for place, change in reversed(self.postings[number]):
            held[place] -= change
            lenient = place[2] == "available" and place[0] in self.lenient
            fits &= change <= 0 or held[place] >= 0 or lenient

        answer = self.api.post(f"/api/stock/postings/{number}/reversal")

        if number in self.reversed or not fits:
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 201, answer.text
        self.reversed.add(number)
        movements = _decode(answer.content)["movements"]
        taken_back = [(_place(m), -m["quantity_change"]) for m in movements]
        assert taken_back == self.postings[number][::-1]
        for movement, (place, change) in zip(movements, taken_back, strict=True):
            self._apply(movement, place, -change)

    @rule()
    def remember(self) -> None:
        self.moments.append(datetime.now(UTC))

    @invariant()
    def levels_equal_the_model(self) -> None:
        if self.model.changes:
            assert self._levels() == {p: n for p, n in self.model.held.items() if n}

    def _levels(self, **query: Any) -> dict[Place, Decimal]:
        answer = self.api.get("/api/stock/levels", **query)
        return {
            (item["product_id"], item["warehouse_id"], bucket): item[bucket]
            for item in _decode(answer.content)["items"]
            for bucket in BUCKETS
            if item[bucket]
        }

    def teardown(self) -> None:
        if not hasattr(self, "api"):
            return
        assert findings(self.api) == []
        assert len(everything(self.api, "/api/stock/movements")) == len(self.model.changes)
        past = [_START + timedelta(hours=hours, microseconds=-1) for hours in range(0, 98, 16)]
        for moment in self.moments[-5:] + past:
            expected = {place: n for place, n in self.model.at(moment).items() if n}
            assert self._levels(as_of=moment.isoformat()) == expected


def _is_impossible(drawn: Json) -> bool:
    """A bundle has no stock of its own to purchase, damage, count or expect a quantity of."""
    return drawn["product"] >= 2 and (
        drawn["type"] not in _OF_BUNDLES or drawn["expected"] is not None
    )


def _place(movement: Json) -> Place:
    return movement["product_id"], movement["warehouse_id"], movement["bucket"]


def _rounded(quantity: Decimal) -> Decimal:
    return quantity.quantize(Decimal("0.0001"), "ROUND_HALF_UP")


def test_the_ledger_agrees_with_a_plain_model(http: TestClient) -> None:
    run_machine(
        cast(Any, lambda: LedgerMachine(http)),
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to shrink an example over HTTP would take minutes
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
