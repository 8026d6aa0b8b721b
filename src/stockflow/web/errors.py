"""Refusals as pages."""

from starlette.requests import Request
from starlette.responses import Response

from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.problems import status_of
from stockflow.web.rendering import Reader, html_response, locale_of, rendered


def error_page(request: Request, error: StockFlowError) -> Response:
    """A page that says what was refused and why, and where to go on."""
    status = status_of(error)
    parts = request.url.path.split("/")
    home = "/".join(parts[:3]) if parts[1] == "c" and len(parts) > 2 else "/"
    text = rendered(
        "web/error.html",
        Reader(locale_of(request)),
        status=status,
        error=error,
        home=home,
        request_id=request.scope.get("stockflow.request_id", ""),
    )
    response = html_response(text, status)
    say_when(response, error)
    return response


def say_when(response: Response, error: StockFlowError) -> None:
    """Tell programs, too, when to try again what was refused for now."""
    if status_of(error) in (429, 503):
        response.headers["retry-after"] = str(error.facts.get("retry_after", 1))
