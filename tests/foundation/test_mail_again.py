"""A mail server that is away for a moment gets the mail again; nobody waits for it meanwhile."""

import asyncio
import email
import logging
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import structlog
from structlog.testing import capture_logs

from stockflow.foundation import mail as module
from stockflow.foundation.mail import Mail, all_sent, send, send_soon
from stockflow.foundation.settings import Settings

_MAIL = Mail("ada@example.com", "Hello", "text\n", "https://s.example/x")
_MANY = 40  # more than a loop has threads for everything else


@dataclass
class Moods:
    """What a server answers to the content of each mail in turn; None hangs up before its greeting.

    `asked` is released with every connection, and no connection is greeted before `open` is set.
    """

    answers: Sequence[str | None]
    given: list[bytes] = field(default_factory=list)
    connections: int = 0
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    open: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_answer(self) -> str | None:
        with self.lock:
            answer = self.answers[min(self.connections, len(self.answers) - 1)]
            self.connections += 1
        return answer


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 2 * _MANY
    moods: Moods


class _Moody(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        moods = self.server.moods
        answer = moods.next_answer()
        moods.asked.release()
        moods.open.wait(60)
        if answer is None:
            return
        self._say("220 inbox")
        while line := self.rfile.readline().decode().strip():
            if line[:4].upper() == "RCPT" and answer.startswith("rcpt "):
                self._say(answer.removeprefix("rcpt "))
            elif line[:4].upper() == "DATA":
                self._say("354 go on")
                moods.given.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say(answer)
            else:
                self._say("221 bye" if line[:4].upper() == "QUIT" else "250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture(autouse=True)
def _everything_is_logged() -> Iterator[None]:
    """Whatever the application of another test left: it logs errors only."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    yield
    structlog.configure(**before)


async def made() -> Mail:
    return _MAIL


@contextmanager
def _moody(*answers: str | None, is_open: bool = True) -> Iterator[tuple[Settings, Moods]]:
    moods = Moods(answers)
    if is_open:
        moods.open.set()
    with _Server(("127.0.0.1", 0), _Moody) as server:
        server.moods = moods
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings = Settings(
            public_url="https://s.example",
            smtp_host="127.0.0.1",
            smtp_port=server.server_address[1],
            smtp_security="none",
        )
        try:
            yield settings, moods
        finally:
            moods.open.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "refusal", ["451 try later", "421 closing", "rcpt 450 mailbox busy", None], ids=str
)
def test_a_mail_refused_for_a_moment_is_sent_again(refusal: str | None) -> None:
    with _moody(refusal, refusal, "250 ok") as (settings, moods), capture_logs() as lines:
        assert asyncio.run(send(settings, _MAIL, (0, 0, 0)))

    assert moods.connections == 3
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "mail not sent yet")
    ] * 2
    assert _MAIL.link not in str(lines)
    assert len({email.message_from_bytes(one)["Message-ID"] for one in moods.given}) == 1


def test_a_server_that_cannot_be_reached_is_asked_again() -> None:
    with _moody("250 ok") as (settings, _):
        pass
    with capture_logs() as lines:
        assert not asyncio.run(send(settings, _MAIL, (0, 0)))

    assert [line["log_level"] for line in lines] == ["warning", "warning", "error"]


@pytest.mark.parametrize(
    "refusal", ["554 no", "552 too much", "rcpt 550 nobody here"], ids=lambda text: text[:8]
)
def test_a_mail_refused_for_good_is_not_sent_again(refusal: str) -> None:
    with _moody(refusal, "250 ok") as (settings, moods), capture_logs() as lines:
        assert not asyncio.run(send(settings, _MAIL, (0, 0)))

    assert moods.connections == 1
    assert [line["log_level"] for line in lines] == ["error"]


def test_it_is_given_up_after_the_last_pause() -> None:
    with _moody("451 try later") as (settings, moods), capture_logs() as lines:
        assert not asyncio.run(send(settings, _MAIL, (0, 0, 0)))

    assert moods.connections == 4
    assert [line["log_level"] for line in lines] == ["warning"] * 3 + ["error"]


def test_what_is_sent_soon_is_tried_for_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(module.PAUSES_SECONDS) == 300
    monkeypatch.setattr(module, "PAUSES_SECONDS", (0, 0))

    async def run(settings: Settings) -> None:
        send_soon(settings, made)
        await all_sent()

    with _moody("451 try later", "451 try later", "250 ok") as (settings, moods):
        asyncio.run(run(settings))

    assert moods.connections == 3


def test_nothing_to_send_and_what_cannot_be_made_send_nothing() -> None:
    async def nothing() -> Mail | None:
        return None

    async def broken() -> Mail | None:
        raise LookupError("away")

    async def run(settings: Settings) -> None:
        send_soon(settings, nothing)
        send_soon(settings, broken)
        await all_sent()

    with _moody("250 ok") as (settings, moods), capture_logs() as lines:
        asyncio.run(run(settings))

    assert moods.connections == 0
    assert [line["event"] for line in lines] == ["mail not made"]


def test_a_server_that_says_nothing_holds_up_nothing_else() -> None:
    """Pages are made in threads too."""

    async def run(settings: Settings, moods: Moods) -> str:
        for _ in range(_MANY):
            send_soon(settings, made)
        await asyncio.to_thread(moods.asked.acquire)  # the first is under way
        page = await asyncio.to_thread(lambda: "a page")
        assert moods.given == []
        moods.open.set()
        await all_sent()
        return page

    with _moody("250 ok", is_open=False) as (settings, moods):
        assert asyncio.run(run(settings, moods)) == "a page"

    assert len(moods.given) == _MANY


def test_a_mail_that_waits_when_the_server_stops_is_told() -> None:
    async def run(settings: Settings) -> None:
        sending = asyncio.ensure_future(send(settings, _MAIL, (3600,)))
        async with asyncio.timeout(60):
            while not any(line["event"] == "mail not sent yet" for line in lines):
                await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    with _moody("451 try later") as (settings, moods), capture_logs() as lines:
        asyncio.run(run(settings))

    assert moods.connections == 1
    assert (lines[-1]["log_level"], lines[-1]["reason"]) == ("error", "the server stops")
