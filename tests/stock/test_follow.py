"""Following the ledger: a reader that asks again with the last id it saw misses nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from stockflow.companies.operator import company_scope
from stockflow.foundation.scope import WriteScope
from stockflow.stock.commands import MovementLine, MovementType, RecordMovements
from stockflow.stock.operations import record_movements
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.stock.reading import findings, movements

PATH = "/api/stock/movements"


class Interrupted(Exception):
    """Ends a posting before it is committed."""


@contextmanager
def _in_flight(api: Api, product: Any, warehouse: Any) -> Iterator[None]:
    """A posting that has taken its id and is committed when the block ends."""
    pool = cast(FastAPI, api.http.app).state.pool
    one = MovementLine(
        product_id=product["id"],
        warehouse_id=warehouse["id"],
        type=MovementType.PURCHASE,
        quantity=cast(Any, 1),
    )
    portal = api.http.portal
    assert portal is not None
    opened = company_scope(pool, api.company_id, WriteScope)
    with suppress(Interrupted), portal.wrap_async_context_manager(opened) as scope:
        portal.call(record_movements, scope, RecordMovements(lines=[one]))
        yield


def _follow(api: Api, after_id: int = 0) -> list[int]:
    return [item["id"] for item in movements(api, after_id=after_id)]


@pytest.mark.parametrize("new_levels", [False, True])
def test_what_is_posted_meanwhile_waits_for_what_is_being_posted(
    api: Api, new_levels: bool
) -> None:
    slow, fast, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, line(fast, warehouse, "purchase", 1))
    if not new_levels:
        move(api, line(slow, warehouse, "purchase", 1))
    seen = _follow(api)

    with _in_flight(api, slow, warehouse):
        later = [move(api, line(fast, warehouse, "purchase", 1)) for _ in range(3)]
        assert _follow(api) == seen
        assert _follow(api, seen[-1]) == []
        newest = [item["id"] for item in movements(api, order="newest")]
        assert newest[0] == later[-1]["movements"][0]["id"]

    new = _follow(api, seen[-1])
    assert len(new) == 4
    assert new[1:] == [posting["movements"][0]["id"] for posting in later]
    assert new == sorted(new)


def test_a_posting_that_fails_holds_nothing_back(api: Api) -> None:
    slow, fast, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, line(slow, warehouse, "purchase", 1), line(fast, warehouse, "purchase", 1))
    seen = _follow(api)

    flight = _in_flight(api, slow, warehouse)
    flight.__enter__()
    later = move(api, line(fast, warehouse, "purchase", 1))
    assert _follow(api, seen[-1]) == []
    flight.__exit__(Interrupted, Interrupted(), None)

    assert _follow(api, seen[-1]) == [later["movements"][0]["id"]]


def test_another_companys_postings_hold_nothing_back(api: Api, other: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    theirs, their_place = make_product(other), make_warehouse(other)

    with _in_flight(other, theirs, their_place):
        posting = move(api, line(product, warehouse, "purchase", 1))
        assert _follow(api) == [posting["movements"][0]["id"]]
        assert _follow(other) == []

    assert len(_follow(other)) == 1


def test_a_follower_sees_every_movement_once_while_many_write(api: Api) -> None:
    warehouse = make_warehouse(api)
    products = [make_product(api) for _ in range(8)]

    def lines(writer: int, turn: int) -> list[Any]:
        first, second = products[writer % 8], products[(writer + turn + 1) % 8]
        return [line(first, warehouse, "purchase", 1), line(second, warehouse, "purchase", 1)]

    async def run() -> tuple[list[int], list[int]]:
        transport = ASGITransport(app=api.http.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {api.key}"}
        done = asyncio.Event()
        async with AsyncClient(
            transport=transport, base_url="http://testserver", headers=headers
        ) as client:

            async def write(writer: int) -> list[int]:
                made = []
                for turn in range(15):
                    answer = await client.post(PATH, json={"lines": lines(writer, turn)})
                    assert answer.status_code == 201, answer.text
                    made += [movement["id"] for movement in answer.json()["movements"]]
                return made

            async def follow() -> list[int]:
                seen: list[int] = []
                last_look = False
                while True:
                    last_look = done.is_set()
                    after = seen[-1] if seen else 0
                    answer = await client.get(PATH, params={"after_id": after, "limit": 7})
                    items = answer.json()["items"]
                    seen += [item["id"] for item in items]
                    if last_look and not items:
                        return seen

            following = asyncio.create_task(follow())
            made = await asyncio.gather(*(write(writer) for writer in range(10)))
            done.set()
            return [number for some in made for number in some], await following

    assert api.http.portal is not None
    made, seen = api.http.portal.call(run)

    assert len(made) == 10 * 15 * 2
    assert seen == sorted(made)
    assert findings(api) == []
