"""Style, script and icons for browsers: their addresses, and how they are served.

They are built from `browser/` by `hatch_build.py`. A file's address has a hash of its content, so browsers
keep it for good and ask for another one when it changes.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockflow.foundation.errors import NotFound

FOREVER = "public, max-age=31536000, immutable"
_STATIC = files("stockflow.web") / "static"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_ICON = Markup('<svg class="icon" width="24" height="24" {}><use href="{}#{}"/></svg>')
_DECORATION = Markup('aria-hidden="true"')
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # the smaller one first


class AssetsNotBuilt(RuntimeError):
    """This source tree has no built style and script yet."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: hashed file names by plain name, and the names of the icons in the sprite."""

    files: dict[str, str]
    icons: frozenset[str]
    served: frozenset[str]


@cache
def built() -> Built:
    """Raises AssetsNotBuilt with the command to run."""
    try:
        manifest = json.loads((_STATIC / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssetsNotBuilt(
            "Style and script for browsers are not built; run: .venv/bin/python hatch_build.py"
        ) from None
    names: dict[str, str] = manifest["files"]
    return Built(names, frozenset(manifest["icons"]), frozenset(names.values()))


def asset_url(name: str) -> str:
    """The address of a built file: `app.css`, `app.js`, `theme.js`, `charts.js`, `icons.svg`, `favicon.svg`."""
    return f"/assets/{built().files[name]}"


@cache
def icon(name: str, label: str | None = None) -> Markup:
    """An icon of `browser/icons.txt`; without a label it says nothing to who cannot see it."""
    if name not in built().icons:
        raise LookupError(
            f"There is no icon {name!r}: add it to src/stockflow/web/browser/icons.txt."
        )
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else _DECORATION
    return _ICON.format(meaning, asset_url("icons.svg"), name)


def _accepted(header: str) -> set[str]:
    """The encodings that an `Accept-Encoding` header allows."""
    allowed = set()
    for part in header.split(","):
        coding, _, quality = part.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            allowed.add(coding.strip().lower())
    return allowed


@cache
def _content(name: str) -> bytes:
    try:
        return (_STATIC / name).read_bytes()
    except FileNotFoundError:  # in a source tree, built anew while the server runs
        raise NotFound("There is no such file any more: restart the server.") from None


async def _serve(request: Request) -> Response:
    name: str = request.path_params["name"]
    if name not in built().served:
        raise NotFound("There is no such file.")
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    encoding, suffix = next((pair for pair in _ENCODINGS if pair[0] in accepted), (None, ""))
    headers = {
        "cache-control": FOREVER,
        "content-type": _TYPES[name.rpartition(".")[2]],
        "etag": f'"{name.split(".")[-2]}{suffix}"',
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["content-encoding"] = encoding
    return Response(_content(name + suffix), headers=headers)


static_routes = (Route("/assets/{name}", _serve, methods=["GET"]),)
