"""Whatever is sent, the API answers as its OpenAPI document says, and never with a 5xx.

schemathesis makes the requests from the document: valid ones, invalid ones, and the edges between.
"""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.foundation.settings import Settings
from tests.architecture.world import Furnished, furnish

EXAMPLES_PER_OPERATION = 25
_CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_turn = itertools.count()


def _described() -> dict[str, Any]:
    """The OpenAPI document; the credential is the test's own, so none is to be invented."""
    document = create_app(Settings(data_dir=Path("unused"), log_level="error")).openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    return document


schema = schemathesis.openapi.from_dict(_described())


@pytest.fixture(scope="module")
def server(app: FastAPI) -> Iterator[str]:
    """The application behind a real socket: what goes over the wire is part of the promise."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        own = create_app(app.state.settings)
        running = uvicorn.Server(uvicorn.Config(own, log_level="error", lifespan="on"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def company(http: TestClient) -> Furnished:
    return furnish(http)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_OPERATION,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_description(case: Case[Any], server: str, company: Furnished) -> None:
    assert case.meta is not None
    if case.meta.generation.mode.is_positive and next(_turn) % 2:  # about things that exist
        for name in case.path_parameters:
            if name in company.ids and name != "api_key_id":  # not the key the test uses
                case.path_parameters[name] = company.ids[name]
    case.call_and_validate(
        base_url=server,
        headers={"Authorization": f"Bearer {company.api.key}"},
        checks=_CHECKS,
    )
