"""Documents on paper: what is on each page, in which characters, and what a scanner reads."""

import asyncio
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from barcode.codex import Code128  # type: ignore[import-untyped]  # has no types
from starlette.types import Message

from stockflow.web.pdf import (
    Box,
    Column,
    Document,
    Figures,
    Paper,
    PrintStyle,
    Scannable,
    Table,
    filename,
    printed_document,
)
from stockflow.web.pdf_barcodes import dark_runs, gtin_symbol, module_width, text_symbol
from stockflow.web.pdf_pages import Block, document_pdf, pages_of
from stockflow.web.pdf_text import shortened, showable, wrapped
from stockflow.web.printing import pdf_response
from tests.web.pdf_reading import modules_of, read_pdf, texts_of

ENGLISH = PrintStyle("en_GB")


def length(text: str) -> float:
    return len(text)


def test_lines_break_at_spaces_and_inside_words_only_where_they_must() -> None:
    assert wrapped("one two three", 7, length) == ["one two", "three"]
    assert wrapped("abcdefghij kl", 4, length) == ["abcd", "efgh", "ij", "kl"]
    assert wrapped("a\n\nb\r\n", 5, length) == ["a", "", "b", ""]
    assert wrapped("", 5, length) == [""]
    assert wrapped("WW", 0.5, length) == ["W", "W"]
    assert shortened(["one", "two", "three"], 2, 5, length) == ["one", "two…"]
    assert shortened(["one", "two"], 2, 3, length) == ["one", "two"]


def test_what_a_font_lacks_is_replaced_and_what_is_invisible_left_out() -> None:
    known = range(0x250)
    assert showable("Lamp 日本", known) == "Lamp ��"
    assert showable("a\u202eb\u200b\x00c", known) == "abc"
    assert showable("e\u0301", known) == "é"


def block(height: float, keep: float = 0, head: Block | None = None) -> Block:
    return Block(height, lambda _: None, keep, head)


def test_a_table_that_goes_on_begins_with_its_titles_again() -> None:
    head = block(2)
    rows = [block(3, head=head) for _ in range(4)]
    assert pages_of([head, *rows], 9) == [[head, *rows[:2]], [head, *rows[2:]]]


def test_a_heading_stays_with_what_follows_and_nothing_is_lost() -> None:
    heading, row, tall = block(2, keep=3), block(3), block(50)
    assert pages_of([block(6), heading, row], 10)[1] == [heading, row]
    assert pages_of([tall, row], 10) == [[tall], [row]]
    assert pages_of([], 10) == [[]]


COLUMNS = [Column("SKU", 30), Column("Product", 50), Column("Quantity", 20, "end")]


def document(rows: list[list[str]], **fields: object) -> Document:
    return Document("Acme", "Order", "SO-1", tables=[Table(COLUMNS, rows)], **fields)  # type: ignore[arg-type]  # any field


def test_an_empty_document_says_so() -> None:
    empty = Document("Acme", "Order", "SO-1", facts=[("Date", None)], tables=[Table(COLUMNS, [])])
    assert texts_of(document_pdf(empty, ENGLISH)) == [
        "Acme", "Order SO-1", "SKU", "Product", "Quantity", "Nothing.", "Order SO-1", "Page 1 of 1",
    ]  # fmt: skip


def test_a_thousand_lines_are_all_there_in_two_seconds() -> None:
    rows = [[f"SKU-{place}", f"Product {place}", str(place)] for place in range(1000)]
    content = document_pdf(document(rows), ENGLISH)
    pages = read_pdf(content)
    assert len(pages) > 20
    for place, page in enumerate(pages, 1):
        assert page.texts.count("Quantity") == 1
        assert page.texts[-1] == f"Page {place} of {len(pages)}"
    skus = [text for page in pages for text in page.texts if text.startswith("SKU-")]
    assert skus == [row[0] for row in rows]


def test_a_document_is_drawn_beside_the_event_loop_when_it_is_sent() -> None:
    rows = [[f"SKU-{place}", f"Product {place}", str(place)] for place in range(1000)]
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def both() -> int:
        answer = pdf_response(printed_document(document(rows), ENGLISH, "order"))
        sending = asyncio.create_task(answer({"type": "http"}, receive, send))
        turns = 0
        while not sending.done():
            turns += 1
            await asyncio.sleep(0.001)
        await sending
        return turns

    assert asyncio.run(both()) >= 3
    start, body = sent
    assert body["body"].startswith(b"%PDF-")
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()


