"""A file from a browser on its way in: sent, mapped, checked, imported; each step a request of its own.

Its bytes lie in the database meanwhile, so that any worker can go on with it. Checking and importing
are jobs, whose end is seen at the upload's status.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from io import SEEK_END
from itertools import islice
from typing import BinaryIO

import msgspec
from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from stockflow.foundation.errors import FieldError, Forbidden, TooLarge
from stockflow.foundation.jobs import defer
from stockflow.foundation.permissions import Permission
from stockflow.foundation.problems import pointer
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.imports import ImportKind, UploadStatus
from stockflow.imports.commands import ImportFile, RunImport, SetMapping
from stockflow.imports.errors import ColumnsRefused, TooManyUploads, UploadNotReady
from stockflow.imports.files import Row, read_rows
from stockflow.imports.guessing import guess, header_key
from stockflow.imports.operations import fields_of, file_name, require_may_import
from stockflow.imports.tables import Fields
from stockflow.imports.threads import awake
from stockflow.imports.upload_models import (
    ImportHeader,
    ImportUpload,
    ImportUploadChunk,
    ImportUploadReject,
)
from stockflow.imports.upload_queries import Upload, get_upload, own

TAKE_IN = "take-in-uploads"
PURGE = "purge-uploads"
LIFETIME = timedelta(hours=24)
UPLOADS_MAX = 20
"""In a company: each may be as large as an import may be."""

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_CHUNK_BYTES = 4 * 1024**2
_SAMPLE_ROWS = 50
_SAMPLE_CELL_CHARACTERS = 200
_IDLE = (
    UploadStatus.UPLOADED,
    UploadStatus.CHECKED,
    UploadStatus.REFUSED,
    UploadStatus.FAILED,
)
_CHECKED = (UploadStatus.CHECKED, UploadStatus.REFUSED, UploadStatus.FAILED)
_UNDECIDED = {
    "summary": None,
    "problem": None,
    "phase": None,
    "done": None,
    "total": None,
    "import_id": None,
    "repeated": False,
}


async def start_import(
    scope: WriteScope, kind: ImportKind, file: ImportFile, *, limit_bytes: int
) -> Upload:
    """Keep a file that is to be imported for a day, and guess which column feeds which field.

    Raises:
        TooLarge: it has more than `limit_bytes`.
        FileUnreadable: it is not a table.
        TooManyUploads: the company must import or discard one first.
    """
    require_may_import(scope, kind)
    if scope.actor.api_key_id is not None:
        raise Forbidden("A program imports a file at once, at /api/imports.")
    size = file.stream.seek(0, SEEK_END)
    if size > limit_bytes:
        raise TooLarge(f"The file has more than {limit_bytes:,} bytes.")
    await _require_room(scope)
    header, sample = await awake(scope, partial(_beginning, file.stream))
    fields = fields_of(kind)
    known = await _remembered(scope, kind, fields, header)
    mapping = guess(kind, fields, header, [row for _, row in sample], known)
    values = {
        "company_id": scope.company_id,
        "kind": kind.value,
        "filename": file_name(file.name),
        "size_bytes": size,
        "header": header,
        "sample": [{"row": number, "cells": cells} for number, cells in sample],
        "mapping": mapping,
        "user_id": scope.actor.user_id,
        "expires_at": scope.now + LIFETIME,
    }
    added = insert(ImportUpload).values(_documents(values)).returning(ImportUpload.id)
    upload_id = await scope.fetch_value(added)
    await _keep(scope, upload_id, file.stream)
    await defer(scope, PURGE, at=scope.now + LIFETIME)
    return await get_upload(scope, upload_id)


async def _require_room(scope: WriteScope) -> None:
    waiting = select(func.count()).where(
        ImportUpload.company_id == scope.company_id,
        ImportUpload.status != UploadStatus.IMPORTED.value,
        ImportUpload.expires_at > scope.now,
    )
    if await scope.fetch_value(waiting) >= UPLOADS_MAX:
        raise TooManyUploads(facts={"uploads_max": UPLOADS_MAX})


def _documents(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a row, lists as JSON documents."""
    return {
        name: document(value) if isinstance(value, list) else value
        for name, value in values.items()
    }


