"""The ledger: the only writer of movements, levels and days.

`post` is set-based whatever the number of entries: missing levels are opened, the levels are locked in
key order, then one statement writes everything. See ledger.sql and docs/decisions/0004.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from stockflow.foundation import sql
from stockflow.foundation.errors import Busy
from stockflow.foundation.events import publish
from stockflow.foundation.quantity import QuantityOut, plain
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock.calendar import local_day
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.errors import InsufficientStock, LevelsClosed, LineError, TooManyMovements
from stockflow.stock.events import StockArrived
from stockflow.stock.models import MOVEMENTS_PER_POSTING
from stockflow.stock.opening import open_levels

_SQL = sql.load(__package__, "ledger.sql")
_RESERVATIONS = sql.load(__package__, "reservations.sql")
ZERO = Decimal(0)

LevelKey = tuple[int, int]
"""(product_id, warehouse_id)"""


class Document(NamedTuple):
    """The document that causes a posting."""

    type: DocumentType
    id: int


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One intended change of one bucket.

    `sold` counts as demand (negative for returns) on `sold_day`, or on the day of `occurred_at`.
    `clearing` entries only empty a level, so they pass where product or warehouse is inactive.

    What comes in is worth `value`, else `unit_cost` a unit, else what a unit on hand costs on average.
    What goes out is worth the average. An entry that `carries` is worth what the one before it took
    out: both are of the same quantity, as when a transfer leaves one warehouse for another.
    """

    line: int
    product_id: int
    sku: str
    warehouse_id: int
    type: MovementType
    bucket: Bucket
    change: Decimal
    occurred_at: datetime
    sold: Decimal = ZERO
    sold_day: date | None = None
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    reason: str | None = None
    reference: str | None = None
    clearing: bool = False
    value: Decimal | None = None
    carries: bool = False

    @property
    def level(self) -> LevelKey:
        return (self.product_id, self.warehouse_id)


