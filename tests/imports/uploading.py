"""Uploads, and how tests send them on their way: pages do the same with the same operations."""

import io
from collections.abc import Sequence
from typing import Any, cast

from fastapi import FastAPI

from stockflow.companies.operator import job_scope
from stockflow.foundation.jobs import DueJob, run_job
from stockflow.foundation.scope import Actor
from stockflow.imports import ImportKind
from stockflow.imports.commands import ImportFile, RejectFilters, RunImport, SetMapping
from stockflow.imports.upload_queries import (
    RejectedRow,
    Upload,
    UploadItem,
    get_upload,
    list_rejects,
    list_uploads,
)
from stockflow.imports.uploads import (
    PURGE,
    TAKE_IN,
    check_import,
    discard_import,
    run_import,
    set_mapping,
    start_import,
)
from tests.factories import Api
from tests.scopes import run

LIMIT_BYTES = 50 * 1024**2


def start(
    api: Api,
    kind: str,
    content: str | bytes,
    *,
    name: str = "file.csv",
    limit_bytes: int = LIMIT_BYTES,
    actor: Actor | None = None,
) -> Upload:
    data = content.encode() if isinstance(content, str) else content

    async def call(scope: Any) -> Upload:
        file = ImportFile(name, io.BytesIO(data))
        return await start_import(scope, ImportKind(kind), file, limit_bytes=limit_bytes)

    return cast(Upload, run(api, call, actor=actor).result)


def upload_of(api: Api, upload: Upload, actor: Actor | None = None) -> Upload:
    return cast(Upload, run(api, get_upload, upload.id, actor=actor).result)


def uploads(api: Api, actor: Actor | None = None) -> list[UploadItem]:
    return cast(list[UploadItem], run(api, list_uploads, actor=actor).result)


def mapped(api: Api, upload: Upload, *columns: str | None, actor: Actor | None = None) -> Upload:
    chosen = {place: field for place, field in enumerate(columns) if field}
    command = SetMapping(columns=chosen)
    return cast(Upload, run(api, set_mapping, upload.id, command, actor=actor).result)


def ask_check(api: Api, upload: Upload, actor: Actor | None = None) -> Upload:
    return cast(Upload, run(api, check_import, upload.id, actor=actor).result)


def ask_import(
    api: Api, upload: Upload, *, valid_rows: bool = False, actor: Actor | None = None
) -> Upload:
    command = RunImport(valid_rows=valid_rows)
    return cast(Upload, run(api, run_import, upload.id, command, actor=actor).result)


def discard(api: Api, upload: Upload, actor: Actor | None = None) -> None:
    run(api, discard_import, upload.id, actor=actor)


def work(api: Api, name: str = TAKE_IN) -> bool:
    """Run the job as a worker would that had found it; whether there was one."""
    assert api.http.portal is not None
    pool = cast(FastAPI, api.http.app).state.pool
    return bool(api.http.portal.call(run_job, pool, job_scope, DueJob(api.company_id, name, 77)))


def purge(api: Api) -> bool:
    return work(api, PURGE)


def checked(api: Api, upload: Upload, actor: Actor | None = None) -> Upload:
    """The upload after its check."""
    ask_check(api, upload, actor)
    assert work(api)
    return upload_of(api, upload, actor)


def taken_in(
    api: Api, upload: Upload, *, valid_rows: bool = False, actor: Actor | None = None
) -> Upload:
    """The upload after its import."""
    ask_import(api, upload, valid_rows=valid_rows, actor=actor)
    assert work(api)
    return upload_of(api, upload, actor)


def rejects(api: Api, upload: Upload, actor: Actor | None = None) -> list[RejectedRow]:
    page = run(api, list_rejects, upload.id, RejectFilters(limit=1000), actor=actor).result
    return cast(list[RejectedRow], page.items)


def wrong(rows: Sequence[RejectedRow]) -> list[tuple[int, str | None, str]]:
    return [(row.row, error.column, error.detail) for row in rows for error in row.errors]
