"""Who is calling: an API key names its company, so it is looked up inside that company alone."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncRawCursor

from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.errors import Unauthenticated
from stockflow.foundation.idempotency import RetryKey
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, Company, transaction

_SQL = sql.load(__package__, "authentication.sql")
_TOKEN = re.compile(r"^sf_([1-9][0-9]{0,18})_[A-Za-z0-9_-]{20,64}$")


def new_token(company_id: int) -> str:
    """A new API key: 256 random bits behind the id of its company."""
    return f"sf_{company_id}_{secrets.token_urlsafe(32)}"


def repeatable_token(
    maker_token: str, idempotency_key: str, company_id: int, api_key_id: int
) -> str:
    """The API key made under an `Idempotency-Key`: whoever may repeat the request can make it again.

    An answer is kept 24 hours for retries, but a secret must not lie in the database, where a leak
    would show it. So the secret is derived from what a retry brings along and the database has only
    the hash of: the key of the maker. The new key's id makes it unique, also for a reused
    `Idempotency-Key`. Who holds the maker's key could make such keys anyway.
    """
    facts = f"api-key {company_id} {api_key_id} {idempotency_key}"
    secret = hmac.digest(maker_token.encode(), facts.encode(), "sha256")
    return f"sf_{company_id}_{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def token_hash(token: str) -> bytes:
    """What is stored of a key. It is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def company_of(token: str) -> int:
    """The company a key names; whether the key is real only the database knows.

    Raises:
        Unauthenticated: it does not look like a key.
    """
    match = _TOKEN.match(token)
    if match is None or int(match[1]) > 2**63 - 1:
        raise Unauthenticated
    return int(match[1])


async def authenticate(
    connection: Connection, token: str, retry_key: RetryKey | None = None
) -> tuple[Company, Actor, bool]:
    """The company and actor behind a key, and whether its last use should be noted.

    Raises:
        Unauthenticated: no such key, or it was revoked.
        AlreadyAnswered, IdempotencyKeyReused: a request with `retry_key` has had its effect.
    """
    company_id = company_of(token)
    text, _ = sql.positional(_SQL["by_api_key"])
    cursor = await AsyncRawCursor(connection).execute(
        text, (company_id, retry_key and retry_key.key, token_hash(token))
    )
    row = await cursor.fetchone()
    if row is None:
        raise Unauthenticated
    key_id, role, warehouse_ids, touch, *company = row[:-4]
    if retry_key is not None:
        retry_key.require_unused(row[-4:])
    limits = None if warehouse_ids is None else frozenset(warehouse_ids)
    actor = Actor(Role(role), api_key_id=key_id, warehouse_ids=limits)
    return _company(company_id, company), actor, touch


async def load_company(connection: Connection, company_id: int) -> Company | None:
    """The company of the transaction, or None where there is none."""
    row = await (await connection.execute(_SQL["company"], (company_id,))).fetchone()
    return None if row is None else _company(company_id, row)


async def note_use(pool: Pool, company_id: int, api_key_id: int) -> None:
    """Remember that a key was used; a transaction of its own, at most once a minute and key."""
    async with transaction(pool, company_id, read_only=False) as connection:
        await connection.execute(_SQL["touch"], {"company_id": company_id, "id": api_key_id})


def _company(company_id: int, columns: Sequence[Any]) -> Company:
    name, currency, timezone, *rules = columns
    return Company(company_id, name, currency, ZoneInfo(timezone), *rules)
