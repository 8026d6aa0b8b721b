"""Figures that take longer to compute than a page may: kept, shown at once, and renewed by a job.

They are those of a member's warehouses: who may see other warehouses has others.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import perf_counter
from typing import Any

import msgspec

from stockflow.dashboard.queries import (
    DeadStock,
    StockWorth,
    Trade,
    dead_stock,
    recent_trade,
    stock_worth,
)
from stockflow.foundation import sql
from stockflow.foundation.jobs import defer, job
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.scope import Actor, ReadScope, WriteScope

COMPUTE = "dashboard.figures"
LATE_SECONDS = 15.0
_ALL = "all"
_SQL = sql.load(__package__, "kept.sql")

Figures = StockWorth | Trade | DeadStock


class FiguresName(StrEnum):
    """The parts of the dashboard that are kept; another name when the shape of one changes."""

    WORTH = "stock_worth"
    TRADE = "trade"
    DEAD = "dead_stock"


_PARTS: dict[FiguresName, tuple[Callable[[ReadScope], Awaitable[Figures]], type[Any]]] = {
    FiguresName.WORTH: (stock_worth, StockWorth),
    FiguresName.TRADE: (recent_trade, Trade),
    FiguresName.DEAD: (dead_stock, DeadStock),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a part: `figures` of the moment `computed_at`, both null before the first time.

    `wanted`: newer ones should be asked for. `is_due`: they are, since `waited` seconds.
    """

    figures: Figures | None = None
    computed_at: datetime | None = None
    wanted: bool = True
    is_due: bool = False
    waited: float = 0.0

    @property
    def awaited(self) -> bool:
        """Whether newer ones will be there soon."""
        return self.wanted or self.is_due

    @property
    def late(self) -> bool:
        """Whether they should have been there by now."""
        return self.is_due and self.waited > LATE_SECONDS


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    body: dict[str, Any] | None
    computed_at: datetime | None
    is_due: bool
    is_old: bool | None
    waited: float

    def kept(self) -> Kept:
        figures = None if self.body is None else msgspec.convert(self.body, _shape(self.name))
        wanted = not self.is_due and bool(self.is_old)
        return Kept(figures, self.computed_at, wanted, self.is_due, self.waited)


async def kept_figures(scope: ReadScope, names: Collection[FiguresName]) -> dict[FiguresName, Kept]:
    """What is kept of each part for the actor's warehouses."""
    scope.require(Permission.READ)
    rows = await scope.fetch_all(_Row, _SQL["kept"], _names(scope, names))
    found = {row.name: row.kept() for row in rows}
    return {name: found.get(name, Kept()) for name in names}


async def want_figures(scope: WriteScope, seen: Mapping[FiguresName, datetime | None]) -> None:
    """Let a job compute these parts for the actor's warehouses, of which those of a moment were seen.

    Once however many ask: not where it is about to, or has since they were seen.
    """
    scope.require(Permission.READ)
    moments = [moment for moment in seen.values() if moment is not None]
    cursor = await scope.execute(_SQL["want"], {**_names(scope, seen), "seen": moments})
    if await cursor.fetchall():
        await defer(scope, COMPUTE)


@job(COMPUTE)
async def compute_figures(scope: WriteScope) -> None:
    """Compute what is wanted for longest, and come again for the next: other jobs go between."""
    known = [name.value for name in FiguresName]
    cursor = await scope.execute(_SQL["due"], {"company_id": scope.company_id, "names": known})
    due = await cursor.fetchone()
    if due is None:
        await scope.execute(_SQL["forget"], {"company_id": scope.company_id})
        return
    name, limits = due
    begun = perf_counter()
    figures = await _PARTS[FiguresName(name)][0](_as_limited(scope, limits))
    await scope.execute(
        _SQL["keep"],
        {
            "company_id": scope.company_id,
            "name": name,
            "limits": limits,
            "cost_ms": round((perf_counter() - begun) * 1000),
            "body": msgspec.json.encode(figures).decode(),
        },
    )
    await defer(scope, COMPUTE)


def _shape(name: str) -> type[Any]:
    return _PARTS[FiguresName(name)][1]


def _names(scope: ReadScope, names: Collection[FiguresName]) -> dict[str, Any]:
    allowed = scope.actor.warehouse_ids
    return {
        "company_id": scope.company_id,
        "limits": _ALL if allowed is None else ",".join(map(str, sorted(allowed))),
        "names": [name.value for name in names],
    }


def _as_limited(scope: WriteScope, limits: str) -> ReadScope:
    """The scope of somebody with these limits, who may only look."""
    allowed = None if limits == _ALL else frozenset(map(int, filter(None, limits.split(","))))
    actor = Actor(Role.VIEWER, warehouse_ids=allowed)
    return ReadScope(scope.connection, scope.company, actor, scope.now, scope.request_id)
