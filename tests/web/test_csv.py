"""Files of lists: what people wrote stays text in a spreadsheet, whatever it begins with."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from stockflow.foundation.pagination import Page
from stockflow.web.lists import Column, csv_file


def _cell(value: object) -> str:
    """What the one cell of a file holds, as it is written."""

    async def rows() -> AsyncIterator[Page[object]]:
        yield Page([value], None)

    async def written() -> bytes:
        columns = [Column[object]("it", "It", lambda row: row)]
        return b"".join([part async for part in csv_file(columns, rows(), ZoneInfo("UTC"))])

    return asyncio.run(written()).decode("utf-8-sig").removeprefix("It\r\n").removesuffix("\r\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|calc", "'+cmd|calc"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("＝1+1", "'＝1+1"),
        (" =1+1", "' =1+1"),
        ("\ufeff=1+1", "'\ufeff=1+1"),
        ("\u200b=1+1", "'\u200b=1+1"),
        ("a;=1+1;b", "a;'=1+1;b"),
        ("a; @SUM(1)", "a;' @SUM(1)"),
    ],
    ids=ascii,
)
def test_no_cell_is_a_formula(text: str, written: str) -> None:
    assert _cell(text) == written


@pytest.mark.parametrize(
    "text", ["-5", "+5.25", "a=b", "mug; blue", "1-2", "'=1", "<b>", "{{7*7}}", "", "Ä"], ids=ascii
)
def test_other_texts_are_as_they_are(text: str) -> None:
    assert _cell(text) == text or (text == "" and _cell(text) == '""')


@pytest.mark.parametrize(
    ("value", "written"), [(Decimal("-5.50"), "-5.50"), (-5, "-5"), (True, "yes")]
)
def test_numbers_are_numbers(value: object, written: str) -> None:
    assert _cell(value) == written
