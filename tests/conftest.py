"""One PostgreSQL for the whole run; every test has a company of its own, so none is cleaned up."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.companies.commands import CreateCompany
from stockflow.companies.operations import NewCompany, create_company
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.settings import Settings
from stockflow.migrations import migrate
from tests.factories import Api


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return Settings(data_dir=shared / "data", pool_size=40, log_level="error")


@pytest.fixture(scope="session")
def conninfo(settings: Settings) -> Iterator[Conninfo]:
    """The test run's database, migrated; shared by the parallel processes of pytest-xdist."""
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    with running_postgres(settings) as found:
        migrate(found.owner)
        yield found


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
        {"name": "Acme", "owner_email": "owner@acme.example", **fields}
    )
    assert http.portal is not None
    pool = cast(FastAPI, http.app).state.pool
    made: NewCompany = http.portal.call(create_company, pool, command)
    return Api(http, made.company_id, made.api_key)
