"""Runs operations that have no door of their own, in a scope of a test's company."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from fastapi import FastAPI

from stockflow.companies.authentication import load_company
from stockflow.foundation.database import Pool
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, Params, Statement, WriteScope, transaction, utc_now
from tests.factories import Api

P = ParamSpec("P")
T = TypeVar("T")
_WAIT_SECONDS = 30


class CountingScope(WriteScope):
    """Counts the statements that are run in it."""

    statements = 0

    async def execute(self, statement: Statement, params: Params = None) -> Any:
        self.statements += 1
        return await super().execute(statement, params)

    async def fetch_all(self, row: type[T], statement: Statement, params: Params = None) -> list[T]:
        self.statements += 1
        return await super().fetch_all(row, statement, params)


@dataclass(frozen=True)
class Ran:
    """What an operation gave, and with how many statements."""

    result: Any
    statements: int


def run(
    api: Api, operation: Callable[..., Awaitable[Any]], *args: Any, actor: Actor | None = None
) -> Ran:
    """The operation in a transaction of its own, as the owner unless told otherwise."""

    async def call() -> Ran:
        pool = cast(FastAPI, api.http.app).state.pool
        async with transaction(pool, api.company_id, read_only=False) as connection:
            company = await load_company(connection, api.company_id)
            assert company is not None
            who = actor or Actor(Role.OWNER)
            scope = CountingScope(connection, company, who, utc_now(), "test")
            result = await operation(scope, *args)
        return Ran(result, scope.statements)

    assert api.http.portal is not None
    return api.http.portal.call(call)


def in_scope(
    api: Api,
    operation: Callable[Concatenate[WriteScope, P], Awaitable[T]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What the operation gives, run as the owner."""
    return cast(T, run(api, partial(operation, **kwargs), *args).result)


async def somebody_waits_for(holder: WriteScope, pool: Pool) -> None:
    """Return once another transaction waits for what this one has locked."""
    pid = holder.connection.info.backend_pid
    # not pg_stat_activity: it stands still while a transaction lasts
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks"
        " WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid)))"
    )
    async with asyncio.timeout(_WAIT_SECONDS), pool.connection() as watching:
        while (await (await watching.execute(query, (pid,))).fetchone()) != (True,):
            await asyncio.sleep(0.01)


def audit_of(api: Api, entity: str) -> list[tuple[int, str, dict[str, Any]]]:
    """The audit entries of a kind of entity, oldest first: entity id, action, changes."""

    async def read(scope: WriteScope) -> list[tuple[int, str, dict[str, Any]]]:
        cursor = await scope.execute(
            "SELECT entity_id, action, changes FROM audit_entries"
            " WHERE company_id = %s AND entity = %s ORDER BY id",
            (scope.company_id, entity),
        )
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]

    return in_scope(api, read)


def archive(api: Api, product_id: int) -> None:
    """Archive a product behind the API's back: the archiving itself is tested elsewhere."""

    async def write(scope: WriteScope) -> None:
        await scope.execute(
            "UPDATE products SET archived_at = now() WHERE company_id = %s AND id = %s",
            (scope.company_id, product_id),
        )

    in_scope(api, write)
