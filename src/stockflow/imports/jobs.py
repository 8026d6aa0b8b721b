"""What imports do later: they check uploads, take them in, and give up those nobody came back to.

An upload is checked or imported in the transaction of the job: killed half way, it has done nothing
and is done again. Only how far it is, is written aside.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import structlog
from sqlalchemy import delete, func, select, update

from stockflow.companies.queries import get_member
from stockflow.foundation.bulk import insert_new
from stockflow.foundation.errors import Busy, StockFlowError
from stockflow.foundation.jobs import OpenAside, defer, job, long_job
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope
from stockflow.imports import UploadStatus
from stockflow.imports.commands import ImportFile, ImportOptions
from stockflow.imports.errors import ImportRefused, RowError
from stockflow.imports.kinds import OpenScope
from stockflow.imports.operations import Listener, fields_of, import_file, is_independent
from stockflow.imports.queries import ImportRow, Summary
from stockflow.imports.tables import Cells
from stockflow.imports.upload_models import ImportUpload, ImportUploadChunk, ImportUploadReject
from stockflow.imports.upload_queries import WORKING, Upload, read_upload
from stockflow.imports.uploads import LIFETIME, PURGE, TAKE_IN, document, storable

REJECTS_MAX = 10_000
"""As many rejected rows are kept to be shown and repaired; `Summary.rejected` counts all."""

REJECTS_CHARACTERS_MAX = 32 * 1024**2
PROGRESS_SECONDS = 1.0
_CHUNKS_AT_ONCE = 2
_FAILED = "Something went wrong on our side. Nothing was changed; try again."
_log = structlog.get_logger()


@long_job(TAKE_IN)
async def take_in_uploads(scope: WriteScope, open_aside: OpenAside) -> None:
    """Check or import the upload that has waited longest, and come again for the next."""
    waiting = ImportUpload.status.in_([status.value for status in WORKING])
    upload = await read_upload(scope, waiting)
    if upload is None:
        return
    await _settle(scope, upload, await _take_in(scope, open_aside, upload))
    if await read_upload(scope, waiting) is not None:
        await defer(scope, TAKE_IN)


@job(PURGE)
async def purge_uploads(scope: WriteScope) -> None:
    """Give up uploads that are over, and come again when the next one will be."""
    working = ImportUpload.status.in_([status.value for status in WORKING])
    mine = ImportUpload.company_id == scope.company_id
    await scope.execute(
        delete(ImportUpload).where(mine, ImportUpload.expires_at <= scope.now, ~working)
    )
    next_end = await scope.fetch_value(select(func.min(ImportUpload.expires_at)).where(mine))
    if next_end is not None:
        # what is worked on beyond its end is given a new one when that is done
        await defer(scope, PURGE, at=next_end if next_end > scope.now else scope.now + LIFETIME)


@dataclass(slots=True)
class _Rejects:
    """The first rows that are wrong, by field."""

    names: Sequence[str]
    rows: list[dict[str, object]] = field(default_factory=list)
    characters: int = 0

    def add(self, row: Cells, errors: Sequence[RowError]) -> None:
        if len(self.rows) >= REJECTS_MAX or self.characters >= REJECTS_CHARACTERS_MAX:
            return
        self.characters += sum(map(len, row.values))
        cells = {
            name: storable(cell) for name, cell in zip(self.names, row.values, strict=True) if cell
        }
        found = [{"column": error.column, "detail": storable(error.detail)} for error in errors]
        self.rows.append({"row": row.number, "cells": cells, "errors": found})


@dataclass(slots=True)
class _Outcome:
    """What became of an upload."""

    status: UploadStatus
    summary: Summary | None = None
    problem: str | None = None
    import_id: int | None = None
    repeated: bool = False
    rejects: list[dict[str, object]] = field(default_factory=list)


async def _take_in(scope: WriteScope, open_aside: OpenAside, upload: Upload) -> _Outcome:
    """Do what the upload waits for; where it is refused or fails, nothing of it is left.

    Raises:
        Busy: it is to be tried again.
    """
    rejects = _Rejects(fields_of(upload.kind).names)
    try:
        async with scope.undone_if_raises(), _reported(open_aside, upload) as progress:
            listener = Listener(progress, rejects.add)
            row = await _import(scope, open_aside, upload, listener)
    except Busy:
        raise
    except ImportRefused as refusal:
        outcome = _Outcome(UploadStatus.REFUSED, _refused(refusal))
    except StockFlowError as refusal:
        outcome = _Outcome(UploadStatus.REFUSED, problem=storable(_told(refusal)))
    except Exception as error:  # it would fail again and again; people see that it did
        _log.error(
            "import failed", exc_info=error, upload_id=upload.id, request_id=scope.request_id
        )
        outcome = _Outcome(UploadStatus.FAILED, problem=_FAILED)
    else:
        outcome = _done(row)
    outcome.rejects = rejects.rows
    return outcome


async def _import(
    scope: WriteScope, open_aside: OpenAside, upload: Upload, listener: Listener
) -> ImportRow:
    """Import the upload, or try to, as the person whose it is."""
    dry_run = upload.status is UploadStatus.CHECKING
    # Of a check everything wrong is to be seen; but rows that build on others are not to be blamed
    # for those that are left out.
    valid_rows = is_independent(upload.kind) if dry_run else upload.valid_rows
    options = ImportOptions(dry_run=dry_run, valid_rows=valid_rows, mapping=upload.mapping)
    actor = await _actor(scope, upload)
    with tempfile.TemporaryFile() as content:
        await _load(scope, upload.id, content)
        return await import_file(
            _as(scope, actor),
            _aside_as(open_aside, actor),
            upload.kind,
            ImportFile(upload.filename, content),
            options,
            listener=listener,
        )


async def _actor(scope: WriteScope, upload: Upload) -> Actor:
    """Whose upload it is, with the rights of this moment.

    Raises:
        MemberNotFound: they have left the company.
    """
    if upload.user_id is None:
        return scope.actor
    member = await get_member(scope, upload.user_id)
    limits = None if member.warehouse_ids is None else frozenset(member.warehouse_ids)
    return Actor(Role(member.role), user_id=upload.user_id, warehouse_ids=limits)


def _as(scope: WriteScope, actor: Actor) -> WriteScope:
    return WriteScope(scope.connection, scope.company, actor, scope.now, scope.request_id)


def _aside_as(open_aside: OpenAside, actor: Actor) -> OpenScope:
    @asynccontextmanager
    async def opened() -> AsyncIterator[WriteScope]:
        async with open_aside() as scope:
            yield _as(scope, actor)

    return opened


async def _load(scope: WriteScope, upload_id: int, content: BinaryIO) -> None:
    """Put the bytes of an upload into a file, a few chunks at a time."""
    query = (
        "SELECT content FROM import_upload_chunks"
        " WHERE company_id = %s AND upload_id = %s ORDER BY chunk"
    )
    async with scope.connection.cursor("upload", scrollable=False) as cursor:
        cursor.itersize = _CHUNKS_AT_ONCE
        await cursor.execute(query, (scope.company_id, upload_id), binary=True)
        async for (chunk,) in cursor:
            await asyncio.to_thread(content.write, chunk)


@asynccontextmanager
async def _reported(open_aside: OpenAside, upload: Upload) -> AsyncIterator[Any]:
    """Takes how far the work is, and writes it down once a second, where others can see it."""
    latest: list[tuple[str, int, int]] = []

    def progress(phase: str, done: int, total: int) -> None:
        latest[:] = [(phase.lower(), done, total)]

    async def report() -> None:
        told = None
        while True:
            if latest and latest[0] != told:
                told = latest[0]
                with suppress(Busy):  # it can be told the next time
                    await _tell(open_aside, upload, told)
            await asyncio.sleep(PROGRESS_SECONDS)

    reporting = asyncio.create_task(report())
    try:
        yield progress
    finally:
        # before the job changes the row itself, which a report would wait for
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)


async def _tell(open_aside: OpenAside, upload: Upload, told: tuple[str, int, int]) -> None:
    phase, done, total = told
    async with open_aside() as scope:
        await scope.execute(
            update(ImportUpload)
            .where(ImportUpload.company_id == scope.company_id, ImportUpload.id == upload.id)
            .values(phase=phase, done=done, total=total)
        )


def _done(row: ImportRow) -> _Outcome:
    names = [name for name in Summary.__slots__ if name not in ("errors", "posting_ids")]
    summary = Summary(**{name: getattr(row, name) for name in names})
    if not row.dry_run:
        return _Outcome(UploadStatus.IMPORTED, summary, import_id=row.id, repeated=row.repeated)
    right = not row.errors_total or row.repeated
    status = UploadStatus.CHECKED if right else UploadStatus.REFUSED
    return _Outcome(status, summary, import_id=row.id, repeated=row.repeated)


def _refused(refusal: ImportRefused) -> Summary:
    facts = cast(dict[str, Any], refusal.facts)
    known = ("rows", "rejected", "errors_total", "ignored_columns")
    return Summary(**{name: facts[name] for name in known})


def _told(refusal: StockFlowError) -> str:
    """A refusal in one text."""
    return " ".join([refusal.detail, *(f"{error.detail}." for error in refusal.errors[:10])])


async def _settle(scope: WriteScope, upload: Upload, outcome: _Outcome) -> None:
    """Write down what became of the upload; the bytes of an imported one are needed no more."""
    mine = {"company_id": scope.company_id, "upload_id": upload.id}
    await scope.execute(delete(ImportUploadReject).filter_by(**mine))
    await insert_new(
        scope,
        ImportUploadReject,
        ("upload_id", "row"),
        [{"upload_id": upload.id, **row} for row in outcome.rejects],
        ("row",),
    )
    if outcome.status is UploadStatus.IMPORTED:
        await scope.execute(delete(ImportUploadChunk).filter_by(**mine))
    await scope.execute(
        update(ImportUpload)
        .where(ImportUpload.company_id == scope.company_id, ImportUpload.id == upload.id)
        .values(
            status=outcome.status.value,
            summary=None if outcome.summary is None else document(outcome.summary),
            problem=outcome.problem,
            import_id=outcome.import_id,
            repeated=outcome.repeated,
            phase=None,
            done=None,
            total=None,
            updated_at=func.now(),
            expires_at=scope.now + LIFETIME,
        )
    )
