"""Safe retries: a request sent again with the same `Idempotency-Key` has its effect once.

The key is claimed and the answer kept in the transaction of the effect itself, so after a crash
either both are there or neither. Only answers that took effect are kept: a refused request changed
nothing and may be sent again.
"""

import hashlib
import random
import re
from dataclasses import dataclass

import msgspec

from stockflow.foundation import sql
from stockflow.foundation.errors import Busy, Conflict, FieldError, Invalid
from stockflow.foundation.scope import WriteScope

_SQL = sql.load(__package__, "idempotency.sql")
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
_PURGE_ONE_IN = 100


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used for another request; use a new one for every new request."""

    code = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer the first request with a key got."""

    status: int
    headers: dict[str, str]
    body: bytes


class AlreadyAnswered(Exception):
    """Raised in place of running an operation a second time; the door sends the kept answer."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to be the one request that runs under a key."""

    scope: WriteScope
    key: str

    async def keep(self, answer: KeptAnswer) -> None:
        await self.scope.execute(
            _SQL["keep"],
            {
                "company_id": self.scope.company_id,
                "key": self.key,
                "status": answer.status,
                "headers": msgspec.json.encode(answer.headers).decode(),
                "body": answer.body,
            },
        )


def fingerprint(*parts: bytes) -> bytes:
    """What makes two requests the same request."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()


async def claim(scope: WriteScope, key: str, request: bytes) -> Claim:
    """Claim `key` for the request with the fingerprint `request`.

    Raises:
        AlreadyAnswered: this very request has had its effect.
        IdempotencyKeyReused: the key belongs to another request.
        Invalid: the key is not 1 to 255 visible ASCII characters.
    """
    if not _KEY.match(key):
        raise Invalid(
            errors=[
                FieldError("/header/idempotency-key", "must be 1 to 255 visible ASCII characters")
            ]
        )
    names = {"company_id": scope.company_id, "key": key, "fingerprint": request}
    if random.randrange(_PURGE_ONE_IN) == 0:
        await scope.execute(_SQL["purge"], names)
    if await scope.fetch_value(_SQL["claim"], names) is None:
        raise AlreadyAnswered(await _kept(scope, names))
    return Claim(scope, key)


async def _kept(scope: WriteScope, names: dict[str, object]) -> KeptAnswer:
    cursor = await scope.execute(_SQL["kept"], names)
    row = await cursor.fetchone()
    if row is None:
        raise Busy
    first, status, headers, body = row
    if bytes(first) != names["fingerprint"]:
        raise IdempotencyKeyReused
    return KeptAnswer(status, msgspec.json.decode(headers, type=dict[str, str]), bytes(body))
