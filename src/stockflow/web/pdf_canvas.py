"""A PDF to draw on: text, lines and barcodes at places in millimetres from the top left corner."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

from stockflow.web.pdf import Align, locale_named
from stockflow.web.pdf_barcodes import Symbol, dark_runs, module_width
from stockflow.web.pdf_text import is_complex, runs_right_to_left, showable, wrapped

Size = tuple[float, float]
"""Width and height in mm."""

_POINT = 25.4 / 72
_ASCENT = 0.8
_LEADING = 1.3
_FACES = {
    ("sans", ""): "DejaVuSans.ttf",
    ("sans", "B"): "DejaVuSans-Bold.ttf",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A font and how it is used; `size` in points, `grey` from 0 (black) to 255."""

    size: float = 8.5
    bold: bool = False
    grey: int = 0

    @property
    def height(self) -> float:
        """Of a line, in mm."""
        return self.size * _POINT * _LEADING

    @property
    def face(self) -> tuple[str, str]:
        return "sans", "B" if self.bold else ""


def font_folder() -> Path:
    """Where the fonts lie: the build of the assets puts them there."""
    return Path(str(files("stockflow") / "web" / "static" / "fonts"))


@cache
def _font_file(name: str) -> str:
    return str(font_folder() / name)


class Canvas:
    """Pages of one size."""

    def __init__(self, size: Size, title: str, language: str) -> None:
        self.width, self.height = size
        self._pdf = FPDF(unit="mm", format=size)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        # texts are taken as they are: none is a placeholder for the number of pages
        self._pdf.alias_nb_pages("")
        self._pdf.set_title(showable(title, range(0xD800)))
        self._pdf.set_creator("StockFlow")
        self._pdf.set_lang(str(locale_named(language)).replace("_", "-"))
        for (family, style), name in _FACES.items():
            self._pdf.add_font(family, style, _font_file(name))

    def add_page(self) -> None:
        self._pdf.add_page()

    def content(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())

    def width_of(self, text: str, look: Look) -> float:
        """How wide a line is, in mm; of joined letters at most."""
        font = self._font(look)
        known = showable(text, font.cmap)
        return sum(font.cw[ord(letter)] for letter in known) * look.size * _POINT / 1000

    def lines(self, text: str, width: float, look: Look) -> list[str]:
        """The lines of a text in this width."""
        return wrapped(text, width, lambda line: self.width_of(line, look))

    def write(
        self, x: float, y: float, width: float, line: str, look: Look, *, align: Align = "start"
    ) -> None:
        """One line in a room that begins at `x` and `y`; at its right if it is read from there."""
        font = self._font(look)
        text = showable(line, font.cmap)
        if not text.strip():
            return
        self._pdf.set_font(*look.face, size=look.size)
        self._pdf.set_text_color(look.grey)
        if align == "start" and runs_right_to_left(text):
            align = "end"
        if is_complex(text):
            self._write_shaped(x, y, width, text, look, align=align)
            return
        free = width - self.width_of(text, look)
        x += {"start": 0.0, "center": free / 2, "end": free}[align]
        base = (look.height - look.size * _POINT) / 2 + look.size * _POINT * _ASCENT
        self._pdf.text(x, y + base, text)

    def _write_shaped(
        self, x: float, y: float, width: float, text: str, look: Look, *, align: Align
    ) -> None:
        self._pdf.set_text_shaping(True)
        self._pdf.set_xy(x, y)
        side = {"start": "L", "center": "C", "end": "R"}[align]
        self._pdf.cell(width, look.height, text, align=side)
        self._pdf.set_text_shaping(False)

    def rule(self, x: float, y: float, width: float, thickness: float = 0.1) -> None:
        """A horizontal line."""
        self._pdf.set_fill_color(120)
        self._pdf.rect(x, y, width, thickness, style="F")

    def shade(self, x: float, y: float, width: float, height: float) -> None:
        """A light ground for text."""
        self._pdf.set_fill_color(235)
        self._pdf.rect(x, y, width, height, style="F")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """An empty frame."""
        self._pdf.set_draw_color(60)
        self._pdf.set_line_width(0.25)
        self._pdf.rect(x, y, width, height, style="D")

    def symbol(
        self, x: float, y: float, size: Size, symbol: Symbol, dot: float | None = None
    ) -> None:
        """A barcode in the middle of a room; bars as high as the room, a QR code as large as fits."""
        width, height = size
        if symbol.is_matrix:
            module = min(width, height) / symbol.modules
            deep = module
            y += (height - module * len(symbol.rows)) / 2
        else:
            module = module_width(symbol, width, dot) or width / symbol.modules
            deep = height
        x += (width - module * len(symbol.rows[0])) / 2
        if dot is not None:
            x, y = x // dot * dot, y // dot * dot
        self._pdf.set_fill_color(0)
        for place, row in enumerate(symbol.rows):
            top = y + place * deep
            for start, count in dark_runs(row):
                self._pdf.rect(x + start * module, top, count * module, deep, style="F")

    def _font(self, look: Look) -> TTFFont:
        family, style = look.face
        font = self._pdf.fonts[family + style]
        assert isinstance(font, TTFFont)
        return font
