"""What each entry is worth: the moving average, whichever way the entry is posted."""

from decimal import Decimal
from typing import Any

import pytest

from tests.factories import Api, Json, done, line, make_product, make_warehouse, move

Line = tuple[str, float, str | None]
"""Type, quantity, unit cost."""


def _line(product: Any, warehouse: Any, asked: Line) -> Json:
    kind, quantity, cost = asked
    return line(product, warehouse, kind, quantity, **({"unit_cost": cost} if cost else {}))


def _worth(api: Api, product: Any) -> list[str]:
    """The value changes of a product's movements, oldest first."""
    found = done(api.get("/api/stock/movements", product_id=product["id"], order="oldest"))
    return [movement["value_change"] for movement in found["items"]]


def _level(api: Api, product: Any) -> tuple[float, str, str]:
    (level,) = done(api.get("/api/stock/levels", product_id=product["id"]))["items"]
    return level["on_hand"], level["value"], level["average_cost"]


_HISTORIES: dict[str, tuple[list[Line], list[str], tuple[float, str, str]]] = {
    "the average moves with what comes in, not with what goes out": (
        [("purchase", 10, "2"), ("purchase", 30, "4"), ("sale", 8, None), ("sale", 2, None)],
        ["20.0000", "120.0000", "-28.0000", "-7.0000"],
        (30, "105.0000", "3.5000"),
    ),
    "what comes in without a cost comes at the average": (
        [("purchase", 4, "2.5"), ("return", 2, None), ("adjustment", 1, None)],
        ["10.0000", "5.0000", "2.5000"],
        (7, "17.5000", "2.5000"),
    ),
    "the last unit takes what rounding left": (
        [("purchase", 3, "0.3333"), ("purchase", 4, "1"), *[("sale", 1, None)] * 7],
        ["0.9999", "4.0000", *["-0.7143"] * 4, "-0.7142", "-0.7143", "-0.7142"],
        (0, "0.0000", "0.7142"),
    ),
    "an average outlives the stock": (
        [("purchase", 2, "5"), ("sale", 2, None), ("return", 1, None)],
        ["10.0000", "-10.0000", "5.0000"],
        (1, "5.0000", "5.0000"),
    ),
    "moves on hand are worth nothing, a write-off its share": (
        [("purchase", 4, "3"), ("damage", 2, None), ("reserve", 1, None), ("write_off", 2, None)],
        ["12.0000", "0.0000", "0.0000", "0.0000", "0.0000", "-6.0000"],
        (2, "6.0000", "3.0000"),
    ),
    "a recount loses or finds at the average": (
        [("purchase", 4, "3"), ("recount", 1, None), ("recount", 3, None)],
        ["12.0000", "-9.0000", "6.0000"],
        (3, "9.0000", "3.0000"),
    ),
}


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
@pytest.mark.parametrize("history", _HISTORIES.values(), ids=_HISTORIES)
def test_history(
    api: Api, history: tuple[list[Line], list[str], tuple[float, str, str]], together: bool
) -> None:
    lines, worth, level = history
    product, warehouse = make_product(api), make_warehouse(api)
    asked = [_line(product, warehouse, one) for one in lines]
    for some in [asked] if together else [[one] for one in asked]:
        move(api, *some)

    assert _worth(api, product) == worth
    assert _level(api, product) == level


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
def test_what_left_on_backorder_is_settled_by_what_comes_in(api: Api, together: bool) -> None:
    """Sold at the average of 2; the purchase at 3 leaves its two remaining units worth 3 each."""
    product, warehouse = make_product(api, allow_backorders=True), make_warehouse(api)
    asked = [
        line(product, warehouse, "purchase", 2, unit_cost="2"),
        line(product, warehouse, "sale", 5),
        line(product, warehouse, "purchase", 1, unit_cost="9"),
        line(product, warehouse, "purchase", 4, unit_cost="3"),
    ]
    for some in [asked] if together else [[one] for one in asked]:
        move(api, *some)

    assert _worth(api, product) == ["4.0000", "-10.0000", "2.0000", "10.0000"]
    assert _level(api, product) == (2, "6.0000", "3.0000")


def test_many_levels_at_once_are_worth_what_they_are_one_by_one(api: Api) -> None:
    """Lines of as many levels go a way of their own through the ledger."""
    warehouses = [make_warehouse(api), make_warehouse(api)]
    twins = [
        (make_product(api, cost_price="1.5"), make_product(api, cost_price="1.5")) for _ in "123"
    ]
    rounds: list[list[Line]] = [
        [("adjustment", 7, None), ("purchase", 3, "2.1"), ("purchase", 9, "0.07")],
        [("purchase", 5, "3.3333"), ("sale", 2, None), ("damage", 4, None)],
        [("sale", 6, None), ("return", 1, None), ("write_off", 3, None)],
    ]
    for some in rounds:
        pairs = list(zip(twins, some, strict=True))
        places = [(*pair, warehouse) for pair in pairs for warehouse in warehouses]
        for which in (0, 1):
            lines = [_line(pair[which], warehouse, one) for pair, one, warehouse in places]
            for batch in [lines] if which == 0 else [[one] for one in lines]:
                move(api, *batch)

    for together, apart in twins:
        assert sorted(_worth(api, together)) == sorted(_worth(api, apart))
        levels = [
            [
                (level["available"], level["damaged"], level["value"], level["average_cost"])
                for level in done(api.get("/api/stock/levels", product_id=product["id"]))["items"]
            ]
            for product in (together, apart)
        ]
        assert levels[0] == levels[1]
        assert all(Decimal(value) > 0 for *_, value, _ in levels[0])


def test_a_reversed_sale_comes_back_at_the_cost_it_left_with(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 3, unit_cost="1"))
    sold = move(api, line(product, warehouse, "sale", 1))
    move(api, line(product, warehouse, "purchase", 2, unit_cost="4"))
    done(api.post(f"/api/stock/postings/{sold['posting_id']}/reversal"), 201)

    assert _worth(api, product) == ["3.0000", "-1.0000", "8.0000", "1.0000"]
    assert _level(api, product) == (5, "11.0000", "2.2000")
