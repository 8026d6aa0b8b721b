"""How a web request gets its scope: `Read` or `Write` in a handler's signature."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from stockflow.companies.authentication import (
    authenticate,
    company_of,
    new_token,
    note_use,
    repeatable_token,
)
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import Unauthenticated
from stockflow.foundation.idempotency import (
    AlreadyAnswered,
    Claim,
    KeptAnswer,
    claim,
    fingerprint,
)
from stockflow.foundation.middleware import ACTOR, REQUEST_ID
from stockflow.foundation.routing import CLAIM
from stockflow.foundation.scope import ReadScope, WriteScope, transaction

S = TypeVar("S", bound=ReadScope)
_bearer = HTTPBearer(auto_error=False, description="An API key, `sf_…`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
IdempotencyKey = Annotated[
    str | None,
    Header(description="Makes the request safe to send again: it takes effect once."),
]


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise Unauthenticated
    return credentials.credentials


@asynccontextmanager
async def _scope(request: Request, token: str, kind: type[S]) -> AsyncIterator[S]:
    pool: Pool = request.app.state.pool
    clock: Callable[[], datetime] = request.app.state.clock
    read_only = not issubclass(kind, WriteScope)
    async with transaction(pool, company_of(token), read_only=read_only) as connection:
        company, actor, touch = await authenticate(connection, token)
        request.scope[ACTOR] = {"company_id": company.id, "api_key_id": actor.api_key_id}
        yield kind(connection, company, actor, clock(), request.scope[REQUEST_ID])
    if touch and actor.api_key_id is not None:
        await note_use(pool, company.id, actor.api_key_id)


async def _read(request: Request, credentials: Credentials) -> AsyncIterator[ReadScope]:
    async with _scope(request, _token(credentials), ReadScope) as scope:
        yield scope


async def _write(
    request: Request, credentials: Credentials, idempotency_key: IdempotencyKey = None
) -> AsyncIterator[WriteScope]:
    async with _scope(request, _token(credentials), WriteScope) as scope:
        if idempotency_key is not None:
            request.scope[CLAIM] = await claim(scope, idempotency_key, await _same(request, scope))
        yield scope


def _open_aside(
    request: Request, credentials: Credentials
) -> Callable[[], AbstractAsyncContextManager[WriteScope]]:
    return partial(_scope, request, _token(credentials), WriteScope)


async def _same(request: Request, scope: WriteScope) -> bytes:
    """What must be equal for a request to be the same request. Files are compared by the import."""
    is_file = request.headers.get("content-type", "").startswith("multipart/")
    body = b"" if is_file else await request.body()
    address = f"{request.method} {request.url.path}?{request.url.query} {scope.actor}"
    return fingerprint(address.encode(), body)


@dataclass(frozen=True, slots=True)
class KeyMaking:
    """A scope to make an API key in, and the token that key must get."""

    scope: WriteScope
    make_token: Callable[[int, int], str]


class _ClaimWithoutSecret(Claim):
    """Keeps the answer with the place of its `api_key` empty."""

    async def keep(self, answer: KeptAnswer) -> None:
        kept = msgspec.json.decode(answer.body) | {"api_key": None}
        await Claim.keep(self, replace(answer, body=msgspec.json.encode(kept)))


async def _make_key(
    request: Request, credentials: Credentials, idempotency_key: IdempotencyKey = None
) -> AsyncIterator[KeyMaking]:
    token = _token(credentials)
    async with _scope(request, token, WriteScope) as scope:
        if idempotency_key is None:
            yield KeyMaking(scope, lambda company_id, _: new_token(company_id))
            return
        make_token = partial(repeatable_token, token, idempotency_key)
        try:
            claimed = await claim(scope, idempotency_key, await _same(request, scope))
        except AlreadyAnswered as again:
            kept = msgspec.json.decode(again.answer.body)
            kept["api_key"] = make_token(scope.company_id, kept["id"])
            raise AlreadyAnswered(replace(again.answer, body=msgspec.json.encode(kept))) from None
        request.scope[CLAIM] = _ClaimWithoutSecret(claimed.scope, claimed.key)
        yield KeyMaking(scope, make_token)


# The scope ends, and commits, before the answer is sent: FastAPI's default would commit after it.
Read = Annotated[ReadScope, Depends(_read, scope="function")]
Write = Annotated[WriteScope, Depends(_write, scope="function")]
OpenAside = Annotated[Callable[[], AbstractAsyncContextManager[WriteScope]], Depends(_open_aside)]
"""Opens a transaction that is committed on its own, whatever becomes of the request's."""
MakeKey = Annotated[KeyMaking, Depends(_make_key, scope="function")]
