"""Limits of what strangers may try: so many attempts in any stretch of time, counted before they run.

Attempts are counted in PostgreSQL, in a transaction of their own, so that neither several workers nor
guessing in parallel gets anybody more of them. Those over the limit are not counted: a bucket empties
by itself, however often it is knocked at.
"""

import hashlib
import ipaddress
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from stockflow.companies.sessions import account_transaction
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.errors import TooManyAttempts

_SQL = sql.load(__package__, "attempts.sql")
_PURGE_ONE_IN = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts within the window, for what the parts name together."""

    most: int
    parts: tuple[object, ...]

    @property
    def bucket(self) -> bytes:
        """What is stored: a hash, as people type passwords where their address belongs."""
        return hashlib.sha256(repr(self.parts).encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted."""

    moment: datetime
    buckets: list[bytes]


async def count_attempt(pool: Pool, limits: Sequence[Limit], window: timedelta) -> Attempt:
    """Count an attempt in every bucket, or in none.

    Raises:
        TooManyAttempts: a bucket is full; it says in how many seconds one more may be tried.
    """
    most = {limit.bucket: limit.most for limit in limits}
    names: dict[str, Any] = {"buckets": list(most), "window": window}
    async with account_transaction(pool) as connection:
        cursor = await connection.execute(_SQL["lock"], names)
        rows = await cursor.fetchall()
        moment: datetime = max(row[2] for row in rows)
        since = moment - window
        for bucket, attempted_at, _ in rows:
            recent = sorted(one for one in attempted_at if one > since)
            if len(recent) >= most[bucket]:
                raise _later(recent[-most[bucket]] + window - moment)
        await connection.execute(_SQL["count"], {**names, "since": since, "moment": moment})
        if random.randrange(_PURGE_ONE_IN) == 0:
            await connection.execute(_SQL["purge"])
    return Attempt(moment, list(most))


def _later(wait: timedelta) -> TooManyAttempts:
    seconds = max(1, ceil(wait.total_seconds()))
    minutes = ceil(seconds / 60)
    return TooManyAttempts(
        f"This was tried too often lately. Try again in {minutes} minute{'s'[: minutes - 1]}.",
        facts={"retry_after": seconds},
    )


async def forgive(connection: Connection, attempt: Attempt) -> None:
    """Take an attempt back that succeeded: only failed ones count."""
    await connection.execute(
        _SQL["forgive"], {"moment": attempt.moment, "buckets": attempt.buckets}
    )


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the 64 bits a customer gets, of which they may use any."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
