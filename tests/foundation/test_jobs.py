"""Work done later: with its cause or not at all, once, and again after a failure."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.companies.operator import company_scope, job_scope
from stockflow.foundation import jobs
from stockflow.foundation.database import Pool, open_pool
from stockflow.foundation.errors import Conflict
from stockflow.foundation.jobs import (
    DueJob,
    OpenAside,
    defer,
    due_jobs,
    job,
    long_job,
    run_job,
    running_jobs,
)
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.scope import WriteScope
from stockflow.foundation.settings import Settings
from stockflow.migrations import migrate
from tests.conftest import new_company
from tests.factories import Api
from tests.scopes import in_scope

_FAR = datetime(2100, 1, 1, tzinfo=UTC)
_ran: list[tuple[int, str]] = []
_broken: set[int] = set()


@job("note")
async def note(scope: WriteScope) -> None:
    """Leaves a trace in the database and one in this process; fails where it is told to."""
    _ran.append((scope.company_id, scope.request_id))
    await scope.execute(
        "UPDATE companies SET name = name || '+' WHERE id = %s", (scope.company_id,)
    )
    if scope.company_id in _broken:
        raise Conflict("broken")


@job("once-more")
async def once_more(scope: WriteScope) -> None:
    """Asks for itself again."""
    _ran.append((scope.company_id, scope.request_id))
    await defer(scope, "once-more", at=_FAR)


def runs(api: Api) -> int:
    return sum(company_id == api.company_id for company_id, _ in _ran)


def traces(api: Api) -> int:
    name: str = api.get("/api/company").json()["name"]
    return name.count("+")


def queued(api: Api) -> list[tuple[str, datetime, int]]:
    """The jobs that wait: name, moment, failures."""

    async def read(scope: WriteScope) -> Any:
        cursor = await scope.execute(
            "SELECT name, due_at, attempts FROM jobs WHERE company_id = %s ORDER BY due_at",
            (scope.company_id,),
        )
        return await cursor.fetchall()

    return cast(list[tuple[str, datetime, int]], in_scope(api, read))


def with_pool(api: Api, call: Callable[[Pool], Awaitable[Any]]) -> Any:
    assert api.http.portal is not None
    return api.http.portal.call(call, cast(FastAPI, api.http.app).state.pool)


def run(api: Api, name: str = "note") -> bool:
    """Run a job as a worker would that had found it."""
    due = DueJob(api.company_id, name, 77)
    return bool(with_pool(api, lambda pool: run_job(pool, job_scope, due)))


def test_a_job_is_asked_for_by_what_is_committed_only(api: Api) -> None:
    async def fail(scope: WriteScope) -> None:
        await defer(scope, "note")
        raise Conflict

    with pytest.raises(Conflict):
        in_scope(api, fail)
    assert queued(api) == []
    assert not run(api)

    in_scope(api, defer, "note")
    assert run(api)
    assert not run(api)
    assert (runs(api), traces(api), queued(api)) == (1, 1, [])
    assert _ran[-1] == (api.company_id, "job-77")


def test_a_job_asked_for_again_before_it_began_runs_once_at_the_earliest_moment(api: Api) -> None:
    hour = datetime.now(UTC) + timedelta(hours=1)
    for at in (_FAR, hour, _FAR, hour + timedelta(hours=1)):
        in_scope(api, defer, "note", at=at)
    assert min(queued(api)) == ("note", hour, 0)
    assert not run(api)  # it is not due

    for _ in range(3):
        in_scope(api, defer, "note")
    in_scope(api, defer, "once-more")
    assert run(api)
    assert (runs(api), [name for name, _, _ in queued(api)]) == (1, ["once-more"])


def test_a_job_may_ask_for_itself_again(api: Api) -> None:
    in_scope(api, defer, "once-more")
    assert run(api, "once-more")
    assert not run(api, "once-more")
    assert queued(api) == [("once-more", _FAR, 0)]


def test_nobody_waits_for_a_running_job_and_what_is_asked_meanwhile_is_not_lost(api: Api) -> None:
    in_scope(api, defer, "note")

    async def ask_meanwhile(pool: Pool) -> None:
        async with company_scope(pool, api.company_id, WriteScope) as running:
            claimed = await running.execute(
                jobs._SQL["claim"], {"company_id": api.company_id, "name": "note"}
            )
            assert await claimed.fetchone() == (0,)
            async with company_scope(pool, api.company_id, WriteScope) as asking:
                await asyncio.wait_for(defer(asking, "note"), 5)
            due = DueJob(api.company_id, "note", 1)
            assert not await run_job(pool, job_scope, due), "it runs twice at once"

    with_pool(api, ask_meanwhile)
    assert run(api)
    assert (runs(api), queued(api)) == (1, [])


def test_a_job_waits_for_the_transactions_that_counted_on_it(api: Api) -> None:
    in_scope(api, defer, "note")

    async def ask(pool: Pool) -> None:
        async with company_scope(pool, api.company_id, WriteScope) as asking:
            await defer(asking, "note")
            due = DueJob(api.company_id, "note", 1)
            assert not await run_job(pool, job_scope, due), "it would not see what it was asked for"

    with_pool(api, ask)
    assert (len(queued(api)), run(api), runs(api)) == (1, True, 1)


def test_a_failed_job_leaves_nothing_and_is_tried_again_later_and_later(api: Api) -> None:
    _broken.add(api.company_id)
    in_scope(api, defer, "note")
    delays = []
    for failures in (1, 2, 3):
        assert not run(api)
        ((_, due_at, attempts),) = queued(api)
        assert (attempts, traces(api)) == (failures, 0)
        delays.append(round((due_at - datetime.now(UTC)).total_seconds()))
        assert not run(api), "it is put off"
        in_scope(api, _make_due)
    assert delays == [1, 2, 4]

    _broken.remove(api.company_id)
    assert run(api)
    assert (runs(api), traces(api), queued(api)) == (4, 1, [])


async def _make_due(scope: WriteScope) -> None:
    await scope.execute("UPDATE jobs SET due_at = now() WHERE company_id = %s", (scope.company_id,))


def test_a_job_nobody_knows_waits_for_a_newer_worker(api: Api) -> None:
    in_scope(api, defer, "of-the-next-version")
    assert not run(api, "of-the-next-version")
    assert [(name, attempts) for name, _, attempts in queued(api)] == [("of-the-next-version", 1)]


# Workers take the jobs of all companies, so these have a database of their own.


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Conninfo]]:
    settings = Settings(data_dir=_data_dir(tmp_path_factory), log_level="error", jobs=False)
    with running_postgres(settings) as conninfo:
        migrate(conninfo.owner)
        _ran.clear()  # the companies of this database have the same numbers
        with TestClient(create_app(settings, conninfo)) as client:
            yield client, conninfo


def _data_dir(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("jobs") / "data"


def test_several_workers_run_each_job_once(apart: tuple[TestClient, Conninfo]) -> None:
    client, conninfo = apart
    companies = [new_company(client) for _ in range(5)]
    for api in companies:
        in_scope(api, defer, "note")
        in_scope(api, defer, "once-more")
        in_scope(api, defer, "unheard-of")

    async def work(pool: Pool) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3):
                own = await stack.enter_async_context(open_pool(conninfo.app, Settings()))
                await stack.enter_async_context(running_jobs(own, job_scope, grace_seconds=5))
            async with asyncio.timeout(20):
                while await due_jobs(pool):
                    await asyncio.sleep(0.02)

    with_pool(companies[0], work)
    assert [runs(api) for api in companies] == [2] * 5
    assert [traces(api) for api in companies] == [1] * 5


def test_a_running_job_may_finish_when_its_worker_is_told_to_stop(
    apart: tuple[TestClient, Conninfo],
) -> None:
    api = new_company(apart[0])
    begun, finish = asyncio.Event(), asyncio.Event()

    @job("slow")
    async def slow(scope: WriteScope) -> None:
        begun.set()
        await finish.wait()
        await note(scope)

    async def stop_while_it_runs(pool: Pool, grace: float) -> None:
        async with running_jobs(pool, job_scope, grace_seconds=grace):
            await asyncio.wait_for(begun.wait(), 10)
            asyncio.get_running_loop().call_later(0.2, finish.set)

    in_scope(api, defer, "slow")
    with_pool(api, lambda pool: stop_while_it_runs(pool, 0))
    assert (traces(api), len(queued(api))) == (0, 1), "what was cut off is done again"
    begun.clear()
    finish.clear()
    with_pool(api, lambda pool: stop_while_it_runs(pool, 10))
    assert (traces(api), queued(api)) == (1, [])


def test_a_long_job_keeps_nobody_waiting_and_tells_aside_how_far_it_is(
    apart: tuple[TestClient, Conninfo],
) -> None:
    api = new_company(apart[0])

    @long_job("lengthy")
    async def lengthy(scope: WriteScope, open_aside: OpenAside) -> None:
        async with open_aside() as aside:
            await note(aside)
            assert aside.request_id == scope.request_id
        begun.set()
        await finish.wait()
        await note(scope)

    async def work(pool: Pool) -> None:
        async with running_jobs(pool, job_scope, grace_seconds=10):
            await asyncio.wait_for(begun.wait(), 10)
            async with job_scope(pool, api.company_id, "test") as scope:
                await defer(scope, "note")
            async with asyncio.timeout(10):
                while await _waiting(pool, api) != ["lengthy"]:
                    await asyncio.sleep(0.02)
            finish.set()

    begun, finish = asyncio.Event(), asyncio.Event()
    in_scope(api, defer, "lengthy")
    with_pool(api, work)
    assert (traces(api), queued(api)) == (3, [])


async def _waiting(pool: Pool, api: Api) -> list[str]:
    return [due.name for due in await due_jobs(pool) if due.company_id == api.company_id]


def test_the_server_runs_jobs_itself(apart: tuple[TestClient, Conninfo]) -> None:
    client, conninfo = apart
    api = new_company(client)
    in_scope(api, defer, "note")

    with TestClient(create_app(Settings(log_level="error"), conninfo)):
        deadline = time.monotonic() + 20
        while queued(api) and time.monotonic() < deadline:
            time.sleep(0.02)

    assert (traces(api), queued(api)) == (1, [])
