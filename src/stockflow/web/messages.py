"""What was just done, said once at the top of the next page."""

import json
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

MESSAGE_COOKIE = "stockflow_message"
_SECONDS = 60
_LENGTH_MAX = 300


def set_message(response: Response, text: str) -> None:
    """Say `text` on the page that is shown next."""
    value = quote(json.dumps(text[:_LENGTH_MAX]))
    response.set_cookie(MESSAGE_COOKIE, value, _SECONDS, httponly=True, samesite="lax")


def take_message(request: Request, response: Response) -> None:
    """The message has been shown with this response: it is not shown again."""
    if MESSAGE_COOKIE in request.cookies:
        response.delete_cookie(MESSAGE_COOKIE, httponly=True, samesite="lax")


def read_message(request: Request) -> str | None:
    """The message to show; None for none, or one that is not ours."""
    try:
        text = json.loads(unquote(request.cookies.get(MESSAGE_COOKIE, "null")))
    except (ValueError, RecursionError):
        return None
    if not isinstance(text, str):
        return None
    return text[:_LENGTH_MAX].encode("utf-8", "replace").decode()
