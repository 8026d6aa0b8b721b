"""Forgotten passwords: who gets the mail of an address may give its account a new password.

The second factor stays, as a mailbox is not the device. But where nobody had shown before that the
address is theirs, the account may have been made by a stranger, whose second factor goes with them.
"""

import secrets
from datetime import timedelta
from functools import partial

from stockflow.companies.account_commands import ForgottenPassword, ResetPassword
from stockflow.companies.account_errors import ResetNotFound, UserNotFound
from stockflow.companies.attempts import Limit, count_attempt, network_of
from stockflow.companies.authentication import token_hash
from stockflow.companies.passwords import hashed
from stockflow.companies.second_factor import forget_second_factor
from stockflow.companies.sessions import (
    NewSession,
    Visitor,
    account_transaction,
    end_sessions,
    open_session,
)
from stockflow.companies.sign_in import find_user
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.errors import TooManyAttempts
from stockflow.foundation.mail import Mail, MakeMail

_SQL = sql.load(__package__, "password_resets.sql")
_HOUR = timedelta(hours=1)
_MAILS_MAX = 5
_REQUESTS_MAX = 50
_TEXT = """\
Somebody, probably you, asked for a new password for {email}.

Choose it here within an hour:

{link}

If it was not you, do nothing: your password stays as it is.
"""


async def request_reset(
    pool: Pool, command: ForgottenPassword, visitor: Visitor, address: str
) -> MakeMail:
    """What makes the mail with a link for a new password, below this server's `address`.

    It makes none where nobody has the address, or got five such mails within an hour. The answer to
    who asks must be the same, and take as long, so it is made and sent only behind it.

    Raises:
        TooManyAttempts: too many links were asked for from there.
    """
    here = Limit(_REQUESTS_MAX, ("reset", network_of(visitor.address)))
    await count_attempt(pool, [here], _HOUR)
    return partial(_reset_mail, pool, command.email, address)


async def _reset_mail(pool: Pool, email: str, address: str) -> Mail | None:
    mailbox = Limit(_MAILS_MAX, ("reset mail", email.lower()))
    try:
        await count_attempt(pool, [mailbox], _HOUR)
    except TooManyAttempts:
        return None
    user = await find_user(pool, email)
    if user is None:
        return None
    async with account_transaction(pool) as connection:
        link = await _make_link(connection, user.id, address)
    # to the address as it is kept: one that only looks the same in lower case may be another's
    text = _TEXT.format(email=user.email, link=link)
    return Mail(user.email, "A new password for StockFlow", text, link)


async def reset_link_of(pool: Pool, email: str, address: str) -> str:
    """A link for a new password, for the operator to hand over.

    Raises:
        UserNotFound: nobody has this address.
    """
    user = await find_user(pool, email)
    if user is None:
        raise UserNotFound
    async with account_transaction(pool) as connection:
        return await _make_link(connection, user.id, address)


async def _make_link(connection: Connection, user_id: int, address: str) -> str:
    """A link that works once within an hour; links made before work as long as they would."""
    token = secrets.token_urlsafe(32)
    await connection.execute(_SQL["forget_old"], {"user_id": user_id})
    await connection.execute(_SQL["make"], {"user_id": user_id, "token_hash": token_hash(token)})
    return f"{address}/reset-password/{token}"


async def require_reset(pool: Pool, token: str) -> None:
    """Refuse a link that does not work, before anybody thinks of a password.

    Raises:
        ResetNotFound: it was used, has expired or never was.
    """
    async with account_transaction(pool) as connection:
        cursor = await connection.execute(_SQL["user_of"], {"token_hash": token_hash(token)})
        if await cursor.fetchone() is None:
            raise ResetNotFound


async def reset_password(
    pool: Pool, token: str, command: ResetPassword, visitor: Visitor
) -> NewSession:
    """Give the account a new password and sign in; its other sessions and links end.

    Raises:
        ResetNotFound: the link was used, has expired or never was.
    """
    await require_reset(pool, token)
    password_hash = await hashed(command.password)
    async with account_transaction(pool) as connection:
        cursor = await connection.execute(_SQL["use"], {"token_hash": token_hash(token)})
        row = await cursor.fetchone()
        if row is None:
            raise ResetNotFound
        names = {"user_id": row[0], "password_hash": password_hash}
        cursor = await connection.execute(_SQL["confirmed"], names)
        confirmed, second_factor = await cursor.fetchone() or (True, False)
        if second_factor and not confirmed:
            await forget_second_factor(connection, row[0])
        await connection.execute(_SQL["set_password"], names)
        await connection.execute(_SQL["forget"], names)
        await end_sessions(connection, row[0])
        half_open = second_factor and confirmed
        return await open_session(connection, row[0], visitor, half_open=half_open)
