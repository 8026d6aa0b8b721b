"""Lists as files: many who export at the same moment, and one who does not wait for the end."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from openpyxl.worksheet._writer import ALL_TEMP_FILES

from stockflow.companies import page
from stockflow.companies.sessions import SessionEnded
from stockflow.foundation.pagination import Page
from stockflow.foundation.settings import Settings
from stockflow.web.lists import Column, Listing, xlsx_file
from tests.factories import Api, done
from tests.pages import signed_in


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
def test_nobody_waits_for_a_connection_that_another_export_holds(
    api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch, file_type: str
) -> None:
    monkeypatch.setattr(page, "_EXPORTED_AT_ONCE", 1)
    for code in ("A", "B", "C"):
        done(api.post("/api/warehouses", {"code": code, "name": code}), 201)
    browser = signed_in(api)
    many = settings.pool_size + 2

    with ThreadPoolExecutor(many) as people:
        paths = [f"/warehouses?format={file_type}"] * many
        sizes = [len(shown.answer.content) for shown in people.map(browser.get, paths)]

    assert min(sizes) > 0


async def _cut_off(first: Page[int]) -> AsyncIterator[Page[int]]:
    yield first
    raise SessionEnded


def test_a_workbook_that_is_broken_off_leaves_no_file() -> None:
    listing = Listing[int]("numbers", (Column("number", "Number", lambda row: row),))
    before = list(ALL_TEMP_FILES)

    async def export() -> None:
        pages = _cut_off(Page([1, 2], "more"))
        async for _ in xlsx_file(listing, listing.columns, pages, ZoneInfo("UTC")):
            pass

    with pytest.raises(SessionEnded):
        asyncio.run(export())
    assert before == ALL_TEMP_FILES
