"""The order of alerts, and their pages."""

from typing import Any

import pytest

from stockflow.foundation.pagination import encode_cursor
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.replenishment.reading import alerts, answer, path


@pytest.fixture
def ties(api: Api) -> list[tuple[int, int]]:
    """Sixteen levels with many ties, low; their keys in the order alerts must have.

    By what is left and sold in 30 days: days until stockout, then stock, then product and warehouse.
    """
    warehouses = [make_warehouse(api), make_warehouse(api)]
    trades = [(6, 30), (0, 3), (3, 15), (6, 0), (0, 0), (6, 30), (2, 0), (9, 45)]
    places = []
    for left, sold in trades:
        product = make_product(api, low_stock_threshold=20)
        for warehouse in warehouses:
            lines = [line(product, warehouse, "adjustment", left + sold)] if left + sold else []
            lines += [line(product, warehouse, "sale", sold)] if sold else []
            move(api, *(lines or [line(product, warehouse, "recount", 0)]))
            days = 0 if left == 0 else (left * 30 // sold if sold else None)
            places.append((days is None, days or 0, left, product["id"], warehouse["id"]))
    return [(product, warehouse) for *_, product, warehouse in sorted(places)]


def _keys(found: list[Any]) -> list[tuple[int, int]]:
    return [(alert["product_id"], alert["warehouse_id"]) for alert in found]


def test_the_most_urgent_comes_first(api: Api, ties: list[tuple[int, int]]) -> None:
    found = alerts(api, include_no_sales=True)

    assert _keys(found) == ties
    assert [(alert["days_until_stockout"], alert["current_stock"]) for alert in found] == [
        *[(0, 0)] * 4,
        *[(6, 3)] * 2,
        *[(6, 6)] * 4,
        *[(6, 9)] * 2,
        *[(None, 2)] * 2,
        *[(None, 6)] * 2,
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 15, 16])
def test_pages_go_through_ties_without_gap_or_repetition(
    api: Api, ties: list[tuple[int, int]], limit: int
) -> None:
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = answer(api, include_no_sales=True, limit=limit, **cursor)
        assert page["total_alerts"] == len(ties)
        assert len(page["alerts"]) <= limit
        seen += page["alerts"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert _keys(seen) == ties


def test_the_total_counts_what_matches_not_what_is_shown(
    api: Api, ties: list[tuple[int, int]]
) -> None:
    assert answer(api, limit=1)["total_alerts"] == 10
    assert answer(api, limit=1, include_no_sales=True)["total_alerts"] == 16
    warehouse = ties[0][1]
    assert answer(api, limit=1, warehouse_id=warehouse)["total_alerts"] == 5


def test_a_page_continues_where_the_last_ended_whatever_sold_meanwhile(
    api: Api, ties: list[tuple[int, int]]
) -> None:
    first = answer(api, include_no_sales=True, limit=6)
    product, warehouse = ties[-1]
    move(
        api,
        {"product_id": product, "warehouse_id": warehouse, "type": "sale", "quantity": 6},
    )

    rest = alerts(api, include_no_sales=True, cursor=first["next_cursor"])

    assert _keys(first["alerts"]) == ties[:6]
    assert _keys(rest) == ties[6:-1]


def test_fractions_survive_the_cursor(api: Api) -> None:
    warehouse = make_warehouse(api)
    for left in (0.0003, 0.0001, 0.0002, 0.0001):
        product = make_product(api)
        move(
            api,
            line(product, warehouse, "adjustment", 5 + left),
            line(product, warehouse, "sale", 5),
        )

    seen: list[float] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = answer(api, limit=1, **cursor)
        seen.append(page["alerts"][0]["current_stock"])
        cursor = {"cursor": page["next_cursor"]}

    assert seen == [0.0001, 0.0001, 0.0002, 0.0003]


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, *[line(product, warehouse, "purchase", 1)] * 2)
    cursor = done(api.get("/api/stock/movements", limit=1))["next_cursor"]
    assert cursor

    refused(api.get(path(api), cursor=cursor), 400, "invalid-cursor")


@pytest.mark.parametrize("available", ["x", "NaN", "Infinity", "1e400", "", "9" * 400])
def test_a_forged_cursor_is_no_error_of_ours(api: Api, available: str) -> None:
    cursor = encode_cursor("low-stock", (2**63 - 1, available, 2**63 - 1, 1))

    assert api.get(path(api), cursor=cursor).status_code in (200, 400)
