"""Imports of several batches lock their products once, in one order, and announce changes once."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from stockflow.catalog import category_operations, upserts
from stockflow.catalog.events import ProductRulesChanged
from stockflow.foundation.bulk import insert_new
from stockflow.foundation.events import publish
from stockflow.foundation.scope import WriteScope
from stockflow.imports import entities
from stockflow.imports.kinds import EntityKind
from stockflow.suppliers.operations import upsert_terms
from tests.factories import Api, done, make_product
from tests.imports.sending import imported

_SKUS = ["E", "C", "A", "D", "B"]


@pytest.fixture
def ids(api: Api) -> dict[str, int]:
    return {sku: make_product(api, sku=sku)["id"] for sku in sorted(_SKUS)}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is locked, written and announced, in the order of its happening; batches are of two."""
    told: list[Any] = []
    lock, write = upserts.lock_products, upserts._lock_known

    async def locking(scope: WriteScope, product_ids: Collection[int]) -> None:
        told.append(("lock", set(product_ids)))
        await lock(scope, product_ids)

    async def writing(scope: WriteScope, keys: Sequence[str]) -> Any:
        told.append("write")
        return await write(scope, keys)

    async def writing_terms(scope: WriteScope, rows: Sequence[Any]) -> Any:
        told.append("write")
        return await upsert_terms(scope, rows)

    async def publishing(scope: WriteScope, event: object) -> None:
        told.append(event)
        await publish(scope, event)

    monkeypatch.setattr(EntityKind, "batch_rows", 2)
    monkeypatch.setattr(entities, "lock_products", locking)
    monkeypatch.setattr(entities, "upsert_terms", writing_terms)
    monkeypatch.setattr(upserts, "_lock_known", writing)
    monkeypatch.setattr(upserts, "publish", publishing)
    return told


def test_products(api: Api, ids: dict[str, int], log: list[Any]) -> None:
    rows = "".join(f"{sku},{sku},1,7\n" for sku in [*_SKUS, "NEW"])

    answer = imported(api, "products", "sku,name,price,low_stock_threshold\n" + rows)

    assert (answer["created"], answer["changed"]) == (1, 5)
    event = ProductRulesChanged(tuple(sorted(ids.values())))
    assert log == [("lock", set(ids.values())), "write", "write", "write", event]


def test_terms(api: Api, ids: dict[str, int], log: list[Any]) -> None:
    imported(api, "suppliers", "code,name\nS,S\n")

    answer = imported(
        api, "product-suppliers", "sku,supplier\n" + "".join(f"{sku},S\n" for sku in _SKUS)
    )

    assert answer["created"] == 5
    assert log == [("lock", set(ids.values())), "write", "write", "write"]


def test_categories_are_made_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    make_product(api, sku="A")
    inserted: list[Any] = []

    async def inserting(*args: Any) -> Any:
        inserted.append([row["name"] for row in args[3]])
        return await insert_new(*args)

    monkeypatch.setattr(category_operations, "insert_new", inserting)

    imported(api, "products", "sku,name,price,category\nA,A,1,Old\nB,B,1,New\nC,C,1,Old\n")

    assert inserted == [["New", "Old"]]
    told = {row["sku"]: row["category"] for row in done(api.get("/api/products"))["items"]}
    assert told == {"A": "Old", "B": "New", "C": "Old"}
