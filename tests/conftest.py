"""One PostgreSQL for the whole run; every test has a company of its own, so none is cleaned up."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.companies.commands import CreateCompany
from stockflow.companies.operations import NewCompany, create_company
from stockflow.foundation.postgres import APP_ROLE, Conninfo, running_postgres
from stockflow.foundation.settings import Settings
from stockflow.migrations import migrate
from tests.factories import Api

_DIRECTORY = "STOCKFLOW_TEST_DIRECTORY"
_DATABASE_URL = "STOCKFLOW_TEST_DATABASE_URL"
SCREENSHOTS = "STOCKFLOW_SCREENSHOTS"


def pytest_configure() -> None:
    """Choose the run's directory in the first process; the others inherit it.

    Not pytest's own: another run as root may close that to the user PostgreSQL runs as.
    The settings of a deployment are forgotten, so that no test can reach its database.
    """
    for name in [name for name in os.environ if name.startswith("STOCKFLOW_")]:
        if name not in (_DIRECTORY, _DATABASE_URL, SCREENSHOTS):
            del os.environ[name]
    if _DIRECTORY not in os.environ:
        os.environ[_DIRECTORY] = tempfile.mkdtemp(prefix="stockflow-test-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(_DIRECTORY), ignore_errors=True)


def run_directory() -> Path:
    """Where the processes of this run keep what is gone after it; PostgreSQL's user gets in."""
    return Path(os.environ[_DIRECTORY])


@pytest.fixture(scope="session")
def settings() -> Settings:
    data_dir = run_directory() / "data"
    url = os.environ.get(_DATABASE_URL)
    # jobs run where a test runs them: a worker beside would do so for all tests at any moment
    return Settings(
        data_dir=data_dir,
        database_url=url,
        secret_key=SecretStr("of the tests " * 3),
        pool_size=40,
        log_level="error",
        jobs=False,
    )


@pytest.fixture(scope="session")
def conninfo(settings: Settings) -> Iterator[Conninfo]:
    """The test run's database, migrated; shared by the parallel processes of pytest-xdist."""
    with running_postgres(settings) as found:
        migrate(found.owner)
        if settings.database_url is None:
            yield found
        else:  # a test that connects itself is to have the rights of requests
            yield Conninfo(found.owner, make_conninfo(found.app, options=f"-c role={APP_ROLE}"))


@pytest.fixture(scope="session")
def app(settings: Settings, conninfo: Conninfo) -> FastAPI:
    return create_app(settings, conninfo)


@pytest.fixture(scope="session")
def http(app: FastAPI) -> Iterator[TestClient]:
    """The application without a credential; errors are answers, as a client would see them."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def api(http: TestClient) -> Api:
    """A new company, spoken to with its owner's key."""
    return new_company(http)


@pytest.fixture
def other(http: TestClient) -> Api:
    """Another company."""
    return new_company(http)


def new_company(http: TestClient, **fields: object) -> Api:
    command = CreateCompany.model_validate(
        {"name": "Acme", "owner_email": "owner@acme.example", "timezone": "UTC", **fields}
    )
    assert http.portal is not None
    pool = cast(FastAPI, http.app).state.pool
    made: NewCompany = http.portal.call(create_company, pool, command)
    return Api(http, made.company_id, made.api_key)