def document(value: object) -> ColumnElement[object]:
    """A value for a column of JSON."""
    return cast(literal(msgspec.json.encode(value).decode(), Text()), JSONB)


def _beginning(stream: BinaryIO) -> tuple[list[str], list[Row]]:
    rows = read_rows(stream)
    _, header = next(rows)
    return [_shown(name) for name in header], [
        (number, [_shown(cell) for cell in cells[: len(header)]])
        for number, cells in islice(rows, _SAMPLE_ROWS)
    ]


def _shown(cell: str) -> str:
    """A cell for the eye, trimmed and cut."""
    return storable(cell.strip()[:_SAMPLE_CELL_CHARACTERS])


def storable(text: str) -> str:
    """A text without what no database keeps."""
    return _NOT_STORABLE.sub("", text)


async def _keep(scope: WriteScope, upload_id: int, stream: BinaryIO) -> None:
    stream.seek(0)
    chunk = 0
    while content := await awake(scope, partial(stream.read, _CHUNK_BYTES)):
        # one at a time: all together they may not fit into memory
        row = {"company_id": scope.company_id, "upload_id": upload_id, "chunk": chunk}
        await scope.execute(insert(ImportUploadChunk).values(**row, content=content))
        chunk += 1


async def _remembered(
    scope: ReadScope, kind: ImportKind, fields: Fields, header: Sequence[str]
) -> dict[str, str | None]:
    """What columns of these names were said to be."""
    keys = list(filter(None, map(header_key, header)))
    query = select(ImportHeader.header, ImportHeader.field).where(
        ImportHeader.company_id == scope.company_id,
        ImportHeader.kind == kind.value,
        ImportHeader.header == func.any(keys),
    )
    rows = await (await scope.execute(query)).fetchall()
    return {key: field for key, field in rows if field is None or field in fields.names}


async def set_mapping(scope: WriteScope, upload_id: int, command: SetMapping) -> Upload:
    """Say which column feeds which field; it is remembered for files with such columns.

    What a check has found before holds no more.

    Raises:
        UploadNotFound: there is no such upload of the actor.
        UploadNotReady: it is being worked on, or imported.
        ColumnsRefused: a field is not known, or fed twice, or required and not fed; names all.
    """
    upload = await get_upload(scope, upload_id)
    require_may_import(scope, upload.kind)
    return await _map(scope, upload, command)


async def _map(scope: WriteScope, upload: Upload, command: SetMapping) -> Upload:
    fields = fields_of(upload.kind)
    _require_mapping(fields, upload.header, command.columns)
    mapping = [command.columns.get(place) or None for place in range(len(upload.header))]
    changes = {**_UNDECIDED, "status": UploadStatus.UPLOADED.value, "mapping": mapping}
    await _move(scope, upload, _IDLE, changes)
    await scope.execute(
        delete(ImportUploadReject).where(
            ImportUploadReject.company_id == scope.company_id,
            ImportUploadReject.upload_id == upload.id,
        )
    )
    await _remember(scope, upload.kind, upload.header, mapping)
    return await get_upload(scope, upload.id)


def _require_mapping(fields: Fields, header: Sequence[str], columns: Mapping[int, str]) -> None:
    """Raises ColumnsRefused: names all that is wrong with the columns chosen for the fields."""
    errors = []
    first: dict[str, int] = {}
    for place, field in sorted(columns.items()):
        at = pointer(("columns", str(place)))
        if place >= len(header):
            errors.append(FieldError(at, "is not a column of the file"))
        elif field and field not in fields.names:
            errors.append(FieldError(at, f"is not a field: {', '.join(fields.names)}"))
        elif field and (before := first.setdefault(field, place)) != place:
            errors.append(FieldError(at, f"is fed by column {before + 1} already"))
    missing = _missing(fields, first)
    if missing:
        errors.append(FieldError("/columns", f"must include {', '.join(missing)}"))
    if errors:
        raise ColumnsRefused(errors=errors, facts={"missing": missing})


def _missing(fields: Fields, given: Iterable[str | None]) -> list[str]:
    there = set(given)
    return [name for name in fields.names if name in fields.required and name not in there]


