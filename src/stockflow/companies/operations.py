"""Writes of companies, members and keys."""

from dataclasses import dataclass

from argon2 import PasswordHasher
from psycopg.rows import scalar_row
from sqlalchemy import insert

from stockflow.companies import audit
from stockflow.companies.authentication import load_company, new_token, token_hash
from stockflow.companies.commands import CreateApiKey, CreateCompany
from stockflow.companies.models import ApiKey, Membership
from stockflow.companies.power import require_known_warehouses, require_power_over
from stockflow.foundation.database import Pool
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.scope import Actor, WriteScope, transaction, utc_now

_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What the operator gets for a new company; the key is shown this once."""

    company_id: int
    user_id: int
    api_key: str


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A new key; `api_key` is shown this once."""

    id: int
    name: str
    role: Role
    warehouse_ids: list[int] | None
    api_key: str


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with the parameters RFC 9106 recommends."""
    return _HASHER.hash(password)


async def create_company(pool: Pool, command: CreateCompany) -> NewCompany:
    """Set up a company, its owner and a first API key, all or nothing."""
    async with pool.connection() as connection:
        cursor = connection.cursor(row_factory=scalar_row)
        await cursor.execute("SELECT nextval(pg_get_serial_sequence('companies', 'id'))")
        company_id: int = await cursor.fetchone()  # type: ignore[assignment]  # nextval gives a row
    async with transaction(pool, company_id, read_only=False) as connection:
        await connection.execute(
            "INSERT INTO companies (id, name, currency, timezone) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, %s, %s, %s)",
            (company_id, command.name, command.currency, command.timezone),
        )
        company = await load_company(connection, company_id)
        assert company is not None
        scope = WriteScope(connection, company, Actor(Role.OWNER), utc_now(), "create-company")
        user_id = await ensure_user(
            scope, command.owner_email, command.owner_name, command.owner_password
        )
        await scope.execute(
            insert(Membership).values(company_id=company_id, user_id=user_id, role=Role.OWNER.value)
        )
        await audit.record(
            scope, "company", "created", {company_id: {"name": (None, command.name)}}
        )
        key = await create_api_key(scope, CreateApiKey(name="First key", role=Role.OWNER))
    return NewCompany(company_id, user_id, key.api_key)


async def ensure_user(scope: WriteScope, email: str, name: str | None, password: str | None) -> int:
    """The user with this address, made if new. A known user keeps name and password."""
    found = await scope.fetch_value(
        "INSERT INTO users (email, email_key, name, password_hash) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (email_key) DO UPDATE SET email = users.email RETURNING id",
        (
            email,
            email.lower(),
            name or email.partition("@")[0],
            None if password is None else hash_password(password),
        ),
    )
    return int(found)


async def create_api_key(scope: WriteScope, command: CreateApiKey) -> NewApiKey:
    """Make an API key, at most as powerful as its maker.

    Raises:
        UnknownWarehouses: a warehouse is not one of this company.
        MorePowerThanOwn, WarehouseNotAllowed: the key would do what its maker may not.
    """
    scope.require(Permission.MANAGE_KEYS)
    await require_known_warehouses(scope, command.warehouse_ids)
    require_power_over(scope, command.role, command.warehouse_ids)
    token = new_token(scope.company_id)
    key_id = await scope.fetch_value(
        insert(ApiKey)
        .values(
            company_id=scope.company_id,
            name=command.name,
            role=command.role.value,
            warehouse_ids=command.warehouse_ids,
            hint=token[-4:],
            secret_hash=token_hash(token),
            created_by=scope.actor.user_id,
        )
        .returning(ApiKey.id)
    )
    await audit.record(
        scope,
        "api_key",
        "created",
        {key_id: {"name": (None, command.name), "role": (None, command.role)}},
    )
    return NewApiKey(key_id, command.name, command.role, command.warehouse_ids, token)
