"""Printed documents as answers to a browser, in the reader's locale."""

from urllib.parse import quote

from starlette.responses import Response

from stockflow.web.answers import MadeLater
from stockflow.web.pdf import Paper, Printed, PrintStyle
from stockflow.web.rendering import Reader

_LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})
"""Where sheets are Letter."""


def print_style(reader: Reader) -> PrintStyle:
    """How to print for this reader."""
    paper = Paper.LETTER if reader.locale.territory in _LETTER else Paper.A4
    return PrintStyle(str(reader.locale), paper)


def pdf_response(printed: Printed) -> Response:
    """The PDF to look at, under its name if it is saved."""
    disposition = f"inline; filename*=UTF-8''{quote(printed.filename)}"
    headers = {"content-disposition": disposition}
    return MadeLater(printed.draw, 200, headers, "application/pdf")
