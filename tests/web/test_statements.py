"""How many statements a page takes: always as many, however much there is to show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pprint import pformat
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from stockflow.demo.load import load_story
from tests.conftest import new_company
from tests.factories import Api
from tests.pages import signed_in
from tests.scopes import in_scope
from tests.web.addresses import addresses, page_routes

STATEMENTS = {
    # of the demo company; with them those that open the transaction and find the session
    "": 6,
    "/": 6,
    "/adjustments": 5,
    "/adjustments/new": 3,
    "/alerts": 8,
    "/audit": 5,
    "/categories": 3,
    "/categories/new": 2,
    "/counts": 4,
    "/counts/new": 4,
    "/customers": 3,
    "/customers/new": 2,
    "/dashboard/dead-stock": 3,
    "/dashboard/running-out": 5,
    "/dashboard/top-sellers": 3,
    "/dashboard/trade": 3,
    "/dashboard/urgencies": 3,
    "/dashboard/value": 3,
    "/imports": 4,
    "/imports/new": 2,
    "/levels": 5,
    "/movements": 4,
    "/movements/new": 3,
    "/products": 5,
    "/products/labels": 3,
    "/products/new": 4,
    "/purchase-orders": 5,
    "/purchase-orders/new": 2,
    "/returns": 3,
    "/sales-orders": 4,
    "/sales-orders/new": 3,
    "/settings": 3,
    "/settings/api-keys": 4,
    "/settings/api-keys/new": 3,
    "/settings/invitations/new": 3,
    "/settings/members": 5,
    "/settings/thresholds": 3,
    "/suppliers": 3,
    "/suppliers/new": 2,
    "/transfers": 4,
    "/transfers/new": 3,
    "/warehouses": 3,
    "/warehouses/new": 2,
}
"""By the path behind the company's, of each page that is not about one thing."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """`with counted() as statements:` collects what the application says to the database."""
    run = psycopg.AsyncCursor.execute
    said: list[str] = []

    async def execute(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        said.append(str(query))
        return await run(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", execute)

    @contextmanager
    def collect() -> Iterator[list[str]]:
        said.clear()
        yield said

    return collect


def test_lists_take_the_same_few_statements(http: TestClient, counted: Callable[[], Any]) -> None:
    api = new_company(http)
    in_scope(api, load_story, lambda _: None)
    found = _statements(api, counted)
    assert found == STATEMENTS, pformat(found)


def _statements(api: Api, counted: Callable[[], Any]) -> dict[str, int]:
    browser = signed_in(api)
    found = {}
    for address in addresses(page_routes(), api.company_id, []):
        if address.route.count("{") > 1 or not address.route.startswith("/c/"):
            continue
        first = browser.http.get(address.path, headers=browser.headers)  # notes the session's use
        if first.status_code == 200 and first.headers["content-type"].startswith("text/html"):
            with counted() as statements:
                browser.get(address.path)
            found[address.path.removeprefix(browser.path())] = len(statements)
    return found
