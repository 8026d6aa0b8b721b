"""A browser of somebody who may not be signed in yet: keeps cookies, and fills in forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from starlette.testclient import TestClient

from tests.pages import Shown

SAME_SITE = {"accept": "text/html", "accept-language": "en-GB", "sec-fetch-site": "same-origin"}
_FORM = "form[method=post]:not([action='/sign-out'])"


@dataclass
class Visitor:
    """Somebody with a browser of their own; follows no redirects."""

    http: TestClient
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return self.cookies.get("stockflow_session", "")

    def get(self, path: str, status: int = 200, **headers: str) -> Shown:
        answer = self.http.get(path, headers=self._headers(headers), follow_redirects=False)
        assert answer.status_code == status, answer.text[:3000]
        return self._kept(Shown(answer))

    def send(
        self, path: str, fields: Mapping[str, str | list[str]], status: int = 303, **headers: str
    ) -> Shown:
        answer = self.http.post(
            path, data=dict(fields), headers=self._headers(headers), follow_redirects=False
        )
        assert answer.status_code == status, Shown(answer).text[:3000]
        return self._kept(Shown(answer))

    def submit(self, path: str, status: int = 303, css: str = _FORM, **changed: str) -> Shown:
        """Open a page, fill in its form, and send it."""
        shown = self.get(path)
        fields = {**shown.fields(css), **changed}
        return self.send(shown.one(css).attributes.get("action") or path, fields, status)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**SAME_SITE, "cookie": cookie, **given}

    def _kept(self, shown: Shown) -> Shown:
        self.http.cookies.clear()  # this browser keeps its own
        for header in shown.answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return shown


def location(shown: Shown) -> str:
    """Where an answer leads."""
    return str(shown.answer.headers["location"])
