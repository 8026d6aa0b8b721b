"""Recording what was counted, each line beside what the ledger expects at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from stockflow.catalog.queries import ProductRef
from stockflow.companies import audit
from stockflow.counting.commands import CountedLine, CountMode, LineStatus, RecordLines
from stockflow.counting.lifecycle import ENTITY, lock_for
from stockflow.counting.naming import products_counted
from stockflow.counting.overlap import require_counted_here_only, serialize
from stockflow.counting.queries import CountedLines, CountRow, find_count, lines_of, shown_count
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import CLOCK_TOLERANCE, QUANTITY_LIMIT
from stockflow.foundation.scope import WriteScope
from stockflow.stock import ledger
from stockflow.stock.errors import LineError, LinesRefused

_SQL = sql.load(__package__, "counting.sql")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a request counted of one product; `number` is the first of its lines."""

    number: int
    product: ProductRef
    quantity: Decimal
    mode: CountMode
    recount: bool
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """The line of a product as it was, and what should lie there."""

    product_id: int
    line: int | None
    times_counted: int
    old_expected: Decimal | None
    old_counted: Decimal | None
    old_counted_at: datetime | None
    first_expected: Decimal | None
    first_counted: Decimal | None
    first_counted_at: datetime | None
    expected: Decimal
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line as it is written."""

    line: int
    product_id: int
    status: LineStatus
    times_counted: int
    expected: Decimal
    counted: Decimal
    unit_cost: Decimal
    counted_at: datetime
    first_expected: Decimal | None
    first_counted: Decimal | None
    first_counted_at: datetime | None


async def record_lines(
    scope: WriteScope, count_id: int, command: RecordLines, expected_version: int | None
) -> CountedLines:
    """Record what was counted, all lines or none; the differences are posted with the count.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is not being counted any more.
        LineTargetsNotFound: lines name products the company does not have.
        LinesRefused: lines cannot be recorded; each says why.
        CountedElsewhere: products new to this count are on another one.
    """
    scope.require(Permission.MOVE_STOCK)
    count = await lock_for(scope, count_id, "count", expected_version)
    products = await products_counted(scope, command.lines)
    tallies = _tallies(count, command.lines, products)
    await _serialize_additions(scope, count, tallies)
    found = await _found(scope, count, tallies)
    _refuse([error for tally in tallies.values() if (error := _misfit(count, tally, found))])
    new = [product_id for product_id in tallies if found[product_id].line is None]
    added = {product_id: count.line_count + place for place, product_id in enumerate(new)}
    recorded = [
        _recorded(scope, count, tally, found[product_id], added.get(product_id, 0))
        for product_id, tally in tallies.items()
    ]
    await _write(scope, count, recorded)
    if new:
        await require_counted_here_only(scope, count.id, count.warehouse_id, count.line_count)
    return await _told(scope, count, recorded)


def _tallies(
    count: CountRow, lines: Sequence[CountedLine], products: Sequence[ProductRef]
) -> dict[int, Tally]:
    """One tally for each product; what is added several times is added up."""
    tallies: dict[int, Tally] = {}
    errors = []
    for number, (line, product) in enumerate(zip(lines, products, strict=True)):
        known = tallies.get(product.id)
        adds = line.mode is CountMode.ADD
        if line.counted_at is not None and line.counted_at < count.created_at - CLOCK_TOLERANCE:
            detail = "It was counted before the count was opened."
            errors.append(_error(number, product, "counted-too-early", detail))
        elif known is None:
            tallies[product.id] = Tally(
                number, product, line.quantity, line.mode, line.recount, line.counted_at
            )
        elif not adds or known.mode is not CountMode.ADD or known.recount is not line.recount:
            detail = "The request counts the product more than once; only adding may be repeated."
            errors.append(_error(number, product, "counted-twice", detail))
        else:
            tallies[product.id] = replace(
                known,
                quantity=known.quantity + line.quantity,
                counted_at=_later(known.counted_at, line.counted_at),
            )
    _refuse(errors)
    return tallies


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two moments, where none means now."""
    return None if one is None or other is None else max(one, other)


