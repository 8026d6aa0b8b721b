"""Mails, sent beside the request that caused them: none waits for a mail server, or fails with it."""

import asyncio
import smtplib
import ssl
from asyncio import to_thread
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import structlog

from stockflow.foundation.settings import Settings

_TIMEOUT_SECONDS = 30
_log = structlog.get_logger()
_sending: set[asyncio.Task[bool]] = set()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of plain text; `link` is what it is about, for the log where there is no mail server."""

    to: str
    subject: str
    text: str
    link: str


def send_soon(settings: Settings, mail: Mail) -> None:
    """Send a mail once the event loop finds the time. Called after the commit of what it tells of."""
    task = asyncio.get_running_loop().create_task(send(settings, mail))
    _sending.add(task)  # the event loop alone would let a running task be collected
    task.add_done_callback(_sending.discard)


async def all_sent() -> None:
    """Wait until no mail is on its way."""
    while _sending:
        await asyncio.wait(_sending)


async def send(settings: Settings, mail: Mail) -> bool:
    """Send a mail now; whether the server took it. Without a server the log tells the link."""
    if settings.smtp_host is None:
        _log.warning(
            "mail not sent: STOCKFLOW_SMTP_HOST is not set",
            to=mail.to,
            subject=mail.subject,
            link=mail.link,
        )
        return False
    try:
        await to_thread(_deliver, settings, mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # not the link: where mails are sent, the log is not the place for it
        _log.error("mail not sent", to=mail.to, subject=mail.subject, reason=str(error))
        return False
    return True


def _deliver(settings: Settings, mail: Mail) -> None:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="stockflow")
    message.set_content(mail.text)
    with _connected(settings) as server:
        if settings.smtp_user is not None:
            secret = settings.smtp_password
            server.login(settings.smtp_user, "" if secret is None else secret.get_secret_value())
        server.send_message(message)


def _connected(settings: Settings) -> smtplib.SMTP:
    host = settings.smtp_host or ""
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=_TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=context)
    return server
