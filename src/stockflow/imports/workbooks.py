"""The first sheet of an XLSX workbook as rows of text, read in a stream."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from stockflow.imports.errors import FileUnreadable

UNPACKED_BYTES_MAX = 1024**3
TEXTS_BYTES_MAX = 128 * 1024**2
"""The workbook's shared texts are the one part that is held in memory."""

ROWS_MAX = 1_048_576


def read_workbook(stream: BinaryIO, columns_max: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, blank ones too, with up to one cell more than `columns_max`.

    Raises:
        FileUnreadable: while iterating, too.
    """
    from openpyxl import load_workbook

    try:
        _require_plausible(stream)
        book = load_workbook(stream, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of them is often wrong
        rows = sheet.iter_rows(values_only=True, max_col=columns_max + 1)
        for number, cells in enumerate(rows, 1):
            if number > ROWS_MAX:
                raise FileUnreadable("The sheet is larger than a spreadsheet can be.")
            end = len(cells)
            while end and cells[end - 1] is None:
                end -= 1
            yield number, [_text(value) for value in cells[:end]]
    except FileUnreadable:
        raise
    except Exception as error:  # the library raises whatever the damaged part leads to
        raise FileUnreadable(
            f"The file is not a readable XLSX workbook ({type(error).__name__})."
        ) from error


def _require_plausible(stream: BinaryIO) -> None:
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise FileUnreadable("The file is a ZIP archive, but not an XLSX workbook.")
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if texts > TEXTS_BYTES_MAX or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
        raise FileUnreadable("The workbook unpacks to more than can be taken in.")


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
