"""A scope: one transaction, in one company, for one actor, at one moment.

It is the first argument of every operation and query; nothing about it is ambient. Opening it sets
`stockflow.company_id` for the transaction, which the row-level security policies compare with; without
it every tenant table answers with an error.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, LiteralString, TypeVar
from zoneinfo import ZoneInfo

from psycopg import AsyncCursor, AsyncRawCursor
from psycopg.rows import BaseRowFactory, class_row, tuple_row
from sqlalchemy.sql import ClauseElement

from stockflow.foundation.database import Connection, Pool, translated_errors
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.permissions import GRANTS, Permission, Role
from stockflow.foundation.sql import compile_statement, positional

R = TypeVar("R")

_BEGIN_READ = "BEGIN READ ONLY; SET LOCAL stockflow.company_id TO '%d'"
# What writes is fixed SQL by key, whose plan does not depend on the values: plan it once.
_BEGIN_WRITE = (
    "BEGIN; SET LOCAL stockflow.company_id TO '%d'; SET LOCAL plan_cache_mode = force_generic_plan"
)
Statement = LiteralString | ClauseElement
Params = Mapping[str, Any] | Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Company:
    """The company a scope acts in, with its rules as they were when the scope was opened."""

    id: int
    name: str
    currency: str
    timezone: ZoneInfo
    case_sensitive_skus: bool
    allow_backorders: bool
    default_low_stock_threshold: Decimal | None
    standard_low_stock_threshold: Decimal | None
    low_stock_at_threshold: bool
    sales_period_days: int
    backorder_orders: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, an API key, or the operator at the command line (neither)."""

    role: Role
    user_id: int | None = None
    api_key_id: int | None = None
    warehouse_ids: frozenset[int] | None = None
    """The only warehouses the actor may see and change; None for all."""


class WarehouseNotAllowed(Forbidden):
    """These credentials are limited to other warehouses."""

    code = "warehouse-not-allowed"
    title = "Not your warehouse"


class ReadScope:
    """May look; PostgreSQL enforces it with a read-only transaction."""

    def __init__(
        self, connection: Connection, company: Company, actor: Actor, now: datetime, request_id: str
    ) -> None:
        self.connection = connection
        self.company = company
        self.actor = actor
        self.now = now
        self.request_id = request_id

    @property
    def company_id(self) -> int:
        return self.company.id

    @property
    def today(self) -> date:
        """The current day in the company's time zone."""
        return self.now.astimezone(self.company.timezone).date()

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor's role grants `permission`."""
        if permission not in GRANTS[self.actor.role]:
            raise Forbidden(f"The role {self.actor.role} may not {permission}.")

    def may_use_warehouse(self, warehouse_id: int) -> bool:
        allowed = self.actor.warehouse_ids
        return allowed is None or warehouse_id in allowed

    def require_warehouse(self, warehouse_id: int) -> None:
        """Raise WarehouseNotAllowed unless the actor may act in this warehouse."""
        if not self.may_use_warehouse(warehouse_id):
            raise WarehouseNotAllowed(facts={"warehouse_id": warehouse_id})

    async def execute(
        self, statement: Statement, params: Params = None
    ) -> AsyncCursor[tuple[Any, ...]]:
        """Run fixed SQL with `%(name)s` parameters, or a Core statement."""
        return await self._run(tuple_row, statement, params)

    async def fetch_all(self, row: type[R], statement: Statement, params: Params = None) -> list[R]:
        """All rows, each as `row(**columns)`."""
        cursor = await self._run(class_row(row), statement, params)
        return await cursor.fetchall()

    async def _run(
        self, rows: BaseRowFactory[R], statement: Statement, params: Params
    ) -> AsyncCursor[R]:
        if isinstance(statement, str) and isinstance(params, dict):
            # parsed once for the process: psycopg would parse long statements every time
            text, names = positional(statement)
            raw = AsyncRawCursor(self.connection, row_factory=rows)
            return await raw.execute(text, [params[name] for name in names])
        if not isinstance(statement, str):
            statement, params = compile_statement(statement)
        return await self.connection.cursor(row_factory=rows).execute(statement, params)

    async def fetch_one(
        self, row: type[R], statement: Statement, params: Params = None
    ) -> R | None:
        """The first row, or None."""
        rows = await self.fetch_all(row, statement, params)
        return rows[0] if rows else None

    async def fetch_value(self, statement: Statement, params: Params = None) -> Any:
        """The first column of the first row, or None."""
        cursor = await self.execute(statement, params)
        row = await cursor.fetchone()
        return row[0] if row else None


class WriteScope(ReadScope):
    """May change; everything it did is committed together, before the answer is sent."""

    def __init__(
        self, connection: Connection, company: Company, actor: Actor, now: datetime, request_id: str
    ) -> None:
        super().__init__(connection, company, actor, now, request_id)
        self.locks: set[object] = set()
        """What it has locked until it ends, for those who would lock it again."""

    @asynccontextmanager
    async def undone_if_raises(self) -> AsyncIterator[None]:
        """Take back what the block did, and give up its locks, when an error leaves it."""
        before = set(self.locks)
        try:
            with translated_errors():
                async with self.connection.transaction():
                    yield
        except (
            BaseException
        ):  # also where the request is cancelled: the locks are gone all the same
            self.locks = before
            raise


@asynccontextmanager
async def transaction(
    pool: Pool, company_id: int, *, read_only: bool, lock: int | None = None
) -> AsyncIterator[Connection]:
    """A connection inside a transaction of one company; commits unless an error leaves the block.

    It waits for the advisory lock `lock` first, so that every statement sees what the holder did.
    """
    begin = _BEGIN_READ if read_only else _BEGIN_WRITE
    if lock is not None:
        # not for long: who waits holds one of the connections all companies share
        begin += f"; SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({int(lock)})"
    with translated_errors():
        async with pool.connection() as connection:
            # SET LOCAL, not set_config(): Citus forwards only the former to its shards
            await connection.execute(begin % company_id)
            yield connection


def utc_now() -> datetime:
    """The clock of every scope that is not given another."""
    return datetime.now(UTC)
