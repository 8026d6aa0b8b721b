"""Reads of uploads, which only those see who sent them."""

import csv
import io
from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, false, or_, select

from stockflow.foundation.pagination import Page, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.imports import ImportKind, UploadStatus
from stockflow.imports.commands import RejectFilters
from stockflow.imports.errors import UploadNotFound
from stockflow.imports.queries import Summary
from stockflow.imports.upload_models import ImportUpload, ImportUploadReject

WORKING = (UploadStatus.CHECKING, UploadStatus.IMPORTING)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One of the first rows of an upload, its number as a spreadsheet counts."""

    row: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class UploadItem:
    """An upload in a list; `done` of `total` is how far the work of `phase` is."""

    id: int
    kind: ImportKind
    filename: str
    size_bytes: int
    status: UploadStatus
    phase: str | None
    done: int | None
    total: int | None
    import_id: int | None
    created_at: datetime
    expires_at: datetime

    @property
    def is_working(self) -> bool:
        return self.status in WORKING


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it is shown: its columns, what feeds which field, and what became of it.

    `mapping` has the field of each column of `header`, None for one that is ignored. `summary` is that
    of the check, then that of the import; `problem` says why the file as a whole was refused.
    `repeated`: its rows had been imported before, by the import of `import_id`.
    """

    id: int
    kind: ImportKind
    filename: str
    size_bytes: int
    header: list[str]
    sample: list[SampleRow]
    mapping: list[str | None]
    status: UploadStatus
    valid_rows: bool
    phase: str | None
    done: int | None
    total: int | None
    summary: Summary | None
    problem: str | None
    import_id: int | None
    repeated: bool
    user_id: int | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime

    @property
    def is_working(self) -> bool:
        return self.status in WORKING


@dataclass(frozen=True, slots=True)
class RejectError:
    """What is wrong with a row: `column` is the field, None where the row as a whole is wrong."""

    column: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be imported: its cells by field, without empty ones."""

    row: int
    cells: dict[str, str]
    errors: list[RejectError]


def own(scope: ReadScope) -> ColumnElement[bool]:
    """The uploads of the actor that are not over; what is worked on lives until that is done."""
    if scope.actor.api_key_id is not None:
        return false()
    return (
        (ImportUpload.company_id == scope.company_id)
        & ImportUpload.user_id.is_not_distinct_from(scope.actor.user_id)
        & or_(ImportUpload.expires_at > scope.now, ImportUpload.status.in_(WORKING))
    )


async def get_upload(scope: ReadScope, upload_id: int) -> Upload:
    """One upload of the actor.

    Raises:
        UploadNotFound: there is none, or it is somebody else's, or over.
    """
    scope.require(Permission.IMPORT)
    found = await read_upload(scope, own(scope) & (ImportUpload.id == upload_id))
    if found is None:
        raise UploadNotFound(facts={"upload_id": upload_id})
    return found


async def read_upload(scope: ReadScope, condition: ColumnElement[bool]) -> Upload | None:
    """The oldest upload of the company that fulfils the condition."""
    names = list(Upload.__slots__)
    query = (
        select(*(getattr(ImportUpload, name) for name in names))
        .where(ImportUpload.company_id == scope.company_id, condition)
        .order_by(ImportUpload.id)
        .limit(1)
    )
    row = await (await scope.execute(query)).fetchone()
    return None if row is None else msgspec.convert(dict(zip(names, row, strict=True)), Upload)


async def list_uploads(scope: ReadScope) -> list[UploadItem]:
    """The uploads of the actor, newest first: never more than a company may have."""
    scope.require(Permission.IMPORT)
    names = list(UploadItem.__slots__)
    query = select(*(getattr(ImportUpload, name) for name in names)).where(own(scope))
    rows = await (await scope.execute(query.order_by(ImportUpload.id.desc()))).fetchall()
    return msgspec.convert([dict(zip(names, row, strict=True)) for row in rows], list[UploadItem])


async def list_rejects(
    scope: ReadScope, upload_id: int, filters: RejectFilters
) -> Page[RejectedRow]:
    """The rows of an upload that cannot be imported, as far as they are kept, by row.

    Raises:
        UploadNotFound: there is no such upload of the actor.
    """
    await get_upload(scope, upload_id)
    reject = ImportUploadReject
    query = select(reject.row, reject.cells, reject.errors).where(
        reject.company_id == scope.company_id, reject.upload_id == upload_id
    )
    after = decode_cursor(filters.cursor, "rejects", (int,))
    if after is not None:
        query = query.where(reject.row > after[0])
    cursor = await scope.execute(query.order_by(reject.row).limit(filters.limit + 1))
    rows = [_rejected(*row) for row in await cursor.fetchall()]
    return page_of(rows, filters.limit, "rejects", lambda row: (row.row,))


async def rejects_csv(scope: ReadScope, upload_id: int) -> bytes:
    """The rejected rows as a file to be repaired and sent again, with what is wrong in each.

    Cells are as they were sent, also those a spreadsheet would take for a formula.

    Raises:
        UploadNotFound: there is no such upload of the actor.
    """
    upload = await get_upload(scope, upload_id)
    query = select(
        ImportUploadReject.row, ImportUploadReject.cells, ImportUploadReject.errors
    ).where(
        ImportUploadReject.company_id == scope.company_id,
        ImportUploadReject.upload_id == upload_id,
    )
    rows = await (await scope.execute(query.order_by(ImportUploadReject.row))).fetchall()
    return await to_thread(_csv, list(filter(None, upload.mapping)), rows)


def _csv(fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*fields, "error"])
    for row in rows:
        reject = _rejected(*row)
        found = (": ".join(filter(None, (e.column, e.detail))) for e in reject.errors)
        writer.writerow([*(reject.cells.get(name, "") for name in fields), "; ".join(found)])
    return text.getvalue().encode("utf-8-sig")


def _rejected(row: int, cells: Any, errors: Any) -> RejectedRow:
    return msgspec.convert({"row": row, "cells": cells, "errors": errors}, RejectedRow)
