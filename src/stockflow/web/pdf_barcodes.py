"""Barcodes as patterns of dark and light modules, and how wide a module is in the room there is."""

from collections.abc import Iterator
from dataclasses import dataclass

_LINEAR_QUIET = 11
_MATRIX_QUIET = 4
_NARROWEST = 0.19
"""The narrowest module in mm that office printers and hand scanners get right."""
_WIDEST = 0.33


@dataclass(frozen=True, slots=True)
class Symbol:
    """Rows of modules, "1" dark and "0" light: one row for bars, many for a QR code."""

    rows: tuple[str, ...]
    quiet: int
    """Modules to be left light on either side."""

    @property
    def is_matrix(self) -> bool:
        return len(self.rows) > 1

    @property
    def modules(self) -> int:
        """How wide it is, with the light room on both sides."""
        return len(self.rows[0]) + 2 * self.quiet


def gtin_symbol(digits: str) -> Symbol:
    """The bars of a GTIN: EAN-8, UPC-A or EAN-13; Code 128 for one of 14 digits."""
    from barcode.ean import EAN8, EAN13  # type: ignore[import-untyped]  # has no types

    match len(digits):
        case 8:
            pattern = EAN8(digits).build()[0]
        case 12 | 13:  # a UPC is an EAN-13 that begins with 0
            pattern = EAN13(digits.zfill(13)).build()[0]
        case _:
            return _code_128(digits)
    return Symbol((str(pattern),), _LINEAR_QUIET)


def text_symbol(text: str, width: float, dot: float | None = None) -> Symbol:
    """Code 128 where it has the characters and fits into `width` mm, else a QR code."""
    if all(" " <= character <= "~" for character in text):
        symbol = _code_128(text)
        if module_width(symbol, width, dot) is not None:
            return symbol
    return _qr_code(text)


def module_width(symbol: Symbol, width: float, dot: float | None = None) -> float | None:
    """How wide a module of bars is in `width` mm; None where it would be too narrow to be read.

    With `dot`, the size of a printer's dots in mm, it is a whole number of them.
    """
    module = min(width / symbol.modules, _WIDEST)
    if dot is not None:
        module = module // dot * dot
    return module if module >= _NARROWEST else None


def dark_runs(row: str) -> Iterator[tuple[int, int]]:
    """Where dark modules begin in a row, and how many there are."""
    start = 0
    for run in row.replace("01", "0 1").replace("10", "1 0").split(" "):
        if run[0] == "1":
            yield start, len(run)
        start += len(run)


def _code_128(text: str) -> Symbol:
    from barcode.codex import Code128  # type: ignore[import-untyped]  # has no types

    return Symbol((str(Code128(text).build()[0]),), _LINEAR_QUIET)


def _qr_code(text: str) -> Symbol:
    import segno

    code = segno.make_qr(text, error="m", encoding="utf-8")
    rows = tuple("".join("1" if dark else "0" for dark in row) for row in code.matrix)
    return Symbol(rows, _MATRIX_QUIET)
