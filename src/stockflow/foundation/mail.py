"""Mails, sent beside the request that caused them: none waits for a mail server, or fails with it.

A server that is away for a moment gets a mail again, for about five minutes. Until then it is in memory
only: it may have a link in it that opens an account, of which the database must not know more than a hash.
"""

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import structlog

from stockflow.foundation.settings import Settings

_TIMEOUT_SECONDS = 30
_log = structlog.get_logger()
_sending: set[asyncio.Task[None]] = set()
# of their own: a mail server that does not answer must not hold the threads in which pages are made
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="mail")
_WELCOME, _PERMANENT = 235, 500
PAUSES_SECONDS = (2.0, 8.0, 30.0, 80.0, 180.0)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of plain text; `link` is what it is about, for the log where there is no mail server."""

    to: str
    subject: str
    text: str
    link: str


MakeMail = Callable[[], Awaitable[Mail | None]]
"""Finds out whether there is anything to send, and what."""


def send_soon(settings: Settings, make: MakeMail) -> None:
    """Make and send a mail once the event loop finds the time, after the commit of what it tells of.

    It is made beside the request too: by how long that takes nobody can tell whether there is one.
    """
    task = asyncio.get_running_loop().create_task(_make_and_send(settings, make))
    _sending.add(task)  # the event loop alone would let a running task be collected
    task.add_done_callback(_sending.discard)


async def all_sent() -> None:
    """Wait until no mail is on its way."""
    while _sending:
        await asyncio.wait(_sending)


async def send(settings: Settings, mail: Mail, pauses: Sequence[float] = ()) -> bool:
    """Send a mail now; whether the server took it. Without a server the log tells the link.

    While the server cannot take it, it is tried again after each of `pauses`, in seconds.
    """
    if settings.smtp_host is None:
        _log.warning(
            "mail not sent: STOCKFLOW_SMTP_HOST is not set",
            to=mail.to,
            subject=mail.subject,
            link=mail.link,
        )
        return False
    # not the link: where mails are sent, the log is not the place for it
    log = _log.bind(to=mail.to, subject=mail.subject)
    try:
        message = _message(settings, mail)
        for pause in pauses:
            error = await _tried(settings, message)
            if error is None:
                return True
            if not _may_pass(error):
                raise error
            log.warning("mail not sent yet", reason=str(error), again_in_seconds=pause)
            await asyncio.sleep(pause)
        await _in_thread(settings, message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.error("mail not sent", reason=str(error))
        return False
    except asyncio.CancelledError:
        log.error("mail not sent", reason="the server stops")
        raise
    return True


async def _make_and_send(settings: Settings, make: MakeMail) -> None:
    try:
        mail = await make()
    except Exception as error:  # nobody waits for this task who could be told
        _log.error("mail not made", exc_info=error)
        return
    if mail is not None:
        await send(settings, mail, PAUSES_SECONDS)


async def _tried(settings: Settings, message: EmailMessage) -> OSError | None:
    """Why the server did not take it; None if it did."""
    try:
        await _in_thread(settings, message)
    except OSError as error:  # of which smtplib's errors are some
        return error
    return None


async def _in_thread(settings: Settings, message: EmailMessage) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(_THREADS, _deliver, settings, message)


def _may_pass(error: OSError) -> bool:
    """Whether the same mail may be taken a moment later (RFC 5321: replies of 4xx say so)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code < _PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code < _PERMANENT
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return not isinstance(error, ssl.SSLCertVerificationError)


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    """The same for every try: by its id a mailbox knows one that was taken and not confirmed."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="stockflow")
    message.set_content(mail.text)
    return message


def _deliver(settings: Settings, message: EmailMessage) -> None:
    with _connected(settings) as server:
        if settings.smtp_user is not None:
            secret = settings.smtp_password
            _sign_in(server, settings.smtp_user, secret.get_secret_value() if secret else "")
        server.send_message(message)


def _connected(settings: Settings) -> smtplib.SMTP:
    host = settings.smtp_host or ""
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=_TIMEOUT_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
    except BaseException:  # whatever it was, the connection is not left open
        server.close()
        raise
    return server


def _sign_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """As smtplib does; where it would send ASCII only, by PLAIN, which has UTF-8 (RFC 4616)."""
    if user.isascii() and password.isascii():
        server.login(user, password)
        return
    server.ehlo_or_helo_if_needed()
    given = b64encode(f"\0{user}\0{password}".encode()).decode()
    code, said = server.docmd("AUTH", f"PLAIN {given}")
    if code != _WELCOME:
        raise smtplib.SMTPAuthenticationError(code, said)
