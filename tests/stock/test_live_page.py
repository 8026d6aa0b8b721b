"""The stream of changes, as a browser hears it: from the real server, and for how long."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from time import monotonic
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.companies.sessions import account_transaction, end_sessions
from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.settings import Settings
from stockflow.stock.pages import live
from tests.cli.conftest import Deployment, Server
from tests.conftest import new_company, run_directory
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.pages import Browser, signed_in

SOON = 30.0
STREAMS_MANY = 12  # more than the server has connections to the database


@dataclass
class Stream:
    """A browser that listens."""

    connection: HTTPConnection
    answer: HTTPResponse

    def event(self) -> dict[str, str]:
        """The next event; comments, which keep the connection alive, are none."""
        fields: dict[str, str] = {}
        while not fields:
            for text in iter(lambda: self.answer.readline().decode().rstrip("\r\n"), ""):
                name, _, value = text.partition(": ")
                if name:
                    fields[name] = value
        return fields

    def products(self) -> Any:
        return json.loads(self.event()["data"])["product_ids"]


@dataclass(frozen=True)
class Served:
    server: Server
    api: Api
    browser: Browser

    @contextmanager
    def listening(
        self, browser: Browser | None = None, heard: str | None = None
    ) -> Iterator[Stream]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=SOON)
        who = browser or self.browser
        headers = dict(who.headers) if heard is None else {**who.headers, "last-event-id": heard}
        connection.request("GET", who.path("/live"), headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        try:
            yield Stream(connection, answer)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(worker_id: str) -> Iterator[Served]:
    """The server as `stockflow serve` starts it, and another process that changes stock in its database."""
    directory = run_directory() / f"live-{worker_id}"
    directory.mkdir(parents=True)
    settings = Settings(data_dir=directory / "data", database_url=None, jobs=False)
    with ExitStack() as stack:
        conninfo = stack.enter_context(running_postgres(settings))
        server = Deployment(settings.data_dir, stack).serve()
        app = create_app(settings.model_copy(update={"log_level": "error"}), conninfo)
        http = stack.enter_context(TestClient(app))
        api = new_company(http)
        yield Served(server, api, signed_in(api, "viewer"))


def test_a_posting_is_heard(served: Served) -> None:
    api = served.api
    product, warehouse = make_product(api), make_warehouse(api)
    with served.listening() as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        move(api, line(product, warehouse, "purchase", 5))
        event = stream.event()

    posting = done(api.get("/api/stock/movements"))["items"][0]["posting_id"]
    data = json.dumps({"product_ids": [product["id"]]}, separators=(",", ":"))
    assert event == {"event": "stock", "id": str(posting), "data": data}


def test_who_connects_again_hears_what_was_missed(served: Served) -> None:
    api = served.api
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, line(first, warehouse, "purchase", 5))
    last = done(api.get("/api/stock/movements"))["items"][0]["posting_id"]
    move(api, line(second, warehouse, "purchase", 5))

    with served.listening(heard=str(last)) as stream:
        assert stream.products() == [second["id"]]


def test_other_warehouses_and_companies_are_not_heard(served: Served) -> None:
    api, foreign = served.api, new_company(served.api.http)
    own, far = make_warehouse(api), make_warehouse(api)
    here, there = make_product(api), make_product(api)
    theirs, their_place = make_product(foreign), make_warehouse(foreign)
    with served.listening(signed_in(api, "staff", [own["id"]])) as stream:
        move(foreign, line(theirs, their_place, "purchase", 1))
        move(api, line(there, far, "purchase", 1))
        move(api, line(here, own, "purchase", 1))
        assert stream.products() == [here["id"]]


def test_streams_hold_no_connection_of_the_database(served: Served) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(served.listening()) for _ in range(STREAMS_MANY)]
        product, warehouse = make_product(served.api), make_warehouse(served.api)
        move(served.api, line(product, warehouse, "purchase", 1))
        assert [stream.products() for stream in streams] == [[product["id"]]] * STREAMS_MANY


def test_one_person_cannot_take_all_connections(served: Served) -> None:
    greedy = signed_in(served.api)
    with ExitStack() as streams:
        for _ in range(live.STREAMS_MAX):
            streams.enter_context(served.listening(greedy))
        assert _status(served, greedy) == 429
        with served.listening() as another:
            assert another.answer.status == 200
    until = monotonic() + SOON
    while (status := _status(served, greedy)) != 200 and monotonic() < until:
        pass  # the server has yet to see that they are gone
    assert status == 200


def _status(served: Served, browser: Browser) -> int:
    """What one more stream is answered with."""
    connection = HTTPConnection("127.0.0.1", served.server.port, timeout=SOON)
    connection.request("GET", browser.path("/live"), headers=browser.headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_no_session_no_stream(api: Api, other: Api) -> None:
    stranger = signed_in(other)
    gone = api.http.get(f"/c/{api.company_id}/live", follow_redirects=False)
    assert gone.status_code == 303
    assert gone.headers["location"].startswith("/sign-in?")
    answer = api.http.get(f"/c/{api.company_id}/live", headers=stranger.headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("heard", ["-1", "x", "9" * 18, "9" * 40, "١٢"])
def test_what_was_heard_last_may_be_anything(served: Served, heard: str) -> None:
    product, warehouse = make_product(served.api), make_warehouse(served.api)
    with served.listening(heard=heard.encode().decode("latin-1")) as stream:
        move(served.api, line(product, warehouse, "purchase", 1))
        assert product["id"] in stream.products()


@pytest.mark.parametrize("what", ["revoked", "other warehouses", "no member"])
def test_the_stream_ends_with_the_session(
    api: Api, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(live, "SESSION_SECONDS", 0.2)
    browser, warehouse = signed_in(api, "staff"), make_warehouse(api)
    member = next(
        row for row in done(api.get("/api/members"))["items"] if row["email"].startswith("page-")
    )
    answers: list[Any] = []
    listening = threading.Thread(
        target=lambda: answers.append(
            browser.http.get(browser.path("/live"), headers=browser.headers)
        )
    )
    listening.start()
    listening.join(0.6)
    assert listening.is_alive()  # looked at again, and still good

    if what == "revoked":
        _revoke(api, member["id"])
    elif what == "no member":
        assert api.delete(f"/api/members/{member['id']}").status_code == 204
    else:
        done(api.patch(f"/api/members/{member['id']}", {"warehouse_ids": [warehouse["id"]]}))

    listening.join(SOON)
    assert [answer.status_code for answer in answers] == [200]


def _revoke(api: Api, user_id: int) -> None:
    async def revoked() -> None:
        async with account_transaction(cast(FastAPI, api.http.app).state.pool) as connection:
            await end_sessions(connection, user_id)

    assert api.http.portal is not None
    api.http.portal.call(revoked)


def test_the_server_stops_while_somebody_listens(served: Served) -> None:
    """The last of this module: the server is gone then."""
    with served.listening() as stream:
        assert served.server.stop(signal.SIGTERM) == 0
        assert stream.answer.read() == b""
    assert "without completing response" not in served.server.log.read_text()
