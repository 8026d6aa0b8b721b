"""What people do with their own account: sign up, change what is theirs, look at their sessions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg.rows import class_row

from stockflow.companies.account_commands import (
    ChangeProfile,
    FoundCompany,
    GiveCode,
    SignUp,
    SwitchOffSecondFactor,
)
from stockflow.companies.account_errors import SessionNotFound, SignInFirst, UserNotFound
from stockflow.companies.attempts import Limit, count_attempt, forgive, network_of
from stockflow.companies.founding import found_company, next_company_id
from stockflow.companies.passwords import hashed
from stockflow.companies.second_factor import (
    forget_second_factor,
    renew_recovery_codes,
    use_code,
)
from stockflow.companies.sessions import (
    SESSIONS,
    AccountScope,
    NewSession,
    SignedIn,
    Visitor,
    account_scope,
    account_transaction,
    end_sessions,
    open_session,
)
from stockflow.companies.sign_in import (
    WINDOW,
    count_code,
    find_user,
    hold,
    require_own_password,
    require_password,
)
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import transaction

SIGN_UPS_MAX = 50
COMPANIES_A_DAY_MAX = 20
"""Of one person: what a company may do to others so often a day, it must not do by many companies."""

_SQL = sql.load(__package__, "accounts.sql")


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new company, and the session of its owner."""

    company_id: int
    session: NewSession


