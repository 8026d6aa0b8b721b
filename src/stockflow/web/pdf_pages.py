"""Sets a document on pages: blocks from top to bottom, tables whose titles come again on every page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from stockflow.web.pdf import Box, Cell, Column, Document, Labelled, Paper, PrintStyle, Scannable
from stockflow.web.pdf import Table as TableText
from stockflow.web.pdf_barcodes import text_symbol
from stockflow.web.pdf_canvas import Canvas, Look, Size

SIZES: dict[Paper, Size] = {Paper.A4: (210, 297), Paper.LETTER: (215.9, 279.4)}
_SIDE, _TOP, _BOTTOM = 15.0, 18.0, 18.0
_GAP = 2.0
_BARCODE = 10.0
_QR_CODE = 16.0

_PLAIN = Look()
_SMALL = Look(size=7.5, grey=90)
_STRONG = Look(bold=True)
_TITLE = Look(size=16, bold=True)
_HEADING = Look(size=10.5, bold=True)


@dataclass(frozen=True, slots=True)
class Block:
    """Something that is not broken: its height in mm, and how it is drawn from a top.

    `keep` is how much of what follows must be on its page; `head` stands again where a page begins
    with this block.
    """

    height: float
    draw: Callable[[float], None]
    keep: float = 0
    head: "Block | None" = None


def pages_of(blocks: Iterable[Block], room: float) -> list[list[Block]]:
    """The blocks on pages that are `room` high; one that is higher has a page of its own."""
    pages: list[list[Block]] = [[]]
    left = room
    for block in blocks:
        if pages[-1] and block.height + block.keep > left:
            pages.append([])
            left = room
            if block.head is not None:
                pages[-1].append(block.head)
                left -= block.head.height
        pages[-1].append(block)
        left -= block.height
    return pages


def document_pdf(document: Document, style: PrintStyle) -> bytes:
    """The document as a PDF."""
    name = f"{document.title} {document.number}"
    canvas = Canvas(SIZES[style.paper], name, style.locale)
    setting = _Setting(canvas)
    pages = pages_of(setting.blocks(document), canvas.height - _TOP - _BOTTOM)
    for place, page in enumerate(pages, 1):
        canvas.add_page()
        top = _TOP
        if place > 1:
            setting.line(_SIDE, 9, f"{name} · {document.company}", _SMALL)
        for block in page:
            block.draw(top)
            top += block.height
        foot = canvas.height - 12
        setting.line(_SIDE, foot, name, _SMALL)
        canvas.write(
            _SIDE, foot, setting.width, f"Page {place} of {len(pages)}", _SMALL, align="end"
        )
    return canvas.content()


class _Setting:
    """Turns the parts of a document into blocks on a canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.width = canvas.width - 2 * _SIDE

    def blocks(self, document: Document) -> Iterator[Block]:
        yield from self.text(document.company, _STRONG)
        yield _space(_GAP)
        yield from self.text(f"{document.title} {document.number}", _TITLE)
        yield _space(_GAP)
        yield from self.side_by_side(document.parties)
        yield from self.side_by_side(document.facts, columns=3)
        for table in document.tables:
            yield from self.table(table)
            yield _space(2 * _GAP)
        yield from self.totals(document.totals)
        for title, text in document.notes:
            if text:
                yield from self.text(title, _STRONG, keep=_PLAIN.height)
                yield from self.text(text, _PLAIN)
                yield _space(_GAP)
        yield from self.signatures(document.signatures)

    def line(self, x: float, y: float, text: str, look: Look, width: float | None = None) -> None:
        """The first line of a text."""
        room = self.width * 0.75 if width is None else width
        self.canvas.write(x, y, room, self.canvas.lines(text, room, look)[0], look)

    def text(self, text: str, look: Look, keep: float = 0) -> Iterator[Block]:
        """A text in the whole width, a block for each of its lines."""
        for line in self.canvas.lines(text, self.width, look):
            yield self.row([(0, self.width, line, look)], look.height, keep)

    def row(
        self, pieces: Sequence[tuple[float, float, str, Look]], height: float, keep: float = 0
    ) -> Block:
        """Lines beside each other: where each begins, its width, text and look."""

        def draw(top: float) -> None:
            for left, width, line, look in pieces:
                self.canvas.write(_SIDE + left, top, width, line, look)

        return Block(height, draw, keep)

    def side_by_side(self, items: Sequence[Labelled], columns: int = 2) -> Iterator[Block]:
        """Titles with their texts, so many in a row."""
        told = [(title, text) for title, text in items if text]
        width = self.width / columns
        room = width - 2 * _GAP
        for first in range(0, len(told), columns):
            part = told[first : first + columns]
            titles = [(n * width, room, title, _SMALL) for n, (title, _) in enumerate(part)]
            yield self.row(titles, _SMALL.height, keep=_PLAIN.height)
            texts = [self.canvas.lines(text, room, _PLAIN) for _, text in part]
            for lines in zip_longest(*texts, fillvalue=""):
                pieces = [(n * width, room, line, _PLAIN) for n, line in enumerate(lines)]
                yield self.row(pieces, _PLAIN.height)
            yield _space(_GAP)

    def totals(self, items: Sequence[Labelled]) -> Iterator[Block]:
        """Sums at the right end, under each other."""
        for title, text in items:
            if text:
                yield self._total(title, text)

    def _total(self, title: str, text: str) -> Block:
        def draw(top: float) -> None:
            room = self.width * 0.65
            self.canvas.write(_SIDE, top, room, title, _HEADING, align="end")
            self.canvas.write(
                _SIDE + room, top, self.width - room, text, _HEADING, align="end"
            )  # fmt: skip

        return Block(_HEADING.height + _GAP, draw)

    def signatures(self, names: Sequence[str]) -> Iterator[Block]:
        """Lines to sign on, beside each other, each over who signs there."""
        if not names:
            return
        width = self.width / len(names)

        def draw(top: float) -> None:
            for place, name in enumerate(names):
                left = _SIDE + place * width
                self.canvas.rule(left, top + 14, width - 4 * _GAP, 0.2)
                self.canvas.write(left, top + 15, width, name, _SMALL)

        yield Block(15 + _SMALL.height, draw)

    def table(self, table: TableText) -> Iterator[Block]:
        """A table: its heading, its titles, a block for each row."""
        head = self._head(table.columns)
        rows = [self._row(table.columns, row, head) for row in table.rows]
        if not rows:
            rows = list(self.text(table.empty, _SMALL))
        if table.heading:
            first = head.height + rows[0].height
            yield from self.text(table.heading, _HEADING, keep=first)
            yield _space(_GAP / 2, keep=first)
        yield Block(head.height, head.draw, keep=rows[0].height)
        yield from rows

    def _head(self, columns: Sequence[Column]) -> Block:
        block = self._row(columns, [column.title for column in columns], None, _STRONG)

        def draw(top: float) -> None:
            self.canvas.shade(_SIDE, top, self.width, block.height)
            block.draw(top)

        return Block(block.height, draw)

    def _row(
        self,
        columns: Sequence[Column],
        row: Sequence[Cell],
        head: Block | None,
        look: Look = _PLAIN,
    ) -> Block:
        whole = sum(column.share for column in columns)
        cells: list[_Placed] = []
        left = _SIDE
        for column, cell in zip(columns, row, strict=True):
            width = self.width * column.share / whole
            cells.append(self._cell(left + _GAP / 2, width - _GAP, column, cell, look))
            left += width
        height = max(cell.height for cell in cells) + _GAP

        def draw(top: float) -> None:
            for cell in cells:
                cell.draw(top + _GAP / 2)
            self.canvas.rule(_SIDE, top + height - 0.1, self.width)

        return Block(height, draw, head=head)

    def _cell(self, left: float, width: float, column: Column, cell: Cell, look: Look) -> "_Placed":
        if isinstance(cell, Box):
            size = min(cell.width, width)
            free = {"start": 0.0, "center": (width - size) / 2, "end": width - size}
            return _Placed(4, lambda top: self.canvas.box(left + free[column.align], top, size, 4))
        if isinstance(cell, Scannable):
            return self._barcode(left, width, cell.text)
        lines = self.canvas.lines(cell, width, look)

        def draw(top: float) -> None:
            for place, line in enumerate(lines):
                y = top + place * look.height
                self.canvas.write(left, y, width, line, look, align=column.align)

        return _Placed(len(lines) * look.height, draw)

    def _barcode(self, left: float, width: float, text: str) -> "_Placed":
        symbol = text_symbol(text, width)
        height = _QR_CODE if symbol.is_matrix else _BARCODE
        return _Placed(
            height, lambda top: self.canvas.symbol(left, top, (width, height), symbol)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell in its place: how high it is, and how it is drawn."""

    height: float
    draw: Callable[[float], None]


def _space(height: float, keep: float = 0) -> Block:
    return Block(height, lambda _: None, keep)
