"""The end of a count: it is submitted, approved where its differences are worth it, and posted."""

from decimal import Decimal
from typing import Any

from stockflow.companies import audit
from stockflow.companies.queries import get_company
from stockflow.counting.commands import CountStatus, LineStatus, SubmitCount, Uncounted
from stockflow.counting.errors import (
    CountedSince,
    LinesUncounted,
    NothingCounted,
    OwnCount,
    RecountDue,
)
from stockflow.counting.lifecycle import ENTITY, lock_for
from stockflow.counting.models import StockCount
from stockflow.counting.queries import CountRow, find_count, get_count
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock import ledger
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.documents import advance, moved
from stockflow.stock.ledger import Document, Entry

LINES_NAMED_MAX = 1000
"""How many lines of a count a refusal names."""

_SQL = sql.load(__package__, "counting.sql")


async def submit_count(
    scope: WriteScope, count_id: int, command: SubmitCount, expected_version: int | None
) -> CountRow:
    """End the counting; posts the differences unless they are worth so much that they need approval.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is not being counted any more.
        RecountDue: lines wait for a second count.
        LinesUncounted: lines are uncounted, and it is not said what becomes of them.
        NothingCounted: no line is counted.
        CountedSince, InsufficientStock, LevelsClosed: differences cannot be posted.
    """
    scope.require(Permission.MOVE_STOCK)
    count = await lock_for(scope, count_id, "submit", expected_version)
    await _require_whole(scope, count, command)
    if command.uncounted is Uncounted.ZERO:
        count = await _count_as_zero(scope, count)
    if count.counted_count == 0:
        raise NothingCounted
    submission: dict[str, Any] = {
        "uncounted": command.uncounted and command.uncounted.value,
        "submitted_at": scope.now,
        "submitted_by_user_id": scope.actor.user_id,
        "submitted_by_api_key_id": scope.actor.api_key_id,
    }
    if await _needs_approval(scope, count):
        await advance(scope, StockCount, count_id, status=CountStatus.SUBMITTED.value, **submission)
        changes = moved(count.status, CountStatus.SUBMITTED, uncounted=command.uncounted)
        await audit.record(scope, ENTITY, "submitted", {count_id: changes})
    else:
        await _post(scope, count, "posted", **submission)
    return await get_count(scope, count_id)


async def approve_count(scope: WriteScope, count_id: int, expected_version: int | None) -> CountRow:
    """Approve a submitted count, which posts its differences.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it does not wait for approval.
        OwnCount: the actor submitted it, or counted it alone.
        CountedSince, InsufficientStock, LevelsClosed: differences cannot be posted.
    """
    scope.require(Permission.APPROVE_STOCK)
    count = await lock_for(scope, count_id, "approve", expected_version)
    if await is_own_count(scope, count):
        raise OwnCount
    await _post(scope, count, "approved")
    return await get_count(scope, count_id)


async def is_own_count(scope: ReadScope, count: CountRow) -> bool:
    """Whether the actor submitted the count or counted all of it alone, so that others must approve it."""
    actor = (scope.actor.user_id, scope.actor.api_key_id)
    if actor == (count.submitted_by_user_id, count.submitted_by_api_key_id):
        return True
    return not await scope.fetch_value(_SQL["counted_by_others"], _names(scope, count))


async def _require_whole(scope: WriteScope, count: CountRow, command: SubmitCount) -> None:
    if count.recount_count:
        raise RecountDue(facts=await _named(scope, count, LineStatus.RECOUNT))
    if count.counted_count < count.line_count and command.uncounted is None:
        raise LinesUncounted(facts=await _named(scope, count, LineStatus.UNCOUNTED))


async def _named(scope: WriteScope, count: CountRow, status: LineStatus) -> dict[str, object]:
    """How many lines have the status, and the first of them."""
    names = {**_names(scope, count), "status": status.value, "most": LINES_NAMED_MAX}
    lines = await _lines(scope, "with_status", names)
    uncounted = count.line_count - count.counted_count
    total = count.recount_count if status is LineStatus.RECOUNT else uncounted
    return {"line_count": total, "lines": lines}


async def _lines(
    scope: WriteScope, statement: str, names: dict[str, Any]
) -> list[dict[str, object]]:
    cursor = await scope.execute(_SQL[statement], names)
    columns = ("line", "product_id", "sku")
    return [dict(zip(columns, row, strict=True)) for row in await cursor.fetchall()]


async def _count_as_zero(scope: WriteScope, count: CountRow) -> CountRow:
    """Count what nobody counted as zero; gives the count as it is then."""
    names = _names(scope, count)
    # the levels of all lines, which the posting needs too: locked at once, so in key order
    cursor = await scope.execute(_SQL["products"], names)
    await ledger.lock_levels(
        scope, [(product_id, count.warehouse_id) for (product_id,) in await cursor.fetchall()]
    )
    await scope.execute(
        _SQL["count_as_zero"], {**names, "currency": scope.company.currency, "now": scope.now}
    )
    return await find_count(scope, count.id)


async def _needs_approval(scope: WriteScope, count: CountRow) -> bool:
    limit = (await get_company(scope)).count_approval_above
    if limit is None or count.difference_value is None:
        return False
    return Decimal(count.difference_value) > Decimal(limit)


async def _post(scope: WriteScope, count: CountRow, action: str, **fields: Any) -> None:
    """Post what differs; lines that do not differ tell the levels that they were counted."""
    names = _names(scope, count)
    cursor = await scope.execute(_SQL["to_post"], names)
    entries = [
        Entry(
            line=line,
            product_id=product_id,
            sku=sku,
            warehouse_id=count.warehouse_id,
            type=MovementType.RECOUNT,
            bucket=Bucket.AVAILABLE,
            change=difference,
            occurred_at=counted_at,
            reference=count.number,
            # where product or warehouse are retired, less may be found, but not more
            clearing=difference <= 0,
        )
        for line, product_id, sku, difference, counted_at in await cursor.fetchall()
    ]
    document = Document(DocumentType.STOCK_COUNT, count.id)
    posting_id, _ = await ledger.post(scope, entries, kind=PostingKind.COUNT, document=document)
    # only now are the levels locked; where one keeps a later count, its difference was corrected before
    lines = await _lines(scope, "counted_since", names)
    if lines:
        raise CountedSince(facts={"lines": lines})
    await advance(
        scope,
        StockCount,
        count.id,
        status=CountStatus.POSTED.value,
        posted_at=scope.now,
        posting_id=posting_id,
        **fields,
    )
    changes = moved(count.status, CountStatus.POSTED, posting_id=posting_id)
    await audit.record(scope, ENTITY, action, {count.id: changes})


def _names(scope: ReadScope, count: CountRow) -> dict[str, Any]:
    return {
        "company_id": scope.company_id,
        "count_id": count.id,
        "warehouse_id": count.warehouse_id,
        "user_id": scope.actor.user_id,
        "api_key_id": scope.actor.api_key_id,
    }