@dataclass(frozen=True, slots=True)
class OwnCompany:
    """A company somebody is a member of."""

    company_id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that could be used now; `is_current` marks the one that asks."""

    id: int
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


async def sign_up(
    pool: Pool, command: SignUp, visitor: Visitor, key: str | None = None
) -> SignedUp:
    """Set up a company and its owner, all or nothing, and sign the owner in.

    Done again with the same key within a day, it signs in to the company that was set up.

    Raises:
        IncorrectCredentials: the address is known, and this is not its password.
        SignInFirst: it is, but the account has a second factor.
        IdempotencyKeyReused: with this key another company was set up.
        TooManyAttempts: too many companies were set up from this address or by this person, or as for
            signing in.
    """
    limit = Limit(SIGN_UPS_MAX, ("sign-up", network_of(visitor.address)))
    await count_attempt(pool, [limit], WINDOW)
    if await find_user(pool, command.email) is None:
        signed_up = await _sign_up_new(pool, command, visitor, key)
        if signed_up is not None:
            return signed_up
    return await _sign_up_known(pool, command, visitor, key)


async def _sign_up_new(
    pool: Pool, command: SignUp, visitor: Visitor, key: str | None
) -> SignedUp | None:
    """None where somebody took the address meanwhile."""
    password_hash = await hashed(command.password)
    company_id = await next_company_id(pool)
    async with transaction(pool, company_id, read_only=False) as connection:
        user_id = await add_user(connection, command.email, command.name, password_hash)
        if user_id is None:
            return None
        session = await open_session(connection, user_id, visitor)
        owner = SignedIn(user_id, command.name, command.email, None, session.session_id)
        founded = await found_company(
            connection, company_id, command, owner, visitor.request_id, key=key
        )
    return SignedUp(founded, session)


async def _sign_up_known(
    pool: Pool, command: SignUp, visitor: Visitor, key: str | None
) -> SignedUp:
    user, attempt = await require_password(pool, command.email, command.password, visitor)
    if user.second_factor:
        raise SignInFirst
    await _count_founding(pool, user.id)
    company_id = await next_company_id(pool)
    async with transaction(pool, company_id, read_only=False) as connection:
        await hold(connection, user)
        await forgive(connection, attempt)
        session = await open_session(connection, user.id, visitor)
        owner = SignedIn(user.id, command.name, command.email, None, session.session_id)
        founded = await found_company(
            connection, company_id, command, owner, visitor.request_id, key=key
        )
    return SignedUp(founded, session)


async def add_user(
    connection: Connection, email: str, name: str, password_hash: str | None
) -> int | None:
    """A new person; None where the address is taken."""
    names = {
        "email": email,
        "email_key": email.lower(),
        "name": name,
        "password_hash": password_hash,
    }
    row = await (await connection.execute(_SQL["add_user"], names)).fetchone()
    return None if row is None else int(row[0])


async def found_another_company(
    pool: Pool, owner: SignedIn, command: FoundCompany, request_id: str, key: str | None = None
) -> int:
    """Set up one more company of somebody who is signed in; gives its id.

    Done again with the same key within a day, it gives that of the company that was set up.

    Raises:
        IdempotencyKeyReused: with this key another company was set up.
        TooManyAttempts: this person set up 20 companies within a day.
    """
    await _count_founding(pool, owner.user_id)
    company_id = await next_company_id(pool)
    async with transaction(pool, company_id, read_only=False) as connection:
        return await found_company(connection, company_id, command, owner, request_id, key=key)


async def _count_founding(pool: Pool, user_id: int) -> None:
    limit = Limit(COMPANIES_A_DAY_MAX, ("founding", user_id))
    await count_attempt(pool, [limit], timedelta(days=1))


async def companies_of(scope: AccountScope) -> list[OwnCompany]:
    """The companies somebody is a member of, by name."""
    cursor = scope.connection.cursor(row_factory=class_row(OwnCompany))
    await cursor.execute(_SQL["companies"], {"user_id": scope.user.user_id})
    return await cursor.fetchall()


async def list_sessions(scope: AccountScope) -> list[SessionRow]:
    """The own sessions, last used first."""
    cursor = scope.connection.cursor(row_factory=class_row(SessionRow))
    names = {"user_id": scope.user.user_id, "session_id": scope.user.session_id}
    await cursor.execute(SESSIONS["list_own"], names)
    return await cursor.fetchall()


async def revoke_session(scope: AccountScope, session_id: int) -> None:
    """End one of the own sessions.

    Raises:
        SessionNotFound: it is not an own one, or has ended.
    """
    names = {"user_id": scope.user.user_id, "id": session_id}
    if (await scope.connection.execute(SESSIONS["revoke"], names)).rowcount == 0:
        raise SessionNotFound


async def revoke_other_sessions(scope: AccountScope) -> None:
    """End all own sessions but the one that asks."""
    await end_sessions(scope.connection, scope.user.user_id, but=scope.user.session_id)


async def change_profile(scope: AccountScope, command: ChangeProfile) -> SignedIn:
    """Change the own name or locale; companies go on calling people what they call them."""
    user = replace(scope.user, **command.model_dump(exclude_unset=True))
    names = {"user_id": user.user_id, "name": user.name, "locale": user.locale}
    await scope.connection.execute(_SQL["change_profile"], names)
    return user


async def switch_off_second_factor(
    pool: Pool, token: str, command: SwitchOffSecondFactor, now: datetime, keyring: Keyring
) -> None:
    """Do without the second factor from now on; recovery codes are forgotten.

    Raises:
        SessionEnded: nobody is signed in with this token.
        IncorrectPassword, IncorrectCode, SecondFactorUnreadable: neither the own password nor a code was given.
        SecondFactorOff: it is off.
        TooManyAttempts: too much was tried lately.
    """
    if command.password is not None:
        user_id, _, attempt = await require_own_password(pool, token, command.password, now)
    else:
        async with account_scope(pool, token, now) as scope:
            user_id = scope.user.user_id
        attempt = await count_code(pool, user_id)
    async with account_transaction(pool) as connection:
        if command.password is None:
            await use_code(connection, user_id, command.code or "", now, keyring)
        await forget_second_factor(connection, user_id)
        await forgive(connection, attempt)


async def switch_off_second_factor_of(pool: Pool, email: str) -> None:
    """Do without the second factor of somebody who has neither device nor recovery codes any more.

    Raises:
        UserNotFound: nobody has this address.
        SecondFactorOff: it is off.
    """
    user = await find_user(pool, email)
    if user is None:
        raise UserNotFound
    async with account_transaction(pool) as connection:
        await forget_second_factor(connection, user.id)


async def get_new_recovery_codes(
    pool: Pool, token: str, command: GiveCode, now: datetime, keyring: Keyring
) -> list[str]:
    """Ten new recovery codes in place of all old ones; they are shown only now.

    Raises:
        SessionEnded: nobody is signed in with this token.
        IncorrectCode, SecondFactorUnreadable: as for using a code.
        SecondFactorOff: there is no second factor to recover.
        TooManyAttempts: too many codes were wrong lately.
    """
    async with account_scope(pool, token, now) as scope:
        user_id = scope.user.user_id
    attempt = await count_code(pool, user_id)
    async with account_scope(pool, token, now) as scope:
        codes = await renew_recovery_codes(scope, command, keyring)
        await forgive(scope.connection, attempt)
    return codes
