"""Writes of companies, members and keys."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, insert, update

from stockflow.companies import audit
from stockflow.companies.account_commands import FoundCompany
from stockflow.companies.account_errors import AddressNotConfirmed
from stockflow.companies.authentication import load_company, new_token, token_hash
from stockflow.companies.commands import (
    AddMember,
    ChangeCompany,
    ChangeMember,
    CreateApiKey,
    CreateCompany,
)
from stockflow.companies.errors import CompanyHasProducts, LastOwner
from stockflow.companies.events import CompanyRulesChanged, TimezoneChanging
from stockflow.companies.founding import make_company, make_owner, next_company_id
from stockflow.companies.models import ApiKey, Company, Membership
from stockflow.companies.passwords import hash_password
from stockflow.companies.power import (
    require_known_warehouses,
    require_no_limits,
    require_power_over,
)
from stockflow.companies.queries import (
    ApiKeyRow,
    CompanyRow,
    MemberRow,
    company_rows,
    get_api_key,
    get_company,
    get_member,
)
from stockflow.foundation.database import Pool
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import Actor, WriteScope, transaction

_RULES = frozenset(
    {
        "allow_backorders",
        "default_low_stock_threshold",
        "standard_low_stock_threshold",
        "low_stock_at_threshold",
    }
)
_MEMBER_FIELDS = ("role", "warehouse_ids")


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
    hint: str
    created_by: int | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    api_key: str


async def create_company(pool: Pool, command: CreateCompany) -> NewCompany:
    """Set up a company, its owner and a first API key, all or nothing.

    Raises:
        AddressNotConfirmed: somebody made an account with the owner's address who may be anybody.
    """
    company_id = await next_company_id(pool)
    asked = FoundCompany(
        company_name=command.name, currency=command.currency, timezone=command.timezone
    )
    async with transaction(pool, company_id, read_only=False) as connection:
        scope = await make_company(
            connection, company_id, asked, Actor(Role.OWNER), "create-company"
        )
        user_id = await ensure_user(
            scope, command.owner_email, command.owner_name, command.owner_password
        )
        name = command.owner_name or name_in(command.owner_email)
        await make_owner(scope, user_id, command.owner_email, name)
        key = await create_api_key(scope, CreateApiKey(name="First key", role=Role.OWNER))
    return NewCompany(company_id, user_id, key.api_key)


async def ensure_user(scope: WriteScope, email: str, name: str | None, password: str | None) -> int:
    """The user with this address, made if new. A known user keeps name and password.

    A password is only ever given by the operator, who knows whose address it is.

    Raises:
        AddressNotConfirmed: somebody signed up with this address who may be anybody.
    """
    cursor = await scope.execute(
        "INSERT INTO users (email, email_key, name, password_hash, address_confirmed_at)"
        " VALUES (%s, %s, %s, %s, CASE WHEN %s THEN now() END)"
        " ON CONFLICT (email_key) DO UPDATE SET email = users.email"
        " RETURNING id, password_hash IS NOT NULL AND address_confirmed_at IS NULL",
        (
            email,
            email.lower(),
            name or name_in(email),
            None if password is None else hash_password(password),
            password is not None,
        ),
    )
    row = await cursor.fetchone()
    assert row is not None, "INSERT ... RETURNING gives a row"
    if row[1]:
        raise AddressNotConfirmed
    return int(row[0])


def name_in(email: str) -> str:
    """What to call somebody of whom only the address is known."""
    return email.partition("@")[0]


async def change_company(
    scope: WriteScope, command: ChangeCompany, expected_version: int | None
) -> CompanyRow:
    """Change the given settings of the company.

    Raises:
        StaleVersion: it is not at `expected_version` any more.
        CompanyHasProducts: the meaning of SKUs is settled by the first product.
        Forbidden: the actor is limited to some warehouses, and the rules are those of all.
    """
    scope.require(Permission.EDIT_COMPANY)
    require_no_limits(scope)
    given = command.model_dump(exclude_unset=True)
    before = await _locked_company(scope)
    require_version(before.version, expected_version)
    values = {name: value for name, value in given.items() if value != getattr(before, name)}
    if not values:
        return before
    if "case_sensitive_skus" in values:
        await _require_no_products(scope)
        await _locked_company(scope, alone=True)
        await _require_no_products(scope)
    if "timezone" in values:
        await publish(scope, TimezoneChanging())
    await scope.execute(
        update(Company)
        .where(Company.id == scope.company_id)
        .values(**values, version=Company.version + 1)
    )
    after = await get_company(scope)
    await audit.record(
        scope, "company", "changed", {after.id: audit.changed(before, after, tuple(values))}
    )
    if values.keys() & _RULES:
        await publish(await _renewed(scope), CompanyRulesChanged())
    return after


async def _locked_company(scope: WriteScope, *, alone: bool = False) -> CompanyRow:
    """The row, held against changes of its rules; `alone` also waits for new rows below it.

    Alone only where nothing is moving: a posting holds levels while it refers to the company.
    """
    query = company_rows(scope).with_for_update(key_share=not alone)
    row = await scope.fetch_one(CompanyRow, query)
    assert row is not None, "a scope has a company"
    return row


async def _require_no_products(scope: WriteScope) -> None:
    # asked by table name: the catalogue is a feature above this one
    if await scope.fetch_value(
        "SELECT EXISTS (SELECT FROM products WHERE company_id = %s)", (scope.company_id,)
    ):
        raise CompanyHasProducts


async def _renewed(scope: WriteScope) -> WriteScope:
    """The same scope with the company as it is now."""
    company = await load_company(scope.connection, scope.company_id)
    assert company is not None, "a scope has a company"
    return WriteScope(scope.connection, company, scope.actor, scope.now, scope.request_id)


async def add_member(
    scope: WriteScope, command: AddMember, password: str | None = None
) -> MemberRow:
    """Make a person a member; `password` is for a person StockFlow does not know yet.

    Raises:
        AlreadyMember: change the membership instead.
        AddressNotConfirmed: somebody signed up with this address who may be anybody; invite it.
        UnknownWarehouses: a warehouse is not one of this company.
        MorePowerThanOwn, WarehouseNotAllowed: the member could do what the actor may not.
    """
    scope.require(Permission.MANAGE_MEMBERS)
    await require_known_warehouses(scope, command.warehouse_ids)
    require_power_over(scope, command.role, command.warehouse_ids)
    user_id = await ensure_user(scope, command.email, command.name, password)
    await scope.execute(
        insert(Membership).values(
            company_id=scope.company_id,
            user_id=user_id,
            # not as the person is spelled or called elsewhere: not this company's to know
            email=command.email,
            name=command.name or name_in(command.email),
            role=command.role.value,
            warehouse_ids=command.warehouse_ids,
        )
    )
    row = await get_member(scope, user_id)
    await audit.record(
        scope,
        "member",
        "added",
        {
            user_id: {
                "email": (None, row.email),
                "role": (None, row.role),
                "warehouse_ids": (None, row.warehouse_ids),
            }
        },
    )
    return row


async def change_member(
    scope: WriteScope, user_id: int, command: ChangeMember, expected_version: int | None
) -> MemberRow:
    """Give a member another role or other warehouses.

    Raises:
        MemberNotFound: the user is no member.
        StaleVersion: the membership is not at `expected_version` any more.
        LastOwner: the company would have no owner of all its warehouses.
        UnknownWarehouses, MorePowerThanOwn, WarehouseNotAllowed: as for a new member.
    """
    before, owners = await _locked_member(scope, user_id)
    require_version(before.version, expected_version)
    values = command.model_dump(mode="json", exclude_unset=True)
    values = {name: value for name, value in values.items() if value != getattr(before, name)}
    if not values:
        return before
    role = Role(values.get("role", before.role))
    warehouse_ids = values.get("warehouse_ids", before.warehouse_ids)
    if "warehouse_ids" in values:
        await require_known_warehouses(scope, warehouse_ids)
    require_power_over(scope, role, warehouse_ids)
    if owners == [user_id] and (role is not Role.OWNER or warehouse_ids is not None):
        raise LastOwner
    await scope.execute(
        update(Membership)
        .where(Membership.company_id == scope.company_id, Membership.user_id == user_id)
        .values(**values, version=Membership.version + 1)
    )
    after = await get_member(scope, user_id)
    await audit.record(
        scope, "member", "changed", {user_id: audit.changed(before, after, _MEMBER_FIELDS)}
    )
    return after


async def remove_member(scope: WriteScope, user_id: int) -> None:
    """End a membership; the user stays known, and keys they made keep working until revoked.

    Raises:
        MemberNotFound: the user is no member.
        LastOwner: the company would have no owner of all its warehouses.
        MorePowerThanOwn, WarehouseNotAllowed: the member may do what the actor may not.
    """
    before, owners = await _locked_member(scope, user_id)
    if owners == [user_id]:
        raise LastOwner
    await scope.execute(
        delete(Membership).where(
            Membership.company_id == scope.company_id, Membership.user_id == user_id
        )
    )
    changes = {name: (getattr(before, name), None) for name in ("email", *_MEMBER_FIELDS)}
    await audit.record(scope, "member", "removed", {user_id: changes})


async def _locked_member(scope: WriteScope, user_id: int) -> tuple[MemberRow, list[int]]:
    """A member within the actor's power, and the owners of all warehouses; all held.

    The owners are locked first and in one order, so that two requests can neither deadlock nor each
    leave the other's owner as the last one.
    """
    scope.require(Permission.MANAGE_MEMBERS)
    cursor = await scope.execute(
        "SELECT user_id FROM memberships"
        " WHERE company_id = %s AND role = 'owner' AND warehouse_ids IS NULL"
        " ORDER BY user_id FOR UPDATE",
        (scope.company_id,),
    )
    owners = [row[0] for row in await cursor.fetchall()]
    member = await get_member(scope, user_id, for_update=True)
    require_power_over(scope, Role(member.role), member.warehouse_ids)
    return member, owners


async def create_api_key(
    scope: WriteScope,
    command: CreateApiKey,
    make_token: Callable[[int, int], str] = lambda company_id, _: new_token(company_id),
) -> NewApiKey:
    """Make an API key, at most as powerful as its maker; `make_token` gets company and key id.

    Raises:
        UnknownWarehouses: a warehouse is not one of this company.
        MorePowerThanOwn, WarehouseNotAllowed: the key would do what its maker may not.
    """
    scope.require(Permission.MANAGE_KEYS)
    await require_known_warehouses(scope, command.warehouse_ids)
    require_power_over(scope, command.role, command.warehouse_ids)
    key_id = await scope.fetch_value("SELECT nextval(pg_get_serial_sequence('api_keys', 'id'))")
    token = make_token(scope.company_id, key_id)
    await scope.execute(
        "INSERT INTO api_keys"
        " (company_id, id, name, role, warehouse_ids, hint, secret_hash, created_by)"
        " OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            scope.company_id,
            key_id,
            command.name,
            command.role.value,
            command.warehouse_ids,
            token[-4:],
            token_hash(token),
            scope.actor.user_id,
        ),
    )
    row = await get_api_key(scope, key_id)
    changes = {name: (None, getattr(row, name)) for name in ("name", "role", "warehouse_ids")}
    await audit.record(scope, "api_key", "created", {key_id: changes})
    return NewApiKey(**asdict(row), api_key=token)


async def revoke_api_key(scope: WriteScope, api_key_id: int) -> ApiKeyRow:
    """End a key at once and for good; ending it again changes nothing.

    Raises:
        ApiKeyNotFound: no such key in this company.
        MorePowerThanOwn, WarehouseNotAllowed: the key may do what the actor may not.
    """
    before = await get_api_key(scope, api_key_id, for_update=True)
    require_power_over(scope, Role(before.role), before.warehouse_ids)
    if before.revoked_at is not None:
        return before
    await scope.execute(
        update(ApiKey)
        .where(ApiKey.company_id == scope.company_id, ApiKey.id == api_key_id)
        .values(revoked_at=scope.now)
    )
    after = await get_api_key(scope, api_key_id)
    changes = audit.changed(before, after, ("revoked_at",))
    await audit.record(scope, "api_key", "revoked", {api_key_id: changes})
    return after
