"""What a browser complains of while a test uses it: nothing may go wrong behind a page's back."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_LOCAL_SCHEMES = frozenset({"data", "blob", "about"})
_LEFT = "net::ERR_ABORTED"  # the page was left, or the answer became a download


class Watch:
    """Collects console errors, page errors, failed requests, 5xx, and requests to other hosts."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._here = urlsplit(url).netloc
        self._complaints: list[str] = []
        self._allowed: list[str] = []
        context.on("console", self._console)
        context.on("weberror", self._page_error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def allow(self, part: str) -> None:
        """Complaints with this in their text are what the test is about."""
        self._allowed.append(part)

    def complaints(self) -> list[str]:
        """What nobody allowed, in the order in which it happened."""
        return [
            complaint
            for complaint in self._complaints
            if not any(part in complaint for part in self._allowed)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self._complaints.append(f"console {message.type}: {message.text} ({where})")

    def _page_error(self, error: WebError) -> None:
        self._complaints.append(f"page error: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in _LOCAL_SCHEMES and address.netloc != self._here:
            self._complaints.append(f"request to another host: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self._complaints.append(f"failed: {request.method} {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._complaints.append(f"{response.status}: {response.request.method} {response.url}")
