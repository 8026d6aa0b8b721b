"""Applications with settings or routes of their own, on the database of the test run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.settings import Settings
from tests.conftest import new_company
from tests.factories import Api

MakeApi = Callable[..., Api]


@pytest.fixture
def make_api(settings: Settings, conninfo: Conninfo) -> Iterator[MakeApi]:
    """Makes a company on an application with the given settings, and with another router."""
    with ExitStack() as stack:

        def make(router: APIRouter | None = None, **changes: Any) -> Api:
            app = create_app(settings.model_copy(update=changes), conninfo)
            if router is not None:
                app.include_router(router)
            client = TestClient(app, raise_server_exceptions=False)
            return new_company(stack.enter_context(client))

        yield make
