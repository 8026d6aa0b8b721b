"""The form of an import, bounded before it is read."""

import codecs
from collections.abc import Awaitable, Callable

from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from stockflow.companies.access import require_before_body
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import OperationRoute

FIELDS_MAX = 50
FIELD_BYTES_MAX = 16 * 1024


class _BoundedForm(APIRoute):
    """Reads the form before FastAPI does, which takes it as it was read."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            if request.method == "POST":
                # a file goes to disk as it is read: that of a stranger must not
                await require_before_body(request, Permission.IMPORT)
                await _read_form(request)
            return await handle(request)

        return answer


class ImportRoute(OperationRoute, _BoundedForm):
    """A route whose form holds one file and a few fields, in UTF-8."""


async def _read_form(request: Request) -> None:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Invalid(
            errors=[FieldError("/file", "must be a file, sent in a form as multipart/form-data")]
        )
    if not _is_utf8(options.get(b"charset", b"utf-8")):
        # other encodings can bring in what no text may hold
        raise Invalid(errors=[FieldError("/header/content-type", "must have the charset utf-8")])
    try:
        await request.form(max_files=1, max_fields=FIELDS_MAX, max_part_size=FIELD_BYTES_MAX)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise Invalid(f"The form cannot be read: {error.detail}") from error


def _is_utf8(charset: bytes) -> bool:
    try:
        return codecs.lookup(charset.decode("latin-1")).name == "utf-8"
    except (LookupError, ValueError):
        return False
