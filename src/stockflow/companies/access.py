"""How a web request gets its scope: `Read` or `Write` in a handler's signature."""

import hashlib
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Annotated, BinaryIO, TypeVar

import msgspec
import psycopg
import structlog
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from stockflow.companies.authentication import (
    authenticate,
    company_of,
    new_token,
    note_use,
    repeatable_token,
    token_hash,
)
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import StockFlowError, Unauthenticated
from stockflow.foundation.idempotency import (
    AlreadyAnswered,
    Claim,
    KeptAnswer,
    RetryKey,
    fingerprint,
)
from stockflow.foundation.middleware import ACTOR, REQUEST_ID
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import CLAIM
from stockflow.foundation.scope import ReadScope, WriteScope, transaction

S = TypeVar("S", bound=ReadScope)
_CHUNK_BYTES = 1 << 20
_FORMS = ("multipart/", "application/x-www-form-urlencoded")
_log = structlog.get_logger()
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


async def require_before_body(request: Request, permission: Permission) -> None:
    """Refuse a large body before any of it is read.

    Raises:
        Unauthenticated: the request has no API key that is good.
        Forbidden: the key does not grant `permission`.
    """
    async with _scope(request, _token(await _bearer(request)), ReadScope) as scope:
        scope.require(permission)


@asynccontextmanager
async def _scope(
    request: Request, token: str, kind: type[S], retry_key: RetryKey | None = None
) -> AsyncIterator[S]:
    pool: Pool = request.app.state.pool
    clock: Callable[[], datetime] = request.app.state.clock
    company_id = company_of(token)
    lock = None if retry_key is None else retry_key.lock(company_id)
    read_only = not issubclass(kind, WriteScope)
    async with transaction(pool, company_id, read_only=read_only, lock=lock) as connection:
        company, actor, touch = await authenticate(connection, token, retry_key)
        request.scope[ACTOR] = {"company_id": company.id, "api_key_id": actor.api_key_id}
        yield kind(connection, company, actor, clock(), request.scope[REQUEST_ID])
    if touch and actor.api_key_id is not None:
        await _note_use(request, pool, company.id, actor.api_key_id)


async def _note_use(request: Request, pool: Pool, company_id: int, api_key_id: int) -> None:
    """Note the use of a key if it can be: the request has had its effect and must not fail now."""
    try:
        await note_use(pool, company_id, api_key_id)
    except (StockFlowError, psycopg.Error) as error:
        _log.warning(
            "use of an API key not noted",
            api_key_id=api_key_id,
            reason=str(error),
            request_id=request.scope[REQUEST_ID],
        )


async def _read(request: Request, credentials: Credentials) -> AsyncIterator[ReadScope]:
    async with _scope(request, _token(credentials), ReadScope) as scope:
        yield scope


async def _write(
    request: Request, credentials: Credentials, idempotency_key: IdempotencyKey = None
) -> AsyncIterator[WriteScope]:
    token = _token(credentials)
    retry_key = await _retry_key(request, token, idempotency_key)
    async with _scope(request, token, WriteScope, retry_key) as scope:
        if retry_key is not None:
            request.scope[CLAIM] = Claim(scope, retry_key)
        yield scope


def _open_aside(
    request: Request, credentials: Credentials
) -> Callable[[], AbstractAsyncContextManager[WriteScope]]:
    return partial(_scope, request, _token(credentials), WriteScope)


def _open_read(
    request: Request, credentials: Credentials
) -> Callable[[], AbstractAsyncContextManager[ReadScope]]:
    return partial(_scope, request, _token(credentials), ReadScope)


async def _retry_key(request: Request, token: str, key: str | None) -> RetryKey | None:
    """The key with what must be equal for a request to be the same: also who sends it."""
    if key is None:
        return None
    is_form = request.headers.get("content-type", "").lower().startswith(_FORMS)
    content = await _form_content(request) if is_form else [await request.body()]
    address = f"{request.method} {request.url.path}?{request.url.query}"
    return RetryKey(key, fingerprint(token_hash(token), address.encode(), *content))


async def _form_content(request: Request) -> list[bytes]:
    """The fields and files of a form, by name: a form sent again has another boundary."""
    content: list[bytes] = []
    # FastAPI has parsed the form before and keeps it
    for name, value in sorted((await request.form()).multi_items(), key=itemgetter(0)):
        if isinstance(value, str):
            content += [b"field", name.encode(), value.encode()]
        else:
            await value.seek(0)
            digest = await to_thread(_file_digest, value.file)
            await value.seek(0)
            content += [b"file", name.encode(), (value.filename or "").encode(), digest]
    return content


def _file_digest(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.digest()


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
    retry_key = await _retry_key(request, token, idempotency_key)
    if retry_key is None:
        async with _scope(request, token, WriteScope) as scope:
            yield KeyMaking(scope, lambda company_id, _: new_token(company_id))
        return
    make_token = partial(repeatable_token, token, retry_key.key)
    try:
        async with _scope(request, token, WriteScope, retry_key) as scope:
            request.scope[CLAIM] = _ClaimWithoutSecret(scope, retry_key)
            yield KeyMaking(scope, make_token)
    except AlreadyAnswered as again:
        kept = msgspec.json.decode(again.answer.body)
        kept["api_key"] = make_token(company_of(token), kept["id"])
        raise AlreadyAnswered(replace(again.answer, body=msgspec.json.encode(kept))) from None


# The scope ends, and commits, before the answer is sent: FastAPI's default would commit after it.
Read = Annotated[ReadScope, Depends(_read, scope="function")]
Write = Annotated[WriteScope, Depends(_write, scope="function")]
OpenAside = Annotated[Callable[[], AbstractAsyncContextManager[WriteScope]], Depends(_open_aside)]
"""Opens a transaction that is committed on its own, whatever becomes of the request's."""
MakeKey = Annotated[KeyMaking, Depends(_make_key, scope="function")]
OpenRead = Annotated[Callable[[], AbstractAsyncContextManager[ReadScope]], Depends(_open_read)]
"""Opens the scope of a read that something may have to be written down before."""
