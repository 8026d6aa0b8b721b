"""Who is looking: a browser's session is a random token in a cookie, of which the database has a hash.

A session belongs to a person, not to a company; which company a page is about its address says, and
whether the person may see it is found by the same statement that finds the session.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg import AsyncRawCursor

from stockflow.companies.authentication import token_hash
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool, translated_errors
from stockflow.foundation.errors import Forbidden, Unauthenticated
from stockflow.foundation.idempotency import RetryKey
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, Company

SESSION_COOKIE = "stockflow_session"
SESSION_SECONDS = 90 * 24 * 3600
"""How long a session lasts at most; unused it ends after 14 days."""

SESSIONS = sql.load(__package__, "sessions.sql")
_USER_AGENT_MAX = 400


class SessionEnded(Unauthenticated):
    """You are not signed in, or not any more; sign in and repeat what you did."""

    code = "session-ended"
    title = "Not signed in"


class NotAMember(Forbidden):
    """You are not a member of this company."""

    code = "not-a-member"
    title = "Not a member of this company"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session, as they call themselves; `locale` of None is the browser's."""

    user_id: int
    name: str
    email: str
    locale: str | None
    session_id: int


@dataclass(frozen=True, slots=True)
class SessionAccess:
    """What a session may do in a company; `touch`: its use should be noted."""

    company: Company
    actor: Actor
    user: SignedIn
    touch: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from that nobody has signed for yet."""

    address: str
    user_agent: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AccountScope:
    """One transaction for one person, about nothing but their own account."""

    connection: Connection
    user: SignedIn
    second_factor: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was opened; the token is known only now.

    A half-open one waits for the second factor and can do nothing else.
    """

    token: str
    session_id: int
    user_id: int
    half_open: bool


async def authenticate_session(
    connection: Connection, company_id: int, token: str, retry_key: RetryKey | None = None
) -> SessionAccess:
    """Who a session's token belongs to, as a member of the company of the transaction.

    Raises:
        SessionEnded: no such session, or it has expired, was revoked or waits for a second factor.
        NotAMember: the session is good, but not for this company; whether there is one, it does not say.
        AlreadyAnswered, IdempotencyKeyReused: a form with `retry_key` has had its effect.
    """
    text, _ = sql.positional(SESSIONS["by_session"])
    cursor = await AsyncRawCursor(connection).execute(
        text, (company_id, retry_key and retry_key.key, token_hash(token))
    )
    row = await cursor.fetchone()
    if row is None:
        raise SessionEnded
    session_id, user_id, name, email, locale, touch, role, warehouse_ids, *columns = row[:-4]
    if role is None:
        raise NotAMember
    if retry_key is not None:
        retry_key.require_unused(row[-4:])
    company_name, currency, timezone, *rules = columns
    limits = None if warehouse_ids is None else frozenset(warehouse_ids)
    return SessionAccess(
        Company(company_id, company_name, currency, ZoneInfo(timezone), *rules),
        Actor(Role(role), user_id=user_id, warehouse_ids=limits),
        SignedIn(user_id, name, email, locale, session_id),
        touch,
    )


@asynccontextmanager
async def account_transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction of no company, in which every tenant table answers with an error."""
    with translated_errors():
        async with pool.connection() as connection, connection.transaction():
            yield connection


@asynccontextmanager
async def account_scope(pool: Pool, token: str, now: datetime) -> AsyncIterator[AccountScope]:
    """The account behind a session's token, for as long as the block lasts; commits at its end.

    Raises:
        SessionEnded: no such session, or it has expired, was revoked or waits for a second factor.
    """
    async with account_transaction(pool) as connection:
        yield await find_account(connection, token, now)


async def find_account(
    connection: Connection, token: str, now: datetime, *, half_open: bool = False
) -> AccountScope:
    """The account behind a session's token, in a transaction that is open.

    Raises:
        SessionEnded: there is no such session, of those that are half open or of those that are not.
    """
    cursor = await connection.execute(
        SESSIONS["find"], {"token_hash": token_hash(token), "half_open": half_open}
    )
    row = await cursor.fetchone()
    if row is None:
        raise SessionEnded
    user_id, name, email, locale, session_id, second_factor = row
    user = SignedIn(user_id, name, email, locale, session_id)
    return AccountScope(connection, user, second_factor, now)


async def open_session(
    connection: Connection, user_id: int, visitor: Visitor, *, half_open: bool = False
) -> NewSession:
    """A new session with a new token; whoever signs in never keeps the token they had before."""
    token = secrets.token_urlsafe(32)
    cursor = await connection.execute(
        SESSIONS["open"],
        {
            "token_hash": token_hash(token),
            "user_id": user_id,
            "half_open": half_open,
            "address": visitor.address,
            "user_agent": _printable(visitor.user_agent)[:_USER_AGENT_MAX],
        },
    )
    row = await cursor.fetchone()
    assert row is not None, "INSERT ... RETURNING gives a row"
    await connection.execute(SESSIONS["forget_old"], {"user_id": user_id})
    return NewSession(token, row[0], user_id, half_open)


async def end_sessions(connection: Connection, user_id: int, *, but: int | None = None) -> None:
    """End all sessions of a person, also half-open ones; `but` is the id of one that stays."""
    await connection.execute(SESSIONS["revoke_others"], {"user_id": user_id, "kept": but})


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


async def note_session_use(pool: Pool, session_id: int) -> None:
    """Remember that a session was used; a transaction of its own, at most once a minute."""
    async with account_transaction(pool) as connection:
        await connection.execute(SESSIONS["touch"], {"id": session_id})
