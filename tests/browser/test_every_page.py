"""Every page as people see it: nothing sticks out, nothing keeps anybody out, light and dark."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import Page

from stockflow.demo.load import load_story
from tests.browser.accessibility import violations
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.browser.site import Site
from tests.factories import Api
from tests.scopes import in_scope
from tests.web.addresses import MISSING_ID, addresses, ids_in, page_routes
from tests.web.hostile import hostile_company

_SHOWN_MAX = 40
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_STICKING_OUT = """() => {
    const wide = document.documentElement.clientWidth;
    const clipped = box => {
        for (let outer = box.parentElement; outer; outer = outer.parentElement)
            if (getComputedStyle(outer).overflowX !== 'visible') return true;
        return false;
    };
    return [...document.body.querySelectorAll('*')]
        .filter(box => box.getBoundingClientRect().right > wide + 1 && !clipped(box))
        .slice(0, 3).map(box => box.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def demo(site: Site) -> Api:
    api = site.new_company()
    in_scope(api, load_story, lambda _: None)
    return api


@pytest.fixture(scope="module")
def hostile(site: Site) -> Api:
    return hostile_company(site.http)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_demo_company(
    *,
    demo: Api,
    open_page: OpenPage,
    signed_in: Callable[..., SignedIn],
    axe_script: str,
    size: tuple[int, int],
    theme: Theme,
) -> None:
    page = open_page(size, theme)
    signed_in(page, company=demo)
    _look_at_all(page, demo, axe_script)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_with_texts_meant_to_do_harm(
    hostile: Api,
    open_page: OpenPage,
    signed_in: Callable[..., SignedIn],
    axe_script: str,
    size: tuple[int, int],
) -> None:
    page = open_page(size)
    signed_in(page, company=hostile)
    _look_at_all(page, hostile, axe_script)


def test_every_page_of_a_company_without_anything(
    phone: Page, signed_in: Callable[..., SignedIn], axe_script: str
) -> None:
    company = signed_in(phone).api
    _look_at_all(phone, company, axe_script)


def _look_at_all(page: Page, company: Api, axe_script: str) -> None:
    """Each thing that is wrong is told once, with the first page it is about."""
    wrong: dict[str, list[str]] = {}
    for path in paths_of(company):
        for complaint in _look_at(page, path, axe_script):
            wrong.setdefault(complaint.partition(": ")[0], []).append(f"{path}: {complaint}")
    told = [f"{same[0]} (on {len(same)} pages)" for same in wrong.values()]
    assert not told, "\n".join(told[:_SHOWN_MAX])


def paths_of(company: Api) -> list[str]:
    """One page of each kind: a document in a state that shows everything there is to show."""
    found = addresses(page_routes(), company.company_id, ids_in(company))
    there = [address for address in found if str(MISSING_ID) not in address.path]
    return [next(same).path for _, same in groupby(there, lambda address: address.route)]


def _look_at(page: Page, path: str, axe_script: str) -> list[str]:
    answer = _opened(page, path)
    if answer is None:
        return []
    wider = page.evaluate(_WIDER)
    sticks_out = [f"wider than the screen: by {wider} px, {page.evaluate(_STICKING_OUT)}"]
    return [*(sticks_out if wider > 0 else []), *violations(page, axe_script)]


def _opened(page: Page, path: str) -> Any:
    """The answer, if it is a page; files are looked at elsewhere."""
    kind = page.request.head(path).headers.get("content-type", "")
    if kind and not kind.startswith("text/html"):
        return None
    return page.goto(path, wait_until="load")
