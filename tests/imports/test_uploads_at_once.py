"""Uploads under races, killed workers and failures: imported once, and never half."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from fastapi import FastAPI
from psycopg import errors

from stockflow.companies.operator import company_scope, job_scope
from stockflow.foundation.database import Pool
from stockflow.foundation.jobs import DueJob, run_job
from stockflow.foundation.scope import WriteScope
from stockflow.imports import UploadStatus, jobs
from stockflow.imports.commands import RunImport
from stockflow.imports.errors import UploadNotReady
from stockflow.imports.upload_queries import Upload, get_upload
from stockflow.imports.uploads import TAKE_IN, check_import, discard_import, run_import
from tests.factories import Api, done
from tests.imports.sending import available, contents, imported
from tests.imports.uploading import (
    ask_check,
    ask_import,
    checked,
    discard,
    mapped,
    start,
    taken_in,
    upload_of,
    work,
)
from tests.scopes import in_scope, somebody_waits_for

_MOVEMENTS = "type,sku,warehouse,quantity\n" + "purchase,A,W,5\n" * 3


def with_pool(api: Api, call: Callable[[Pool], Awaitable[Any]]) -> Any:
    assert api.http.portal is not None
    return api.http.portal.call(call, cast(FastAPI, api.http.app).state.pool)


@pytest.fixture
def stocked(api: Api) -> Api:
    imported(api, "products", "sku,name,price\nA,A,1\n")
    imported(api, "warehouses", "code,name\nW,W\n")
    return api


def test_two_presses_import_once(stocked: Api) -> None:
    upload = start(stocked, "movements", _MOVEMENTS)
    checked(stocked, upload)

    async def press(pool: Pool) -> UploadStatus:
        async with company_scope(pool, stocked.company_id, WriteScope) as scope:
            return (await run_import(scope, upload.id, RunImport())).status

    async def press_often(pool: Pool) -> list[UploadStatus]:
        return list(await asyncio.gather(*(press(pool) for _ in range(8))))

    async def work_often(pool: Pool) -> None:
        due = DueJob(stocked.company_id, TAKE_IN, 1)
        await asyncio.gather(*(run_job(pool, job_scope, due) for _ in range(4)))

    assert with_pool(stocked, press_often) == [UploadStatus.IMPORTING] * 8
    with_pool(stocked, work_often)
    now = ask_import(stocked, upload)
    assert (now.status, work(stocked)) == (UploadStatus.IMPORTED, False)
    assert available(stocked, "A", "W") == 15


def test_two_checks_are_one(api: Api) -> None:
    upload = start(api, "suppliers", "code,name\nS1,One\n")

    async def press(pool: Pool) -> UploadStatus:
        async with company_scope(pool, api.company_id, WriteScope) as scope:
            return (await check_import(scope, upload.id)).status

    async def press_often(pool: Pool) -> list[UploadStatus]:
        return list(await asyncio.gather(*(press(pool) for _ in range(8))))

    assert with_pool(api, press_often) == [UploadStatus.CHECKING] * 8
    assert (work(api), work(api)) == (True, False)
    assert upload_of(api, upload).status is UploadStatus.CHECKED


def test_what_is_worked_on_is_left_alone(api: Api) -> None:
    upload = start(api, "suppliers", "code,name\nS1,One\n")
    ask_check(api, upload)
    _refused(api, upload, discard, ask_import)
    with pytest.raises(UploadNotReady):
        mapped(api, upload, "code", "name")
    assert work(api)
    ask_import(api, upload)
    _refused(api, upload, discard, ask_check)
    assert work(api)
    _refused(api, upload, ask_check)
    assert upload_of(api, upload).status is UploadStatus.IMPORTED
    discard(api, upload)
    assert len(done(api.get("/api/imports"))["items"]) == 1


def _refused(api: Api, upload: Upload, *steps: Callable[[Api, Upload], object]) -> None:
    for step in steps:
        with pytest.raises(UploadNotReady):
            step(api, upload)


def test_one_of_discarding_and_importing_wins(api: Api) -> None:
    upload = start(api, "suppliers", "code,name\nS1,One\n")
    checked(api, upload)

    async def race(pool: Pool) -> None:
        async with company_scope(pool, api.company_id, WriteScope) as first:
            await run_import(first, upload.id, RunImport())
            async with company_scope(pool, api.company_id, WriteScope) as second:
                losing = asyncio.create_task(discard_import(second, upload.id))
                await somebody_waits_for(first, pool)
                await first.connection.execute("COMMIT")
                with pytest.raises(UploadNotReady):
                    await losing

    with_pool(api, race)
    assert work(api)
    assert upload_of(api, upload).status is UploadStatus.IMPORTED


def test_an_import_killed_half_way_has_done_nothing_and_is_done_again(stocked: Api) -> None:
    upload = start(stocked, "movements", _MOVEMENTS)
    checked(stocked, upload)
    ask_import(stocked, upload)
    before = contents(stocked)
    reached, never = asyncio.Event(), asyncio.Event()

    async def settle_never(*_: object) -> None:
        reached.set()
        await never.wait()

    async def kill(pool: Pool) -> None:
        settle, jobs._settle = jobs._settle, settle_never  # type: ignore[assignment]
        try:
            due = DueJob(stocked.company_id, TAKE_IN, 1)
            running = asyncio.create_task(run_job(pool, job_scope, due))
            await asyncio.wait_for(reached.wait(), 20)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        finally:
            jobs._settle = settle

    with_pool(stocked, kill)
    assert contents(stocked) == before
    assert upload_of(stocked, upload).status is UploadStatus.IMPORTING

    assert work(stocked)
    assert upload_of(stocked, upload).status is UploadStatus.IMPORTED
    assert available(stocked, "A", "W") == 15


def test_a_busy_database_lets_the_import_be_tried_again(stocked: Api) -> None:
    imported(stocked, "movements", "type,sku,warehouse,quantity\npurchase,A,W,1\n")
    upload = start(stocked, "movements", _MOVEMENTS)
    checked(stocked, upload)
    ask_import(stocked, upload)

    async def while_locked(pool: Pool) -> bool:
        async with company_scope(pool, stocked.company_id, WriteScope) as holder:
            await holder.execute(
                "SELECT FROM stock_levels WHERE company_id = %s FOR UPDATE", (stocked.company_id,)
            )
            return await run_job(pool, _impatient, DueJob(stocked.company_id, TAKE_IN, 1))

    assert with_pool(stocked, while_locked) is False
    assert upload_of(stocked, upload).status is UploadStatus.IMPORTING

    async def make_due(scope: WriteScope) -> None:
        await scope.execute(
            "UPDATE jobs SET due_at = now() WHERE company_id = %s", (scope.company_id,)
        )

    in_scope(stocked, make_due)
    assert work(stocked)
    assert upload_of(stocked, upload).status is UploadStatus.IMPORTED
    assert available(stocked, "A", "W") == 16


def _impatient(pool: Pool, company_id: int, request_id: str) -> Any:
    """The scope of a job that waits for nobody."""

    @asynccontextmanager
    async def opened() -> Any:
        async with job_scope(pool, company_id, request_id) as scope:
            await scope.execute("SET LOCAL lock_timeout = '50ms'")
            yield scope

    return opened()


def test_what_nobody_foresaw_is_shown_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = start(api, "suppliers", "code,name\nS1,One\n")
    checked(api, upload)
    ask_import(api, upload)
    before = contents(api)

    async def broken(*_: object, **__: object) -> None:
        raise errors.InternalError("out of luck")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_load", broken)
        assert work(api)
    now = upload_of(api, upload)
    assert (now.status, now.problem) == (
        UploadStatus.FAILED,
        "Something went wrong on our side. Nothing was changed; try again.",
    )
    assert contents(api) == before
    assert taken_in(api, upload).status is UploadStatus.IMPORTED


def test_how_far_it_is_can_be_seen_while_it_is_worked_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.005)
    rows = "\n".join(f"P{number},Part {number},1" for number in range(20_000))
    upload = start(api, "products", f"sku,name,price\n{rows}\n")
    ask_check(api, upload)

    async def watch(pool: Pool) -> list[tuple[str | None, int | None, int | None]]:
        due = DueJob(api.company_id, TAKE_IN, 1)
        running = asyncio.create_task(run_job(pool, job_scope, due))
        seen: list[tuple[str | None, int | None, int | None]] = []
        while not running.done():
            async with company_scope(pool, api.company_id, WriteScope) as scope:
                now = await get_upload(scope, upload.id)
            if now.phase is not None:
                seen.append((now.phase, now.done, now.total))
            await asyncio.sleep(0.005)
        assert await running
        return seen

    seen = with_pool(api, watch)
    assert {phase for phase, _, _ in seen} == {"checking", "writing"}
    assert {total for phase, _, total in seen if phase == "checking"} == {upload.size_bytes}
    assert {total for phase, _, total in seen if phase == "writing"} == {20_000}
    assert seen == sorted(seen)
    now = upload_of(api, upload)
    assert (now.status, now.phase, now.done) == (UploadStatus.CHECKED, None, None)
