"""The pool of connections one process serves its requests with."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, errors, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from stockflow.foundation.errors import Busy, Conflict, Invalid, StockFlowError
from stockflow.foundation.postgres import APP_ROLE
from stockflow.foundation.settings import Settings

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]
_log = structlog.get_logger()

_SESSION = """
    SET ROLE {role};
    SET TimeZone = 'UTC';
    SET plan_cache_mode = 'force_custom_plan';
    SET random_page_cost = 1.1;
    SET jit = off;
    SET statement_timeout = {statement_timeout};
    SET lock_timeout = {lock_timeout};
    SET idle_in_transaction_session_timeout = '5min'
"""


def make_pool(conninfo: str, settings: Settings) -> Pool:
    """A closed pool; open it inside the running event loop."""

    session = sql.SQL(_SESSION).format(
        role=sql.Identifier(APP_ROLE),
        statement_timeout=sql.Literal(f"{settings.statement_timeout_seconds}s"),
        lock_timeout=sql.Literal(f"{settings.lock_timeout_seconds}s"),
    )

    async def prepare(connection: Connection) -> None:
        await connection.execute(session)

    return AsyncConnectionPool(
        conninfo,
        kwargs={"autocommit": True, "application_name": "stockflow"},
        min_size=min(2, settings.pool_size),
        max_size=settings.pool_size,
        timeout=settings.pool_timeout_seconds,
        configure=prepare,
        open=False,
    )


@asynccontextmanager
async def open_pool(conninfo: str, settings: Settings) -> AsyncIterator[Pool]:
    """An open pool, after a look that its role is one row-level security binds.

    Raises:
        RuntimeError: the role is not.
    """
    async with make_pool(conninfo, settings) as pool:
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT app.rolsuper OR app.rolbypassrls, login.rolsuper, login.rolname"
                "  FROM pg_roles AS app, pg_roles AS login"
                " WHERE app.rolname = current_user AND login.rolname = session_user"
            )
            row = await cursor.fetchone()
        if row is None or row[0]:
            raise RuntimeError(f"role {APP_ROLE} must not bypass row-level security")
        if row[1]:
            _log.warning("the role that owns the schema must not be a superuser", role=row[2])
        yield pool


_BUSY = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,
    errors.IdleInTransactionSessionTimeout,
    errors.TooManyConnections,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what the database refuses as the StockFlow error that names it."""
    try:
        yield
    except PoolTimeout as error:
        raise Busy from error
    except psycopg.IntegrityError as error:
        raise _named(error) from error
    except psycopg.DataError as error:
        raise Invalid(f"A value does not fit: {error.diag.message_primary}.") from error
    except _BUSY as error:
        raise Busy from error
    except psycopg.OperationalError as error:
        if error.sqlstate is None:  # the connection is gone, not the statement wrong
            raise Busy from error
        raise


def _named(error: psycopg.IntegrityError) -> StockFlowError:
    name = error.diag.constraint_name or ""
    return StockFlowError.by_constraint.get(name, Conflict)(facts={"constraint": name})
