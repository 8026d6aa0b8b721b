"""Pages over HTTP as a browser asks for them: time in the server, and what a first load transfers."""

import re
import secrets
from collections.abc import Iterator
from urllib.request import Request, urlopen

from bench.data import Company
from bench.load import Load, drive, repeated
from bench.table import Measured
from bench.world import World
from stockflow.companies.authentication import token_hash
from stockflow.companies.last_company import COMPANY_COOKIE
from stockflow.companies.sessions import SESSION_COOKIE, SESSIONS

LISTS = (
    "products",
    "products?q=steel+kettle",
    "levels",
    "movements",
    "alerts",
    "purchase-orders",
    "sales-orders",
    "transfers",
    "counts",
    "adjustments",
    "warehouses",
    "suppliers",
    "customers",
    "categories",
    "imports",
    "audit",
)
_OWNER = "SELECT user_id FROM memberships WHERE company_id = %s AND role = 'owner' LIMIT 1"
_SECONDS = 300
_WARM_UP = 5
_TRANSFERRED = re.compile(r'(?:<script[^>]* src|<link[^>]* rel="stylesheet"[^>]* href)="([^"]+)"')


def pages(world: World) -> list[Measured]:
    """Dashboard, a product and every list; each line is the slowest twentieth of its page."""
    browser = Browser(world)
    found = [_page(browser, name, path) for name, path in paths(browser)]
    slowest = max(found, key=lambda line: line.value)
    worst = Measured("slowest page, p95", slowest.value, "ms", slowest.name)
    return [*found, worst, _first_load(browser)]


def paths(browser: "Browser") -> Iterator[tuple[str, str]]:
    """The pages by the names of their figures."""
    yield "dashboard", browser.path("")
    yield "product", browser.path(f"/products/{browser.company.first_product}")
    for name in LISTS:
        yield name, browser.path(f"/{name}")


class Browser:
    """The owner of the company with a year of trade, signed in."""

    def __init__(self, world: World) -> None:
        self.port = world.server.port
        self.requests = world.size.requests // 4
        self.company: Company = world.year
        self.token = _open_session(world, self.company.id)

    @property
    def cookie(self) -> str:
        """All cookies the server would set: a browser that had to keep one would send no others."""
        return f"{SESSION_COOKIE}={self.token}; {COMPANY_COOKIE}={self.company.id}"

    def path(self, rest: str) -> str:
        """An address in the company."""
        return f"/c/{self.company.id}{rest}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def request(self, path: str) -> bytes:
        """A request as a browser sends it."""
        lines = (
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Cookie: {self.cookie}",
            "Accept: text/html",
            "Accept-Language: en-GB,en;q=0.9",
            "Sec-Fetch-Site: same-origin",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _open_session(world: World, company_id: int) -> str:
    """The token of a new session of the company's owner; the row is as signing in writes it."""
    token = secrets.token_urlsafe(32)
    session = {
        "token_hash": token_hash(token),
        "half_open": False,
        "address": "127.0.0.1",
        "user_agent": "bench",
    }
    with world.deployment.connect() as connection:
        owner = connection.execute(_OWNER, [company_id]).fetchone()
        assert owner is not None
        connection.execute(SESSIONS["open"], {**session, "user_id": owner[0]})
    return token


def _page(browser: Browser, name: str, path: str) -> Measured:
    drive(browser.port, [repeated([browser.request(path)] * _WARM_UP)], seconds=_SECONDS)
    load = drive(
        browser.port, [repeated([browser.request(path)] * browser.requests)], seconds=_SECONDS
    )
    return Measured(f"page {name}, p95", load.percentile(0.95), "ms", _note(load))


def _note(load: Load) -> str:
    return f"p50 {load.percentile(0.5):.1f} ms, {len(load.milliseconds)} requests"


def _first_load(browser: Browser) -> Measured:
    """Script and style of a page, compressed as they are sent; nothing is in the cache yet."""
    page = _fetched(browser, browser.path("/products")).decode()
    files = sorted(set(_TRANSFERRED.findall(page)))
    sizes = {path: len(_fetched(browser, path)) for path in files}
    note = ", ".join(f"{path.rpartition('/')[2]} {size / 1024:.0f}" for path, size in sizes.items())
    return Measured("script and style of a first load", sum(sizes.values()) / 1024, "KB", note)


def _fetched(browser: Browser, path: str) -> bytes:
    """The body as it is sent; only files are asked for in compressed form."""
    headers = {"Cookie": browser.cookie, "Accept": "text/html"}
    if path.startswith("/assets/"):
        headers["Accept-Encoding"] = "br, gzip"
    with urlopen(Request(browser.url(path), headers=headers), timeout=30) as answer:
        return bytes(answer.read())