async def _serialize_additions(
    scope: WriteScope, count: CountRow, tallies: Mapping[int, Tally]
) -> None:
    """Queue with others who put products on counts, if there are new ones: before levels are held."""
    if count.is_narrowed:
        return
    products = sql.array_literal(list(tallies))
    names = {"company_id": scope.company_id, "count_id": count.id, "products": products}
    if await scope.fetch_value(_SQL["lines_there"], names) < len(tallies):
        await serialize(scope, count.warehouse_id)


async def _found(
    scope: WriteScope, count: CountRow, tallies: Mapping[int, Tally]
) -> dict[int, Found]:
    """The lines and levels of these products; the levels stay locked."""
    await ledger.lock_levels(scope, [(product_id, count.warehouse_id) for product_id in tallies])
    rows = await scope.fetch_all(
        Found,
        _SQL["tallies"],
        {
            "company_id": scope.company_id,
            "count_id": count.id,
            "warehouse_id": count.warehouse_id,
            "currency": scope.company.currency,
            "products": sql.array_literal(list(tallies)),
            "moments": sql.array_literal([tally.counted_at for tally in tallies.values()]),
        },
    )
    return {row.product_id: row for row in rows}


def _misfit(count: CountRow, tally: Tally, found: Mapping[int, Found]) -> LineError | None:
    """Why the tally cannot be recorded, if it cannot."""
    was = found[tally.product.id]
    if was.line is None and count.is_narrowed:
        code, detail = "not-in-count", "The count is of other products."
    elif tally.recount and was.times_counted == 0:
        code, detail = "not-counted-yet", "There is no first count of it."
    elif not tally.recount and was.times_counted == 2:
        code, detail = "recounted-already", "It was recounted; only the second count can change."
    elif _counted(tally, was) >= QUANTITY_LIMIT:
        code, detail = "quantity-too-large", "Together, that is more than can be kept."
    else:
        return None
    return _error(tally.number, tally.product, code, detail)


def _counted(tally: Tally, was: Found) -> Decimal:
    """All that was counted of it, in the count of the tally: the first or the second."""
    same = was.times_counted == (2 if tally.recount else 1)
    if tally.mode is CountMode.ADD and same and was.old_counted is not None:
        return was.old_counted + tally.quantity
    return tally.quantity


def _recorded(scope: WriteScope, count: CountRow, tally: Tally, was: Found, new: int) -> Recorded:
    counted = _counted(tally, was)
    first = (was.first_expected, was.first_counted, was.first_counted_at)
    if tally.recount and was.times_counted == 1:
        first = (was.old_expected, was.old_counted, was.old_counted_at)
    limit = count.recount_above
    again = not tally.recount and limit is not None and abs(counted - was.expected) > limit
    return Recorded(
        new if was.line is None else was.line,
        tally.product.id,
        LineStatus.RECOUNT if again else LineStatus.COUNTED,
        2 if tally.recount else 1,
        was.expected,
        counted,
        was.unit_cost,
        min(tally.counted_at or scope.now, scope.now),
        *first,
    )


async def _write(scope: WriteScope, count: CountRow, recorded: Sequence[Recorded]) -> None:
    columns = {
        name: sql.array_literal([getattr(row, name) for row in recorded])
        for name in Recorded.__slots__
    }
    await scope.execute(
        _SQL["record"],
        {
            **columns,
            "company_id": scope.company_id,
            "count_id": count.id,
            "user_id": scope.actor.user_id,
            "api_key_id": scope.actor.api_key_id,
        },
    )


async def _told(scope: WriteScope, count: CountRow, recorded: Sequence[Recorded]) -> CountedLines:
    after = await find_count(scope, count.id)
    changes: audit.Changes = {
        "lines": (None, len(recorded)),
        **audit.changed(count, after, ("line_count", "counted_count", "recount_count")),
    }
    await audit.record(scope, ENTITY, "counted", {count.id: changes})
    lines = await lines_of(scope, after, [row.product_id for row in recorded])
    return CountedLines(shown_count(scope, after), lines)


def _error(number: int, product: ProductRef, code: str, detail: str) -> LineError:
    return LineError(number, code, detail, product_id=product.id, sku=product.sku)


def _refuse(errors: Sequence[LineError]) -> None:
    if errors:
        raise LinesRefused(facts={"lines": [error.facts() for error in errors]})
