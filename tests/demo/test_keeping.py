"""Finding the demo company again: nothing is made twice, and no other company is taken for it."""

import asyncio
from pathlib import Path

import pytest

from stockflow.companies.commands import CreateCompany
from stockflow.companies.operations import NewCompany, create_company
from stockflow.demo import story
from stockflow.demo.keeping import open_demo
from stockflow.foundation.database import open_pool
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.settings import Settings


@pytest.fixture
def here(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of the test run with a place of their own for the key."""
    return settings.model_copy(update={"data_dir": tmp_path / "data"})


def test_the_demo_is_made_once_and_its_key_outlives_restarts(
    here: Settings, conninfo: Conninfo
) -> None:
    namesake = _make(
        here, conninfo, story.COMPANY.model_copy(update={"owner_email": "x@y.example"})
    )
    interrupted = _make(here, conninfo, story.COMPANY)
    lines: list[str] = []

    first = open_demo(here, conninfo, lines.append)
    said = len(lines)
    second = open_demo(here, conninfo, lines.append)
    file = here.data_dir / "demo.json"
    mode = file.stat().st_mode & 0o777
    file.write_text("not what it was")
    third = open_demo(here, conninfo, lines.append)

    assert first.company_id == interrupted.company_id != namesake.company_id
    assert (first.is_new, second.is_new, third.is_new) == (True, False, False)
    assert (said, len(lines)) == (6, 6)
    assert second.company_id == third.company_id == first.company_id
    assert second.api_key == first.api_key != third.api_key
    assert mode == file.stat().st_mode & 0o777 == 0o600
    assert third.api_key in file.read_text()


def _make(settings: Settings, conninfo: Conninfo, command: CreateCompany) -> NewCompany:
    async def make() -> NewCompany:
        async with open_pool(conninfo.app, settings.model_copy(update={"pool_size": 1})) as pool:
            return await create_company(pool, command)

    return asyncio.run(make())
