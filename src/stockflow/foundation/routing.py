"""How a route parses and presents, so that a handler is only a call of one operation.

- A body is parsed from its bytes in strict JSON mode: `"5"` is no integer and `true` no number.
- What a handler returns (frozen dataclasses) is encoded exactly: quantities as JSON numbers of any
  length, moments in UTC. A row with a `version` gets an `ETag`.
- The answer to a request with an `Idempotency-Key` is kept before the transaction commits.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from fastapi import Body, Depends, Header
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from fastapi.utils import create_model_field
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import core_schema
from starlette.requests import Request
from starlette.responses import Response

from stockflow.foundation.errors import FieldError, Invalid, StaleVersion
from stockflow.foundation.idempotency import AlreadyAnswered, Claim, KeptAnswer

T = TypeVar("T")
C = TypeVar("C", bound="Command")
_ERRORS_LISTED_MAX = 25_000
CLAIM = "stockflow.claim"

_encoder = msgspec.json.Encoder(decimal_format="number")


class Command(BaseModel):
    """The input of an operation, whichever door it came through. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def parse_json(cls: type[C], body: bytes) -> C:
        """The command in a JSON document.

        Raises:
            pydantic.ValidationError: naming every wrong field at once.
        """
        return cls.model_validate_json(body, strict=True)


@dataclass(frozen=True, slots=True)
class Created(Generic[T]):
    """A new resource and its address; answered as the resource with `201` and `Location`."""

    resource: T
    location: str


def encode(value: object) -> bytes:
    """Any row or page as JSON."""
    return _encoder.encode(value)


def json_response(value: object, status: int = 200) -> Response:
    headers: dict[str, str] = {}
    if isinstance(value, Created):
        headers["Location"] = value.location
        value = value.resource
    version = getattr(value, "version", None)
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(encode(value), status, headers, "application/json")


def refuse_flood(error: ValidationError) -> None:
    """Refuse without a list what has more errors than anyone reads; listing them is what costs.

    Raises:
        Invalid: there are more than 25,000 errors.
    """
    if error.error_count() > _ERRORS_LISTED_MAX:
        raise Invalid(f"The request has {error.error_count()} errors.") from None


class _JsonBytes(bytes):
    """A body that says it is JSON."""


class _StrictJson:
    """Parses a command from the bytes of the body, rather than from what `json.loads` makes of it."""

    def __get_pydantic_core_schema__(
        self, source: type[Command], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def parse(value: Any, _validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if not isinstance(value, _JsonBytes):
                raise ValueError("must be JSON, sent with Content-Type: application/json")
            try:
                return source.parse_json(value)
            except ValidationError as error:
                refuse_flood(error)
                raise

        return core_schema.no_info_wrap_validator_function(parse, handler(source))


JsonBody = Annotated[C, Body(), _StrictJson()]
"""A handler's parameter that is the JSON body: `command: JsonBody[CreateWarehouse]`."""


def _if_match(
    header: Annotated[
        str | None,
        Header(alias="If-Match", description="The `ETag` you read, against lost updates."),
    ] = None,
) -> int | None:
    if header is None or header == "*":
        return None
    tag = header.removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) < 19):
        raise Invalid(errors=[FieldError("/header/if-match", "is not an ETag of this resource")])
    return int(tag)


IfMatch = Annotated[int | None, Depends(_if_match)]


def require_version(current: int, expected: int | None) -> None:
    """Raise StaleVersion when the caller read another version than the current one."""
    if expected is not None and expected != current:
        raise StaleVersion(facts={"current_version": current})


class _RawBody(Request):
    """Gives FastAPI the bytes of a JSON body, which `JsonBody` parses strictly and at once."""

    async def json(self) -> Any:
        return _JsonBytes(await self.body())


class OperationRoute(APIRoute):
    """A route whose handler returns rows, and whose answers are kept for retries."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        returned = get_type_hints(endpoint, include_extras=True).get("return")
        if get_origin(returned) is Created:
            options["status_code"] = 201
            (returned,) = get_args(returned)
        given = options.pop("response_model", None)
        self._answer = returned if given is None or isinstance(given, DefaultPlaceholder) else given
        status = options.get("status_code") or 200
        super().__init__(path, _presented(endpoint, status), response_model=None, **options)

    def describe_answer(self) -> None:
        """Say what the route answers, for the description of the API; to know it takes long."""
        if isinstance(self._answer, type) and issubclass(self._answer, Response):
            return
        self.response_model = self._answer
        self.response_field = create_model_field(
            name=f"Response_{self.unique_id}", type_=self._answer, mode="serialization"
        )

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(_RawBody(request.scope, request.receive))
            except AlreadyAnswered as again:
                return _replayed(again.answer)
            claim = request.scope.get(CLAIM)
            if isinstance(claim, Claim):
                await claim.keep(_kept(response))
            return response

        return answer


def _presented(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    async def present(*args: Any, **kwargs: Any) -> Response:
        value = await endpoint(*args, **kwargs)
        return value if isinstance(value, Response) else json_response(value, status)

    return present


def _kept(response: Response) -> KeptAnswer:
    headers = {
        name: response.headers[name]
        for name in ("content-type", "location", "etag")
        if name in response.headers
    }
    return KeptAnswer(response.status_code, headers, bytes(response.body))


def _replayed(answer: KeptAnswer) -> Response:
    return Response(answer.body, answer.status, {**answer.headers, "Idempotent-Replayed": "true"})
