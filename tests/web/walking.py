"""Walks through all pages of a company as somebody who may do everything, and says what is wrong."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from httpx2 import Response
from starlette.routing import Match, Route

from stockflow import features
from tests.pages import Browser
from tests.web import markup
from tests.web.addresses import GONE, MISSING_ID, Address

_LINKS_MAX = 3  # of each route: the hundredth product looks like the first
_GONE = frozenset({404, 410})


@dataclass
class Walk:
    """What was seen on the way."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    """The paths of the pages by what is wrong with them."""

    seen: dict[str, set[int]] = field(default_factory=dict)
    """The statuses of each route."""

    texts: dict[str, str] = field(default_factory=dict)
    """What each page says, by its path."""

    @property
    def complaints(self) -> list[str]:
        """Each once, with the first page it is about."""
        return [
            f"{paths[0]} and {len(paths) - 1} more: {what}" if paths[1:] else f"{paths[0]}: {what}"
            for what, paths in self.wrong.items()
        ]


class Walker:
    """Looks at pages, and at those they lead to."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._all = features.pages()
        self._visited: set[str] = set()
        self._followed: dict[str, int] = {}
        self.walk = Walk()

    def visit(self, addresses: list[Address], statuses: frozenset[int]) -> None:
        """Look at these pages, which must answer with one of the statuses, and at where they lead."""
        for address in addresses:
            for link in sorted(self._look(address, statuses)):
                self._follow(link, address.path)

    def _look(self, address: Address, statuses: frozenset[int]) -> set[str]:
        self._visited.add(address.path)
        answer = self._browser.http.get(
            address.path, headers=self._browser.headers, follow_redirects=False
        )
        self.walk.seen.setdefault(address.route, set()).add(answer.status_code)
        if answer.status_code not in statuses:
            self._complain(address.path, f"{answer.status_code}: {answer.text[:300]}")
            return set()
        if answer.status_code == 303:
            return {answer.headers["location"]}
        return self._read(address.path, answer)

    def _read(self, path: str, answer: Response) -> set[str]:
        """Where a page leads; what is no page has at least to be something."""
        if not answer.headers["content-type"].startswith("text/html"):
            if not answer.content:
                self._complain(path, "an empty file")
            return set()
        found = markup.read(answer.text)
        self.walk.texts[path] = found.text
        for complaint in found.complaints:
            self._complain(path, complaint)
        for method, action in sorted(found.actions):
            if not self._leads_somewhere(
                method.upper(), urlsplit(action).path or urlsplit(path).path
            ):
                self._complain(path, f"no page takes {method} {action}")
        return found.links

    def _follow(self, link: str, path: str) -> None:
        """A link of this server that was not followed yet must lead to a page."""
        target = urlsplit(link)
        if target.netloc or target.scheme or not target.path or link in self._visited:
            return
        route = self._route_of("GET", target.path)
        if route is None:
            if not target.path.startswith(("/api/", "/assets/")):
                self._complain(path, f"leads to {link}, where no page is")
            return
        self._followed[route.path] = self._followed.get(route.path, 0) + 1
        if self._followed[route.path] <= _LINKS_MAX:
            self._look(Address(route.path, link), frozenset({200, 303}))

    def _leads_somewhere(self, method: str, path: str) -> bool:
        return self._route_of(method, path) is not None

    def _route_of(self, method: str, path: str) -> Route | None:
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        return next((route for route in self._all if route.matches(scope)[0] is Match.FULL), None)

    def _complain(self, path: str, what: str) -> None:
        self.walk.wrong.setdefault(what, []).append(path)


def statuses_of(address: Address, company_id: int) -> frozenset[int]:
    """What an address may answer: a page; nothing there; or, outside a company, the way into one."""
    if str(MISSING_ID) in address.path:
        return _GONE
    if f"/{GONE}" in address.path:
        return frozenset({200, *_GONE})
    if address.route.endswith("/products/{product_id:int}/components"):
        return frozenset({200, 409})  # a standard product has none
    if address.path.startswith(f"/c/{company_id}"):
        return frozenset({200})
    return frozenset({200, 303})
