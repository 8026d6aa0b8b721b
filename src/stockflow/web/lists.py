"""Lists as pages, and as files of exactly what the page shows."""

import csv
import io
import os
import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.pagination import Page

R = TypeVar("R")
Kind = Literal[
    "text",
    "code",
    "number",
    "quantity",
    "signed",
    "money",
    "total",
    "moment",
    "day",
    "status",
    "yes_no",
]
ROWS_SHOWN = 50
_FORMULA = re.compile(r"(^|;)(?=[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r])")
"""Where a spreadsheet would begin to read a formula: in half of Europe a semicolon ends a cell, too."""


@dataclass(frozen=True)  # slots would forbid Listing[Row](…) on Python 3.11
class Column(Generic[R]):
    """One column: `value` is exact, for files; `kind` says how the page shows it.

    `href` is where the cell leads, below the company's address. `sort` is what the list's filter `sort`
    takes for it, and with `-` before it for the other way. `currency` is for money that is not the
    company's own; `total` is money rounded to what the currency is paid in.
    """

    name: str
    label: str
    value: Callable[[R], object]
    kind: Kind = "text"
    href: Callable[[R], str | None] | None = None
    sort: str | None = None
    shown: bool = True
    currency: Callable[[R], str] | None = None
    hint: str | None = None

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "quantity", "signed", "money", "total")


@dataclass(frozen=True)
class Listing(Generic[R]):
    """What a list can show; `name` is that of its files."""

    name: str
    columns: tuple[Column[R], ...]

    def chosen(self, names: str | None) -> list[Column[R]]:
        """The columns of the address's `columns=sku,name`, in that order; else those shown unless chosen.

        Raises:
            Invalid: a name is not one of a column.
        """
        if not names:
            return [column for column in self.columns if column.shown]
        known = {column.name: column for column in self.columns}
        wanted = list(dict.fromkeys(names.split(",")))
        if not set(wanted) <= known.keys():
            raise Invalid(errors=[FieldError("/query/columns", "names a column there is not")])
        return [known[name] for name in wanted]


@dataclass(frozen=True)
class ShownList(Generic[R]):
    """A page of a list, and the addresses around it."""

    listing: Listing[R]
    columns: list[Column[R]]
    items: Sequence[R]
    next_cursor: str | None
    path: str
    query: Mapping[str, str]
    sort: str

    @property
    def filtered(self) -> bool:
        """Whether the address says more than which columns and which order."""
        return any(key not in ("columns", "sort", "cursor") for key in self.query)

    @property
    def is_first(self) -> bool:
        return "cursor" not in self.query

    @property
    def next_href(self) -> str | None:
        return None if self.next_cursor is None else self._with(cursor=self.next_cursor)

    @property
    def first_href(self) -> str:
        return self._with(cursor=None)

    def export_href(self, file_type: str) -> str:
        return self._with(cursor=None, format=file_type)

    def sort_href(self, column: Column[R]) -> str:
        """The list by this column; the other way round if it is sorted by it."""
        turned = f"-{column.sort}" if self.sort == column.sort else column.sort
        return self._with(cursor=None, sort=turned)

    def sorted_by(self, column: Column[R]) -> Literal["ascending", "descending"] | None:
        if column.sort is None:
            return None
        return {column.sort: "ascending", f"-{column.sort}": "descending"}.get(self.sort)  # type: ignore[return-value]  # the two values above

    def _with(self, **changes: str | None) -> str:
        """The address with some parts changed; None removes one."""
        query = {**self.query, **changes}
        text = urlencode({key: value for key, value in query.items() if value is not None})
        return f"{self.path}?{text}" if text else self.path


async def csv_file(
    columns: Sequence[Column[R]], pages: AsyncIterator[Page[R]], timezone: ZoneInfo
) -> AsyncIterator[bytes]:
    """The list as CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets ask for."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in columns])
    yield b"\xef\xbb\xbf"
    async for page in pages:
        for row in page.items:
            writer.writerow([_csv_cell(column.value(row), timezone) for column in columns])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    yield out.getvalue().encode()


async def xlsx_file(
    listing: Listing[R],
    columns: Sequence[Column[R]],
    pages: AsyncIterator[Page[R]],
    timezone: ZoneInfo,
) -> AsyncIterator[bytes]:
    """The list as a workbook with typed cells; made in a thread, as others wait for this one."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(listing.name[:31])
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, value=column.label) for column in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)

    def add(rows: Sequence[R]) -> None:
        for row in rows:
            sheet.append([_sheet_cell(sheet, column, row, timezone) for column in columns])

    out = io.BytesIO()
    try:
        async for page in pages:
            await to_thread(add, page.items)
        await to_thread(book.save, out)
    finally:
        _forget_rows(sheet)
    yield out.getvalue()


def _forget_rows(sheet: Any) -> None:
    """Remove the file a sheet's rows were written to; of a book nobody waits for it would stay."""
    if os.path.exists(sheet._writer.out):
        with suppress(ValueError):  # a thread may be writing still
            sheet.close()
        sheet._writer.cleanup()


def _csv_cell(value: object, timezone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(timezone).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    if isinstance(value, str) and not _is_number(text):
        return _FORMULA.sub(r"\1'", text)
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal()


def _sheet_cell(sheet: Any, column: Column[R], row: R, timezone: ZoneInfo) -> object:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    value = column.value(row)
    if column.kind in ("money", "total") and isinstance(value, str):
        value = Decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(timezone).replace(tzinfo=None)  # workbooks know no time zones
    if value is None or isinstance(value, bool | int | Decimal | date):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    cell.data_type = "s"  # text stays text, also where it begins with =
    return cell
