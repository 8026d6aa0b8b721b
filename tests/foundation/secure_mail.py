"""A mail server with TLS and sign-in, which keeps what it was told and whether nobody else could read it."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme

USER, PASSWORD = "stockflow", "correct horse"
_HIDDEN = {"AUTH", "MAIL", "RCPT", "DATA"}
"""What tells somebody's password or mail."""


@dataclass(slots=True)
class MailServer:
    """How it behaves, and what happened."""

    certificate: trustme.LeafCert
    begins_with_tls: bool = False
    offers_starttls: bool = True
    mechanisms: str = "PLAIN LOGIN"
    password: str = PASSWORD
    port: int = 0
    connections: int = 0
    signed_in: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    told_openly: list[str] = field(default_factory=list)

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.configure_cert(context)
        return context


class _Server(socketserver.ThreadingTCPServer):
    """Says nothing of connections that break: those of who refuses the certificate do."""

    def __init__(self, mail: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mail = mail

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Socketserver's own prints the error."""


class _Talk(socketserver.StreamRequestHandler):
    """One connection (RFC 5321, 3207 and 4954)."""

    server: _Server

    def setup(self) -> None:
        self.mail = self.server.mail
        self.mail.connections += 1
        if self.mail.begins_with_tls:
            self.request = self.mail.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self._say("220 mail")
        while line := self._line():
            said, _, rest = line.partition(" ")
            word = said.upper()
            if word in _HIDDEN and not self._is_secret:
                self.mail.told_openly.append(word)
            if word == "QUIT":
                return self._say("221 bye")
            answer = getattr(self, f"_{word.lower()}", None)
            if answer is None:
                self._say("250 ok")
            else:
                answer(rest)
        return None

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server closes only what TLS was put around

    @property
    def _is_secret(self) -> bool:
        return isinstance(self.request, ssl.SSLSocket)

    def _line(self) -> str:
        return self.rfile.readline().decode().strip()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _ehlo(self, _: str) -> None:
        self._say("250-mail")
        if self.mail.offers_starttls and not self._is_secret:
            self._say("250-STARTTLS")
        if self.mail.mechanisms:
            self._say(f"250-AUTH {self.mail.mechanisms}")
        self._say("250 SIZE 1000000")

    def _starttls(self, _: str) -> None:
        self._say("220 go on")
        self.request = self.mail.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def _auth(self, given: str) -> None:
        mechanism, _, text = given.partition(" ")
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(text).decode().split("\0")
        else:
            user = base64.b64decode(text).decode()
            self._say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self._line()).decode()
        if (user, password) != (USER, self.mail.password):
            return self._say("535 5.7.8 these are not they")
        self.mail.signed_in.append(mechanism)
        return self._say("235 welcome")

    def _data(self, _: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.mail.mails.append(b"".join(lines))
        self._say("250 ok")


@contextmanager
def serving(mail: MailServer) -> Iterator[MailServer]:
    """The server on a free port, until all its connections have ended."""
    with _Server(mail) as server:
        mail.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield mail
        finally:
            server.shutdown()
            thread.join()
