"""Cookies: by HTTPS none is sent back by anything else, nor can another server have set it."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.companies.people import PASSWORD, new_person
from tests.companies.visiting import SAME_SITE

_SESSION, _MESSAGE, _COMPANY = "stockflow_session", "stockflow_message", "stockflow_company"


def _cookies(answer: Any) -> dict[str, Morsel[str]]:
    """The cookies an answer sets, by their names."""
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(header))
    return found


def _ask(http: TestClient, method: str, url: str, held: dict[str, str], **given: Any) -> Any:
    cookie = "; ".join(f"{name}={value}" for name, value in held.items())
    headers = {**SAME_SITE, "cookie": cookie}
    answer = http.request(method, url, headers=headers, follow_redirects=False, **given)
    http.cookies.clear()
    return answer


@pytest.mark.parametrize(
    ("server", "prefix"), [("https://testserver", "__Host-"), ("http://testserver", "")]
)
def test_all_cookies_have_the_same_attributes(http: TestClient, server: str, prefix: str) -> None:
    ada = new_person(http)
    entered = _ask(
        http, "POST", f"{server}/sign-in", {}, data={"email": ada.email, "password": PASSWORD}
    )
    held = {name: morsel.value for name, morsel in _cookies(entered).items()}
    company = _ask(http, "GET", f"{server}/c/{ada.company_id}", held)
    left = _ask(http, "POST", f"{server}/sign-out", held)
    shown = _ask(
        http, "GET", f"{server}/sign-in", {name: m.value for name, m in _cookies(left).items()}
    )

    assert set(_cookies(entered)) == {f"{prefix}{_SESSION}"}
    assert set(_cookies(company)) == {f"{prefix}{_COMPANY}"}
    assert set(_cookies(left)) == {f"{prefix}{_SESSION}", f"{prefix}{_MESSAGE}"}
    assert set(_cookies(shown)) == {f"{prefix}{_MESSAGE}"}
    assert "You are signed out." in shown.text
    assert _cookies(left)[f"{prefix}{_SESSION}"]["max-age"] == "0"
    for answer in (entered, company, left, shown):
        for morsel in _cookies(answer).values():
            assert bool(morsel["secure"]) == server.startswith("https")
            assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")
            assert morsel["domain"] == ""


def test_by_https_a_cookie_another_server_may_have_set_signs_nobody_in(http: TestClient) -> None:
    ada = new_person(http)
    url = f"https://testserver/c/{ada.company_id}"

    assert _ask(http, "GET", url, {_SESSION: ada.token}).status_code == 303
    assert _ask(http, "GET", url, {f"__Host-{_SESSION}": ada.token}).status_code == 200
