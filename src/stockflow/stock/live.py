"""Stock that changes while somebody looks: what was touched since, and who wants to hear of it.

Whoever asks gets every posting in the end, because what is asked for ends at `complete_up_to`. One task
of a process asks once a second, for the companies somebody watches, and holds no connection meanwhile.
PostgreSQL's NOTIFY would let all commits that use it wait for each other.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import structlog

from stockflow.companies.operator import company_scope
from stockflow.foundation import sql
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.stock import ledger

PRODUCTS_NAMED_MAX = 1000
_MOVEMENTS_READ_MAX = 5000
_POLL_SECONDS = 1.0
_SQL = sql.load(__package__, "live.sql")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StockChange:
    """What postings up to `posting_id` touched; `product_ids` is null for too many to name."""

    posting_id: int
    product_ids: list[int] | None


@dataclass(frozen=True, slots=True)
class _Touched:
    """Movements as (posting, product, warehouse); all of them behind the posting `known_from`."""

    upto: int
    known_from: int
    movements: list[tuple[int, int, int]]

    def change(self, after: int, allowed: frozenset[int] | None) -> StockChange | None:
        """What somebody who knows all up to `after` is told; None where nothing is new to them."""
        if self.upto <= after:
            return None
        if after < self.known_from:
            return StockChange(self.upto, None)
        found = {
            product
            for posting, product, warehouse in self.movements
            if posting > after and (allowed is None or warehouse in allowed)
        }
        if len(found) > PRODUCTS_NAMED_MAX:
            return StockChange(self.upto, None)
        return StockChange(self.upto, sorted(found))


async def position(scope: ReadScope, last_heard: int | None = None) -> int:
    """Where to watch from: behind what was heard last, else from now on.

    What a browser says it heard may be anything, and ahead of a database that was restored.
    """
    scope.require(Permission.READ)
    now = await ledger.complete_up_to(scope)
    return now if last_heard is None else max(min(last_heard, now), 0)


async def changes_since(scope: ReadScope, posting_id: int) -> tuple[int, list[int] | None]:
    """The last complete posting, and the products touched behind `posting_id` in the actor's warehouses.

    The products are null where there are more than a thousand, or too many movements to look at.
    """
    scope.require(Permission.READ)
    touched = await _touched(scope, posting_id)
    change = touched.change(posting_id, scope.actor.warehouse_ids)
    return (posting_id, []) if change is None else (change.posting_id, change.product_ids)


async def _touched(scope: ReadScope, after: int) -> _Touched:
    upto = await ledger.complete_up_to(scope)
    if upto <= after:
        return _Touched(after, after, [])
    cursor = await scope.execute(
        _SQL["touched"],
        {
            "company_id": scope.company_id,
            "after": after,
            "upto": upto,
            "most": _MOVEMENTS_READ_MAX,
        },
    )
    rows = [(row[0], row[1], row[2]) for row in await cursor.fetchall()]
    known_from = rows[-1][0] if len(rows) > _MOVEMENTS_READ_MAX else after
    return _Touched(upto, known_from, rows)


@dataclass(eq=False, slots=True)
class _Watcher:
    """Somebody who watches: what they know, and what they have not taken yet, as one change."""

    allowed: frozenset[int] | None
    known: int
    untold: StockChange | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, touched: _Touched) -> None:
        change = touched.change(self.known, self.allowed)
        if change is None:
            return
        self.known = change.posting_id
        if change.product_ids != []:
            self.untold = _together(self.untold, change)
            self.news.set()


def _together(first: StockChange | None, then: StockChange) -> StockChange:
    """Both as one, so that what a slow listener has not taken does not grow."""
    if first is None:
        return then
    if first.product_ids is None or then.product_ids is None:
        return StockChange(then.posting_id, None)
    products = sorted({*first.product_ids, *then.product_ids})
    return StockChange(then.posting_id, products if len(products) <= PRODUCTS_NAMED_MAX else None)


class LiveStock:
    """The stock of the companies somebody watches, looked at once a second by one task."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._watchers: dict[int, set[_Watcher]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    async def watch(
        self, company_id: int, allowed: frozenset[int] | None, since: int
    ) -> AsyncIterator[StockChange]:
        """What is touched behind the posting `since` in the warehouses `allowed` (null: all).

        It goes on until it is closed, or all is. Who may watch is for the caller to decide, and to ask
        again from time to time.
        """
        watcher = _Watcher(allowed, since)
        self._add(company_id, watcher)
        try:
            while not self._closed:
                await watcher.news.wait()
                watcher.news.clear()
                change, watcher.untold = watcher.untold, None
                if change is not None:
                    yield change
        finally:
            self._remove(company_id, watcher)

    async def close(self) -> None:
        """End every watch, and the looking, at once."""
        self._closed = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.news.set()
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    def _add(self, company_id: int, watcher: _Watcher) -> None:
        self._watchers.setdefault(company_id, set()).add(watcher)
        if self._looking is None and not self._closed:
            self._looking = asyncio.create_task(self._look_on())

    def _remove(self, company_id: int, watcher: _Watcher) -> None:
        watchers = self._watchers[company_id]
        watchers.discard(watcher)
        if not watchers:
            del self._watchers[company_id]

    async def _look_on(self) -> None:
        while self._watchers:
            await asyncio.sleep(_POLL_SECONDS)
            for company_id in list(self._watchers):
                await self._look(company_id)
        self._looking = None

    async def _look(self, company_id: int) -> None:
        watchers = list(self._watchers.get(company_id, ()))
        if not watchers:
            return
        try:
            async with company_scope(self._pool, company_id, ReadScope) as scope:
                touched = await _touched(scope, min(watcher.known for watcher in watchers))
        except (StockFlowError, psycopg.Error, OSError) as error:
            # nothing is lost: the next look begins where this one did
            reason = str(error) or repr(error)
            _log.warning("stock cannot be watched", company_id=company_id, reason=reason)
            return
        for watcher in watchers:
            watcher.tell(touched)


@asynccontextmanager
async def live_stock(pool: Pool) -> AsyncIterator[LiveStock]:
    """What watches stock in this process, until the block ends."""
    live = LiveStock(pool)
    try:
        yield live
    finally:
        await live.close()
