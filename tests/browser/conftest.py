"""Real Chromium at the real server. Every page that a test opens is watched until the test ends."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from stockflow.demo.load import load_story
from tests.browser.accessibility import axe_source, violations
from tests.browser.people import SignedIn, sign_in_as
from tests.browser.site import Site, running_site
from tests.browser.walking import WIDER, Walk
from tests.browser.watching import Watch
from tests.conftest import SCREENSHOTS, run_directory
from tests.factories import Api
from tests.scopes import in_scope

PHONE = (360, 740)
DESKTOP = (1280, 800)
WIDE = (3840, 2160)
_FLAGS = (
    "--no-sandbox",  # root, whom Chromium gives no sandbox, runs these tests on many machines
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_WAIT_MILLISECONDS = 15_000

Theme = Literal["light", "dark"]


class OpenPage(Protocol):
    """Opens a page in a browser context of its own: nothing is shared with other pages."""

    def __call__(
        self, size: tuple[int, int] = DESKTOP, theme: Theme = "light", locale: str = "en-GB"
    ) -> Page: ...


@pytest.fixture(scope="session")
def site(worker_id: str) -> Iterator[Site]:
    with running_site(run_directory() / f"browser-{worker_id}") as found:
        yield found


@pytest.fixture(scope="session")
def demo(site: Site) -> Api:
    """The demo company, which tests look at and do not change."""
    api = site.new_company()
    in_scope(api, load_story, lambda _: None)
    return api


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, while tests of this package run: others could not use asyncio beside Playwright."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    expect.set_options(timeout=_WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def watches() -> list[Watch]:
    return []


@pytest.fixture
def open_page(browser: Browser, site: Site, watches: list[Watch]) -> Iterator[OpenPage]:
    """Opens watched pages; at the end none may have had anything to complain of."""
    contexts = []

    def opened(
        size: tuple[int, int] = DESKTOP, theme: Theme = "light", locale: str = "en-GB"
    ) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
            color_scheme=theme,
            locale=locale,
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(_WAIT_MILLISECONDS)
        contexts.append(context)
        watches.append(Watch(context, site.url))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for watch in watches for complaint in watch.complaints()] == []


@pytest.fixture
def allow(watches: list[Watch]) -> Callable[[str], None]:
    """Say which complaint of the browsers opened so far is what the test is about."""

    def allowed(part: str) -> None:
        assert watches, "open the page first"
        for watch in watches:
            watch.allow(part)

    return allowed


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """A page at the size of a desktop."""
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page at the size of the smallest phone."""
    return open_page(PHONE)


@pytest.fixture
def two_browsers(open_page: OpenPage) -> tuple[Page, Page]:
    """Two people at two machines."""
    return open_page(), open_page()


@pytest.fixture
def signed_in(site: Site) -> Callable[..., SignedIn]:
    """`signed_in(page, role="owner", company=None)`: who then looks, in that company or a new one."""

    def entered(page: Page, role: str = "owner", company: Api | None = None) -> SignedIn:
        return sign_in_as(page, company or site.new_company(), role, site.url)

    return entered


@pytest.fixture(params=[(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])
def walk(
    request: pytest.FixtureRequest,
    open_page: OpenPage,
    signed_in: Callable[..., SignedIn],
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
) -> Walk:
    """A new company, in which the owner does a piece of work: the test runs once on each screen."""
    size, theme = request.param
    page = open_page(size, theme)
    work = request.module.__name__.rpartition(".test_")[2]

    def look(step: str) -> None:
        screenshot(page, f"{work}-{step}-{size[0]}-{theme}", full_page=True)
        assert page.evaluate(WIDER) <= 0, step
        axe(page)

    return Walk(page, signed_in(page), look)


@pytest.fixture(scope="session")
def axe_script() -> str:
    return axe_source()


@pytest.fixture
def axe(axe_script: str) -> Callable[[Page], None]:
    """`axe(page)`: the page as it is now breaks no rule of accessibility."""

    def check(page: Page) -> None:
        assert violations(page, axe_script) == []

    return check


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`screenshot(page, name)` keeps a picture in $STOCKFLOW_SCREENSHOTS, if that is set."""
    directory = os.environ.get(SCREENSHOTS)

    def take(page: Page, name: str = "", **options: Any) -> None:
        if directory:
            title = re.sub(r"[^\w.-]+", "-", name or request.node.name).strip("-")
            page.screenshot(path=Path(directory) / f"{title}.png", **options)

    return take
