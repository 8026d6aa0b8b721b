"""Which column of a file feeds which field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import BinaryIO

import msgspec

from stockflow.foundation.errors import FieldError
from stockflow.foundation.problems import pointer
from stockflow.imports.errors import ColumnsRefused
from stockflow.imports.files import Row, read_rows

_NAMES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Fields:
    """What the rows of a kind of import are made of; the cells of a row are in this order."""

    names: tuple[str, ...]
    required: frozenset[str]


class Cells(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row by the fields of its kind, trimmed; empty where nothing is given."""

    number: int
    values: tuple[str, ...]
    surplus: int = 0
    """How many cells lie beyond the last column of the header."""


class Table:
    """The rows of a file by the fields of a kind.

    `mapping` is the field of each column; the header is then only read over.

    Raises:
        FileUnreadable: while iterating, too.
        ColumnsRefused: columns are missing, not there, or there twice; names all of them.
    """

    def __init__(
        self,
        stream: BinaryIO,
        fields: Fields,
        columns: Mapping[str, str],
        mapping: Sequence[str | None] | None = None,
    ) -> None:
        self._rows = read_rows(stream)
        _, header = next(self._rows)
        self._width = len(header)
        if mapping is None:
            names = [name.strip().casefold() for name in header]
        else:
            names = [field or "" for field in mapping]
        wanted = {field: columns.get(field, field).strip().casefold() for field in fields.names}
        _require_columns(fields, columns, wanted, names)
        places = [names.index(name) if name in names else -1 for name in wanted.values()]
        # the last cell of every row is one more, and empty: what a missing column gives
        self._pick = itemgetter(*places)
        self._reach = max(places) + 1
        used = set(places)
        self.ignored = [
            name.strip()[:255] for place, name in enumerate(header) if place not in used
        ][:_NAMES_SHOWN]

    def __iter__(self) -> Iterator[Cells]:
        return map(self._cells, self._rows)

    def _cells(self, row: Row) -> Cells:
        number, cells = row
        width = self._width
        surplus = 0
        if len(cells) > width:
            surplus = sum(1 for cell in cells[width:] if cell.strip())
            del cells[width:]
        elif len(cells) < self._reach:
            cells.extend([""] * (self._reach - len(cells)))
        cells.append("")
        return Cells(number, tuple(map(str.strip, self._pick(cells))), surplus)


def _require_columns(
    fields: Fields, columns: Mapping[str, str], wanted: Mapping[str, str], names: Sequence[str]
) -> None:
    count = Counter(names)
    missing = [
        field for field in fields.names if field in fields.required and not count[wanted[field]]
    ]
    errors = [
        FieldError(pointer(("map", target)), f"is not a field: {', '.join(fields.names)}")
        for target in columns
        if target not in fields.names
    ]
    errors += [
        FieldError(pointer(("columns", wanted[field])), "is not a column of the file")
        for field in fields.names
        if not count[wanted[field]] and (field in missing or field in columns)
    ]
    errors += [
        FieldError(pointer(("columns", wanted[field])), "is there more than once")
        for field in fields.names
        if count[wanted[field]] > 1
    ]
    if errors:
        raise ColumnsRefused(
            f"The file lacks columns: {', '.join(missing)}." if missing else None,
            errors=errors,
            facts={"missing": missing, "found": [name[:255] for name in names[:_NAMES_SHOWN]]},
        )