async def _remember(
    scope: WriteScope, kind: ImportKind, header: Sequence[str], mapping: Sequence[str | None]
) -> None:
    # of several columns of one name, what feeds a field counts
    chosen: dict[str, str | None] = {}
    for name, field in zip(header, mapping, strict=True):
        if key := header_key(name):
            chosen[key] = chosen.get(key) or field
    rows = [
        {"company_id": scope.company_id, "kind": kind.value, "header": key, "field": field}
        for key, field in sorted(chosen.items())
    ]
    if rows:
        added = upsert(ImportHeader).values(rows)
        await scope.execute(
            added.on_conflict_do_update(
                index_elements=["company_id", "kind", "header"],
                set_={"field": added.excluded.field, "updated_at": func.now()},
            )
        )


async def check_import(
    scope: WriteScope, upload_id: int, command: SetMapping | None = None
) -> Upload:
    """Let the upload be checked: a dry run, as a job. One that is being checked stays as it is.

    With a mapping, that is set before.

    Raises:
        UploadNotFound: there is no such upload of the actor.
        UploadNotReady: it is being imported, or was.
        ColumnsRefused: as for `set_mapping`.
    """
    upload = await get_upload(scope, upload_id)
    require_may_import(scope, upload.kind)
    if command is not None:
        upload = await _map(scope, upload, command)
    kept = {place: field for place, field in enumerate(upload.mapping) if field}
    _require_mapping(fields_of(upload.kind), upload.header, kept)
    return await _begin(scope, upload, _IDLE, UploadStatus.CHECKING, valid_rows=False)


async def run_import(scope: WriteScope, upload_id: int, command: RunImport) -> Upload:
    """Let the upload be imported, as a job, once; one that is being imported, or was, stays as it is.

    Raises:
        UploadNotFound: there is no such upload of the actor.
        UploadNotReady: it was not checked, or has wrong rows and is not to leave them out.
    """
    upload = await get_upload(scope, upload_id)
    require_may_import(scope, upload.kind)
    if upload.status is UploadStatus.IMPORTED:
        return upload
    ready = _CHECKED if command.valid_rows else (UploadStatus.CHECKED, UploadStatus.FAILED)
    return await _begin(scope, upload, ready, UploadStatus.IMPORTING, valid_rows=command.valid_rows)


async def _begin(
    scope: WriteScope,
    upload: Upload,
    ready: Sequence[UploadStatus],
    status: UploadStatus,
    *,
    valid_rows: bool,
) -> Upload:
    changes = {**_UNDECIDED, "status": status.value, "valid_rows": valid_rows}
    try:
        await _move(scope, upload, ready, changes)
    except UploadNotReady:
        now = await get_upload(scope, upload.id)
        finished = status is UploadStatus.IMPORTING and now.status is UploadStatus.IMPORTED
        if now.status is status or finished:
            return now  # somebody pressed twice
        raise
    await defer(scope, TAKE_IN)
    return await get_upload(scope, upload.id)


async def _move(
    scope: WriteScope, upload: Upload, ready: Sequence[UploadStatus], changes: Mapping[str, object]
) -> None:
    """Change the upload if it is where that can be done; it then lives another day.

    Raises:
        UploadNotReady: it is not, or not any more.
    """
    moved = (
        update(ImportUpload)
        .where(own(scope), ImportUpload.id == upload.id)
        .where(ImportUpload.status.in_([status.value for status in ready]))
        .values(
            _documents(changes) | {"updated_at": func.now(), "expires_at": scope.now + LIFETIME}
        )
        .returning(ImportUpload.id)
    )
    if await scope.fetch_value(moved) is None:
        raise UploadNotReady(facts={"upload_id": upload.id, "status": upload.status.value})


async def discard_import(scope: WriteScope, upload_id: int) -> None:
    """Forget an upload; what was imported of it stays.

    Raises:
        UploadNotFound: there is no such upload of the actor.
        UploadNotReady: it is being worked on.
    """
    scope.require(Permission.IMPORT)
    upload = await get_upload(scope, upload_id)
    settled = [status.value for status in (*_IDLE, UploadStatus.IMPORTED)]
    gone = (
        delete(ImportUpload)
        .where(own(scope), ImportUpload.id == upload_id, ImportUpload.status.in_(settled))
        .returning(ImportUpload.id)
    )
    if await scope.fetch_value(gone) is None:
        raise UploadNotReady(facts={"upload_id": upload_id, "status": upload.status.value})
