"""Every page, in a company without anything, in the demo company, and with texts meant to do harm."""

import pytest
from starlette.testclient import TestClient

from stockflow.demo.load import load_story
from tests.conftest import new_company
from tests.factories import Api
from tests.pages import signed_in
from tests.scopes import in_scope
from tests.web import markup
from tests.web.addresses import addresses, ids_in, page_routes
from tests.web.hostile import ATTACK, hostile_company
from tests.web.walking import Walk, Walker, statuses_of

_NOT_IN_ANY_COMPANY_HERE = {
    # tests/imports/test_pages.py: an upload is seen by nobody but the person who sent it
    "/c/{company_id:int}/imports/uploads/{upload_id:int}",
    "/c/{company_id:int}/imports/uploads/{upload_id:int}/rejects",
    # tests/companies/test_sign_in_pages.py: who is signed in is led on, into the company
    "/",
    "/sign-in",
    "/sign-in/code",
    "/sign-up",
    # tests/companies/test_password_pages.py, test_invitation_pages.py: a link is good for one person, once
    "/reset-password/{token}",
    "/invitations/{token}",
    # tests/companies/test_account_pages.py: a secret that waits for its first code
    "/account/second-factor/confirm",
}
"""Pages that no company here can show; each needs a test of its own, named behind it."""


def walked(api: Api) -> Walk:
    """All pages of the company, each of its documents in each state, and where they lead."""
    walker = Walker(signed_in(api))
    for address in addresses(page_routes(), api.company_id, ids_in(api)):
        walker.visit([address], statuses_of(address, api.company_id))
    return walker.walk


def test_every_page_of_a_company_without_anything(api: Api) -> None:
    _assert_none(walked(api).complaints)


def test_every_page_of_the_demo_company(http: TestClient) -> None:
    api = new_company(http)
    in_scope(api, load_story, lambda _: None)
    _assert_none(walked(api).complaints)


def test_every_page_with_texts_meant_to_do_harm(http: TestClient) -> None:
    walk = walked(hostile_company(http))
    _assert_none(walk.complaints)
    assert [path for path, text in walk.texts.items() if _is_altered(text)] == []
    unseen = {route for route, statuses in walk.seen.items() if 200 not in statuses}
    assert unseen == _NOT_IN_ANY_COMPANY_HERE


def _assert_none(complaints: list[str]) -> None:
    assert not complaints, "\n".join(complaints)


def _is_altered(text: str) -> bool:
    """Whether a page shows the texts otherwise than they were written."""
    return "onmouseover" in text and ATTACK not in text


@pytest.mark.parametrize("query", ["q=%00", "cursor=x", "limit=x", "sort=x", "format=x", "page=-1"])
def test_addresses_that_make_no_sense_are_refused_on_a_page(api: Api, query: str) -> None:
    browser = signed_in(api)
    for address in addresses(page_routes(), api.company_id, []):
        answer = browser.http.get(
            f"{address.path}?{query}", headers=browser.headers, follow_redirects=False
        )
        assert answer.status_code < 500, (address.path, answer.text[:300])
        if answer.headers.get("content-type", "").startswith("text/html"):
            complaints = markup.read(answer.text).complaints
            assert complaints == [], address.path
