"""Who sits in front of a browser."""

import secrets
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, Response

from stockflow.companies.sessions import SESSION_COOKIE
from tests.factories import Api, done
from tests.pages import open_token


@dataclass(frozen=True)
class SignedIn:
    """Somebody with a session in this page's browser; `api` is the company through its owner's key."""

    page: Page
    api: Api

    def path(self, rest: str = "") -> str:
        """An address in this company; `rest` begins with a slash."""
        return f"/c/{self.api.company_id}{rest}"

    def open(self, rest: str = "") -> Response:
        """Open a page of the company."""
        answer = self.page.goto(self.path(rest))
        assert answer is not None, "the address differs from the present one only behind the #"
        return answer


def sign_in_as(page: Page, api: Api, role: str, url: str) -> SignedIn:
    """Give this browser a session of the company's owner, or of a new member of this role."""
    token = open_token(api.http, _user_id(api, role))
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
    return SignedIn(page, api)


def scan(field: Locator, code: str) -> None:
    """What a scanner does: it types fast and presses Enter."""
    field.press_sequentially(code)
    field.press("Enter")


def _user_id(api: Api, role: str) -> int:
    if role == "owner":
        members = done(api.get("/api/members"))["items"]
        return int(next(member["user_id"] for member in members if member["role"] == "owner"))
    email = f"{role}-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "name": f"A {role}", "role": role}
    return int(done(api.post("/api/members", body), 201)["user_id"])
