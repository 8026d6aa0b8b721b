"""Reads of imports."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, false, select, true

from stockflow.foundation.pagination import Page, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.imports import ImportKind
from stockflow.imports.commands import ImportFilters
from stockflow.imports.errors import ImportNotFound, RowError
from stockflow.imports.models import Import


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the rows of a file."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    posted: int = 0
    rejected: int = 0
    errors_total: int = 0
    errors: list[RowError] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    posting_ids: list[int] = field(default_factory=list)
    shifted_days: int | None = None


@dataclass(frozen=True, slots=True)
class ImportItem:
    """An import in a list."""

    id: int
    kind: ImportKind
    filename: str
    rows: int
    created: int
    changed: int
    unchanged: int
    posted: int
    rejected: int
    errors_total: int
    user_id: int | None
    api_key_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as it is shown; one that was only tried (`dry_run`) has no id.

    `errors` are the first 1,000 of `errors_total`, in `rejected` rows that were left out. `repeated`:
    these rows had been imported before, and this is what became of them then.
    """

    id: int | None
    kind: ImportKind
    filename: str
    rows: int
    created: int
    changed: int
    unchanged: int
    posted: int
    rejected: int
    errors_total: int
    errors: list[RowError]
    ignored_columns: list[str]
    posting_ids: list[int]
    shifted_days: int | None
    repeated: bool
    dry_run: bool
    user_id: int | None
    api_key_id: int | None
    created_at: datetime | None


_COLUMNS = (Import.id, Import.kind, Import.filename, Import.user_id, Import.api_key_id)
_COUNTS = (
    "rows",
    "created",
    "changed",
    "unchanged",
    "posted",
    "rejected",
    "errors_total",
)
_DETAILS = ("errors", "ignored_columns", "posting_ids", "shifted_days")


def is_visible(scope: ReadScope, row: ImportRow) -> bool:
    """Whether the actor may see this import: who is limited to some warehouses sees their own.

    What is wrong with the rows of others would tell of other warehouses.
    """
    actor = scope.actor
    if actor.warehouse_ids is None:
        return True
    if actor.api_key_id is not None:
        return row.api_key_id == actor.api_key_id
    return actor.user_id is not None and row.user_id == actor.user_id


def _visible(scope: ReadScope) -> ColumnElement[bool]:
    """`is_visible` of the rows of a statement."""
    actor = scope.actor
    if actor.warehouse_ids is None:
        return true()
    if actor.api_key_id is not None:
        return Import.api_key_id == actor.api_key_id
    return false() if actor.user_id is None else Import.user_id == actor.user_id


async def get_import(scope: ReadScope, import_id: int) -> ImportRow:
    """One import.

    Raises:
        ImportNotFound: no such import, or not one that the actor may see.
    """
    scope.require(Permission.IMPORT)
    found = await _find(scope, (Import.id == import_id) & _visible(scope))
    if found is None:
        raise ImportNotFound(facts={"import_id": import_id})
    return found


async def find_import(scope: ReadScope, kind: ImportKind, digest: bytes) -> ImportRow | None:
    """The import of rows that say what this digest is of, if there is one."""
    return await _find(scope, (Import.kind == kind.value) & (Import.digest == digest))


async def _find(scope: ReadScope, condition: Any) -> ImportRow | None:
    query = select(*_COLUMNS, Import.created_at, Import.summary).where(
        Import.company_id == scope.company_id, condition
    )
    cursor = await scope.execute(query)
    row = await cursor.fetchone()
    if row is None:
        return None
    import_id, kind, filename, user_id, api_key_id, created_at, summary = row
    return shown(
        msgspec.convert(summary, Summary),
        id=import_id,
        kind=ImportKind(kind),
        filename=filename,
        user_id=user_id,
        api_key_id=api_key_id,
        created_at=created_at,
    )


def shown(
    summary: Summary, *, repeated: bool = False, dry_run: bool = False, **columns: Any
) -> ImportRow:
    """A summary with what its row says."""
    values = {name: getattr(summary, name) for name in (*_COUNTS, *_DETAILS)}
    return ImportRow(repeated=repeated, dry_run=dry_run, **values, **columns)


async def list_imports(scope: ReadScope, filters: ImportFilters) -> Page[ImportItem]:
    """Imports that the actor may see, newest first."""
    scope.require(Permission.IMPORT)
    counts = [Import.summary[name].as_integer().label(name) for name in _COUNTS]
    query = select(*_COLUMNS, Import.created_at, *counts).where(
        Import.company_id == scope.company_id, _visible(scope)
    )
    if filters.kind is not None:
        query = query.where(Import.kind == filters.kind.value)
    after = decode_cursor(filters.cursor, "imports", (int,))
    if after is not None:
        query = query.where(Import.id < after[0])
    rows = await scope.fetch_all(
        ImportItem, query.order_by(Import.id.desc()).limit(filters.limit + 1)
    )
    return page_of(rows, filters.limit, "imports", lambda row: (row.id,))
