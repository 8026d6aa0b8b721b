"""How the operator acts in a company, at the command line or by a job: an owner's rights, no user."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import psycopg

from stockflow.companies.authentication import load_company
from stockflow.companies.errors import CompanyNotFound
from stockflow.foundation.cli import load_settings, operator_pool
from stockflow.foundation.database import Pool
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.scope import Actor, ReadScope, WriteScope, transaction, utc_now

S = TypeVar("S", bound=ReadScope)
REQUEST_ID = "command-line"


@asynccontextmanager
async def operator_scope(company_id: int, kind: type[S]) -> AsyncIterator[S]:
    """One transaction of the operator in a company, on a database opened for it alone.

    Raises:
        CompanyNotFound: there is no such company.
    """
    async with operator_pool() as pool, company_scope(pool, company_id, kind) as scope:
        yield scope


@asynccontextmanager
async def company_scope(
    pool: Pool, company_id: int, kind: type[S], request_id: str = REQUEST_ID
) -> AsyncIterator[S]:
    """One transaction of the operator in a company; commands that need several share a pool.

    Raises:
        CompanyNotFound: there is no such company.
    """
    read_only = not issubclass(kind, WriteScope)
    async with transaction(pool, company_id, read_only=read_only) as connection:
        company = await load_company(connection, company_id)
        if company is None:
            raise CompanyNotFound(facts={"company_id": company_id})
        yield kind(connection, company, Actor(Role.OWNER), utc_now(), request_id)


def job_scope(
    pool: Pool, company_id: int, request_id: str
) -> AbstractAsyncContextManager[WriteScope]:
    """The transaction a job runs in: nobody's but the operator's."""
    return company_scope(pool, company_id, WriteScope, request_id)


def company_ids() -> list[int]:
    """Every company of this deployment, which only the owner of the schema may list."""
    with (
        running_postgres(load_settings()) as conninfo,
        psycopg.connect(conninfo.owner) as connection,
    ):
        return [row[0] for row in connection.execute("SELECT id FROM companies ORDER BY id")]
