"""From the bytes of a file to rows of text, whatever packs them; what is no table is refused.

The format is told by the first bytes, never by the name. Every step streams, and is bounded: a small
file may unpack to more than any memory or disk holds.
"""

import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from stockflow.imports.errors import FileUnreadable
from stockflow.imports.workbooks import read_workbook

UNPACKED_BYTES_MAX = 4 * 1024**3
PACKED_RATIO_MAX = 250
"""Real tables pack to a tenth, repetitive ones to a hundredth."""

RATIO_FREE_BYTES = 64 * 1024**2
XZ_MEMORY_MAX = 128 * 1024**2
"""What `xz -9` needs, twice."""

ROWS_MAX = 20_000_000
COLUMNS_MAX = 1_000
LINE_BYTES_MAX = 1024**2
RECORD_BYTES_MAX = 4 * 1024**2
"""A row has several lines where its cells have line ends."""

_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "It is an old Excel workbook (.xls): save it as .xlsx or CSV.",
    b"\xff\xfe": "It is UTF-16 text: save it as CSV in UTF-8.",
    b"\xfe\xff": "It is UTF-16 text: save it as CSV in UTF-8.",
    b"BZh": "It is packed with bzip2: use gzip or xz.",
    b"\x28\xb5\x2f\xfd": "It is packed with zstd: use gzip or xz.",
    b"7z\xbc\xaf": "It is a 7z archive: use gzip or xz.",
    b"%PDF": "It is a PDF document.",
}
_BLOCK = 64 * 1024

Row = tuple[int, list[str]]
"""A row's number as a spreadsheet shows it, and its cells."""


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """The rows that are not blank; the first is the header.

    Raises:
        FileUnreadable: while iterating, too; says what is wrong, and in which row.
    """
    rows = _read_packed(stream)
    empty = True
    for number, cells in rows:
        if number > ROWS_MAX:
            raise FileUnreadable(f"The file has more than {ROWS_MAX:,} rows.")
        if len(cells) > COLUMNS_MAX:
            raise FileUnreadable(
                f"Row {number} has more than {COLUMNS_MAX:,} columns.", facts={"row": number}
            )
        if "".join(cells).strip():
            empty = False
            yield number, cells
    if empty:
        raise FileUnreadable("The file is empty.")


def _read_packed(stream: BinaryIO) -> Iterator[Row]:
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(_ZIP):
        return read_workbook(stream, COLUMNS_MAX)
    if start.startswith(_GZIP):
        unpacked: io.RawIOBase = cast(io.RawIOBase, gzip.GzipFile(fileobj=stream, mode="rb"))
        return _read_text(io.BufferedReader(_Bounded(unpacked, stream, "gzip"), _BLOCK))
    if start.startswith(_XZ):
        return _read_text(io.BufferedReader(_Bounded(_Xz(stream), stream, "xz"), _BLOCK))
    for magic, explanation in _OTHERS.items():
        if start.startswith(magic):
            raise FileUnreadable(f"The file is not a table. {explanation}")
    return _read_text(stream)


class _Xz(io.RawIOBase):
    """Like `lzma.LZMAFile`, but with a bound on the memory that the file may ask for."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._decompressor = self._new()

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_MAX)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader's own
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data or self._packed.read(_BLOCK)
                rest = rest.lstrip(b"\x00")  # padding between streams
                if not rest:
                    return 0
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                rest = self._packed.read(_BLOCK)
                if not rest:
                    raise EOFError
            else:
                rest = b""
            data = self._decompressor.decompress(rest, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)


class _Bounded(io.RawIOBase):
    """What `unpacked` reads, up to the limits, with its errors in our words."""

    def __init__(self, unpacked: io.RawIOBase, packed: BinaryIO, name: str) -> None:
        self._unpacked = unpacked
        self._packed = packed
        self._name = name
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader's own
        try:
            count = self._unpacked.readinto(buffer) or 0
        except EOFError as error:
            raise FileUnreadable(
                f"The {self._name} file is cut off: its end is missing."
            ) from error
        except (OSError, lzma.LZMAError, zlib.error) as error:
            raise FileUnreadable(f"The {self._name} file is damaged: {error}.") from error
        self._total += count
        suspect = self._total > RATIO_FREE_BYTES
        if self._total > UNPACKED_BYTES_MAX or (
            suspect and self._total > PACKED_RATIO_MAX * self._packed.tell()
        ):
            raise FileUnreadable(f"The {self._name} file unpacks to more than can be taken in.")
        return count


def _read_text(stream: BinaryIO | io.BufferedReader) -> Iterator[Row]:
    lines = _Lines(stream)
    number = 0
    reader: Iterator[list[str]] | None = None
    while True:
        try:
            if reader is None:
                reader = _reader(lines)
                number = lines.number - 1
            cells = next(reader, None)
        except csv.Error as error:
            raise FileUnreadable(_explain(error, number + 1), facts={"row": number + 1}) from error
        except _BadLine as error:
            raise FileUnreadable(f"Row {number + 1} {error}.", facts={"row": number + 1}) from error
        if cells is None:
            return
        lines.completed()
        number += 1
        yield number, cells


def _reader(lines: "_Lines") -> Iterator[list[str]]:
    """A reader from the first line on that is not blank, which is the header."""
    first = ""
    for line in lines:
        lines.completed()
        if line.strip():
            first = line
            break
    lines.put_back(first)
    return csv.reader(lines, delimiter=_delimiter(first), strict=True)


class _BadLine(Exception):
    """Says what is wrong with a line; the message continues "Row 7 …"."""


class _Lines:
    """The lines of a text, decoded one by one, so that what cannot be decoded has a place."""

    def __init__(self, stream: BinaryIO | io.BufferedReader) -> None:
        self._stream = stream
        self._put_back: list[str] = []
        self._bytes = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._put_back:
            return self._put_back.pop()
        line = self._stream.readline(LINE_BYTES_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LINE_BYTES_MAX:
            raise _BadLine(f"is longer than {LINE_BYTES_MAX:,} bytes")
        self._bytes += len(line)
        if self._bytes > RECORD_BYTES_MAX:
            raise _BadLine(f"is longer than {RECORD_BYTES_MAX:,} bytes in all its lines")
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise _BadLine(
                f"is not UTF-8 text (byte 0x{line[error.start]:02x}): save the file as CSV in UTF-8"
            ) from error
        if "\x00" in text:
            raise _BadLine("has a NUL character: the file is not a text")
        return text

    def completed(self) -> None:
        """The lines so far have made a row."""
        self._bytes = 0

    def put_back(self, line: str) -> None:
        self._put_back.append(line)


def _delimiter(header: str) -> str:
    """The delimiter that makes most columns of the header; a comma in doubt."""

    def columns(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter)))
        except csv.Error:
            return 0

    return max((",", ";", "\t"), key=columns)


def _explain(error: csv.Error, number: int) -> str:
    text = str(error)
    if "field larger than field limit" in text:
        return f"Row {number} has a cell of more than {csv.field_size_limit():,} characters."
    if "new-line character" in text:
        return f"Row {number}: lines must end with a line feed, not with a carriage return alone."
    if "unexpected end of data" in text:
        return f"Row {number} has a quotation mark that is never closed."
    return f"Row {number} is not CSV: {text}."
