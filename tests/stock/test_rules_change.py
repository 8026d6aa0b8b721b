"""Rules of a company, product or warehouse that change while stock moves."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, cast

import pytest
from fastapi import FastAPI

from stockflow.catalog.category_operations import change_category
from stockflow.catalog.commands import ChangeCategory, ChangeProduct
from stockflow.catalog.operations import change_product
from stockflow.companies.operator import company_scope
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.scope import WriteScope
from stockflow.stock.commands import RecordMovements
from stockflow.stock.ledger import lock_levels
from stockflow.stock.operations import record_movements
from stockflow.warehouses.commands import CreateWarehouse
from stockflow.warehouses.operations import upsert_warehouses
from tests.factories import Api, Json, done, line, make_product, make_warehouse, move, refused
from tests.scopes import somebody_waits_for
from tests.stock.reading import findings, levels, movements, posts, together

LATE = "2026-03-01T23:30:00Z"
"""Already another day east of Greenwich."""


def _post_after(api: Api, lines: list[Json], change: Json, then: Sequence[Json] = ()) -> bool:
    """Whether a posting succeeds whose transaction began before the company changed.

    `then` is posted by another, between the change and the posting.
    """
    pool = cast(FastAPI, api.http.app).state.pool
    portal = api.http.portal
    assert portal is not None
    command = RecordMovements.model_validate({"lines": lines})
    try:
        with portal.wrap_async_context_manager(
            company_scope(pool, api.company_id, WriteScope)
        ) as scope:
            done(api.patch("/api/company", change))
            if then:
                move(api, *then)
            portal.call(record_movements, scope, command)
    except StockFlowError:
        return False
    return True


def test_the_time_zone_is_fixed_once_stock_has_moved(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    done(api.patch("/api/company", {"timezone": "Asia/Tokyo"}))
    move(api, line(product, warehouse, "purchase", 1, occurred_at=LATE))

    refused(api.patch("/api/company", {"timezone": "UTC"}), 409, "timezone-fixed")

    assert done(api.get("/api/company"))["timezone"] == "Asia/Tokyo"
    assert findings(api) == []


def test_the_first_movement_and_another_time_zone_do_not_miss_each_other(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    lines = [line(product, warehouse, "purchase", 1, occurred_at=LATE)]

    _post_after(api, lines, {"timezone": "Asia/Tokyo"})

    assert findings(api) == []


def test_a_posting_from_before_another_time_zone_finds_a_level_from_after_it(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    lines = [line(product, warehouse, "purchase", 1, occurred_at=LATE)]

    _post_after(api, lines, {"timezone": "Asia/Tokyo"}, then=lines)

    assert findings(api) == []


@pytest.mark.parametrize("opened", [False, True])
def test_rules_that_change_during_a_posting_hold_afterwards(api: Api, opened: bool) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    if opened:
        move(api, line(product, warehouse, "purchase", 1))
    change = {"default_low_stock_threshold": 77, "allow_backorders": True}

    assert _post_after(api, [line(product, warehouse, "purchase", 1)], change)

    assert findings(api) == []
    assert done(api.get("/api/stock/levels"))["items"][0]["threshold"] == 77


def test_settings_change_while_stock_moves_without_deadlock(api: Api) -> None:
    products = [make_product(api) for _ in range(6)]
    warehouse = make_warehouse(api)
    move(api, *[line(product, warehouse, "purchase", 100) for product in products])
    sales = [[line(product, warehouse, "sale", 1) for product in products]] * 12
    changes: list[tuple[str, str, Any]] = [
        (
            "PATCH",
            "/api/company",
            {"case_sensitive_skus": False, "default_low_stock_threshold": number},
        )
        for number in range(12)
    ]

    for _ in range(3):
        mixed = [one for pair in zip(posts(*sales), changes, strict=True) for one in pair]
        answers = together(api, mixed)
        assert {answer.status_code for answer in answers} == {200, 201}

    assert set(levels(api).values()) == {(64, 0, 0, 0)}
    assert findings(api) == []


def test_a_refused_line_leaves_no_more_than_an_empty_level(api: Api) -> None:
    stocked, new, warehouse = make_product(api), make_product(api), make_warehouse(api)

    move(
        api,
        line(stocked, warehouse, "purchase", 1),
        line(new, warehouse, "sale", 1),
        mode="valid_rows",
    )

    assert {movement["product_id"] for movement in movements(api)} == {stocked["id"]}
    assert levels(api) == {
        (stocked["id"], warehouse["id"]): (1, 0, 0, 0),
        (new["id"], warehouse["id"]): (0, 0, 0, 0),  # it had to be locked to be judged
    }


def test_a_level_opened_while_its_product_changes_category_hears_of_the_new_one(api: Api) -> None:
    product, warehouse = make_product(api, category="Bikes"), make_warehouse(api)
    category = make_product(api, category="Spares")["category_id"]
    command = RecordMovements.model_validate({"lines": [line(product, warehouse, "purchase", 1)]})
    pool = cast(FastAPI, api.http.app).state.pool
    own = partial(company_scope, pool, api.company_id, WriteScope)

    async def change() -> None:
        async with own() as scope:
            await change_category(
                scope, category, ChangeCategory(low_stock_threshold=Decimal(7)), None
            )

    async def interleaved() -> None:
        async with own() as opening:
            async with own() as moving:
                into = ChangeProduct(category_id=category)
                await change_product(moving, product["id"], into, None)
                posting = asyncio.create_task(record_movements(opening, command))
                await somebody_waits_for(moving, pool)
            await posting
            changing = asyncio.create_task(change())
            await somebody_waits_for(opening, pool)
        await changing

    assert api.http.portal is not None
    api.http.portal.call(interleaved)

    assert findings(api) == []
    assert done(api.get("/api/stock/levels"))["items"][0]["threshold"] == 7


def test_warehouses_that_retire_together_lock_levels_in_the_order_of_postings(api: Api) -> None:
    products, places = [make_product(api) for _ in "12"], [make_warehouse(api) for _ in "12"]
    move(api, *[line(product, place, "purchase", 1) for product in products for place in places])
    retired = [
        CreateWarehouse(code=place["code"], name=place["name"], active=False) for place in places
    ]
    pool = cast(FastAPI, api.http.app).state.pool
    own = partial(company_scope, pool, api.company_id, WriteScope)

    async def retire() -> None:
        async with own() as scope:
            await upsert_warehouses(scope, retired)

    async def interleaved() -> None:
        async with own() as posting:
            await lock_levels(posting, [(products[0]["id"], places[1]["id"])])
            retiring = asyncio.create_task(retire())
            await somebody_waits_for(posting, pool)
            await lock_levels(posting, [(products[1]["id"], places[0]["id"])])
        await retiring

    assert api.http.portal is not None
    api.http.portal.call(interleaved)

    assert findings(api) == []
    assert {place["active"] for place in done(api.get("/api/warehouses"))["items"]} == {False}
