"""Printed documents as answers: to a browser in the reader's locale, to a program as it asks."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from stockflow.foundation.routing import Command
from stockflow.web.answers import MadeLater
from stockflow.web.locales import Locale
from stockflow.web.pdf import Paper, Printed, PrintStyle

if TYPE_CHECKING:  # a program asks for no page, and needs nothing of how pages are made
    from stockflow.web.rendering import Reader

_LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})
"""Where sheets are Letter."""


class PrintFilters(Command):
    """How to print: numbers, amounts and days as in `locale`, on sheets of `paper`."""

    locale: Locale = "en_GB"
    paper: Paper = Paper.A4

    @property
    def style(self) -> PrintStyle:
        """The same for who prints."""
        return PrintStyle(self.locale, self.paper)


class PdfAnswer(MadeLater):
    """A PDF, drawn when the request has given its connection back."""

    media_type = "application/pdf"


def print_style(reader: "Reader") -> PrintStyle:
    """How to print for this reader."""
    paper = Paper.LETTER if reader.locale.territory in _LETTER else Paper.A4
    return PrintStyle(str(reader.locale), paper)


def pdf_response(printed: Printed) -> PdfAnswer:
    """The PDF to look at, under its name if it is saved."""
    disposition = f"inline; filename*=UTF-8''{quote(printed.filename)}"
    headers = {"content-disposition": disposition}
    return PdfAnswer(printed.draw, 200, headers, PdfAnswer.media_type)
