"""Routes that are imported after the start: the API answers before the pages are ready."""

from collections.abc import Callable, Sequence
from functools import cached_property

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

_ROUTE = "stockflow.page_route"


class LaterRoutes(BaseRoute):
    """All pages as one route, imported when the first is asked for, or by `load` before."""

    def __init__(self, load: Callable[[], Sequence[Route]]) -> None:
        self._load = load

    @cached_property
    def routes(self) -> Sequence[Route]:
        return self._load()

    def load(self) -> None:
        _ = self.routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            return Match.NONE, {}
        try:
            return self._matched(scope)
        except ValueError:  # an id of thousands of digits, which Python does not read
            return Match.NONE, {}

    def _matched(self, scope: Scope) -> tuple[Match, Scope]:
        partial: tuple[Match, Scope] = (Match.NONE, {})
        for route in self.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, _ROUTE: route, "route": route}
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = match, {**found, _ROUTE: route, "route": route}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[_ROUTE].handle(scope, receive, send)
