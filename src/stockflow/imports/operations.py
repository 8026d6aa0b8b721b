"""Taking in a file."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from io import SEEK_END
from itertools import islice
from typing import Any, BinaryIO

import msgspec

from stockflow.companies import audit
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.imports import ImportKind
from stockflow.imports.commands import ImportFile, ImportOptions
from stockflow.imports.entities import (
    Customers,
    Products,
    ProductSuppliers,
    Suppliers,
    Warehouses,
)
from stockflow.imports.errors import ImportRefused, RowError, row_error
from stockflow.imports.kinds import OpenScope, RowKind, Written
from stockflow.imports.movements import Movements
from stockflow.imports.queries import ImportRow, Summary, find_import, is_visible, shown
from stockflow.imports.spool import Digest, Spool
from stockflow.imports.tables import Cells, Fields, Table
from stockflow.imports.threads import awake

SMALL_ROWS = 10_000
"""As many as a request may post: what it opens is held no longer than by any posting."""

ERRORS_MAX = 1000
_KINDS: dict[ImportKind, type[RowKind[Any]]] = {
    ImportKind.WAREHOUSES: Warehouses,
    ImportKind.SUPPLIERS: Suppliers,
    ImportKind.CUSTOMERS: Customers,
    ImportKind.PRODUCTS: Products,
    ImportKind.PRODUCT_SUPPLIERS: ProductSuppliers,
    ImportKind.MOVEMENTS: Movements,
}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# One import of a kind at a time in a company: two would write the same things in different orders.
_DONE = ("created", "changed", "unchanged", "posted")
_LOCK = """
SELECT pg_advisory_xact_lock(
    hashtextextended('stockflow.import:' || %(company_id)s::text || ':' || %(kind)s, 0))
"""
_INSERT = """
INSERT INTO imports (company_id, kind, filename, digest, summary, user_id, api_key_id)
VALUES (%(company_id)s, %(kind)s, %(filename)s, %(digest)s, %(summary)s::jsonb, %(user_id)s,
        %(api_key_id)s)
RETURNING id, created_at
"""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a door hears while a file is taken in.

    `progress` gets a phase, how far it is and how far it goes; `rejected` a row and its errors.
    """

    progress: Callable[[str, int, int], None] = lambda *_: None
    rejected: Callable[[Cells, Sequence[RowError]], None] = lambda *_: None


@dataclass(slots=True)
class _Account:
    """What is known so far about the rows of a file."""

    listener: Listener
    ignored_columns: list[str] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    errors_total: int = 0
    errors: list[RowError] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    posting_ids: list[int] = field(default_factory=list)

    def reject(self, rows: list[Cells], errors: Sequence[RowError]) -> list[Cells]:
        """Take note of the errors of these rows; gives the rows that have none."""
        if not errors:
            return rows
        by_row: dict[int, list[RowError]] = {}
        for error in errors:
            by_row.setdefault(error.row, []).append(error)
        for row in rows:
            if row.number in by_row:
                self.listener.rejected(row, by_row[row.number])
        self.rejected += len(by_row)
        self.errors_total += len(errors)
        room = ERRORS_MAX - len(self.errors)
        self.errors += sorted(errors, key=lambda error: error.row)[:room]
        return [row for row in rows if row.number not in by_row]

    def add(self, written: Written) -> None:
        """Take note of what became of some rows."""
        self.done.update({name: getattr(written, name) for name in _DONE})
        self.posting_ids += written.posting_ids

    def listed(self) -> list[RowError]:
        """The first errors, by row."""
        return sorted(self.errors, key=lambda error: error.row)

    def summary(self, shifted_days: int | None) -> Summary:
        return Summary(
            rows=self.rows,
            **{name: self.done[name] for name in _DONE},
            rejected=self.rejected,
            errors_total=self.errors_total,
            errors=self.listed(),
            ignored_columns=self.ignored_columns,
            posting_ids=self.posting_ids,
            shifted_days=shifted_days,
        )

    def refusal(self, kind: ImportKind, filename: str) -> ImportRefused:
        """The error that names what is wrong."""
        return ImportRefused(
            errors=self.listed(),
            facts={
                "kind": kind.value,
                "filename": filename,
                "rows": self.rows,
                "rejected": self.rejected,
                "errors_total": self.errors_total,
                "ignored_columns": self.ignored_columns,
            },
        )


def fields_of(kind: ImportKind) -> Fields:
    """What the rows of this kind are made of."""
    return _KINDS[kind].fields


def is_independent(kind: ImportKind) -> bool:
    """Whether rows of this kind can be judged when others are left out."""
    return _KINDS[kind].independent


def require_may_import(scope: ReadScope, kind: ImportKind) -> None:
    """Raise Forbidden unless the actor's role grants all that an import of this kind does."""
    for permission in _KINDS[kind].permissions:
        scope.require(permission)


def file_name(name: str) -> str:
    """What a file is called, as far as it can be printed."""
    return _UNPRINTABLE.sub("", name).strip()[-255:] or "file"


@dataclass(frozen=True, slots=True)
class _Run:
    """One file on its way."""

    scope: WriteScope
    kind: ImportKind
    filename: str
    options: ImportOptions
    rows: RowKind[Any]
    spool: Spool
    account: _Account


