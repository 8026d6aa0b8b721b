"""Every page as people see it: nothing sticks out, nothing keeps anybody out, light and dark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import DESKTOP, PHONE, WIDE, OpenPage, Theme
from tests.browser.people import SignedIn
from tests.browser.site import Site
from tests.browser.walking import WIDER
from tests.factories import Api
from tests.web.addresses import GONE, MISSING_ID, addresses, ids_in, page_routes
from tests.web.hostile import hostile_company

_SHOWN_MAX = 40
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
_SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame(); // sizes are told to who watches them, such as charts, with the next one
    await frame();
}"""
"""When what follows a change of size or theme has followed."""

_AWAITED = ".tile-loading, .htmx-request"
"""What is loaded once the page is there."""


@dataclass(frozen=True)
class Look:
    """How a page that is open is looked at: nothing may stick out, and axe may find nothing."""

    size: tuple[int, int]
    theme: Theme
    axe: bool = True


_DEMO = (
    Look(DESKTOP, "light"),
    Look(DESKTOP, "dark"),
    Look(PHONE, "dark"),
    Look(WIDE, "light", axe=False),
)
"""On a phone in the light the others are looked at: between them, all pages in each size and theme."""

_OTHERS = (Look(PHONE, "light"), Look(DESKTOP, "light", axe=False), Look(WIDE, "light", axe=False))
"""What differs from the demo is texts and what is there: not colours, nor what things are called."""


@pytest.fixture
def look_around(
    axe_script: str, signed_in: Callable[..., SignedIn], allow: Callable[[str], None]
) -> Callable[[Page, Api, Sequence[Look]], None]:
    """`look_around(page, company, looks)`: all pages as the company's owner sees them."""

    def look(page: Page, company: Api, looks: Sequence[Look]) -> None:
        signed_in(page, company=company)
        allow(f"/{GONE})")  # links that are not good say so with a status of their own
        _look_at_all(page, company, axe_script, looks)

    return look


def test_every_page_of_the_demo_company(
    demo: Api, open_page: OpenPage, look_around: Callable[..., None]
) -> None:
    look_around(open_page(), demo, _DEMO)


def test_every_page_with_texts_meant_to_do_harm(
    site: Site, open_page: OpenPage, look_around: Callable[..., None]
) -> None:
    look_around(open_page(), hostile_company(site.http), _OTHERS)


def test_every_page_of_a_company_without_anything(
    site: Site, open_page: OpenPage, look_around: Callable[..., None]
) -> None:
    look_around(open_page(PHONE), site.new_company(), _OTHERS[:1])


def _look_at_all(page: Page, company: Api, axe_script: str, looks: Sequence[Look]) -> None:
    """Each thing that is wrong is told once, with the first page it is about."""
    wrong: dict[str, list[str]] = {}
    for path in paths_of(company):
        page.set_viewport_size({"width": looks[0].size[0], "height": looks[0].size[1]})
        page.emulate_media(color_scheme=looks[0].theme)
        if not _opened(page, path):
            continue
        for look in looks:
            for complaint in _look_at(page, look, axe_script):
                told = f"{path} at {look.size[0]} {look.theme}: {complaint}"
                wrong.setdefault(complaint.partition(": ")[0], []).append(told)
    told_once = [f"{same[0]} (on {len(same)} pages)" for same in wrong.values()]
    assert not told_once, "\n".join(told_once[:_SHOWN_MAX])


def paths_of(company: Api) -> list[str]:
    """One page of each kind: a document in a state that shows everything there is to show."""
    found = addresses(page_routes(), company.company_id, ids_in(company))
    there = [address for address in found if str(MISSING_ID) not in address.path]
    return [next(same).path for _, same in groupby(there, lambda address: address.route)]


def _look_at(page: Page, look: Look, axe_script: str) -> list[str]:
    page.set_viewport_size({"width": look.size[0], "height": look.size[1]})
    page.emulate_media(color_scheme=look.theme)
    page.locator(f"html[data-bs-theme={look.theme}]").wait_for()
    page.evaluate(_SETTLED)
    wider = page.evaluate(WIDER)
    complaints = violations(page, axe_script) if look.axe else []
    if wider > 0:
        complaints.append(f"wider than the screen: by {wider} px, {page.evaluate(_STICKING_OUT)}")
    return complaints


def _opened(page: Page, path: str) -> bool:
    """Whether it is a page of its own, with all of its parts there; files are looked at elsewhere."""
    answer = page.request.head(path)
    if not answer.headers.get("content-type", "text/html").startswith("text/html"):
        return False
    if answer.status >= 400 and GONE not in path:
        return False  # it is about rows one has chosen, or about another kind of product
    if urlsplit(answer.url).path != path:
        return False  # it leads to a page that is looked at anyway
    page.goto(path, wait_until="load")
    expect(page.locator(_AWAITED)).to_have_count(0)
    return True
