"""What happens around every request: an id, a limit, safe headers, one log line, two metrics."""

import re
import secrets
import time
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockflow.foundation.errors import (
    Forbidden,
    StockFlowError,
    TooLarge,
    Unauthenticated,
    Unexpected,
)
from stockflow.foundation.problems import problem_response
from stockflow.foundation.settings import Settings

REQUEST_ID = "stockflow.request_id"
ACTOR = "stockflow.actor"

_REQUESTS = Counter("stockflow_requests_total", "Requests answered", ["method", "route", "status"])
_SECONDS = Histogram(
    "stockflow_request_seconds",
    "Time from request to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_GIVEN_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
_GIVEN_KEY = re.compile(rb"^bearer +sf_", re.IGNORECASE)
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # a form whose session has ended leads back to its page
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        b"media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UPLOAD = re.compile(r"^/c/\d+/imports/new$")
_NO_STORE = (b"cache-control", b"no-store")
_SECRET = re.compile(r"^(/+(?:reset-password|invitations)/+)[^/]+")
"""Who reads the log must not be able to follow the links that were mailed."""


class CrossOrigin(Forbidden):
    """This form was not sent from a page of this server, so nothing was done."""

    code = "cross-origin"
    title = "Sent from another site"


class Envelope:
    """ASGI middleware; pure, because Starlette's base class costs more than all of this."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        scope[REQUEST_ID] = _request_id(scope)
        status = 0

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers(scope, message)]
            await send(message)

        try:
            await self._limited(scope, receive, send_enveloped)
        except Exception as error:  # whatever it is, it is logged, and answered without its text
            self.log.error("unexpected error", exc_info=error, request_id=scope[REQUEST_ID])
            if status:  # the answer has begun: all that is left is to break it off
                raise
            await _refuse(scope, receive, send_enveloped, Unexpected())
        finally:
            self._record(scope, status or 500, time.perf_counter() - started)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        imports = scope["path"].startswith("/api/imports/")
        headers = dict(scope["headers"])
        large = imports or _is_upload(scope["path"], headers)
        limit = self.settings.import_limit_bytes if large else self.settings.body_limit_bytes
        if scope["method"] not in _SAFE and _is_page(scope) and not _from_here(headers):
            await _refuse(scope, receive, send, CrossOrigin())
            return
        if imports and not _GIVEN_KEY.match(headers.get(b"authorization", b"")):
            # before FastAPI takes in a large file, which it does before it asks who sends it
            await _refuse(scope, receive, send, Unauthenticated())
            return
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await _refuse(scope, receive, send, TooLarge(facts={"limit_bytes": limit}))
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_limited, send)

    def _headers(self, scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in message["headers"]}
        extra = [header for header in _HEADERS if header[0] not in present]
        if b"cache-control" not in present:
            extra.append(_NO_STORE)
        return [*extra, (b"x-request-id", scope[REQUEST_ID].encode())]

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        _REQUESTS.labels(scope["method"], route, status).inc()
        _SECONDS.labels(route).observe(seconds)
        if route not in _QUIET:
            self.log.info(
                "request",
                method=scope["method"],
                path=_SECRET.sub(r"\1…", scope["path"]),
                status=status,
                ms=round(seconds * 1000, 2),
                request_id=scope[REQUEST_ID],
                **scope.get(ACTOR, {}),
            )


def _is_upload(path: str, headers: dict[bytes, bytes]) -> bool:
    """Whether it may be a file to import, of somebody with a session: it goes to disk, fields do not."""
    kind = headers.get(b"content-type", b"")
    known = b"stockflow_session=" in headers.get(b"cookie", b"")
    return known and kind.startswith(b"multipart/form-data") and bool(_UPLOAD.match(path))


def _is_page(scope: Scope) -> bool:
    path: str = scope["path"]
    return not path.startswith("/api/")


def _from_here(headers: dict[bytes, bytes]) -> bool:
    """Whether a form was sent by a page of this server: browsers say so, and pages cannot forge it.

    Sessions are cookies, which a browser also sends along with the forms of other sites.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in (b"same-origin", b"none")
    try:
        host = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(host) and host == headers.get(b"host", b"").decode("latin-1")


async def _refuse(scope: Scope, receive: Receive, send: Send, error: StockFlowError) -> None:
    await problem_response(Request(scope), error)(scope, receive, send)


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _GIVEN_ID.match(given) else secrets.token_hex(8)
