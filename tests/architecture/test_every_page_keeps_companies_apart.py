"""Walks every page with my session and another company's addresses: nothing is shown or changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from stockflow import features
from stockflow.companies.sessions import Visitor, account_transaction, open_session
from tests.architecture.world import Furnished, World
from tests.pages import Browser, signed_in
from tests.web.addresses import addresses, ids_in

_COMPANY = "/c/{company_id:int}"


@pytest.fixture(scope="module")
def me(world: World) -> Browser:
    return signed_in(world.mine.api)


@pytest.fixture(scope="module")
def them(world: World) -> Browser:
    return signed_in(world.theirs.api)


def _asked(company_id: int, theirs: Furnished) -> Iterator[tuple[str, Route, str]]:
    """Method, route and address of all pages and forms of a company, with the ids of their things."""
    more = [{name: theirs.ids[name]} for name in ("invitation_id", "upload_id")]
    found = [*ids_in(theirs.api), *more]
    for route in features.pages():
        for method in sorted((route.methods or set()) - {"HEAD"}):
            if route.path.startswith(_COMPANY):
                for address in addresses([route], company_id, found):
                    yield method, route, address.path


def _sent(http: TestClient, method: str, path: str, headers: dict[str, str]) -> Response:
    more: dict[str, Any] = {"data": {"notes": ""}} if method == "POST" else {}
    return http.request(method, path, headers=headers, follow_redirects=False, **more)


def _shows_nothing(answer: Response, theirs: Furnished) -> bool:
    return theirs.shown.casefold() not in (answer.text + str(answer.headers)).casefold()


@pytest.mark.usefixtures("untouched")
def test_no_page_of_their_company_is_mine(world: World, me: Browser) -> None:
    for method, _, path in _asked(world.theirs.company_id, world.theirs):
        answer = _sent(me.http, method, path, me.headers)
        assert answer.status_code == 403, (method, path, answer.text[:500])
        assert _shows_nothing(answer, world.theirs), path


@pytest.mark.usefixtures("untouched")
def test_nothing_of_theirs_is_in_my_company(world: World, me: Browser) -> None:
    for method, route, path in _asked(world.mine.company_id, world.theirs):
        if route.path == f"{_COMPANY}/live":
            continue  # it has no end, and no id
        answer = _sent(me.http, method, path, me.headers)
        assert _shows_nothing(answer, world.theirs), path
        names_one = "{" in route.path.removeprefix(_COMPANY)
        # a form that is not filled in is refused before anybody looks for what it is about
        allowed = {400, 403, 404} if method == "POST" else {403, 404}
        assert not names_one or answer.status_code in allowed, (method, path, answer.text[:500])
        assert answer.status_code < 500, (method, path, answer.text[:500])


@pytest.mark.usefixtures("untouched")
def test_every_page_needs_a_session(world: World, them: Browser, app: FastAPI) -> None:
    theirs = world.theirs
    waiting = {**them.headers, "cookie": f"stockflow_session={_half_open(theirs, app)}"}
    invented = {**them.headers, "cookie": "stockflow_session=invented"}
    for method, _, path in _asked(theirs.company_id, theirs):
        for headers in (invented, waiting):
            answer = _sent(them.http, method, path, headers)
            assert answer.status_code == 303, (method, path, answer.text[:500])
            assert answer.headers["location"].startswith("/sign-in?"), path
            assert _shows_nothing(answer, theirs), path


def _half_open(furnished: Furnished, app: FastAPI) -> str:
    """A session of one of their members that waits for the second factor."""

    async def opened() -> str:
        visitor = Visitor("127.0.0.1", "test", "test")
        async with account_transaction(app.state.pool) as connection:
            user_id = furnished.ids["user_id"]
            return (await open_session(connection, user_id, visitor, half_open=True)).token

    portal = furnished.api.http.portal
    assert portal is not None
    return str(portal.call(opened))
