"""Lines that cannot be posted: who may, what for, and the two modes."""

from typing import Any

import pytest

from tests.factories import (
    Api,
    Json,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.scopes import archive
from tests.stock.reading import effects, findings, held, movements, picture


def _post(api: Api, *lines: Json, **body: Any) -> Any:
    return api.post("/api/stock/movements", {"lines": list(lines), **body})


def _errors(posting: Json) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in posting["errors"]]


def test_one_bad_line_stops_all_by_default(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 5))
    before = picture(api)

    problem = refused(
        _post(api, line(product, warehouse, "sale", 5), line(product, warehouse, "sale", 1)),
        409,
        "insufficient-stock",
    )

    assert [(short["line"], short["available"]) for short in problem["lines"]] == [(1, 0)]
    assert picture(api) == before


def test_valid_rows_posts_what_can_be_and_names_the_rest(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    bundle = make_bundle(api, (product, 1))

    posting = move(
        api,
        line(product, warehouse, "sale", 1),
        line(product, warehouse, "purchase", 5),
        {**line(product, warehouse, "sale", 1), "product_id": 2**62},
        {**line(product, warehouse, "sale", 1), "warehouse_id": 2**62},
        line(bundle, warehouse, "purchase", 1),
        line(product, warehouse, "sale", 4),
        line(product, warehouse, "sale", 2),
        line(product, warehouse, "sale", 1, expected_quantity=5),
        line(product, warehouse, "sale", 1, expected_quantity=1),
        mode="valid_rows",
    )

    assert effects(posting) == [
        (1, "available", 5, 0, 5),
        (5, "available", -4, 5, 1),
        (8, "available", -1, 1, 0),
    ]
    assert _errors(posting) == [
        (0, "insufficient-stock"),
        (2, "product-not-found"),
        (3, "warehouse-not-found"),
        (4, "bundle-has-no-stock"),
        (6, "insufficient-stock"),
        (7, "stock-changed"),
    ]
    short, changed = posting["errors"][4], posting["errors"][5]
    assert (short["requested"], short["available"], short["bucket"]) == (2, 1, "available")
    assert (changed["expected"], changed["available"]) == (5, 1)
    assert held(api, product, warehouse) == (0, 0, 0, 0)
    assert findings(api) == []


def test_valid_rows_sets_malformed_lines_aside(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    good = line(product, warehouse, "purchase", 2.5)

    posting = move(
        api,
        {},
        good,
        {**good, "quantity": -1},
        {**good, "colour": "red"},
        5,  # type: ignore[arg-type]  # not even an object
        good,
        line(product, warehouse, "sale", 6),
        mode="valid_rows",
    )

    assert effects(posting) == [(1, "available", 2.5, 0, 2.5), (5, "available", 2.5, 2.5, 5)]
    assert _errors(posting) == [
        (0, "invalid-request"),
        (2, "invalid-request"),
        (3, "invalid-request"),
        (4, "invalid-request"),
        (6, "insufficient-stock"),
    ]
    pointers = [[e["pointer"] for e in error["errors"]] for error in posting["errors"]]
    assert pointers == [
        ["/lines/0/type", "/lines/0/quantity"],
        ["/lines/2/quantity"],
        ["/lines/3/colour"],
        ["/lines/4"],
        [],
    ]


def test_valid_rows_with_only_malformed_lines_is_not_valid(api: Api) -> None:
    problem = refused(_post(api, {"type": "sale"}, {}, mode="valid_rows"), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [
        "/lines/0/quantity",
        "/lines/1/type",
        "/lines/1/quantity",
    ]
    assert movements(api) == []


@pytest.mark.parametrize("mode", ["all_or_nothing", "valid_rows"])
def test_lines_that_all_fail_for_stock_are_a_conflict(api: Api, mode: str) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    problem = refused(
        _post(api, line(product, warehouse, "sale", 1), mode=mode), 409, "insufficient-stock"
    )

    assert problem["lines"][0]["requested"] == 1
    assert movements(api) == []


def test_valid_rows_with_malformed_and_short_lines_alone_is_a_conflict(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    problem = refused(
        _post(api, {}, line(product, warehouse, "sale", 1), mode="valid_rows"),
        409,
        "insufficient-stock",
    )

    assert [failed["line"] for failed in problem["lines"]] == [0, 1]
    assert movements(api) == []


def test_a_key_makes_valid_rows_repeatable(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    body = {"lines": [{}, line(product, warehouse, "purchase", 1)], "mode": "valid_rows"}

    first, again = (api.post("/api/stock/movements", body, Idempotency_Key="k") for _ in "12")

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert held(api, product, warehouse) == (1, 0, 0, 0)


@pytest.mark.parametrize("expected", [6, 5.0001, 0])
def test_another_quantity_than_expected_is_refused(api: Api, expected: float) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 5))
    before = picture(api)

    problem = refused(
        _post(api, line(product, warehouse, "recount", 3, expected_quantity=expected)),
        409,
        "stock-changed",
    )

    assert problem["lines"] == [
        {
            "line": 0,
            "code": "stock-changed",
            "detail": f"Available is 5, not {expected}.",
            "product_id": product["id"],
            "sku": product["sku"],
            "warehouse_id": warehouse["id"],
            "available": 5,
            "expected": expected,
        }
    ]
    assert picture(api) == before


def test_a_quantity_below_zero_may_be_expected(api: Api) -> None:
    product, warehouse = make_product(api, allow_backorders=True), make_warehouse(api)
    move(api, line(product, warehouse, "sale", 2.5))
    sale = line(product, warehouse, "sale", 1)

    refused(_post(api, {**sale, "expected_quantity": 2.5}), 409, "stock-changed")
    move(api, {**sale, "expected_quantity": -2.5})

    assert held(api, product, warehouse) == (-3.5, 0, 0, 0)


def test_the_expected_quantity_is_what_earlier_lines_leave(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    posting = move(
        api,
        line(product, warehouse, "purchase", 5, expected_quantity=0),
        line(product, warehouse, "sale", 2, expected_quantity=5),
        line(product, warehouse, "write_off", 1, expected_quantity=3),
        line(product, warehouse, "sale", 1, expected_quantity=3),
        mode="valid_rows",
    )

    assert _errors(posting) == [(2, "insufficient-stock")]
    assert held(api, product, warehouse) == (2, 0, 0, 0)


def test_stock_may_go_below_zero_where_backorders_are_allowed(api: Api) -> None:
    warehouse = make_warehouse(api)
    lenient, strict = make_product(api, allow_backorders=True), make_product(api)

    posting = move(api, line(lenient, warehouse, "sale", 3))
    refused(_post(api, line(strict, warehouse, "sale", 3)), 409, "insufficient-stock")
    refused(_post(api, line(lenient, warehouse, "release", 1)), 409, "insufficient-stock")
    refused(_post(api, line(lenient, warehouse, "write_off", 1)), 409, "insufficient-stock")

    assert effects(posting) == [(0, "available", -3, 0, -3)]
    assert held(api, lenient, warehouse) == (-3, 0, 0, 0)
    assert effects(move(api, line(lenient, warehouse, "purchase", 2))) == [
        (0, "available", 2, -3, -1)
    ]
    assert findings(api) == []


def test_a_company_may_allow_backorders_and_a_product_refuse_them(api: Api) -> None:
    warehouse = make_warehouse(api)
    plain, strict = make_product(api), make_product(api, allow_backorders=False)
    move(api, line(plain, warehouse, "purchase", 1), line(strict, warehouse, "purchase", 1))

    done(api.patch("/api/company", {"allow_backorders": True}))

    refused(_post(api, line(strict, warehouse, "sale", 2)), 409, "insufficient-stock")
    move(api, line(plain, warehouse, "sale", 2))
    assert held(api, plain, warehouse) == (-1, 0, 0, 0)
    assert findings(api) == []


def test_backorders_cannot_end_while_stock_is_below_zero(api: Api) -> None:
    product, warehouse = make_product(api, allow_backorders=True), make_warehouse(api)
    move(api, line(product, warehouse, "sale", 1))
    path = f"/api/products/{product['id']}"

    refused(api.patch(path, {"allow_backorders": False}), 409, "available-below-zero")

    assert done(api.get(path))["allow_backorders"] is True
    move(api, line(product, warehouse, "purchase", 1))
    assert done(api.patch(path, {"allow_backorders": False}))["allow_backorders"] is False
    refused(_post(api, line(product, warehouse, "sale", 1)), 409, "insufficient-stock")
    assert findings(api) == []


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [
        ("damage", 1),
        ("write_off", 1),
        ("release", 1),
        ("adjustment", -1),
        ("manufacturing", -1),
    ],
)
def test_an_inactive_warehouse_can_be_cleared(api: Api, kind: str, quantity: float) -> None:
    product, warehouse = _stocked_and_retired(api)

    move(api, line(product, warehouse, kind, quantity))

    assert findings(api) == []


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [
        ("purchase", 1),
        ("sale", 1),
        ("return", 1),
        ("adjustment", 1),
        ("manufacturing", 1),
        ("recount", 1),
        ("reserve", 1),
    ],
)
def test_an_inactive_warehouse_takes_nothing_else(api: Api, kind: str, quantity: float) -> None:
    product, warehouse = _stocked_and_retired(api)
    before = picture(api)

    problem = refused(_post(api, line(product, warehouse, kind, quantity)), 409, "lines-refused")

    assert [(failed["line"], failed["code"]) for failed in problem["lines"]] == [
        (0, "warehouse-inactive")
    ]
    assert picture(api) == before


def _stocked_and_retired(api: Api) -> tuple[Any, Any]:
    product, warehouse = make_product(api), make_warehouse(api)
    move(
        api,
        line(product, warehouse, "purchase", 10),
        line(product, warehouse, "reserve", 2),
        line(product, warehouse, "damage", 2),
    )
    done(api.patch(f"/api/warehouses/{warehouse['id']}", {"active": False}))
    return product, warehouse


@pytest.mark.parametrize("kind", ["purchase", "sale", "adjustment", "damage"])
def test_an_archived_product_does_not_move(api: Api, kind: str) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    archive(api, product["id"])

    problem = refused(_post(api, line(product, warehouse, kind, 1)), 409, "lines-refused")

    assert [(failed["line"], failed["code"]) for failed in problem["lines"]] == [
        (0, "product-archived")
    ]
    assert picture(api) == ([], [])


@pytest.mark.parametrize("named", ["id", "name"])
def test_things_of_another_company_do_not_exist(api: Api, other: Api, named: str) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    theirs, their_place = make_product(other), make_warehouse(other)
    keys = {"product_id": theirs["id"]} if named == "id" else {"sku": theirs["sku"]}
    places = (
        {"warehouse_id": their_place["id"]} if named == "id" else {"warehouse": their_place["code"]}
    )
    rest = {"type": "purchase", "quantity": 1}

    problem = refused(
        _post(
            api,
            {**keys, "warehouse_id": warehouse["id"], **rest},
            {"product_id": product["id"], **places, **rest},
            line(product, warehouse, "purchase", 1),
        ),
        404,
        "line-targets-not-found",
    )

    assert [(failed["line"], failed["code"]) for failed in problem["lines"]] == [
        (0, "product-not-found"),
        (1, "warehouse-not-found"),
    ]
    assert their_place["code"] not in str(problem["lines"])
    assert picture(api) == picture(other) == ([], [])


def test_a_limited_key_moves_stock_in_its_warehouses_alone(api: Api) -> None:
    product, own, foreign = make_product(api), make_warehouse(api), make_warehouse(api)
    limited = api.with_key("staff", [own["id"]])
    move(limited, line(product, own, "purchase", 1))
    before = picture(api)

    problem = refused(
        _post(limited, line(product, own, "sale", 1), line(product, foreign, "purchase", 1)),
        403,
        "warehouse-not-allowed",
    )

    assert [(failed["line"], failed["code"]) for failed in problem["lines"]] == [
        (1, "warehouse-not-allowed")
    ]
    assert picture(api) == before


def test_a_viewer_moves_nothing(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    viewer = api.with_key("viewer")

    refused(_post(viewer, line(product, warehouse, "purchase", 1)), 403, "forbidden")

    assert picture(viewer) == ([], [])


def test_without_a_key_nothing_moves(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    nobody = Api(api.http, api.company_id, "")

    refused(_post(nobody, line(product, warehouse, "purchase", 1)), 401, "unauthenticated")

    assert picture(api) == ([], [])
