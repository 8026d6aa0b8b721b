"""What a printed document consists of, and how it is made into a PDF.

A feature says what is on the paper: facts, parties, tables of ready texts, totals. How it is set and
broken into pages is `pdf_pages`, which is loaded with its libraries when something is first printed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_precision

Align = Literal["start", "center", "end"]
R = TypeVar("R")
NOTHING = "Nothing."


class Paper(StrEnum):
    """The sheets documents are printed on."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class PrintStyle:
    """How a document is printed: numbers and days as in `locale`, such as `en_GB` or `de-DE`."""

    locale: str
    paper: Paper = Paper.A4


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF that is drawn when it is sent, and the name to save it under."""

    filename: str
    draw: Callable[[], bytes]

    @property
    def content(self) -> bytes:
        """The PDF; drawing thousands of lines takes seconds."""
        return self.draw()


@dataclass(frozen=True, slots=True)
class Scannable:
    """A cell with the barcode of its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """An empty cell to tick or to write a number into; `width` in mm."""

    width: float = 4


Cell = str | Scannable | Box


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, left out by `table_of` unless `shown`; all shares divide the page's width."""

    title: str
    share: float
    align: Align = "start"
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under titles that are repeated on every page; `empty` is said in place of no rows."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    heading: str | None = None
    empty: str = NOTHING


def table_of(
    rows: Sequence[R],
    *columns: tuple[Column, Callable[[R], Cell]],
    heading: str | None = None,
    empty: str = NOTHING,
) -> Table:
    """A table of these rows: each column with what it says of a row; those not shown are left out."""
    shown = [(column, cell) for column, cell in columns if column.shown]
    cells = [[cell(row) for _, cell in shown] for row in rows]
    return Table([column for column, _ in shown], cells, heading, empty)


Labelled = tuple[str, str | None]
"""A title and its text; what has no text is left out."""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything on the paper, from top to bottom."""

    company: str
    title: str
    number: str
    facts: Sequence[Labelled] = ()
    parties: Sequence[Labelled] = ()
    tables: Sequence[Table] = ()
    totals: Sequence[Labelled] = ()
    notes: Sequence[Labelled] = ()
    signatures: Sequence[str] = field(default=())


def locale_named(name: str) -> Locale:
    """The locale with this name, or British English where there is none."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


class Figures:
    """Numbers and moments as the reader writes them, moments in the company's time zone."""

    def __init__(self, style: PrintStyle, timezone: ZoneInfo) -> None:
        self._locale = locale_named(style.locale)
        self._timezone = timezone

    def quantity(self, value: Decimal | int) -> str:
        return format_decimal(value, format="#,##0.####", locale=self._locale)

    def percent(self, value: Decimal) -> str:
        """A share of a hundred: 12.5 → 12.5%."""
        return f"{self.quantity(value)}%"

    def money(self, value: str | Decimal, currency: str) -> str:
        """An amount in what the currency is paid in, or with up to 4 decimals where it has more."""
        amount = Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
        unit = Decimal(1).scaleb(-get_currency_precision(currency))
        whole = amount == amount.quantize(unit)
        shown = amount if whole else amount.normalize()
        return format_currency(shown, currency, locale=self._locale, decimal_quantization=whole)

    def day(self, value: date | datetime | None) -> str | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            value = value.astimezone(self._timezone).date()
        return format_date(value, "medium", locale=self._locale)

    def moment(self, value: datetime | None) -> str | None:
        if value is None:
            return None
        return format_datetime(value, "short", tzinfo=self._timezone, locale=self._locale)


def lines_of_text(*parts: str | None) -> str | None:
    """The parts there are, each on lines of its own."""
    return "\n".join(part for part in parts if part) or None


def filename(*parts: str) -> str:
    """`sales-order SO-2026-00001` → sales-order-SO-2026-00001.pdf; safe in a header."""
    return re.sub(r"[^A-Za-z0-9]+", "-", "-".join(parts)).strip("-") + ".pdf"


def printed_document(document: Document, style: PrintStyle, name: str) -> Printed:
    """A document as a PDF named `name` and its number."""

    def draw() -> bytes:
        from stockflow.web.pdf_pages import document_pdf

        return document_pdf(document, style)

    return Printed(filename(name, document.number), draw)
