"""Adjustments over the company's limits are not posted by those who may not approve them."""

from typing import Any

import pytest

from stockflow.foundation.permissions import GRANTS, Permission, Role
from stockflow.foundation.scope import Actor
from stockflow.stock.commands import RecordMovements
from stockflow.stock.operations import record_movements
from tests.adjustments.asking import limit
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.scopes import run
from tests.stock.reading import held, picture

PATH = "/api/stock/movements"


def test_without_limits_nothing_waits(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    staff = api.with_key("staff")

    move(staff, line(product, warehouse, "adjustment", 99_999, unit_cost="1000"))

    assert held(api, product, warehouse) == (99_999, 0, 0, 0)


def test_quantities_over_the_limit_wait(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100), line(product, warehouse, "damage", 50))
    limit(api, quantity=10)
    staff = api.with_key("staff")
    at_limit = [
        line(product, warehouse, "adjustment", 10),
        line(product, warehouse, "adjustment", -10),
        line(product, warehouse, "write_off", 10),
        line(product, warehouse, "manufacturing", -10),
    ]
    other_types = [
        line(product, warehouse, "purchase", 11),
        line(product, warehouse, "sale", 11),
        line(product, warehouse, "damage", 11),
    ]
    move(staff, *at_limit, *other_types)
    before = picture(api)

    over = [
        line(product, warehouse, "adjustment", 10.0001),
        line(product, warehouse, "purchase", 1),
        line(product, warehouse, "adjustment", -11),
        line(product, warehouse, "write_off", 11),
    ]
    problem = refused(staff.post(PATH, {"lines": over}), 403, "approval-needed")

    named = {
        "code": "approval-needed",
        "product_id": product["id"],
        "sku": product["sku"],
        "warehouse_id": warehouse["id"],
    }
    rule = "is more than 10 units, the most that may be adjusted without approval."
    assert problem["lines"] == [
        {**named, "line": 0, "requested": 10.0001, "detail": f"10.0001 {rule}"},
        {**named, "line": 2, "requested": 11, "detail": f"11 {rule}"},
        {**named, "line": 3, "requested": 11, "detail": f"11 {rule}"},
    ]
    assert "POST /api/adjustment-requests" in problem["detail"]
    assert picture(api) == before

    posted = done(staff.post(PATH, {"lines": over, "mode": "valid_rows"}), 201)
    assert [row["line"] for row in posted["movements"]] == [1]
    assert [
        {**row, **given} for row, given in zip(posted["errors"], problem["lines"], strict=True)
    ] == posted["errors"]
    alone = {"lines": over[:1], "mode": "valid_rows"}
    refused(staff.post(PATH, alone), 403, "approval-needed")
    move(api.with_key("manager"), *over)


def test_values_over_the_limit_wait(api: Api) -> None:
    """What comes in is worth the cost it names, else the average; what goes out, the average."""
    product, warehouse = make_product(api), make_warehouse(api)
    new, listed = make_product(api), make_product(api, cost_price="5")
    move(api, line(product, warehouse, "purchase", 100, unit_cost="2.50"))
    limit(api, value="25")
    staff = api.with_key("staff")

    def adjusted(quantity: float, of: Any = product, **fields: Any) -> Any:
        return staff.post(PATH, {"lines": [line(of, warehouse, "adjustment", quantity, **fields)]})

    before = picture(api)
    problem = refused(adjusted(10.1), 403, "approval-needed")
    assert problem["lines"][0]["detail"] == (
        "25.2500 is more than a value of 25.0000, the most that may be adjusted without approval."
    )
    refused(adjusted(-10.1), 403, "approval-needed")
    refused(adjusted(-11, unit_cost="0.01"), 403, "approval-needed")
    refused(adjusted(6, unit_cost="5"), 403, "approval-needed")
    refused(adjusted(1, new, unit_cost="26"), 403, "approval-needed")
    refused(adjusted(6, listed), 403, "approval-needed")  # a new level begins at the product's cost
    assert picture(api) == before
    for answer in (
        adjusted(-10),
        adjusted(10),
        adjusted(20, unit_cost="1.25"),
        adjusted(1, new, unit_cost="25"),
        adjusted(5, listed),
    ):
        done(answer, 201)


