"""Signing in and out.

How guessing is limited: ten failures in fifteen minutes for an account, fifty for an address. Strangers
share the ten of an account among them all; an address its owner has signed in from before has ten of its
own. So nobody can lock the owner out by guessing, neither from one place nor from many: sessions that
are open stay open, the usual places keep working, and everywhere else the link for a forgotten password
does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from stockflow.companies.account_commands import ChangePassword, GiveCode, SignIn
from stockflow.companies.account_errors import IncorrectCredentials, IncorrectPassword
from stockflow.companies.attempts import Attempt, Limit, count_attempt, forgive, network_of
from stockflow.companies.authentication import token_hash
from stockflow.companies.passwords import hashed, matches, needs_rehash
from stockflow.companies.second_factor import use_code
from stockflow.companies.sessions import (
    NewSession,
    Visitor,
    account_scope,
    account_transaction,
    end_sessions,
    find_account,
    open_session,
)
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.keyring import Keyring

WINDOW = timedelta(minutes=15)
ACCOUNT_FAILURES_MAX = 10
ADDRESS_FAILURES_MAX = 50
_SQL = sql.load(__package__, "sign_in.sql")


@dataclass(frozen=True, slots=True)
class KnownUser:
    """What is needed of somebody to compare their password; `addresses` are where they signed in."""

    id: int
    email: str
    password_hash: str | None
    second_factor: bool
    addresses: list[str]

    def has_been_in(self, network: str) -> bool:
        return network in map(network_of, self.addresses)


async def sign_in(pool: Pool, command: SignIn, visitor: Visitor) -> NewSession:
    """Open a session, which is half open where a second factor must follow.

    Raises:
        IncorrectCredentials: no such address or not its password; which of them, it does not say.
        TooManyAttempts: the account or the address has failed too often lately.
    """
    user, attempt = await require_password(pool, command.email, command.password, visitor)
    return await enter(pool, user, attempt, command.password, visitor)


async def require_password(
    pool: Pool, email: str, password: str, visitor: Visitor
) -> tuple[KnownUser, Attempt]:
    """The person with this address and password; the attempt is to be forgiven when all went well.

    Raises:
        IncorrectCredentials, TooManyAttempts: as for signing in.
    """
    user = await find_user(pool, email)
    network = network_of(visitor.address)
    usual = network if user is not None and user.has_been_in(network) else None
    account = Limit(ACCOUNT_FAILURES_MAX, ("account", email.strip().lower(), usual))
    address = Limit(ADDRESS_FAILURES_MAX, ("address", network))
    attempt = await count_attempt(pool, [account, address], WINDOW)
    password_hash = None if user is None else user.password_hash
    if not await matches(password_hash, password) or user is None:
        raise IncorrectCredentials
    return user, attempt


async def find_user(pool: Pool, email: str) -> KnownUser | None:
    """Who has this address, if anybody."""
    names = {"email_key": email.strip().lower()}
    async with account_transaction(pool) as connection:
        cursor = connection.cursor(row_factory=class_row(KnownUser))
        await cursor.execute(_SQL["user"], names)
        return await cursor.fetchone()


async def enter(
    pool: Pool, user: KnownUser, attempt: Attempt, password: str, visitor: Visitor
) -> NewSession:
    """A session for who gave the right password, unless it was changed meanwhile."""
    assert user.password_hash is not None, "a password was compared"
    new_hash = await hashed(password) if needs_rehash(user.password_hash) else None
    names = {"user_id": user.id, "password_hash": user.password_hash, "new_hash": new_hash}
    async with account_transaction(pool) as connection:
        await hold(connection, user)
        if new_hash is not None:
            await connection.execute(_SQL["rehash"], names)
        await forgive(connection, attempt)
        return await open_session(connection, user.id, visitor, half_open=user.second_factor)


async def hold(connection: Connection, user: KnownUser) -> None:
    """Keep a password as it was when it was compared, until the transaction ends.

    Raises:
        IncorrectCredentials: it is another one by now.
    """
    names = {"user_id": user.id, "password_hash": user.password_hash}
    if (await connection.execute(_SQL["hold"], names)).rowcount == 0:
        raise IncorrectCredentials


async def confirm_sign_in(
    pool: Pool, token: str, command: GiveCode, visitor: Visitor, now: datetime, *, keyring: Keyring
) -> NewSession:
    """Open the session a half-open one waits for; the half-open one is over.

    Raises:
        SessionEnded: the half-open session has expired after ten minutes, or was never there.
        IncorrectCode, SecondFactorUnreadable: as for using a code.
        TooManyAttempts: too many codes were wrong lately.
    """
    async with account_transaction(pool) as connection:
        user_id = (await find_account(connection, token, now, half_open=True)).user.user_id
    attempt = await count_code(pool, user_id)
    async with account_transaction(pool) as connection:
        await use_code(connection, user_id, command.code, now, keyring)
        half_open = await find_account(connection, token, now, half_open=True)
        await connection.execute(_SQL["end"], {"token_hash": token_hash(token)})
        await forgive(connection, attempt)
        return await open_session(connection, half_open.user.user_id, visitor)


async def count_code(pool: Pool, user_id: int) -> Attempt:
    """Count that a code of somebody's second factor is tried.

    Raises:
        TooManyAttempts: ten were wrong within fifteen minutes.
    """
    return await count_attempt(pool, [Limit(ACCOUNT_FAILURES_MAX, ("code", user_id))], WINDOW)


async def sign_out(pool: Pool, token: str) -> None:
    """End the session of this token; a token of none changes nothing."""
    async with account_transaction(pool) as connection:
        await connection.execute(_SQL["end"], {"token_hash": token_hash(token)})


async def change_password(
    pool: Pool, token: str, command: ChangePassword, visitor: Visitor, now: datetime
) -> NewSession:
    """Change the own password. Every session and reset link ends, and a session is opened here.

    Raises:
        SessionEnded: nobody is signed in with this token.
        IncorrectPassword: the old password is wrong.
        TooManyAttempts: it was wrong too often lately.
    """
    user_id, known, attempt = await require_own_password(pool, token, command.old_password, now)
    new_hash = await hashed(command.new_password)
    names = {"user_id": user_id, "password_hash": known, "new_hash": new_hash}
    async with account_transaction(pool) as connection:
        if (await connection.execute(_SQL["replace_password"], names)).rowcount == 0:
            raise IncorrectPassword
        await connection.execute(_SQL["forget_resets"], names)
        await end_sessions(connection, user_id)
        await forgive(connection, attempt)
        return await open_session(connection, user_id, visitor)


async def require_own_password(
    pool: Pool, token: str, password: str, now: datetime
) -> tuple[int, str | None, Attempt]:
    """The person behind a session, who has given their password again, and its hash.

    Raises:
        SessionEnded: nobody is signed in with this token.
        IncorrectPassword: it is not their password.
        TooManyAttempts: ten were wrong within fifteen minutes.
    """
    async with account_scope(pool, token, now) as scope:
        user_id = scope.user.user_id
        cursor = await scope.connection.execute(_SQL["password_of"], {"user_id": user_id})
        row = await cursor.fetchone()
    known: str | None = None if row is None else row[0]
    limit = Limit(ACCOUNT_FAILURES_MAX, ("own password", user_id))
    attempt = await count_attempt(pool, [limit], WINDOW)
    if not await matches(known, password):
        raise IncorrectPassword
    return user_id, known, attempt
