"""What stock was touched since, and who hears of it."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, cast

import pytest
from fastapi import FastAPI

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.stock.live import LiveStock, StockChange, changes_since, live_stock, position
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.scopes import in_scope, run

SOON = 30.0


def _call(api: Api, work: Callable[[], Any]) -> Any:
    assert api.http.portal is not None
    return api.http.portal.call(work)


def _pool(api: Api) -> Any:
    return cast(FastAPI, api.http.app).state.pool


def test_what_is_touched_is_told_once(api: Api, other: Api) -> None:
    warehouse, foreign = make_warehouse(api), make_warehouse(other)
    first, second = make_product(api), make_product(api)
    start = in_scope(api, position)

    move(api, line(first, warehouse, "purchase", 5), line(second, warehouse, "purchase", 5))
    move(api, line(first, warehouse, "sale", 1))
    move(other, line(make_product(other), foreign, "purchase", 1))

    last, products = in_scope(api, changes_since, start)
    assert products == [first["id"], second["id"]]
    assert in_scope(api, changes_since, last) == (last, [])
    assert last > start


def test_nothing_new_is_one_statement(api: Api) -> None:
    start = in_scope(api, position)

    asked = run(api, changes_since, start)

    assert asked.result == (start, [])
    assert asked.statements == 1


def test_other_warehouses_are_not_told(api: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    here, there = make_product(api), make_product(api)
    start = in_scope(api, position)
    move(api, line(here, own, "purchase", 5), line(there, far, "purchase", 5))
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({own["id"]}))

    assert run(api, changes_since, start, actor=actor).result[1] == [here["id"]]


def test_too_many_products_are_not_named(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stockflow.stock.live.PRODUCTS_NAMED_MAX", 2)
    warehouse = make_warehouse(api)
    start = in_scope(api, position)
    products = [make_product(api) for _ in range(3)]
    move(api, *(line(product, warehouse, "purchase", 1) for product in products[:2]))
    assert in_scope(api, changes_since, start)[1] == [product["id"] for product in products[:2]]

    move(api, line(products[2], warehouse, "purchase", 1))

    assert in_scope(api, changes_since, start)[1] is None


def test_too_many_movements_are_not_looked_at(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stockflow.stock.live._MOVEMENTS_READ_MAX", 2)
    warehouse, product = make_warehouse(api), make_product(api)
    start = in_scope(api, position)
    for _ in range(2):
        move(api, line(product, warehouse, "purchase", 1))
    assert in_scope(api, changes_since, start)[1] == [product["id"]]

    move(api, line(product, warehouse, "purchase", 1))

    last, products = in_scope(api, changes_since, start)
    assert products is None
    assert in_scope(api, changes_since, last) == (last, [])


@pytest.mark.parametrize("heard", [-5, 2**62])
def test_what_a_browser_says_it_heard_may_be_anything(api: Api, heard: int) -> None:
    now = in_scope(api, position)

    start = in_scope(api, position, heard)

    assert 0 <= start <= in_scope(api, position)
    assert heard < 0 or start >= now


def test_watchers_hear_what_they_may(api: Api, other: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    here, there = make_product(api), make_product(api)
    start = in_scope(api, position)
    move(api, line(there, far, "purchase", 5))
    move(api, line(here, own, "purchase", 5))
    move(other, line(make_product(other), make_warehouse(other), "purchase", 1))

    async def watch() -> list[StockChange]:
        async with live_stock(_pool(api)) as live:
            watches = [
                live.watch(api.company_id, None, start),
                live.watch(api.company_id, frozenset({own["id"]}), start),
            ]
            async with asyncio.timeout(SOON), aclosing(watches[0]), aclosing(watches[1]):  # type: ignore[type-var]
                return list(await asyncio.gather(*(anext(watch) for watch in watches)))

    everything, some = _call(api, watch)
    assert everything.product_ids == [here["id"], there["id"]]
    assert some.product_ids == [here["id"]]


def test_a_change_after_the_watch_began_is_told(api: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api)
    start = in_scope(api, position)
    assert api.http.portal is not None

    async def first() -> StockChange:
        async with live_stock(_pool(api)) as live, asyncio.timeout(SOON):
            async for change in live.watch(api.company_id, None, start):
                return change
        raise AssertionError("the watch ended")

    told = api.http.portal.start_task_soon(first)
    move(api, line(product, warehouse, "purchase", 5))

    assert told.result(SOON).product_ids == [product["id"]]


def test_closing_ends_every_watch_at_once(api: Api) -> None:
    start = in_scope(api, position)

    async def watch_and_close() -> list[StockChange]:
        live = LiveStock(_pool(api))

        async def listen() -> list[StockChange]:
            return [change async for change in live.watch(api.company_id, None, start)]

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)  # lets the watch begin
        await live.close()
        async with asyncio.timeout(SOON):
            return await listening

    assert _call(api, watch_and_close) == []