@dataclass(slots=True)  # not frozen: thousands are made for one answer, in a third of the time
class Movement:
    """One recorded change of one bucket."""

    line: int
    id: int
    product_id: int
    sku: str
    warehouse_id: int
    type: MovementType
    bucket: Bucket
    quantity_change: QuantityOut
    quantity_before: QuantityOut
    quantity_after: QuantityOut
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What a locked level holds."""

    product_id: int
    warehouse_id: int
    available: Decimal
    reserved: Decimal
    damaged: Decimal
    in_transit: Decimal
    backorders: bool


async def post(
    scope: WriteScope,
    entries: Sequence[Entry],
    *,
    kind: PostingKind,
    document: Document | None = None,
    reverses_id: int | None = None,
) -> tuple[int, list[Movement]]:
    """Record all entries as one posting, or none; returns its id and the movements.

    Raises:
        InsufficientStock: a bucket would fall below zero; every such line is named.
        LevelsClosed: product or warehouse is inactive.
        TooManyMovements: more entries than a posting holds.
    """
    if len(entries) >= MOVEMENTS_PER_POSTING:
        raise TooManyMovements
    cause = {
        "company_id": scope.company_id,
        "kind": kind.value,
        "reverses_id": reverses_id,
        "document_type": document and document.type.value,
        "document_id": document and document.id,
        "user_id": scope.actor.user_id,
        "api_key_id": scope.actor.api_key_id,
        "request_id": scope.request_id,
    }
    posted = None
    if _is_plain(entries):
        posted = await _post_one(scope, entries[0], cause)
    elif _are_apart(entries):
        posted = await _post_apart(scope, entries, cause)
    posted = posted or await _post_all(scope, entries, cause)
    if scope.company.backorder_orders:
        await _announce_arrivals(scope, entries)
    return posted


async def _announce_arrivals(scope: WriteScope, entries: Sequence[Entry]) -> None:
    arrived = frozenset(
        entry.product_id
        for entry in entries
        if entry.bucket is Bucket.AVAILABLE and entry.change > 0
    )
    if arrived:
        await publish(scope, StockArrived(arrived))


def _is_plain(entries: Sequence[Entry]) -> bool:
    """Whether it is one entry of available stock whose demand, if any, falls on its own day."""
    first = entries[0]
    return (
        len(entries) == 1
        and first.bucket is Bucket.AVAILABLE
        and first.type is not MovementType.RECOUNT
        and first.sold_day is None
    )


def _are_apart(entries: Sequence[Entry]) -> bool:
    """Whether each has a level of its own, and their demand, if any, falls on their own days."""
    if any(entry.sold_day or entry.carries for entry in entries):
        return False
    return len({entry.level for entry in entries}) == len(entries)


async def _post_one(
    scope: WriteScope, entry: Entry, cause: dict[str, Any]
) -> tuple[int, list[Movement]] | None:
    """Post one plain entry in one statement; None where something stands in its way."""
    cursor = await scope.execute(
        _SQL["post_one"],
        {
            **structs.asdict(entry),
            **cause,
            "type": entry.type.value,
            "day": local_day(scope, entry.occurred_at),
            "timezone": scope.company.timezone.key,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    posting_id, after, before = row
    return posting_id, _movements(posting_id, [entry], [before], [after])


async def _post_apart(
    scope: WriteScope, entries: Sequence[Entry], cause: dict[str, Any]
) -> tuple[int, list[Movement]] | None:
    """Lock the levels and post in one statement; None where something stands in its way.

    Its locks are then given up again: a missing level must not be opened while others are held.
    """
    names = {**cause, "expected": len(entries), "timezone": scope.company.timezone.key}
    await scope.execute("SAVEPOINT before_posting")
    cursor = await scope.execute(_SQL["post_apart"], {**_columns(scope, entries), **names})
    row = await cursor.fetchone()
    assert row is not None, "an aggregate gives a row"
    posting_id, after, before = row
    if posting_id is None:
        await scope.execute("ROLLBACK TO SAVEPOINT before_posting")
        return None
    return posting_id, _movements(posting_id, entries, before, after)


async def _post_all(
    scope: WriteScope, entries: Sequence[Entry], cause: dict[str, Any]
) -> tuple[int, list[Movement]]:
    await lock_levels(scope, {entry.level for entry in entries})
    cursor = await scope.execute(_SQL["post"], {**_columns(scope, entries), **cause})
    row = await cursor.fetchone()
    assert row is not None, "an aggregate gives a row"
    posting_id, after, before, is_open, may_be_negative = row
    if after is None or len(after) != len(entries):
        raise Busy  # a level is gone that was locked: nothing was written for it
    if posting_id is None:
        raise _refusal(entries, before, zip(is_open, may_be_negative, strict=True))
    return posting_id, _movements(posting_id, entries, before, after)


def _columns(scope: WriteScope, entries: Sequence[Entry]) -> dict[str, Any]:
    timezone = scope.company.timezone
    moments: dict[datetime, date] = {}
    for entry in entries:
        if entry.occurred_at not in moments:
            moments[entry.occurred_at] = entry.occurred_at.astimezone(timezone).date()
    columns: dict[str, list[Any]] = {
        "line": [entry.line for entry in entries],
        "product_id": [entry.product_id for entry in entries],
        "warehouse_id": [entry.warehouse_id for entry in entries],
        "type": [entry.type for entry in entries],
        "bucket": [entry.bucket for entry in entries],
        "change": [entry.change for entry in entries],
        "sold": [entry.sold for entry in entries],
    }
    seldom: dict[str, list[Any]] = {
        "sold_day": [entry.sold_day for entry in entries],
        "unit_cost": [entry.unit_cost for entry in entries],
        "value": [entry.value for entry in entries],
        "carries": [entry.carries or None for entry in entries],
        "unit_price": [entry.unit_price for entry in entries],
        "clearing": [entry.clearing or None for entry in entries],
        "reason": [entry.reason for entry in entries],
        "reference": [entry.reference for entry in entries],
    }
    literals: dict[str, Any] = {"same_moment": None, "same_day": None}
    if len(moments) == 1:  # as in most requests: sent and read once
        ((literals["same_moment"], literals["same_day"]),) = moments.items()
        literals |= {"occurred_at": "{}", "day": "{}"}
    else:
        columns["occurred_at"] = [entry.occurred_at for entry in entries]
        columns["day"] = [moments[entry.occurred_at] for entry in entries]
    nothing = [None] * len(entries)
    literals |= {name: sql.array_literal(values) for name, values in columns.items()}
    for name, values in seldom.items():
        literals[name] = "{}" if values == nothing else sql.array_literal(values)
    return literals


def _movements(
    posting_id: int, entries: Sequence[Entry], before: list[Decimal], after: list[Decimal]
) -> list[Movement]:
    first = posting_id * MOVEMENTS_PER_POSTING
    return [
        Movement(
            entry.line,
            first + place,
            entry.product_id,
            entry.sku,
            entry.warehouse_id,
            entry.type,
            entry.bucket,
            entry.change,
            held_before,
            held_after,
            entry.occurred_at,
        )
        for place, (entry, held_before, held_after) in enumerate(
            zip(entries, before, after, strict=True), 1
        )
    ]


def _refusal(
    entries: Sequence[Entry], before: list[Decimal], rules: Iterable[tuple[bool, bool]]
) -> InsufficientStock | LevelsClosed:
    closed, short = [], []
    for entry, held, (is_open, may_be_negative) in zip(entries, before, rules, strict=True):
        if not is_open:
            closed.append({"line": entry.line, "product_id": entry.product_id, "sku": entry.sku})
        elif held + entry.change < 0 and entry.change < 0 and not may_be_negative:
            short.append(shortage(entry, held).facts())
    if closed:
        return LevelsClosed(facts={"lines": closed})
    return InsufficientStock(facts={"lines": short})


def shortage(entry: Entry, held: Decimal) -> LineError:
    """The line asks for more than its bucket holds."""
    return LineError(
        entry.line,
        InsufficientStock.code,
        "There is too little stock.",
        product_id=entry.product_id,
        sku=entry.sku,
        warehouse_id=entry.warehouse_id,
        bucket=entry.bucket,
        requested=-entry.change,
        available=plain(max(held, ZERO)),
    )


async def lock_levels(scope: WriteScope, levels: Iterable[LevelKey]) -> None:
    """Lock these levels, opening those that are new; the same order for every writer.

    What documents hold of them for a time that is over is available again, before anybody decides.
    """
    keys = sorted(set(levels) - scope.locks)
    if not keys:
        return
    names = {
        "company_id": scope.company_id,
        "products": sql.array_literal([product for product, _ in keys]),
        "warehouses": sql.array_literal([warehouse for _, warehouse in keys]),
        "expected": len(keys),
        "now": scope.now,
    }
    count, some_are_over = await _locked(scope, names)
    if count != len(keys):
        await open_levels(scope, names)
        _, some_are_over = await _locked(scope, names)
    scope.locks.update(keys)
    if some_are_over:
        await _free_expired(scope, names)


async def _free_expired(scope: WriteScope, names: dict[str, Any]) -> None:
    """Post what is over at these locked levels from reserved to available, as of when it ended."""
    cursor = await scope.execute(_RESERVATIONS["expired"], names)
    entries = [
        Entry(
            line=0,
            product_id=product_id,
            sku="",
            warehouse_id=warehouse_id,
            type=MovementType.RELEASE,
            bucket=bucket,
            change=change,
            occurred_at=until,
            reason="Reservation expired",
            reference=reference,
            clearing=True,
        )
        for product_id, warehouse_id, quantity, until, reference in await cursor.fetchall()
        for bucket, change in ((Bucket.RESERVED, -quantity), (Bucket.AVAILABLE, quantity))
    ]
    if entries:
        await post(scope, entries, kind=PostingKind.RELEASE)


async def _locked(scope: WriteScope, names: dict[str, Any]) -> tuple[int, bool]:
    """How many of the levels there are, all locked or none, and whether any reservation is over."""
    row = await (await scope.execute(_SQL["lock_levels"], names)).fetchone()
    assert row is not None, "an aggregate gives a row"
    count, _, timezone, some_are_over = row
    if timezone != scope.company.timezone.key:
        raise Busy  # its days would be those of a time zone given up since the scope was opened
    return count, some_are_over


async def locked_balances(scope: WriteScope, levels: Iterable[LevelKey]) -> dict[LevelKey, Balance]:
    """Lock these levels and read them, in two statements, so that what is read stays true."""
    keys = sorted(levels)
    await lock_levels(scope, keys)
    rows = await scope.fetch_all(
        Balance,
        _SQL["balances"],
        {
            "company_id": scope.company_id,
            "products": sql.array_literal([product for product, _ in keys]),
            "warehouses": sql.array_literal([warehouse for _, warehouse in keys]),
        },
    )
    return {(row.product_id, row.warehouse_id): row for row in rows}


async def complete_up_to(scope: ReadScope) -> int:
    """The highest posting id such that no posting with a smaller one can still appear."""
    value = await scope.fetch_value(_SQL["complete_up_to"], {"company_id": scope.company_id})
    return int(value)
