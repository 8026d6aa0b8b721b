"""`stockflow import`."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from stockflow.foundation.cli import AsJson, CompanyId, command, emit, operator_pool
from stockflow.imports import ImportKind

if TYPE_CHECKING:
    from stockflow.imports.errors import RowError
    from stockflow.imports.queries import ImportRow
    from stockflow.imports.tables import Cells


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.command("import")(import_file)


@command
async def import_file(
    kind: Annotated[ImportKind, typer.Argument(help="What the rows are.")],
    file: Annotated[Path, typer.Argument(help="CSV, also packed by gzip or xz, or XLSX.")],
    *,
    company: CompanyId,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="TARGET=COLUMN",
            help="The file's column for a field of another name; may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing.")] = False,
    shift_dates: Annotated[
        bool, typer.Option("--shift-dates", help="Move all dates so that the last one is today.")
    ] = False,
    valid_rows: Annotated[
        bool, typer.Option("--valid-rows", help="Leave rows that are wrong out.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Write rows that are wrong, and why, to this file, to be repaired."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in a file; all of its rows, or none."""
    from functools import partial

    from stockflow.companies.operator import company_scope
    from stockflow.foundation.scope import WriteScope
    from stockflow.imports import operations
    from stockflow.imports.commands import ImportFile, ImportOptions, parse_map

    options = ImportOptions(parse_map(columns or ()), dry_run, shift_dates, valid_rows)
    with ExitStack() as stack:
        stream = stack.enter_context(_opened(file))
        listener = operations.Listener(
            stack.enter_context(_progress(wanted=not as_json)),
            stack.enter_context(_rejects(rejects, kind)),
        )
        async with operator_pool() as pool:
            open_scope = partial(company_scope, pool, company, WriteScope)
            async with open_scope() as scope:
                row = await operations.import_file(
                    scope,
                    open_scope,
                    kind,
                    ImportFile(file.name, stream),
                    options,
                    listener=listener,
                )
    emit(row, as_json, human=_show)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    from stockflow.imports.errors import FileUnreadable

    try:
        stream = path.open("rb")
        with stream:
            stream.seek(0)
            yield stream
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


@contextmanager
def _progress(*, wanted: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error, where that is a terminal."""
    if not (wanted and sys.stderr.isatty()):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, int] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase)
            progress.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type]  # a TaskID is an int

        yield show


@contextmanager
def _rejects(
    path: Path | None, kind: ImportKind
) -> Iterator[Callable[["Cells", Sequence["RowError"]], None]]:
    """Writes rejected rows as CSV that can be imported once it is repaired."""
    if path is None:
        yield lambda *_: None
        return
    from stockflow.foundation.errors import Invalid
    from stockflow.imports.operations import fields_of

    try:
        file = path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from error
    with file:
        writer = csv.writer(file)
        writer.writerow([*fields_of(kind).names, "error"])

        def reject(row: "Cells", errors: Sequence["RowError"]) -> None:
            found = (": ".join(filter(None, (error.column, error.detail))) for error in errors)
            writer.writerow([*row.values, "; ".join(found)])

        yield reject


def _show(row: "ImportRow") -> None:
    if row.repeated:
        typer.echo(f"These {row.rows:,} rows have been imported before; nothing was changed.")
    done = "would be" if row.dry_run else "were" if not row.repeated else "had been"
    counts = ("created", "changed", "unchanged", "posted", "rejected")
    told = [f"{getattr(row, name):,} {done} {name}" for name in counts if getattr(row, name)]
    typer.echo(f"{row.kind}: {row.rows:,} rows read; {', '.join(told) or 'nothing to do'}.")
    if row.shifted_days:
        typer.echo(f"Dates were moved by {row.shifted_days} days.")
    if row.ignored_columns:
        typer.echo(f"Columns not used: {', '.join(row.ignored_columns)}.")
    for error in row.errors:
        place = f"{error.row}, {error.column}" if error.column else str(error.row)
        typer.echo(f"  row {place}: {error.detail}", err=True)
