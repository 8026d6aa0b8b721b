"""Which company a browser looked at last: where somebody is led who opens the start page."""

from starlette.requests import Request
from starlette.responses import Response

from stockflow.web.cookies import read_cookie, set_cookie

COMPANY_COOKIE = "stockflow_company"
_SECONDS = 90 * 24 * 3600


def remember_company(request: Request, response: Response, company_id: int) -> None:
    """Remember this company as the last one; no secret, and no proof of anything."""
    if last_company(request) != str(company_id):
        set_cookie(request, response, COMPANY_COOKIE, str(company_id), _SECONDS)


def last_company(request: Request) -> str | None:
    """What the browser says its last company was."""
    return read_cookie(request, COMPANY_COOKIE)
