"""The job of the dashboard's figures, and the rows it keeps."""

from typing import Any, cast

from fastapi import FastAPI

from stockflow.companies.operator import company_scope, job_scope
from stockflow.dashboard.kept import COMPUTE
from stockflow.foundation.database import Pool
from stockflow.foundation.jobs import DueJob, run_job
from stockflow.foundation.scope import WriteScope
from tests.pages import Browser


def compute(browser: Browser) -> int:
    """Run the job until nothing is due; how often it ran."""

    async def work(pool: Pool) -> int:
        ran = 0
        while await run_job(pool, job_scope, DueJob(browser.company_id, COMPUTE, 77)):
            ran += 1
        return ran

    return int(_with_pool(browser, work))


def kept_rows(browser: Browser) -> list[tuple[str, str]]:
    """The name and the limits of everything that is kept."""
    rows = ask(browser, "SELECT name, limits FROM kept_figures WHERE company_id = %s ORDER BY 1, 2")
    return [(row[0], row[1]) for row in rows]


def ask(browser: Browser, statement: str) -> list[tuple[Any, ...]]:
    """What a statement about this company answers, committed."""

    async def run(pool: Pool) -> list[tuple[Any, ...]]:
        async with company_scope(pool, browser.company_id, WriteScope) as scope:
            cursor = await scope.connection.execute(statement.encode(), (browser.company_id,))
            return await cursor.fetchall() if cursor.description else []

    return cast(list[tuple[Any, ...]], _with_pool(browser, run))


def _with_pool(browser: Browser, call: Any) -> Any:
    assert browser.http.portal is not None
    return browser.http.portal.call(call, cast(FastAPI, browser.http.app).state.pool)
