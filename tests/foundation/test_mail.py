"""Mails: given to the server of the settings, or told in the log; never a reason to fail."""

import asyncio
import email
import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from stockflow.foundation.mail import Mail, all_sent, send, send_soon
from stockflow.foundation.settings import Settings

_MAIL = Mail(
    "ada@example.com", "Grüße", "Choose it here:\n\nhttps://s.example/x\n", "https://s.example/x"
)


class _Inbox(socketserver.StreamRequestHandler):
    """As much of a mail server (RFC 5321) as takes one mail."""

    def handle(self) -> None:
        self._say("220 inbox")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "DATA":
                self._say("354 go on")
                self.server.mails.append(self._data())  # type: ignore[attr-defined]
            self._say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)


@contextmanager
def mail_server() -> Iterator[tuple[int, list[bytes]]]:
    """The port of a mail server, and the mails it was given."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Inbox) as server:
        mails: list[bytes] = []
        server.mails = mails  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], mails
        finally:
            server.shutdown()
            thread.join()


def _settings(port: int) -> Settings:
    return Settings(
        public_url="https://s.example",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        mail_from="Stock <stock@s.example>",
    )


def test_a_mail_reaches_the_server() -> None:
    with mail_server() as (port, mails):
        assert asyncio.run(send(_settings(port), _MAIL))

    (received,) = mails
    message = email.message_from_bytes(received, policy=policy.default)
    assert message["From"] == "Stock <stock@s.example>"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Grüße"
    assert message["Date"]
    assert message["Message-ID"]
    assert message.get_content().splitlines() == _MAIL.text.splitlines()


def test_a_mail_is_sent_beside_what_goes_on() -> None:
    async def made() -> Mail:
        return _MAIL

    async def run(port: int) -> None:
        send_soon(_settings(port), made)
        await all_sent()

    with mail_server() as (port, mails):
        asyncio.run(run(port))
    assert len(mails) == 1


_PROGRAM = """
import asyncio
from stockflow.foundation.logs import configure_logging
from stockflow.foundation.mail import Mail, send
from stockflow.foundation.settings import Settings

configure_logging(Settings())
assert not asyncio.run(send(Settings(), Mail("ada@example.com", "Hello", "text", "https://s.example/x")))
"""


def test_without_a_server_the_log_tells_the_link() -> None:
    """In a process of its own, as the log of this one is quieter than by default."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )

    (line,) = map(json.loads, ran.stderr.splitlines())
    assert line["level"] == "warning"
    assert (line["to"], line["subject"], line["link"]) == (
        "ada@example.com",
        "Hello",
        "https://s.example/x",
    )


def test_a_server_that_is_away_is_a_line_in_the_log_without_the_link() -> None:
    with mail_server() as (port, _):
        pass
    with capture_logs() as lines:
        assert not asyncio.run(send(_settings(port), _MAIL))

    (line,) = lines
    assert line["log_level"] == "error"
    assert _MAIL.link not in str(line)


def test_an_address_with_a_line_break_sends_nothing() -> None:
    forged = Mail("ada@example.com\r\nBcc: eve@example.com", "A", "text", "link")

    with mail_server() as (port, mails):
        assert not asyncio.run(send(_settings(port), forged))

    assert mails == []


def test_a_server_that_mails_knows_its_own_address() -> None:
    """Else whoever sends a request would choose where the links in mails lead."""
    with pytest.raises(ValidationError, match="STOCKFLOW_PUBLIC_URL"):
        Settings(smtp_host="mail.example")


@pytest.mark.parametrize("address", ["stock.example", "ftp://a.example", "https://a.example/x"])
def test_the_public_address_is_one_links_can_begin_with(address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(public_url=address)
