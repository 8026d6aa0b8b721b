"""Many who export lists at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stockflow.companies import page
from stockflow.foundation.settings import Settings
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
