"""How a browser's request gets its scope: by its session, in the company of the address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import quote, urlsplit

import psycopg
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockflow.companies.sessions import (
    SESSION_COOKIE,
    SessionAccess,
    authenticate_session,
    note_session_use,
)
from stockflow.foundation.errors import NotFound, StockFlowError
from stockflow.foundation.idempotency import RetryKey
from stockflow.foundation.middleware import ACTOR, REQUEST_ID
from stockflow.foundation.quantity import ID_MAX
from stockflow.foundation.scope import ReadScope, WriteScope, transaction
from stockflow.web.cookies import read_cookie

S = TypeVar("S", bound=ReadScope)
_log = structlog.get_logger()


@asynccontextmanager
async def opened(
    request: Request, kind: type[S], retry_key: RetryKey | None = None
) -> AsyncIterator[tuple[S, SessionAccess]]:
    """A scope of the company in the address, for the member whose session the browser has."""
    pool, clock = request.app.state.pool, request.app.state.clock
    company_id = path_id(request, "company_id")
    token = session_token(request)
    lock = None if retry_key is None else retry_key.lock(company_id)
    read_only = not issubclass(kind, WriteScope)
    async with transaction(pool, company_id, read_only=read_only, lock=lock) as connection:
        access = await authenticate_session(connection, company_id, token, retry_key)
        request.scope[ACTOR] = {"company_id": company_id, "user_id": access.user.user_id}
        yield (
            kind(connection, access.company, access.actor, clock(), request.scope[REQUEST_ID]),
            access,
        )
    if access.touch:
        await _note_use(request, access)


async def _note_use(request: Request, access: SessionAccess) -> None:
    """Note the use of a session if it can be: the request has had its effect and must not fail now."""
    try:
        await note_session_use(request.app.state.pool, access.user.session_id)
    except (StockFlowError, psycopg.Error) as error:
        _log.warning("use of a session not noted", reason=str(error))


def to_sign_in(request: Request) -> Response:
    """Where somebody without a session is led; from there back to where they were."""
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=204)  # which tells a browser not to connect again
    lost = request.method == "POST"
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if lost:
        back = _page_of_form(request)
    address = f"/sign-in?next={quote(back, safe='')}" + ("&lost=1" if lost else "")
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def _page_of_form(request: Request) -> str:
    """With its query, which may decide what the form is about."""
    try:
        place = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    return (place.path or "/") + (f"?{place.query}" if place.query else "")


def company_path(request: Request, rest: str) -> str:
    """An address of the company the request is about."""
    return f"/c/{path_id(request, 'company_id')}{rest}"


def session_token(request: Request) -> str:
    """The session's, as the browser has it; empty without one."""
    return read_cookie(request, SESSION_COOKIE) or ""


def path_id(request: Request, name: str) -> int:
    """An id in the address; one beyond any there can be is of nothing."""
    number = int(request.path_params[name])
    if not 1 <= number <= ID_MAX:
        raise NotFound
    return number
