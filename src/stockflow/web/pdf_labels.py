"""Labels with a name, a barcode, a SKU and perhaps a price, on sheets or from a label printer."""

from collections.abc import Iterable
from dataclasses import dataclass

from stockflow.web.pdf_barcodes import gtin_symbol, text_symbol
from stockflow.web.pdf_canvas import Canvas, Look
from stockflow.web.pdf_labels_layout import GEOMETRIES, Geometry, LabelLayout, Size
from stockflow.web.pdf_text import shortened


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says; with a `gtin` its bars are those, else the SKU's."""

    name: str
    sku: str
    gtin: str | None
    price: str | None


def labels_pdf(labels: Iterable[Label], layout: LabelLayout, first: int, language: str) -> bytes:
    """The labels one after the other, from place `first` (0 is the top left) of the first sheet."""
    geometry = GEOMETRIES[layout]
    canvas = Canvas(geometry.page, "Labels", language)
    for place, label in enumerate(labels, first):
        on_page = place % geometry.per_page
        if on_page == 0 or place == first:
            canvas.add_page()
        _draw(canvas, geometry, geometry.corner(on_page), label)
    return canvas.content()


def _draw(canvas: Canvas, geometry: Geometry, corner: Size, label: Label) -> None:
    """Name on top, SKU and price at the bottom, the bars in what room is left between."""
    pad, size = geometry.padding, geometry.text_size
    x, top = corner[0] + pad, corner[1] + pad
    width, bottom = geometry.label[0] - 2 * pad, corner[1] + geometry.label[1] - pad
    plain, strong = Look(size), Look(size, bold=True)

    def plain_width(line: str) -> float:
        return canvas.width_of(line, plain)

    def strong_width(line: str) -> float:
        return canvas.width_of(line, strong)

    for line in shortened(canvas.lines(label.name, width, plain), 2, width, plain_width):
        canvas.write(x, top, width, line, plain)
        top += plain.height
    bottom -= strong.height
    room = width
    if label.price is not None:
        canvas.write(x, bottom, width, label.price, strong, align="end")
        room -= strong_width(label.price) + 2
    sku = shortened(canvas.lines(label.sku, room, strong), 1, room, strong_width)
    canvas.write(x, bottom, room, sku[0], strong)
    if label.gtin is not None:
        bottom -= plain.height
        canvas.write(x, bottom, width, label.gtin, plain, align="center")
        symbol = gtin_symbol(label.gtin)
    else:
        symbol = text_symbol(label.sku, width, geometry.dot)
    canvas.symbol(x, top + 0.5, (width, bottom - top - 1), symbol, geometry.dot)
