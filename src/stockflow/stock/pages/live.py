"""`/c/{company_id}/live`: tells a browser which products' stock was touched, as it happens.

Nothing is held while nothing happens but the connection of the browser. Whether its session is still
good is asked once a minute.
"""

import asyncio
import json
from asyncio import FIRST_COMPLETED
from collections import Counter
from collections.abc import AsyncIterator

import anyio
import psycopg
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from stockflow.companies.page_scope import opened
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.foundation.errors import (
    Forbidden,
    NotFound,
    StockFlowError,
    TooManyAttempts,
    Unauthenticated,
)
from stockflow.foundation.scope import Actor, ReadScope
from stockflow.stock.live import LiveStock, StockChange, position

pages = PageRouter("/live")
SESSION_SECONDS = 60.0
_HEARTBEAT_SECONDS = 15
_GRACE_SECONDS = 1.0
_POSTING_DIGITS = 18
STREAMS_MAX = 50
"""Of one person, at one process: each takes one of the connections it can have."""

_streams: Counter[int | None] = Counter()


@pages.get("")
async def stock_events(page: Page) -> Response:
    if _streams[page.user.user_id] >= STREAMS_MAX:
        raise TooManyAttempts("Too many pages are open. Close some.", facts={"retry_after": 60})
    since = await position(page.scope, _last_heard(page.request))
    stop = anyio.Event()
    return EventSourceResponse(
        _events(page.request, page.company.id, page.scope.actor, since, stop),
        ping=_HEARTBEAT_SECONDS,
        shutdown_event=stop,
        shutdown_grace_period=_GRACE_SECONDS,
    )


def _last_heard(request: Request) -> int | None:
    """The posting a browser that connects again heard of last."""
    text = request.headers.get("last-event-id", "")
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) <= _POSTING_DIGITS else None
    )


async def _events(
    request: Request, company_id: int, actor: Actor, since: int, stop: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    """Each change, until the session ends, the member may see other warehouses, or the server stops."""
    live: LiveStock = request.app.state.live_stock
    changes = live.watch(company_id, actor.warehouse_ids, since)
    clock = asyncio.get_running_loop().time
    look_again = clock() + SESSION_SECONDS
    _streams[actor.user_id] += 1
    stopped = asyncio.create_task(stop.wait())
    told = asyncio.create_task(_next(changes))
    try:
        while True:
            left = max(look_again - clock(), 0)
            await asyncio.wait({told, stopped}, timeout=left, return_when=FIRST_COMPLETED)
            if stopped.done():
                return
            if clock() >= look_again:
                if not await _may_look_on(request, actor):
                    return
                look_again = clock() + SESSION_SECONDS
            if told.done():
                change = told.result()
                if change is None:
                    return
                told = asyncio.create_task(_next(changes))
                yield _event(change)
    finally:
        _streams[actor.user_id] -= 1
        told.cancel()
        stopped.cancel()


async def _next(changes: AsyncIterator[StockChange]) -> StockChange | None:
    return await anext(changes, None)


async def _may_look_on(request: Request, actor: Actor) -> bool:
    """Whether the session is good and the member's role and warehouses are what they were."""
    try:
        async with opened(request, ReadScope) as (scope, _):
            return scope.actor == actor
    except (Unauthenticated, Forbidden, NotFound):
        return False
    except (StockFlowError, psycopg.Error, OSError):
        return True  # it cannot be asked now, and nothing can be seen either


def _event(change: StockChange) -> ServerSentEvent:
    data = json.dumps({"product_ids": change.product_ids}, separators=(",", ":"))
    return ServerSentEvent(data, event="stock", id=str(change.posting_id))
