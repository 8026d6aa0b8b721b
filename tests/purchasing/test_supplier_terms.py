"""What quantities must be by the supplier's terms: a warning, or a refusal where the company says so."""

from typing import Any

import pytest

from tests.factories import Api, done, refused
from tests.purchasing.ordering import (
    act,
    attempt,
    everything_about,
    make_trade,
    ordered,
    path,
    read,
    set_rules,
)
from tests.replenishment.reading import add_terms


def _found(order: Any) -> list[tuple[Any, ...]]:
    names = ("line", "code", "ordered", "fitting")
    return [tuple(warning[name] for name in names) for warning in order["warnings"]]


@pytest.mark.parametrize(
    ("terms", "quantity", "codes", "fitting"),
    [
        ({}, 1, [], None),
        ({"minimum_order_quantity": 5}, 5, [], None),
        ({"minimum_order_quantity": 5}, 4.9999, ["below-minimum"], 5),
        ({"minimum_order_quantity": 0}, 1, [], None),
        ({"order_multiple": 12}, 24, [], None),
        ({"order_multiple": 12}, 25, ["not-a-multiple"], 36),
        ({"order_multiple": 2.5}, 7.5, [], None),
        ({"order_multiple": 2.5}, 7.4, ["not-a-multiple"], 7.5),
        ({"minimum_order_quantity": 50, "order_multiple": 12}, 48, ["below-minimum"], 60),
        (
            {"minimum_order_quantity": 50, "order_multiple": 12},
            7,
            ["below-minimum", "not-a-multiple"],
            60,
        ),
    ],
)
def test_what_does_not_fit_is_a_warning(
    api: Api, terms: Any, quantity: float, codes: list[str], fitting: float
) -> None:
    trade = make_trade(api)
    add_terms(api, trade.first, trade.supplier, **terms)

    order = trade.draft(ordered(trade.second, 1, "1"), ordered(trade.first, quantity, "1"))

    assert _found(order) == [(1, code, quantity, fitting) for code in codes]
    assert _found(act(api, order, "submission")) == _found(order)
    assert _found(act(api, order, "approval")) == []


def test_lines_of_one_product_are_taken_together(api: Api) -> None:
    trade = make_trade(api)
    add_terms(api, trade.first, trade.supplier, minimum_order_quantity=10, order_multiple=4)

    order = trade.draft(ordered(trade.first, 5, "1"), ordered(trade.first, 7, "0.9"))
    assert _found(order) == []
    order = trade.draft(ordered(trade.first, 5, "1"), ordered(trade.first, 6, "0.9"))
    assert _found(order) == [
        (0, "not-a-multiple", 11, 12),
        (1, "not-a-multiple", 11, 12),
    ]


def test_a_company_may_refuse_what_does_not_fit(api: Api) -> None:
    set_rules(api, purchase_terms_rule="refuse")
    trade = make_trade(api)
    add_terms(api, trade.first, trade.supplier, minimum_order_quantity=12, order_multiple=6)
    order = trade.draft(ordered(trade.second, 1, "1"), ordered(trade.first, 7, "1"))
    before = everything_about(api, order)

    problem = refused(attempt(api, order, "submission"), 409, "purchase-terms-not-met")

    assert problem["lines"] == order["warnings"]
    assert problem["lines"][0] == {
        "line": 1,
        "code": "below-minimum",
        "detail": "The supplier sells no less than 12.",
        "product_id": trade.first["id"],
        "sku": trade.first["sku"],
        "ordered": 7,
        "minimum_order_quantity": 12,
        "order_multiple": 6,
        "fitting": 12,
    }
    assert everything_about(api, order) == before
    done(api.patch(path(order), {"lines": [ordered(trade.first, 12, "1")]}))
    assert act(api, read(api, order), "submission")["status"] == "submitted"


def test_other_suppliers_terms_do_not_count(api: Api) -> None:
    trade, elsewhere = make_trade(api), make_trade(api)
    add_terms(api, trade.first, elsewhere.supplier, minimum_order_quantity=1000)

    assert trade.draft()["warnings"] == []
