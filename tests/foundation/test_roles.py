"""Which roles of the database StockFlow works with, and what it says of others."""

import asyncio

import pytest
from psycopg.conninfo import make_conninfo
from structlog.testing import CapturingLogger
from typer.testing import CliRunner

from stockflow import migrations
from stockflow.foundation import database
from stockflow.foundation.database import open_pool
from stockflow.foundation.postgres import APP_ROLE, Conninfo
from stockflow.foundation.settings import Settings
from stockflow.main import app


def test_a_role_that_is_missing_is_a_refusal(
    conninfo: Conninfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "APP_ROLE", "stockflow_nobody")
    with migrations._connected(conninfo.app) as connection:
        connection.exec_driver_sql(f"SET ROLE {APP_ROLE}")  # which may not create roles

        with pytest.raises(migrations.MissingRole, match="CREATE ROLE stockflow_nobody NOLOGIN"):
            migrations._ensure_app_role(connection)


def test_the_command_says_that_a_role_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_conninfo: str) -> str | None:
        raise migrations.MissingRole

    monkeypatch.setenv("STOCKFLOW_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(migrations, "current_revision", refuse)

    ended = CliRunner().invoke(app, ["migrate"])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Refused: An administrator of the server must run: CREATE ROLE")


@pytest.mark.parametrize(("user", "warnings"), [("postgres", ["postgres"]), (APP_ROLE, [])])
def test_a_superuser_is_warned_of(
    settings: Settings,
    conninfo: Conninfo,
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    warnings: list[str],
) -> None:
    if settings.database_url is not None:
        pytest.skip("needs the superuser of the embedded PostgreSQL")

    log = CapturingLogger()
    monkeypatch.setattr(database, "_log", log)

    async def look() -> None:
        async with open_pool(make_conninfo(conninfo.app, user=user), settings):
            pass

    asyncio.run(look())

    assert [call.kwargs["role"] for call in log.calls] == warnings
