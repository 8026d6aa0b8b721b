"""Finds the demo company of a deployment, or makes it, and keeps its API key between starts."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg

from stockflow.companies.authentication import authenticate, company_of
from stockflow.companies.commands import CreateApiKey, MemberFilters
from stockflow.companies.operations import create_api_key, create_company
from stockflow.companies.operator import company_scope
from stockflow.companies.queries import list_members
from stockflow.demo import story
from stockflow.demo.load import Tell, load_story
from stockflow.foundation.database import Pool, open_pool
from stockflow.foundation.errors import Unauthenticated
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import ReadScope, WriteScope, transaction
from stockflow.foundation.settings import Settings
from stockflow.stock.commands import MovementFilters
from stockflow.stock.queries import list_movements

_LOCK = 727_310


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo company, and the key to it."""

    company_id: int
    api_key: str
    last_movement_at: datetime
    is_new: bool


def open_demo(settings: Settings, conninfo: Conninfo, tell: Tell) -> Demo:
    """The demo company of this deployment, loaded if it is not there; one process at a time."""
    with psycopg.connect(conninfo.owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        named = connection.execute(
            "SELECT id FROM companies WHERE name = %s ORDER BY id", [story.COMPANY.name]
        ).fetchall()
        return asyncio.run(_open(settings, conninfo, [row[0] for row in named], tell))


async def _open(
    settings: Settings, conninfo: Conninfo, candidates: Sequence[int], tell: Tell
) -> Demo:
    file = settings.data_dir.expanduser() / "demo.json"
    small = settings.model_copy(update={"pool_size": 1})
    async with open_pool(conninfo.app, small) as pool:
        company_id, key = await _find(pool, candidates), _kept_key(file)
        if company_id is None:
            made = await create_company(pool, story.COMPANY)
            company_id, key = made.company_id, made.api_key
        last = await _last_movement(pool, company_id)
        is_new = last is None
        if last is None:
            last = await _load(pool, company_id, tell)
        if key is None or not await _opens(pool, key, company_id):
            key = await _new_key(pool, company_id)
        _keep(file, key)
    return Demo(company_id, key, last, is_new)


async def _find(pool: Pool, candidates: Sequence[int]) -> int | None:
    """The company with the name whose first owner is the story's: others may have the name too."""
    for company_id in candidates:
        async with company_scope(pool, company_id, ReadScope) as scope:
            members = await list_members(scope, MemberFilters())
        if any(member.email == story.COMPANY.owner_email for member in members.items):
            return company_id
    return None


async def _last_movement(pool: Pool, company_id: int) -> datetime | None:
    """When the newest movement happened; none means that loading was interrupted or never began."""
    async with company_scope(pool, company_id, ReadScope) as scope:
        newest = await list_movements(scope, MovementFilters(limit=1))
    return newest.items[0].occurred_at if newest.items else None


async def _load(pool: Pool, company_id: int, tell: Tell) -> datetime:
    async with company_scope(pool, company_id, WriteScope) as scope:
        await load_story(scope, tell)
        return scope.now


def _kept_key(file: Path) -> str | None:
    try:
        return str(msgspec.json.decode(file.read_bytes())["api_key"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


async def _opens(pool: Pool, key: str, company_id: int) -> bool:
    try:
        if company_of(key) != company_id:
            return False
        async with transaction(pool, company_id, read_only=True) as connection:
            await authenticate(connection, key)
    except Unauthenticated:
        return False
    return True


async def _new_key(pool: Pool, company_id: int) -> str:
    async with company_scope(pool, company_id, WriteScope) as scope:
        made = await create_api_key(scope, CreateApiKey(name="Demo", role=Role.OWNER))
    return made.api_key


def _keep(file: Path, key: str) -> None:
    """Write the key where only this user reads it: the database has nothing but its hash."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode({"api_key": key}) + b"\n")
    new.replace(file)