HOSTILE = {
    "<script>alert(1)</script>": ["<script>alert(1)</script>"],
    "{nb} pages": ["{nb} pages"],
    "(\\) Tj ET": ["(\\) Tj ET"],
    "\u202egnp.exe": ["gnp.exe"],
    "日本 lamp": ["�� lamp"],
    "\ud83d": ["�"],
    "👨‍👩‍👧": ["���"],
}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_only_text(text: str) -> None:
    found = texts_of(document_pdf(document([["A", text, "1"]]), ENGLISH))
    assert found[5:-2] == ["A", *HOSTILE[text], "1"]


def test_long_words_stay_in_their_column() -> None:
    (page,) = read_pdf(document_pdf(document([["A", "W" * 255, "1"]]), ENGLISH))
    pieces = [text for text in page.texts if set(text) == {"W"}]
    assert "".join(pieces) == "W" * 255
    assert len(pieces) > 5
    assert len({len(piece) for piece in pieces[:-1]}) == 1


@pytest.mark.parametrize("text", ["مصباح", "שלום"])
def test_text_read_from_the_right_stands_at_the_right(text: str) -> None:
    (page,) = read_pdf(document_pdf(document([["A", text, "1"], ["A", "Lamp", "1"]]), ENGLISH))
    hebrew_or_arabic, latin = page.places[6], page.places[9]
    assert page.texts[9] == "Lamp"
    assert hebrew_or_arabic[0] > latin[0] + 60
    assert hebrew_or_arabic[0] < 15 + 180 * 0.8


def test_paper_has_the_size_asked_for() -> None:
    assert b"/MediaBox [0 0 595.28 841.89]" in document_pdf(document([]), ENGLISH)
    letter = document_pdf(document([]), PrintStyle("en_US", Paper.LETTER))
    assert b"/MediaBox [0 0 612.00 792.00]" in letter


def test_a_barcode_is_drawn_as_wide_bars_as_its_code_says() -> None:
    table = Table([Column("", 1), Column("", 4)], [[Box(), Scannable("LAMP-1")]])
    (page,) = read_pdf(document_pdf(Document("Acme", "List", "1", tables=[table]), ENGLISH))
    # behind the ground of the titles and a line under each row
    bars = [one for one in page.rectangles if abs(one[3]) > 9 and one[2] < 2]
    assert modules_of(bars, 0.33) == Code128("LAMP-1").build()[0]


def test_bars_are_used_where_they_can_be_read_and_squares_elsewhere() -> None:
    assert not text_symbol("LAMP-1", 44).is_matrix
    assert text_symbol("A" * 64, 44).is_matrix
    assert text_symbol("ÑANDÚ", 44).is_matrix
    symbol = text_symbol("LAMP-1", 44)
    assert module_width(symbol, 44, 0.125) == 0.25
    assert module_width(symbol, 10) is None
    assert list(dark_runs("110100011")) == [(0, 2), (3, 1), (7, 2)]


def test_a_gtin_has_the_bars_of_its_kind() -> None:
    ean = "10100011010100111010111101111010001001011001101010100001010000101000010111010010000101100110101"
    assert gtin_symbol("4006381333931").rows == (ean,)
    assert gtin_symbol("036000291452").rows == gtin_symbol("0036000291452").rows
    assert len(gtin_symbol("96385074").rows[0]) == 67
    assert gtin_symbol("10036000291459").rows == (Code128("10036000291459").build()[0],)


def test_numbers_are_written_as_the_reader_does() -> None:
    german = Figures(PrintStyle("de-DE"), ZoneInfo("Europe/Berlin"))
    assert german.quantity(Decimal("1234.5000")) == "1.234,5"
    assert german.money("1234.5000", "EUR") == "1.234,50\xa0€"
    assert german.money("0.1234", "EUR") == "0,1234\xa0€"
    assert german.money("1234.0000", "JPY") == "1.234\xa0¥"
    assert Figures(PrintStyle("no such"), ZoneInfo("UTC")).quantity(1234) == "1,234"


def test_a_locale_nobody_knows_gets_nowhere_into_the_file() -> None:
    content = document_pdf(document([]), PrintStyle(") /OpenAction ("))
    assert b"/Lang (en-GB)" in content
    assert b"/Lang (de-DE)" in document_pdf(document([]), PrintStyle("de_DE"))


def test_a_filename_is_safe_anywhere() -> None:
    assert filename("packing-note", "SO-2026-00001 / 7") == "packing-note-SO-2026-00001-7.pdf"
    assert filename("x", '"\r\n../') == "x.pdf"
