"""Work done later, in the company it belongs to: what a job is, how one is asked for, who runs it.

A job runs in one transaction with the row that asks for it: what it does and that it is done are
committed together, or neither. So a job killed in the middle has done nothing, and is simply run again.
See docs/decisions/0012.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import perf_counter

import psycopg
import structlog
from psycopg.rows import class_row

from stockflow.foundation import sql
from stockflow.foundation.database import Pool, translated_errors
from stockflow.foundation.scope import WriteScope

Job = Callable[[WriteScope], Awaitable[None]]
OpenAside = Callable[[], AbstractAsyncContextManager[WriteScope]]
"""Opens a transaction of the same company that is committed on its own."""

LongJob = Callable[[WriteScope, OpenAside], Awaitable[None]]
OpenScope = Callable[[Pool, int, str], AbstractAsyncContextManager[WriteScope]]
"""Opens a scope in a company under a request id, with an owner's rights."""

_SQL = sql.load(__package__, "jobs.sql")
_LOOK_SECONDS = 1.0
_LOOK_SECONDS_MAX = 30.0
_DUE_MAX = 1000
_jobs: dict[str, Job] = {}
_long_jobs: dict[str, LongJob] = {}
_log = structlog.get_logger()


def job(name: str) -> Callable[[Job], Job]:
    """Register a coroutine to run when the job `name` is due, in a transaction of its company.

    It fails as a whole and is tried again, so it does only what its transaction can take back.
    """

    def register(work: Job) -> Job:
        _jobs[name] = work
        return work

    return register


def long_job(name: str) -> Callable[[LongJob], LongJob]:
    """Register a job that may take minutes: others do not wait for it, but in a line of their own.

    It may tell aside, in transactions that are committed on their own, how far it is.
    """

    def register(work: LongJob) -> LongJob:
        _long_jobs[name] = work
        return work

    return register


async def defer(scope: WriteScope, name: str, *, at: datetime | None = None) -> None:
    """Let a job run in this company once this transaction has committed, at once or at a moment.

    Asked for again before it began, it runs once, at the earliest moment it was asked for: a job that
    finds more to do later asks again itself.
    """
    await scope.execute(_SQL["defer"], {"company_id": scope.company_id, "name": name, "at": at})


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job whose time has come."""

    company_id: int
    name: str
    id: int

    @property
    def request_id(self) -> str:
        """Under which its log lines, postings and audit entries are found."""
        return f"job-{self.id}"


async def due_jobs(pool: Pool) -> list[DueJob]:
    """Jobs to run now, of any company, those that have waited longest first."""
    text, _ = sql.positional(_SQL["due"])
    with translated_errors():
        async with pool.connection() as connection:
            cursor = psycopg.AsyncRawCursor(connection, row_factory=class_row(DueJob))
            await cursor.execute(text, [_DUE_MAX])
            return await cursor.fetchall()


async def run_job(pool: Pool, open_scope: OpenScope, due: DueJob) -> bool:
    """Run a job unless another worker does or did; whether it is done. A failed one runs later."""
    log = _log.bind(job=due.name, company_id=due.company_id, request_id=due.request_id)
    names = {"company_id": due.company_id, "name": due.name}
    begun = perf_counter()
    try:
        async with open_scope(pool, due.company_id, due.request_id) as scope:
            attempts = await scope.fetch_value(_SQL["claim"], names)
            if attempts is None:
                return False
            aside = partial(open_scope, pool, due.company_id, due.request_id)
            error = await _attempt(scope, _work_of(due.name, aside))
            if error is not None:
                await scope.execute(_SQL["try_again"], {**names, "attempts": attempts})
    except Exception as lost:  # the transaction is gone: all is as it was before
        error = lost
    milliseconds = round((perf_counter() - begun) * 1000, 1)
    if error is None:
        log.info("job done", milliseconds=milliseconds)
    else:
        log.error("job failed", exc_info=error, milliseconds=milliseconds)
    return error is None


def _work_of(name: str, aside: OpenAside) -> Job:
    long = _long_jobs.get(name)
    return _jobs.get(name, _unknown) if long is None else lambda scope: long(scope, aside)


async def _attempt(scope: WriteScope, work: Job) -> Exception | None:
    """Do the work; where it fails, take it back and say why."""
    await scope.execute("SAVEPOINT before_job")
    try:
        await work(scope)
    except Exception as error:  # whatever is wrong with one job must not keep others from running
        await scope.execute("ROLLBACK TO SAVEPOINT before_job")
        return error
    return None


async def _unknown(_scope: WriteScope) -> None:
    raise LookupError("this version knows no such job")


@asynccontextmanager
async def running_jobs(
    pool: Pool, open_scope: OpenScope, *, grace_seconds: float
) -> AsyncIterator[None]:
    """Run jobs beside what the block does; at its end a running job has `grace_seconds` to finish."""
    stopping = asyncio.Event()
    lines = [
        asyncio.create_task(_work(pool, open_scope, stopping, long=long)) for long in (False, True)
    ]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait(lines, timeout=grace_seconds)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)


async def _work(pool: Pool, open_scope: OpenScope, stopping: asyncio.Event, *, long: bool) -> None:
    """Look for due jobs once a second, and less often while the database cannot be reached."""
    pause = _LOOK_SECONDS
    while not await _within(stopping, pause):
        try:
            while await _run_due(pool, open_scope, stopping, long=long):
                pass
            pause = _LOOK_SECONDS
        except Exception as error:  # nothing may end the looking
            _log.warning("jobs cannot be read", reason=str(error) or repr(error))
            pause = min(pause * 2, _LOOK_SECONDS_MAX)


async def _within(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _run_due(
    pool: Pool, open_scope: OpenScope, stopping: asyncio.Event, *, long: bool
) -> bool:
    """Run what is due, one after the other; whether there was anything this worker could run."""
    ran = False
    for due in await due_jobs(pool):
        if (due.name in _long_jobs) != long:
            continue
        if stopping.is_set():
            return False
        ran = await run_job(pool, open_scope, due) or ran
    return ran
