"""Inputs of the imports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO

from pydantic import Field

from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.routing import Command
from stockflow.imports import ImportKind
from stockflow.imports.files import COLUMNS_MAX


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is taken in.

    `columns` names the file's column for a field whose column has another name. `mapping` is the field
    of each column, in the file's order, whatever the columns are called; None for one that is ignored.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    shift_dates: bool = False
    valid_rows: bool = False
    mapping: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to take in: its bytes from the start, and what it is called."""

    name: str
    stream: BinaryIO


class ImportFilters(Command):
    """Which imports to list."""

    kind: ImportKind | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class StartImport(Command):
    """What the rows of a file are that is to be imported in steps."""

    kind: ImportKind


class EmptyFile(Command):
    """Of which kind of rows an empty file is wanted."""

    kind: ImportKind = ImportKind.PRODUCTS


class SetMapping(Command):
    """Which column of an upload feeds which field: the column's place, from 0, and the field.

    A column that is not named, or with nothing, is ignored.
    """

    columns: Annotated[
        dict[Annotated[int, Field(ge=0, lt=COLUMNS_MAX)], Annotated[str, Field(max_length=64)]],
        Field(max_length=COLUMNS_MAX),
    ]


class RunImport(Command):
    """How an upload is imported: with `valid_rows`, rows that are wrong are left out."""

    valid_rows: bool = False


class RejectFilters(Command):
    """Which rejected rows of an upload to list."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    cursor: Annotated[str | None, Field(max_length=2000)] = None


def parse_map(pairs: Sequence[str]) -> dict[str, str]:
    """`TARGET=COLUMN` pairs as target → column.

    Raises:
        Invalid: a pair is not of this form, or its target was given before; names all of them.
    """
    columns: dict[str, str] = {}
    errors: list[FieldError] = []
    for index, pair in enumerate(pairs):
        target, found, column = (part.strip() for part in pair.partition("="))
        if not (target and found and column):
            errors.append(FieldError(f"/map/{index}", "must be TARGET=COLUMN"))
        elif columns.setdefault(target, column) != column:
            errors.append(FieldError(f"/map/{index}", f"{target[:64]} has a column already"))
    if errors:
        raise Invalid(errors=errors)
    return columns
