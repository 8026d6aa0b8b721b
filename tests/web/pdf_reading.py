"""Reads back what a PDF shows: its texts and its dark rectangles, page by page."""

import re
import zlib
from dataclasses import dataclass, field

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_DRAWN = re.compile(
    rb"/F(?P<font>\d+) [\d.]+ Tf"
    rb"|BT (?P<x>-?[\d.]+) (?P<y>-?[\d.]+) Td"
    rb"|\((?P<text>(?:\\.|[^\\)])*)\)"
    rb"|(?P<end>ET)"
    rb"|(?P<left>-?[\d.]+) (?P<top>-?[\d.]+) (?P<width>-?[\d.]+) (?P<height>-?[\d.]+) re f",
    re.DOTALL,
)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
POINT = 25.4 / 72


@dataclass
class PdfPage:
    """What is drawn on a page, in its order; places and widths in mm."""

    texts: list[str] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    rectangles: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Left, top from the bottom of the page, width, height."""


def read_pdf(content: bytes) -> list[PdfPage]:
    """The pages of a file."""
    assert content.startswith(b"%PDF-")
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(content)}
    pages = [body for body in objects.values() if b"/Type /Page\n" in body]
    return [_page(objects, body) for body in pages]


def texts_of(content: bytes) -> list[str]:
    """The texts of all pages."""
    return [text for page in read_pdf(content) for text in page.texts]


def _page(objects: dict[int, bytes], body: bytes) -> PdfPage:
    resources = objects[_reference(body, b"Resources")]
    fonts = {
        int(found[1]): _characters(objects, objects[int(found[2])])
        for found in re.finditer(rb"/F(\d+) (\d+) 0 R", resources)
    }
    page = PdfPage()
    font, text, place = 0, "", (0.0, 0.0)
    for found in _DRAWN.finditer(_stream(objects[_reference(body, b"Contents")])):
        if found["font"]:
            font = int(found["font"])
        elif found["x"]:
            text, place = "", (float(found["x"]) * POINT, float(found["y"]) * POINT)
        elif found["text"] is not None:
            codes = re.sub(
                rb"\\(.)", lambda one: _ESCAPED.get(one[1], one[1]), found["text"], flags=re.DOTALL
            )
            shown = [codes[at : at + 2] for at in range(0, len(codes), 2)]
            text += "".join(fonts[font][int.from_bytes(code)] for code in shown)
        elif found["end"]:
            if text:
                page.texts.append(text)
                page.places.append(place)
            text = ""
        else:
            sides = [float(found[name]) * POINT for name in ("left", "top", "width", "height")]
            page.rectangles.append((sides[0], sides[1], sides[2], sides[3]))
    return page


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None
    return int(found[1])


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _characters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    told = _stream(objects[_reference(font, b"ToUnicode")])
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", told.split(b"beginbfchar")[1])
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def modules_of(bars: list[tuple[float, float, float, float]], module: float) -> str:
    """The pattern of bars that are beside each other: "1" for a dark module, "0" for a light one."""
    pattern, end = "", bars[0][0]
    for left, _, width, _ in bars:
        pattern += "0" * round((left - end) / module) + "1" * round(width / module)
        end = left + width
    return pattern
