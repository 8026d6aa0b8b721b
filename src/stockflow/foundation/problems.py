"""Errors as RFC 9457 problem documents: the one place where kinds of error become HTTP statuses."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stockflow.foundation import errors
from stockflow.foundation.errors import FieldError, Invalid, NotFound, StockFlowError, TooLarge
from stockflow.foundation.sentences import sentence

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 1000
_log = structlog.get_logger()

_STATUS: dict[type[StockFlowError], int] = {
    errors.TooLarge: 413,
    errors.MethodNotAllowed: 405,
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.StaleVersion: 412,
    errors.Conflict: 409,
    errors.TooManyAttempts: 429,
    errors.Busy: 503,
    errors.Unexpected: 500,
}
_encoder = msgspec.json.Encoder(decimal_format="number")


class ProblemError(BaseModel):
    """One wrong place in the request."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused, after RFC 9457; the facts of the case are extra members."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(examples=["/api/problems/invalid-request"])]
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemError] = []


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    titles = {status: kind.title for kind, status in _STATUS.items()}
    return {status: {"description": titles[status], "content": content} for status in statuses}


def status_of(error: StockFlowError) -> int:
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def problem_response(request: Request, error: StockFlowError) -> Response:
    """The answer for an error: a page for who looks at pages, else a problem document."""
    page = _as_page(request, error)
    if page is not None:
        return page
    status = status_of(error)
    headers = {"Retry-After": "1"} if status == 503 else {}
    if status == 429:
        headers["Retry-After"] = str(error.facts["retry_after"])
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _response(request, status, error, headers)


def _as_page(request: Request, error: StockFlowError) -> Response | None:
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return None
    app = request.scope.get("app")
    make = getattr(app.state, "error_page", None) if app is not None else None
    if make is None:
        return None
    try:
        return cast("Response", make(request, error))
    except Exception as broken:  # a page that cannot be made must not hide what it was to say
        _log.error("error page failed", exc_info=broken)
        return None


def _response(
    request: Request, status: int, error: StockFlowError, headers: dict[str, str]
) -> Response:
    document: dict[str, object] = {
        "type": f"/api/problems/{error.code}",
        "title": error.title,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request.scope.get("stockflow.request_id", ""),
        **error.facts,
    }
    if error.errors:
        document["errors"] = error.errors[:ERRORS_MAX]
        if len(error.errors) > ERRORS_MAX:
            document["errors_total"] = len(error.errors)
    return Response(_encoder.encode(document), status, headers, MEDIA_TYPE)


def field_errors(found: Sequence[Any]) -> list[FieldError]:
    """Pydantic's errors as pointers into the request: body fields bare, others by their place."""
    return [FieldError(pointer(error["loc"]), sentence(error)) for error in found]


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901); `query`, `path` and `header` name the other places."""
    parts = location[1:] if location and location[0] == "body" else location
    text = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return text.encode("utf-8", "replace").decode()


def install(app: FastAPI) -> None:
    """Answer what `app` refuses with a problem document; `Envelope` answers what nobody foresaw."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, StockFlowError)
        return problem_response(request, error)

    async def not_valid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem_response(request, Invalid(errors=field_errors(error.errors())))

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kinds: dict[int, type[StockFlowError]] = {
            404: NotFound,
            405: errors.MethodNotAllowed,
            413: TooLarge,
        }
        kind = kinds.get(error.status_code, Invalid)
        page = _as_page(request, kind())
        if page is not None:
            page.headers.update(error.headers or {})
            return page
        return _response(request, error.status_code, kind(), dict(error.headers or {}))

    app.add_exception_handler(StockFlowError, refused)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, http_error)
