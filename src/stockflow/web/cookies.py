"""Cookies: all of them with the same attributes, so that none can be read where another could not.

Where people reach this server by HTTPS, browsers send them back by nothing else, and their names begin
with `__Host-`, by which no other server of the same domain can have set them.
"""

from starlette.requests import Request
from starlette.responses import Response


def public_url(request: Request) -> str:
    """What links begin with that are sent to people."""
    given: str | None = request.app.state.settings.public_url
    return given or str(request.base_url).rstrip("/")


def read_cookie(request: Request, name: str) -> str | None:
    """What the browser has under this name; None for nothing."""
    return request.cookies.get(_full_name(request, name))


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Let the browser keep a value for so many seconds, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        _full_name(request, name),
        value,
        seconds,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )


def forget_cookie(request: Request, response: Response, name: str) -> None:
    """Let the browser forget a value."""
    set_cookie(request, response, name, "", 0)


def _full_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _is_secure(request) else name


def _is_secure(request: Request) -> bool:
    return public_url(request).startswith("https://")
