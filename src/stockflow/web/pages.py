"""The page at `/`: what this server is, and how to make a first call."""

from html import escape
from importlib.resources import files
from string import Template

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)
_ASSETS = files(__package__) / "assets"
_WELCOME = Template((_ASSETS / "welcome.html").read_text(encoding="utf-8"))
_STYLE = (_ASSETS / "stockflow.css").read_bytes()


@router.get("/")
async def welcome(request: Request) -> Response:
    here = escape(str(request.base_url).rstrip("/"))
    return HTMLResponse(_WELCOME.substitute(here=here))


@router.get("/assets/stockflow.css")
async def style() -> Response:
    return Response(_STYLE, 200, {"cache-control": "public, max-age=3600"}, "text/css")
