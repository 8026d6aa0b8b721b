"""How a company comes to be: with its owner, and in one transaction of its own."""

from sqlalchemy import insert

from stockflow.companies import audit
from stockflow.companies.account_commands import FoundCompany
from stockflow.companies.authentication import load_company, token_hash
from stockflow.companies.models import Membership
from stockflow.companies.sessions import SignedIn
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool, translated_errors
from stockflow.foundation.idempotency import IdempotencyKeyReused, RetryKey, fingerprint
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope, utc_now

_SQL = sql.load(__package__, "founding.sql")


async def next_company_id(pool: Pool) -> int:
    """The id a new company gets; its transaction must be set to it before it begins."""
    with translated_errors():
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT nextval(pg_get_serial_sequence('companies', 'id'))"
            )
            row = await cursor.fetchone()
    assert row is not None, "nextval gives a row"
    return int(row[0])


async def make_company(
    connection: Connection, company_id: int, command: FoundCompany, actor: Actor, request_id: str
) -> WriteScope:
    """A company without anybody yet, and a scope in it; in the transaction of its id."""
    await connection.execute(
        "INSERT INTO companies (id, name, currency, timezone) OVERRIDING SYSTEM VALUE"
        " VALUES (%s, %s, %s, %s)",
        (company_id, command.company_name, command.currency, command.timezone),
    )
    company = await load_company(connection, company_id)
    assert company is not None
    scope = WriteScope(connection, company, actor, utc_now(), request_id)
    changes = {"name": (None, command.company_name)}
    await audit.record(scope, "company", "created", {company_id: changes})
    return scope


async def make_owner(scope: WriteScope, user_id: int, email: str, name: str) -> None:
    """The first member of a new company."""
    await scope.execute(
        insert(Membership).values(
            company_id=scope.company_id,
            user_id=user_id,
            email=email,
            name=name,
            role=Role.OWNER.value,
        )
    )


async def found_company(
    connection: Connection,
    company_id: int,
    command: FoundCompany,
    owner: SignedIn,
    request_id: str,
    *,
    key: str | None,
) -> int:
    """A company of somebody who asks for it themselves; gives its id.

    Asked for again with the same key, it is the company they have.

    Raises:
        IdempotencyKeyReused: the key is that of another company.
    """
    founded = await _claimed(connection, company_id, command, owner, key)
    if founded != company_id:
        return founded
    actor = Actor(Role.OWNER, user_id=owner.user_id)
    scope = await make_company(connection, company_id, command, actor, request_id)
    await make_owner(scope, owner.user_id, owner.email, owner.name)
    return company_id


async def _claimed(
    connection: Connection, company_id: int, command: FoundCompany, owner: SignedIn, key: str | None
) -> int:
    """The company of this key, which is `company_id` if there is none yet."""
    if key is None:
        return company_id
    # not the whole form: a fingerprint of a password would be a hash that is quick to guess
    asked = (command.company_name, command.currency, command.timezone)
    retry_key = RetryKey(key, fingerprint(*(part.encode() for part in asked)))
    names = {
        "user_id": owner.user_id,
        "key_hash": token_hash(retry_key.key),
        "fingerprint": retry_key.fingerprint,
        "company_id": company_id,
    }
    await connection.execute(_SQL["forget_old"], names)
    await connection.execute(_SQL["claim"], names)
    row = await (await connection.execute(_SQL["claimed"], names)).fetchone()
    assert row is not None, "it was claimed, now or before"
    if row[1] != retry_key.fingerprint:
        raise IdempotencyKeyReused
    return int(row[0])
