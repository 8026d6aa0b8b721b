"""What nobody foresaw: the answer says nothing of it, the log everything, and no effect is denied."""

import asyncio
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter
from starlette.types import Message
from structlog.testing import capture_logs

from stockflow.companies import access
from stockflow.foundation.errors import Busy
from stockflow.foundation.middleware import Envelope
from stockflow.foundation.settings import Settings
from tests.factories import Api, done, refused
from tests.foundation.conftest import MakeApi

router = APIRouter(prefix="/api/broken")


@router.get("")
async def _broken() -> None:
    raise ZeroDivisionError("a secret")


def test_an_unexpected_error_is_a_problem_in_the_envelope(make_api: MakeApi) -> None:
    api = make_api(router)

    with capture_logs() as lines:
        answer = api.request("GET", "/api/broken", headers={"X-Request-ID": "broken.1"})

    problem = refused(answer, 500, "unexpected")
    assert problem["request_id"] == answer.headers["x-request-id"] == "broken.1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "secret" not in answer.text
    logged = [line for line in lines if line["log_level"] == "error"]
    assert [(line["request_id"], type(line["exc_info"])) for line in logged] == [
        ("broken.1", ZeroDivisionError)
    ]


def test_an_answer_that_has_begun_is_broken_off(settings: Settings) -> None:
    async def begun(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _call(Envelope(begun, settings), "/api/company")


@pytest.mark.parametrize("authorization", [None, b"", b"Bearer", b"Basic c2Y=", b"Bearer other"])
def test_a_file_from_nobody_is_refused_unread(
    settings: Settings, authorization: bytes | None
) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("reached the application")

    sent = _call(Envelope(never, settings), "/api/imports/movements", authorization)

    assert sent[0]["status"] == 401
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]
    assert b'"code":"unauthenticated"' in sent[1]["body"]


@pytest.mark.parametrize("error", [Busy(), psycopg.OperationalError("gone")], ids=repr)
def test_what_took_effect_is_answered_though_the_use_of_its_key_cannot_be_noted(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tried = []

    async def failing(_pool: Any, company_id: int, _api_key_id: int) -> None:
        tried.append(company_id)
        raise error

    monkeypatch.setattr(access, "note_use", failing)

    done(api.post("/api/warehouses", {"code": "LON", "name": "London"}), 201)

    assert tried == [api.company_id]
    assert [w["code"] for w in done(api.get("/api/warehouses"))["items"]] == ["LON"]


def _call(envelope: Envelope, path: str, authorization: bytes | None = None) -> list[Message]:
    """What is sent to a client whose body must not be read."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("read the body")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if authorization is None else [(b"authorization", authorization)]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    asyncio.run(envelope(scope, receive, send))
    return sent