def test_pieces_of_one_request_count_together(api: Api) -> None:
    """Of one level, type and direction: what is found does not make up for what is lost."""
    (product, other), warehouse = (make_product(api), make_product(api)), make_warehouse(api)
    move(api, *[line(one, warehouse, "purchase", 100, unit_cost="2") for one in (product, other)])
    staff = api.with_key("staff")
    pieces = [
        line(product, warehouse, "adjustment", -6),
        line(product, warehouse, "adjustment", 6),
        line(other, warehouse, "adjustment", -6),
        line(product, warehouse, "adjustment", -5),
        line(product, warehouse, "adjustment", -4),
    ]
    for limits in ({"quantity": 10}, {"value": "20"}):
        limit(api, **limits)
        before = picture(api)

        problem = refused(staff.post(PATH, {"lines": pieces[:4]}), 403, "approval-needed")

        assert [row["line"] for row in problem["lines"]] == [3]
        assert problem["lines"][0]["detail"].startswith(("11 is more", "22.0000 is more"))
        assert picture(api) == before
        posted = done(staff.post(PATH, {"lines": pieces, "mode": "valid_rows"}), 201)
        assert [row["line"] for row in posted["movements"]] == [0, 1, 2, 4]


def test_a_recount_is_no_way_around(api: Api) -> None:
    """It is over the limits by what it changes, not by what was counted."""
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100, unit_cost="2"))
    staff = api.with_key("staff")

    def recounted(*quantities: float) -> list[Any]:
        return [line(product, warehouse, "recount", quantity) for quantity in quantities]

    for limits in ({"quantity": 10}, {"value": "20"}):
        limit(api, **limits)
        before = picture(api)
        for wrong, number in ((recounted(89), 0), (recounted(111), 0), (recounted(94, 89), 1)):
            problem = refused(staff.post(PATH, {"lines": wrong}), 403, "approval-needed")
            assert [row["line"] for row in problem["lines"]] == [number]
            assert problem["lines"][0]["detail"].startswith(("11 is more", "22.0000 is more"))
        assert picture(api) == before
        some = {"lines": recounted(90, 88, 100), "mode": "valid_rows"}
        posted = done(staff.post(PATH, some), 201)
        assert [row["line"] for row in posted["movements"]] == [0, 2]
        assert [row["code"] for row in posted["errors"]] == ["approval-needed"]
    big = move(api, *recounted(50))["posting_id"]
    refused(staff.post(f"/api/stock/postings/{big}/reversal"), 403, "approval-needed")


def test_a_reversal_is_no_way_around(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    big = move(api, line(product, warehouse, "adjustment", 50))["posting_id"]
    bought = move(api, line(product, warehouse, "purchase", 50))["posting_id"]
    limit(api, quantity=10)
    staff = api.with_key("staff")
    before = picture(api)

    refused(staff.post(f"/api/stock/postings/{big}/reversal"), 403, "approval-needed")

    assert picture(api) == before
    done(staff.post(f"/api/stock/postings/{bought}/reversal"), 201)
    done(api.post(f"/api/stock/postings/{big}/reversal"), 201)


def test_whoever_may_import_may_approve() -> None:
    """Imports post without asking, so nobody may import who could not have posted."""
    importing = {role for role in Role if Permission.IMPORT in GRANTS[role]}

    assert importing
    assert all(Permission.APPROVE_STOCK in GRANTS[role] for role in importing)


@pytest.mark.parametrize(
    ("role", "kind", "more"),
    [("staff", "sale", 0), ("owner", "adjustment", 0), ("staff", "adjustment", 2)],
)
def test_only_adjustments_of_those_concerned_ask_for_the_limits(
    api: Api, role: str, kind: str, more: int
) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 100))
    limit(api, quantity=10, value="100")
    counts = []
    for of_kind in ("purchase", kind):  # two lines: one alone is posted in its own way
        lines = [line(product, warehouse, of_kind, 1)] * 2
        command = RecordMovements.model_validate({"lines": lines})
        counts.append(run(api, record_movements, command, actor=Actor(Role(role))).statements)

    assert counts[1] == counts[0] + more
