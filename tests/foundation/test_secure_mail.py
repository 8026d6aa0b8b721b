"""Mails by TLS and with a sign-in: only to the server that is meant, and nothing in the open."""

import asyncio
import email
from email import policy
from pathlib import Path
from typing import Any, Literal

import pytest
import trustme
from pydantic import SecretStr
from structlog.testing import capture_logs

from stockflow.foundation.mail import Mail, send
from stockflow.foundation.settings import Settings
from tests.foundation.secure_mail import PASSWORD, USER, MailServer, serving

_MAIL = Mail("ada@example.com", "Hello", "Choose it here:\n", "https://s.example/x")
_AT_ONCE = (0.0, 0.0)
"""Pauses: what may pass is tried three times."""

Security = Literal["starttls", "tls"]
each_way = pytest.mark.parametrize("security", ["starttls", "tls"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> trustme.LeafCert:
    """A certificate of 127.0.0.1, of an authority this machine trusts for as long as the test runs."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority.issue_cert("127.0.0.1")


def _sent(server: MailServer, security: Security, password: str | None = PASSWORD) -> bool:
    settings = Settings(
        public_url="https://s.example",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security=security,
        smtp_user=None if password is None else USER,
        smtp_password=None if password is None else SecretStr(password),
    )
    return asyncio.run(send(settings, _MAIL, _AT_ONCE))


def _is_refused(server: MailServer, security: Security, password: str = PASSWORD) -> str:
    """Why nothing was sent, of which the log tells once."""
    with serving(server), capture_logs() as lines:
        assert not _sent(server, security, password)
    (line,) = lines
    assert line["event"] == "mail not sent"
    assert line["log_level"] == "error"
    assert password not in str(line)
    assert (server.connections, server.signed_in, server.mails) == (1, [], [])
    assert server.told_openly == []
    return str(line["reason"])


@each_way
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_mail_is_sent_by_tls_after_signing_in(
    trusted: trustme.LeafCert, security: Security, mechanism: str
) -> None:
    server = MailServer(trusted, begins_with_tls=security == "tls", mechanisms=mechanism)

    with serving(server):
        assert _sent(server, security)

    (mail,) = server.mails
    message = email.message_from_bytes(mail, policy=policy.default)
    assert (message["To"], message["Subject"]) == ("ada@example.com", "Hello")
    assert server.signed_in == [mechanism]
    assert server.told_openly == []


@each_way
def test_without_a_user_nobody_signs_in(trusted: trustme.LeafCert, security: Security) -> None:
    server = MailServer(trusted, begins_with_tls=security == "tls")

    with serving(server):
        assert _sent(server, security, None)

    assert (len(server.mails), server.signed_in, server.told_openly) == (1, [], [])


@each_way
def test_a_password_may_have_any_letter(trusted: trustme.LeafCert, security: Security) -> None:
    server = MailServer(trusted, begins_with_tls=security == "tls", password="schlüssel ☂")

    with serving(server):
        assert _sent(server, security, "schlüssel ☂")

    assert (len(server.mails), server.signed_in) == (1, ["PLAIN"])


@each_way
@pytest.mark.parametrize("wrong", ["wrong horse", "falsches Roß"])
def test_a_wrong_password_sends_nothing_and_is_not_tried_again(
    trusted: trustme.LeafCert, security: Security, wrong: str
) -> None:
    server = MailServer(trusted, begins_with_tls=security == "tls")

    assert "5.7.8 these are not they" in _is_refused(server, security, wrong)


@each_way
def test_a_server_nobody_vouches_for_gets_nothing(security: Security) -> None:
    stranger = trustme.CA().issue_cert("127.0.0.1")
    server = MailServer(stranger, begins_with_tls=security == "tls")

    assert "CERTIFICATE_VERIFY_FAILED" in _is_refused(server, security)


@each_way
@pytest.mark.usefixtures("trusted")
def test_a_server_of_another_name_gets_nothing(authority: trustme.CA, security: Security) -> None:
    elsewhere = authority.issue_cert("mail.elsewhere.example")
    server = MailServer(elsewhere, begins_with_tls=security == "tls")

    assert "CERTIFICATE_VERIFY_FAILED" in _is_refused(server, security)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [({"offers_starttls": False}, "STARTTLS"), ({"mechanisms": ""}, "AUTH")],
)
def test_a_server_that_cannot_do_what_is_set_gets_nothing(
    trusted: trustme.LeafCert, missing: dict[str, Any], reason: str
) -> None:
    """Who sits between could take the offer out, to read what follows."""
    assert reason in _is_refused(MailServer(trusted, **missing), "starttls")