async def import_file(
    scope: WriteScope,
    aside: OpenScope,
    kind: ImportKind,
    file: ImportFile,
    options: ImportOptions,
    *,
    listener: Listener | None = None,
) -> ImportRow:
    """Take in a file: every row is checked, then all are written, or none.

    With `valid_rows` the rows that are wrong are left out, unless that is all of them. What was taken
    in before is not taken in again, whatever packs it: the answer is what became of it then.

    Raises:
        FileUnreadable: it is not a table.
        ColumnsRefused: columns are missing.
        ImportRefused: rows cannot be imported; names row and column of each.
    """
    rows = _KINDS[kind](scope.company)
    require_may_import(scope, kind)
    name = file_name(file.name)
    with Spool() as spool:
        account = _Account(listener or Listener())
        run = _Run(scope, kind, name, options, rows, spool, account)
        digest = await _check(run, file.stream)
        await scope.execute(_LOCK, {"company_id": scope.company_id, "kind": kind.value})
        before = await find_import(scope, kind, digest)
        if before is not None:
            if not is_visible(scope, before):  # the rows are known, but not what became of them
                before = replace(before, errors=[], posting_ids=[])
            return replace(before, repeated=True, dry_run=options.dry_run)
        if options.dry_run:
            async with scope.connection.transaction(force_rollback=True):
                summary = await _take_in(run, None)
            return shown(summary, dry_run=True, **_columns(run))
        is_large = spool.rows > SMALL_ROWS
        return await _remember(run, digest, await _take_in(run, aside if is_large else None))


async def _check(run: _Run, stream: BinaryIO) -> bytes:
    """Put the rows that are right aside; gives the digest of all."""
    size = stream.seek(0, SEEK_END)
    options = run.options
    read = partial(Table, stream, run.rows.fields, options.columns, options.mapping)
    table = await awake(run.scope, read)
    run.account.ignored_columns = table.ignored
    digest = Digest()
    source = iter(table)
    while True:
        batch, errors = await awake(run.scope, partial(_next_batch, run, source, digest))
        if not batch:
            return digest.value()
        run.account.rows += len(batch)
        wrong = {error.row for error in errors}
        right = [row for row in batch if row.number not in wrong] if wrong else batch
        errors += await run.rows.unusable(run.scope, right)
        run.spool.add(run.account.reject(batch, errors))
        run.account.listener.progress("Checking", stream.tell(), size)


def _next_batch(
    run: _Run, source: Iterator[Cells], digest: Digest
) -> tuple[list[Cells], list[RowError]]:
    batch = list(islice(source, run.rows.batch_rows))
    digest.add(batch)
    errors = [
        row_error(row.number, None, f"has {row.surplus} more cells than the header")
        for row in batch
        if row.surplus
    ]
    return batch, errors + run.rows.malformed(batch)


async def _take_in(run: _Run, aside: OpenScope | None) -> Summary:
    """Write the rows put aside.

    Raises:
        ImportRefused: rows are wrong, and may not be left out, or all are.
    """
    account, written_rows = run.account, 0
    if not account.errors_total or run.options.valid_rows or run.rows.independent:
        await run.rows.prepare(run.scope, aside, shift=run.options.shift_dates)
        async with aclosing(_ahead(run)) as batches:
            async for rows, batch in batches:
                written = await run.rows.write(run.scope, rows, batch)
                account.reject(rows, written.errors)
                account.add(written)
                written_rows += len(rows)
                account.listener.progress("Writing", written_rows, run.spool.rows)
        await run.rows.finish(run.scope)
    all_are_wrong = account.rejected == account.rows
    if account.errors_total and (all_are_wrong or not run.options.valid_rows):
        raise account.refusal(run.kind, run.filename)
    return account.summary(run.rows.shifted_days)


async def _ahead(run: _Run) -> AsyncGenerator[tuple[list[Cells], Any]]:
    """The batches put aside, as they are written; the next is made while one is being written."""
    batches = run.spool.batches()

    def load() -> tuple[list[Cells], Any] | None:
        rows = next(batches, None)
        return None if rows is None else (rows, run.rows.batch(rows))

    loading = asyncio.create_task(asyncio.to_thread(load))
    try:
        while (batch := await loading) is not None:
            loading = asyncio.create_task(asyncio.to_thread(load))
            yield batch
    finally:
        await asyncio.wait([loading])  # it reads the file that is closed next


async def _remember(run: _Run, digest: bytes, summary: Summary) -> ImportRow:
    scope = run.scope
    cursor = await scope.execute(
        _INSERT,
        {
            "company_id": scope.company_id,
            "kind": run.kind.value,
            "filename": run.filename,
            "digest": digest,
            "summary": msgspec.json.encode(summary).decode(),
            "user_id": scope.actor.user_id,
            "api_key_id": scope.actor.api_key_id,
        },
    )
    row = await cursor.fetchone()
    assert row is not None, "an insert gives a row"
    entry = {
        "kind": (None, run.kind.value),
        "filename": (None, run.filename),
        "rows": (None, summary.rows),
    }
    await audit.record(scope, "import", "created", {row[0]: entry})
    return shown(summary, **_columns(run) | {"id": row[0], "created_at": row[1]})


def _columns(run: _Run) -> dict[str, Any]:
    return {
        "id": None,
        "kind": run.kind,
        "filename": run.filename,
        "user_id": run.scope.actor.user_id,
        "api_key_id": run.scope.actor.api_key_id,
        "created_at": None,
    }
