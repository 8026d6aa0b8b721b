"""Safe retries: a request sent again with the same `Idempotency-Key` has its effect once.

Requests with the same key queue at an advisory lock, taken as their transaction begins. The first runs,
and keeps its answer in the transaction of the effect itself, so after a crash either both are there or
neither; the next one finds the answer when it is authenticated. Only answers that took effect are kept:
a refused request changed nothing and may be sent again.
"""

import hashlib
import random
import re
from dataclasses import dataclass

import msgspec

from stockflow.foundation import sql
from stockflow.foundation.errors import Conflict, FieldError, Invalid
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
class RetryKey:
    """An Idempotency-Key, and the fingerprint of the request it came with."""

    key: str
    fingerprint: bytes

    def __post_init__(self) -> None:
        """Refuse what is no key.

        Raises:
            Invalid: the key is not 1 to 255 visible ASCII characters.
        """
        if not _KEY.match(self.key):
            detail = "must be 1 to 255 visible ASCII characters"
            raise Invalid(errors=[FieldError("/header/idempotency-key", detail)])

    def lock(self, company_id: int) -> int:
        """The number of the advisory lock that requests with this key queue at."""
        digest = hashlib.sha256(f"{company_id} {self.key}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)

    def require_unused(self, kept: tuple[bytes | None, int, str, bytes]) -> None:
        """Let a request run only if none with its key has.

        `kept` is fingerprint, status, headers and body of the row with this key, or nulls.

        Raises:
            AlreadyAnswered: this very request has had its effect.
            IdempotencyKeyReused: the key belongs to another request.
        """
        first, status, headers, body = kept
        if first is None:
            return
        if first != self.fingerprint:
            raise IdempotencyKeyReused
        names = msgspec.json.decode(headers, type=dict[str, str])
        raise AlreadyAnswered(KeptAnswer(status, names, body))


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to be the one request that runs under a key."""

    scope: WriteScope
    retry_key: RetryKey

    async def keep(self, answer: KeptAnswer) -> None:
        """Keep the answer for 24 hours, if the transaction commits."""
        names = {
            "company_id": self.scope.company_id,
            "key": self.retry_key.key,
            "fingerprint": self.retry_key.fingerprint,
            "status": answer.status,
            "headers": msgspec.json.encode(answer.headers).decode(),
            "body": answer.body,
        }
        await self.scope.execute(_SQL["keep"], names)
        if random.randrange(_PURGE_ONE_IN) == 0:
            await self.scope.execute(_SQL["purge"], names)


def fingerprint(*parts: bytes) -> bytes:
    """What makes two requests the same request."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()
