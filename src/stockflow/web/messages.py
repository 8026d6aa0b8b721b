"""What was just done, said once at the top of the next page."""

import json
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from stockflow.web.cookies import forget_cookie, read_cookie, set_cookie

MESSAGE_COOKIE = "stockflow_message"
_SECONDS = 60
_LENGTH_MAX = 300


def set_message(request: Request, response: Response, text: str) -> None:
    """Say `text` on the page that is shown next."""
    value = quote(json.dumps(text[:_LENGTH_MAX]))
    set_cookie(request, response, MESSAGE_COOKIE, value, _SECONDS)


def take_message(request: Request, response: Response) -> None:
    """The message has been shown with this response: it is not shown again."""
    if read_cookie(request, MESSAGE_COOKIE) is not None:
        forget_cookie(request, response, MESSAGE_COOKIE)


def read_message(request: Request) -> str | None:
    """The message to show; None for none, or one that is not ours."""
    try:
        text = json.loads(unquote(read_cookie(request, MESSAGE_COOKIE) or "null"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(text, str):
        return None
    return text[:_LENGTH_MAX].encode("utf-8", "replace").decode()
