"""Entering what was counted line by line, by several people at once, and taking an entry back."""

from dataclasses import dataclass
from datetime import datetime

from stockflow.companies import audit
from stockflow.counting.commands import (
    CountedLine,
    CountMode,
    EnterLine,
    LineStatus,
    RecordLines,
    TakeBack,
)
from stockflow.counting.errors import CountedMeanwhile, NotInCount
from stockflow.counting.lifecycle import ENTITY, lock_for
from stockflow.counting.naming import products_counted
from stockflow.counting.queries import (
    CountedLines,
    CountRow,
    LineRow,
    find_count,
    lines_of,
    shown_count,
)
from stockflow.counting.recording import record_lines
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import WriteScope

_SQL = sql.load(__package__, "counting.sql")


@dataclass(frozen=True, slots=True)
class Entered:
    """The line as it is now, and what was counted before in the same count of it, the first or second."""

    count: CountRow
    line: LineRow
    counted_before: QuantityOut | None
    counted_before_at: datetime | None

    @property
    def version(self) -> int:
        """The version of the count."""
        return self.count.version


async def enter(scope: WriteScope, count_id: int, command: EnterLine) -> Entered:
    """Record one line; what somebody else counted meanwhile is added to, but never replaced unseen.

    Raises:
        CountedMeanwhile: it would replace another quantity than the one that was seen.
        CountNotFound, WrongStatus, LineTargetsNotFound, LinesRefused, CountedElsewhere: see `record_lines`.
    """
    scope.require(Permission.MOVE_STOCK)
    count = await lock_for(scope, count_id, "count", None)
    (product,) = await products_counted(scope, [command])
    before = next(iter(await lines_of(scope, count, [product.id])), None)
    counted = None if before is None else before.counted
    if command.mode is CountMode.SET and command.seen != counted:
        raise CountedMeanwhile(facts={"product_id": product.id, "counted": counted})
    line = CountedLine.model_construct(
        **command.model_dump(exclude={"seen", "sku", "barcode", "product_id"}),
        product_id=product.id,
    )
    after = await record_lines(scope, count_id, RecordLines(lines=[line]), None)
    (written,) = after.lines
    same = before is not None and before.times_counted == written.times_counted
    if before is None or not same:
        return Entered(after.count, written, None, None)
    return Entered(after.count, written, before.counted, before.counted_at)


async def take_back(scope: WriteScope, count_id: int, command: TakeBack) -> CountedLines:
    """Make the last entry of a line as if it had not been made, if nobody counted it since.

    Raises:
        CountNotFound: no such count.
        WrongStatus: it is not being counted any more.
        NotInCount: it has no line of the product.
        CountedMeanwhile: the line is not as the entry left it.
    """
    scope.require(Permission.MOVE_STOCK)
    count = await lock_for(scope, count_id, "count", None)
    line = next(iter(await lines_of(scope, count, [command.product_id])), None)
    if line is None:
        raise NotInCount(facts={"product_id": command.product_id})
    if line.status == LineStatus.UNCOUNTED or line.counted != command.counted:
        raise CountedMeanwhile(facts={"product_id": line.product_id, "counted": line.counted})
    if command.counted_before is not None:
        restored = CountedLine(
            product_id=line.product_id,
            quantity=command.counted_before,
            recount=line.times_counted == 2,
            counted_at=command.counted_before_at,
        )
        return await record_lines(scope, count_id, RecordLines(lines=[restored]), None)
    return await _withdraw(scope, count, line)


async def _withdraw(scope: WriteScope, count: CountRow, line: LineRow) -> CountedLines:
    names = {
        "company_id": scope.company_id,
        "count_id": count.id,
        "product_id": line.product_id,
    }
    await scope.execute(_SQL["withdraw"], names)
    after = await find_count(scope, count.id)
    lines = await lines_of(scope, after, [line.product_id])
    changes: audit.Changes = {
        "product_id": (None, line.product_id),
        "counted": (line.counted, lines[0].counted),
        **audit.changed(count, after, ("counted_count", "recount_count")),
    }
    await audit.record(scope, ENTITY, "taken_back", {count.id: changes})
    return CountedLines(shown_count(scope, after), lines)
