"""Who may look and press: nobody without a session, and viewers only where nothing is changed."""

import re
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from stockflow import features
from tests.factories import Api
from tests.pages import Browser, signed_in
from tests.scopes import in_scope
from tests.web.addresses import MISSING_ID, Address, addresses, ids_in, page_routes
from tests.web.hostile import hostile_company

_COMPANY = "/c/{company_id:int}"
_FIELDS = {
    # what a form must have before anything is tried; the others are sent empty
    f"{_COMPANY}/alerts": {
        "_chosen[]": "1",
        "alerts.1.product_id": "1",
        "alerts.1.warehouse_id": "1",
    },
    f"{_COMPANY}/adjustments/{{adjustment_request_id:int}}/reject": {"reason": "x"},
    f"{_COMPANY}/products/{{product_id:int}}/thresholds/{{warehouse_id:int}}": {
        "low_stock_threshold": "1"
    },
}
_REFUSED = frozenset({403, 404})


@pytest.fixture(scope="module")
def company(http: TestClient) -> Api:
    """A company with something of every kind."""
    return hostile_company(http)


@pytest.fixture(scope="module")
def places(company: Api) -> list[Address]:
    """Where forms of the company can be sent to."""
    posts = [route for route in features.pages() if "POST" in (route.methods or ())]
    return addresses(_of_companies(posts), company.company_id, ids_in(company))


def _of_companies(routes: list[Route]) -> list[Route]:
    return [route for route in routes if route.path.startswith(_COMPANY)]


def test_a_viewer_sees_no_button_it_may_not_press(company: Api) -> None:
    viewer = signed_in(company, "viewer")
    wrong = []
    for address in addresses(_of_companies(page_routes()), company.company_id, ids_in(company)):
        shown = viewer.http.get(address.path, headers=viewer.headers, follow_redirects=False)
        if shown.status_code == 200 and shown.headers["content-type"].startswith("text/html"):
            wrong += [f"{address.path} has {form}" for form in _forms(shown.text)]
            wrong += [f"{address.path} leads to {href}" for href in _refused_links(viewer, shown)]
    assert sorted(set(wrong)) == []


def _forms(html: str) -> list[str]:
    """What could be sent, but for leaving."""
    forms = re.findall(r"<form[^>]*method=\"?post[^>]*>", html)
    return [form for form in forms if 'action="/sign-out"' not in form]


_asked: dict[tuple[int, str], int] = {}


def _refused_links(viewer: Browser, shown: Any) -> list[str]:
    """Links of a page that lead where a viewer is refused; each kind of place is tried once."""
    found = []
    for href in set(re.findall(rf'href="(/c/{viewer.company_id}[^"]*)"', shown.text)):
        kind = (viewer.company_id, re.sub(r"\d+", "0", href.partition("?")[0]))
        if kind not in _asked:
            answer = viewer.http.get(href.replace("&amp;", "&"), headers=viewer.headers)
            _asked[kind] = answer.status_code
        if _asked[kind] == 403:
            found.append(href)
    return found


def test_a_viewer_that_sends_a_form_anyway_is_refused(company: Api, places: list[Address]) -> None:
    viewer = signed_in(company, "viewer")
    before = in_scope(company, _written)
    statuses = {place: _sent(viewer, place) for place in places}
    wrong = {
        place.path: status
        for place, status in statuses.items()
        if status not in (_REFUSED if str(MISSING_ID) in place.path else {403})
    }
    assert wrong == {}
    assert in_scope(company, _written) == before


def test_without_a_session_every_form_leads_to_signing_in(
    company: Api, places: list[Address]
) -> None:
    nobody = Browser(company.http, company.company_id, "A" * 43)
    before = in_scope(company, _written)
    for place in places:
        answer = nobody.http.post(
            place.path,
            data={"_key": "x"},
            headers={**nobody.headers, "referer": "http://testserver/c/1/x/new?a=b&c=d"},
            follow_redirects=False,
        )
        assert answer.status_code == 303, place.path
        assert answer.headers["location"] == (
            "/sign-in?next=%2Fc%2F1%2Fx%2Fnew%3Fa%3Db%26c%3Dd&lost=1"
        )
    assert in_scope(company, _written) == before


def test_without_a_session_every_page_leads_to_signing_in(company: Api) -> None:
    nobody = Browser(company.http, company.company_id, "")
    for address in addresses(_of_companies(page_routes()), company.company_id, []):
        answer = nobody.http.get(
            f"{address.path}?q=a+b", headers=nobody.headers, follow_redirects=False
        )
        assert answer.status_code == 303, address.path
        assert answer.headers["location"].startswith("/sign-in?next=%2Fc%2F"), address.path
        assert answer.headers["location"].endswith("%3Fq%3Da%2Bb"), address.path


def test_a_stream_without_a_session_is_not_asked_for_again(company: Api) -> None:
    nobody = Browser(company.http, company.company_id, "")
    headers = {**nobody.headers, "accept": "text/event-stream"}
    answer = nobody.http.get(nobody.path("/live"), headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.content) == (204, b"")


def test_members_of_other_companies_see_and_change_nothing(
    company: Api, other: Api, places: list[Address]
) -> None:
    stranger = signed_in(other)
    before = in_scope(company, _written)
    for place in places:
        assert _sent(stranger, place) in _REFUSED, place.path
    for address in addresses(page_routes(), company.company_id, ids_in(company)):
        if address.route.startswith(_COMPANY):
            answer = stranger.http.get(address.path, headers=stranger.headers)
            assert answer.status_code in _REFUSED, address.path
    assert in_scope(company, _written) == before


def _sent(browser: Browser, place: Address) -> int:
    answer = browser.http.post(
        place.path,
        data=_FIELDS.get(place.route, {}),
        headers=browser.headers,
        follow_redirects=False,
    )
    return int(answer.status_code)


async def _written(scope: Any) -> Any:
    """What every change leaves behind: an entry of the audit log, or a posting."""
    found = await scope.connection.execute(
        "SELECT (SELECT count(*) FROM audit_entries WHERE company_id = %(company)s),"
        " (SELECT count(*) FROM stock_postings WHERE company_id = %(company)s)",
        {"company": scope.company.id},
    )
    return await found.fetchone()
