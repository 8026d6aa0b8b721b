"""The harness itself: it opens real pages, and notices what goes wrong in them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stockflow.companies.sessions import SessionAccess, authenticate_session
from stockflow.foundation.scope import WriteScope
from tests.browser.accessibility import violations
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.people import SignedIn
from tests.browser.watching import Watch
from tests.scopes import in_scope

_NO_PAGE = "/no-such-page"


def test_a_page_of_the_real_server_is_shown(
    browser_page: Page, screenshot: Callable[..., None]
) -> None:
    browser_page.goto("/api/docs")
    expect(browser_page.get_by_role("heading", name="StockFlow")).to_be_visible()
    screenshot(browser_page)


def test_pages_have_the_size_theme_and_locale_asked_for(open_page: OpenPage) -> None:
    page = open_page(PHONE, "dark", "de-DE")
    seen = page.evaluate(
        "() => [screen.width, matchMedia('(prefers-color-scheme: dark)').matches, navigator.language]"
    )
    assert seen == [360, True, "de-DE"]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('broken')", "console error: broken"),
        ("console.warn('dubious')", "console warning: dubious"),
        ("setTimeout(() => { throw new Error('thrown') })", "page error: thrown"),
        ("fetch('http://127.0.0.2:9/').catch(() => 0)", "request to another host: http://127.0"),
        ("new Image().src = 'http://127.0.0.1:9/'", "failed: GET http://127.0.0.1:9/ net::"),
    ],
)
def test_what_goes_wrong_in_a_page_is_noticed(
    open_page: OpenPage, watches: list[Watch], script: str, complaint: str
) -> None:
    page = open_page()
    page.evaluate(script)
    _until(page, lambda: any(text.startswith(complaint) for text in watches[0].complaints()))
    watches[0].allow("")  # all of it was meant
    assert watches[0].complaints() == []


def test_an_answer_that_says_no_is_noticed_unless_the_test_is_about_it(
    browser_page: Page, watches: list[Watch], allow: Callable[[str], None]
) -> None:
    answer = browser_page.goto(_NO_PAGE)
    assert answer is not None
    assert answer.status == 404
    _until(browser_page, lambda: len(watches[0].complaints()) == 1)
    assert "status of 404" in watches[0].complaints()[0]
    allow("status of 404")
    assert watches[0].complaints() == []


def test_axe_finds_what_keeps_people_out(browser_page: Page, axe_script: str) -> None:
    browser_page.set_content(
        "<!doctype html><html lang=en><title>Bad</title><main><h1>Bad</h1><input>"
        "<p style='color:#aaa;background:#fff'>pale</p></main></html>"
    )
    found = {text.partition(" ")[0] for text in violations(browser_page, axe_script)}
    assert found == {"color-contrast", "label"}


def test_axe_finds_nothing_in_a_page_that_is_well(
    browser_page: Page, axe: Callable[[Page], None]
) -> None:
    browser_page.set_content(
        "<!doctype html><html lang=en><title>Good</title><main><h1>Good</h1>"
        "<label>Name <input></label></main></html>"
    )
    axe(browser_page)


def test_two_browsers_share_nothing(two_browsers: tuple[Page, Page]) -> None:
    mine, theirs = two_browsers
    for page in two_browsers:
        page.goto("/api/docs")
    mine.evaluate("localStorage.setItem('mine', '1'); document.cookie = 'mine=1'")
    assert theirs.evaluate("[localStorage.length, document.cookie]") == [0, ""]


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_somebody_is_signed_in(
    browser_page: Page, signed_in: Callable[..., SignedIn], role: str
) -> None:
    person = signed_in(browser_page, role)
    token = next(cookie["value"] for cookie in browser_page.context.cookies())
    company_id = person.api.company_id

    async def look(scope: WriteScope) -> SessionAccess:
        return await authenticate_session(scope.connection, company_id, token)

    assert in_scope(person.api, look).actor.role == role


def _until(page: Page, met: Callable[[], Any]) -> None:
    """Let the browser go on until its events have arrived here."""
    for _ in range(500):
        if met():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it did not happen within 5 seconds")
