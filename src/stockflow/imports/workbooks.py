"""The first sheet of an XLSX workbook as rows of text, read in a stream.

Of openpyxl only what reads single parts is used: what it builds of a whole file has no bound.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from stockflow.imports.errors import FileUnreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from openpyxl.reader.excel import ExcelReader

UNPACKED_BYTES_MAX = 1024**3
TEXTS_BYTES_MAX = 128 * 1024**2
"""The workbook's shared texts are the one part that is held in memory for long."""

TEXTS_MAX = 4_000_000
PART_BYTES_MAX = 8 * 1024**2
"""For each part that is read as a whole: styles, names of sheets and the like."""

ELEMENT_BYTES_MAX = 4 * 1024**2
"""For each row, and for each shared text."""

ELEMENT_PARTS_MAX = 100_000
ROWS_MAX = 1_048_576

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DOCTYPE = b"<!DOCTYPE"
_TOO_LARGE = "The workbook unpacks to more than can be taken in."


def read_workbook(stream: BinaryIO, columns_max: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that it lists, with up to one cell more than `columns_max`.

    Raises:
        FileUnreadable: while iterating, too.
    """
    from openpyxl.reader.excel import ExcelReader

    try:
        with _Archive(stream) as archive:
            archive.require_plausible()
            reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
            reader.archive = archive
            yield from _rows(reader, columns_max)
    except FileUnreadable:
        raise
    except Exception as error:  # the library raises whatever the damaged part leads to
        raise FileUnreadable(
            f"The file is not a readable XLSX workbook ({type(error).__name__})."
        ) from error


def _rows(reader: "ExcelReader", columns_max: int) -> Iterator[tuple[int, list[str]]]:
    from openpyxl.styles.stylesheet import apply_stylesheet
    from openpyxl.worksheet._reader import WorkSheetParser

    reader.read_manifest()
    texts = _shared_texts(reader)
    reader.read_workbook()
    book = reader.wb
    apply_stylesheet(reader.archive, book)
    with reader.archive.open(_first_sheet(reader)) as part:
        parser = WorkSheetParser(
            part,
            texts,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # type: ignore[attr-defined]  # as its own reader does
            timedelta_formats=book._timedelta_formats,  # type: ignore[attr-defined]
        )
        before = 0
        for element in _elements(part, "sheetData", "row"):
            number, cells = parser.parse_row(element)
            parser.row_dimensions.clear()  # heights and the like, of every row
            if number > ROWS_MAX:
                raise FileUnreadable("The sheet is larger than a spreadsheet can be.")
            if number <= before:
                raise FileUnreadable(f"The sheet has row {number} after row {before}.")
            before = number
            values: list[str] = []
            for cell in cells:
                column, value = cell["column"], cell["value"]
                assert isinstance(column, int), "the parser gives a number"
                if value is not None:
                    place = min(column, columns_max + 1)
                    values += [""] * (place - len(values))
                    values[place - 1] = _text(value)
            yield number, values


def _first_sheet(reader: "ExcelReader") -> str:
    for _, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            return str(relation.target)
    raise FileUnreadable("The workbook has no sheet.")


def _shared_texts(reader: "ExcelReader") -> list[str]:
    from openpyxl.cell.text import Text
    from openpyxl.xml.constants import SHARED_STRINGS

    found = reader.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
    if found is None:
        return []
    name = found.PartName[1:]  # which part it is, its type says and not its name
    if reader.archive.getinfo(name).file_size > TEXTS_BYTES_MAX:
        raise FileUnreadable(_TOO_LARGE)
    texts: list[str] = []
    with reader.archive.open(name) as part:
        for element in _elements(part, "sst", "si"):
            if len(texts) >= TEXTS_MAX:
                raise FileUnreadable(_TOO_LARGE)
            text = Text.from_tree(element)
            texts.append("" if text is None else text.content.replace("x005F_", ""))
    return texts


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Guarded:
    """An XML part that is read only as far as one element may reach."""

    def __init__(self, part: _Readable) -> None:
        self._part = part
        self._last = b""
        self._bytes = 0
        self._starts = 0

    def read(self, size: int = -1, /) -> bytes:
        block = self._part.read(size)
        self._bytes += len(block)
        if self._bytes > ELEMENT_BYTES_MAX:
            raise FileUnreadable("The workbook has a row or a text that is too large.")
        _require_plain(self._last + block)
        self._last = block[-len(_DOCTYPE) :]
        return block

    def count_start(self) -> None:
        self._starts += 1
        if self._starts > ELEMENT_PARTS_MAX:
            raise FileUnreadable("The workbook has a row or a text of too many parts.")

    def completed(self) -> None:
        """An element is done with, and all that it was made of."""
        self._bytes = self._starts = 0


def _elements(part: _Readable, parent: str, name: str) -> Iterator[Any]:
    """The elements `name` right below the first `parent`, each gone from memory after its turn."""
    from openpyxl.xml.functions import iterparse

    source = _Guarded(part)
    above: list[Element] = []
    for event, element in iterparse(source, ("start", "end")):
        if event == "start":
            source.count_start()
            above.append(element)
            continue
        above.pop()
        if element.tag == _MAIN + parent:
            return  # what may follow says nothing about rows
        if element.tag == _MAIN + name and above and above[-1].tag == _MAIN + parent:
            yield element
            above[-1].clear()
            source.completed()


class _Archive(zipfile.ZipFile):
    """A workbook whose parts are read as a whole only if they are small."""

    def require_plausible(self) -> None:
        parts = self.infolist()
        if not any(part.filename == "xl/workbook.xml" for part in parts):
            raise FileUnreadable("The file is a ZIP archive, but not an XLSX workbook.")
        texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
        if texts > TEXTS_BYTES_MAX or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
            raise FileUnreadable(_TOO_LARGE)

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.file_size > PART_BYTES_MAX:
            raise FileUnreadable(_TOO_LARGE)
        content = super().read(name, pwd)
        _require_plain(content)
        return content


def _require_plain(content: bytes) -> None:
    """Entities, which a DOCTYPE declares, could make much out of little; UTF-16 could hide them."""
    if _DOCTYPE in content or b"\x00" in content:
        raise FileUnreadable("The workbook has a part that is not plain XML.")


def _text(value: object) -> str:
    """A cell as somebody would type it: dates in ISO 8601, numbers plain."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():  # a spreadsheet keeps 15 digits; the rest is noise of binary fractions
            return f"{Decimal(f'{value:.15g}'):f}"
        case datetime() | date() | time():
            return value.isoformat()
    return str(value)
