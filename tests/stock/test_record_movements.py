"""Posting movements: what each type does, and what an answer says."""

from typing import Any

import pytest

from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.stock.reading import effects, findings, held, level, movements, picture


@pytest.mark.parametrize(
    ("kind", "quantity", "expected", "after"),
    [
        ("purchase", 5, [("available", 5, 100, 105)], (105, 20, 10, 0)),
        ("sale", 5, [("available", -5, 100, 95)], (95, 20, 10, 0)),
        ("return", 5, [("available", 5, 100, 105)], (105, 20, 10, 0)),
        ("adjustment", 5, [("available", 5, 100, 105)], (105, 20, 10, 0)),
        ("adjustment", -5, [("available", -5, 100, 95)], (95, 20, 10, 0)),
        ("manufacturing", 5, [("available", 5, 100, 105)], (105, 20, 10, 0)),
        ("manufacturing", -5, [("available", -5, 100, 95)], (95, 20, 10, 0)),
        ("damage", 5, [("available", -5, 100, 95), ("damaged", 5, 10, 15)], (95, 20, 15, 0)),
        ("write_off", 5, [("damaged", -5, 10, 5)], (100, 20, 5, 0)),
        ("reserve", 5, [("available", -5, 100, 95), ("reserved", 5, 20, 25)], (95, 25, 10, 0)),
        ("release", 5, [("reserved", -5, 20, 15), ("available", 5, 100, 105)], (105, 15, 10, 0)),
        ("recount", 5, [("available", -95, 100, 5)], (5, 20, 10, 0)),
        ("recount", 0, [("available", -100, 100, 0)], (0, 20, 10, 0)),
        ("recount", 100, [("available", 0, 100, 100)], (100, 20, 10, 0)),
        ("sale", 0.0001, [("available", -0.0001, 100, 99.9999)], (99.9999, 20, 10, 0)),
        ("sale", 100, [("available", -100, 100, 0)], (0, 20, 10, 0)),
    ],
)
def test_each_type_changes_its_buckets(
    api: Api, kind: str, quantity: float, expected: list[Any], after: Any
) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(
        api,
        line(product, warehouse, "purchase", 130),
        line(product, warehouse, "reserve", 20),
        line(product, warehouse, "damage", 10),
    )

    posting = move(api, line(product, warehouse, kind, quantity))

    assert effects(posting) == [(0, *effect) for effect in expected]
    assert held(api, product, warehouse) == after
    assert findings(api) == []


def test_the_answer_names_every_movement(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    answer = api.post(
        "/api/stock/movements",
        {"lines": [line(product, warehouse, "purchase", 7.5, occurred_at="2026-01-02T03:04:05Z")]},
    )

    posting = done(answer, 201)
    number = posting["posting_id"]
    assert posting == {
        "posting_id": number,
        "movements": [
            {
                "line": 0,
                "id": number * 100_000 + 1,
                "product_id": product["id"],
                "sku": product["sku"],
                "warehouse_id": warehouse["id"],
                "type": "purchase",
                "bucket": "available",
                "quantity_change": 7.5,
                "quantity_before": 0,
                "quantity_after": 7.5,
                "occurred_at": "2026-01-02T03:04:05Z",
            }
        ],
        "errors": [],
    }
    assert answer.headers["location"] == f"/api/stock/postings/{number}"
    assert done(api.get(answer.headers["location"]))["id"] == number


def test_what_a_line_tells_is_kept(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    move(
        api,
        line(
            product,
            warehouse,
            "purchase",
            3,
            unit_cost="12.5",
            unit_price="20",
            reason=" Delivery ",
            reference="PO-1",
            occurred_at="2026-01-02T03:04:05+02:00",
        ),
    )

    (kept,) = movements(api)
    assert kept == {
        "id": kept["id"],
        "posting_id": kept["id"] // 100_000,
        "line": 0,
        "product_id": product["id"],
        "sku": product["sku"],
        "warehouse_id": warehouse["id"],
        "warehouse_code": warehouse["code"],
        "type": "purchase",
        "bucket": "available",
        "quantity_change": 3,
        "quantity_before": 0,
        "quantity_after": 3,
        "unit_cost": "12.5000",
        "unit_price": "20.0000",
        "value_change": "37.5000",
        "reason": "Delivery",
        "reference": "PO-1",
        "document_type": None,
        "document_id": None,
        "occurred_at": "2026-01-02T01:04:05Z",
        "recorded_at": kept["recorded_at"],
    }


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (5, "5"),
        ("5.0000", "5"),
        (2.5, "2.5"),
        ("2.5000", "2.5"),
        (0.0001, "0.0001"),
        ("100", "100"),
        ("1e2", "100"),
        ("99999999999.9999", "99999999999.9999"),
    ],
)
def test_quantities_are_exact_json_numbers(api: Api, quantity: Any, written: str) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    answer = api.post(
        "/api/stock/movements", {"lines": [line(product, warehouse, "purchase", quantity)]}
    )

    assert answer.status_code == 201, answer.text
    ends = f'"quantity_change":{written},"quantity_before":0,"quantity_after":{written},'
    assert ends in answer.text
    assert ends in api.get("/api/stock/movements").text
    assert ends in api.get(answer.headers["location"]).text
    listed = api.get("/api/stock/levels").text
    assert f'"available":{written},"reserved":0,"damaged":0,"in_transit":0' in listed
    assert f'"on_hand":{written},' in listed


def test_fractions_add_up_without_rounding(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    move(api, line(product, warehouse, "purchase", 1))
    move(api, *[line(product, warehouse, "sale", 0.1) for _ in range(9)])
    posting = move(api, line(product, warehouse, "sale", 0.0999))

    assert effects(posting) == [(0, "available", -0.0999, 0.1, 0.0001)]
    assert findings(api) == []


def test_lines_are_numbered_and_take_effect_in_their_order(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    posting = move(
        api,
        line(product, warehouse, "purchase", 10),
        line(product, warehouse, "damage", 4),
        line(product, warehouse, "sale", 6),
        line(product, warehouse, "write_off", 4),
    )

    assert effects(posting) == [
        (0, "available", 10, 0, 10),
        (1, "available", -4, 10, 6),
        (1, "damaged", 4, 0, 4),
        (2, "available", -6, 6, 0),
        (3, "damaged", -4, 4, 0),
    ]
    first = posting["posting_id"] * 100_000
    assert [movement["id"] - first for movement in posting["movements"]] == [1, 2, 3, 4, 5]


def test_a_sale_before_its_purchase_is_short(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    lines = [line(product, warehouse, "sale", 6), line(product, warehouse, "purchase", 10)]

    problem = refused(api.post("/api/stock/movements", {"lines": lines}), 409, "insufficient-stock")

    assert problem["lines"] == [
        {
            "line": 0,
            "code": "insufficient-stock",
            "detail": "There is too little stock.",
            "product_id": product["id"],
            "sku": product["sku"],
            "warehouse_id": warehouse["id"],
            "bucket": "available",
            "requested": 6,
            "available": 0,
        }
    ]
    assert movements(api) == []


@pytest.mark.parametrize("guarded", [False, True])
def test_every_short_line_is_named_with_what_was_asked_and_there(api: Api, guarded: bool) -> None:
    full, scarce = make_product(api), make_product(api)
    warehouse = make_warehouse(api)
    move(api, line(full, warehouse, "purchase", 10), line(scarce, warehouse, "purchase", 2.5))
    move(api, line(scarce, warehouse, "damage", 0.5))
    before = picture(api)
    guard = {"expected_quantity": 10} if guarded else {}

    problem = refused(
        api.post(
            "/api/stock/movements",
            {
                "lines": [
                    line(full, warehouse, "sale", 1, **guard),
                    line(scarce, warehouse, "sale", 3),
                    line(scarce, warehouse, "write_off", 0.75),
                    line(scarce, warehouse, "release", 1),
                ]
            },
        ),
        409,
        "insufficient-stock",
    )

    names = ("line", "bucket", "requested", "available")
    assert {(short["code"], short["detail"], len(short)) for short in problem["lines"]} == {
        ("insufficient-stock", "There is too little stock.", 9)
    }
    assert [tuple(short[name] for name in names) for short in problem["lines"]] == [
        (1, "available", 3, 2),
        (2, "damaged", 0.75, 0.5),
        (3, "reserved", 1, 0),
    ]
    assert picture(api) == before


def test_products_and_warehouses_go_by_sku_and_code(api: Api) -> None:
    product, warehouse = make_product(api, sku="Wid-1"), make_warehouse(api, code="Lon")

    posting = move(api, {"sku": " wid-1", "warehouse": "LON ", "type": "purchase", "quantity": 1})

    (movement,) = posting["movements"]
    assert movement["product_id"] == product["id"]
    assert movement["sku"] == "Wid-1"
    assert movement["warehouse_id"] == warehouse["id"]


def test_a_recount_sets_available_and_says_when_it_was_counted(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10), line(product, warehouse, "reserve", 3))
    assert level(api, product, warehouse)["last_counted_at"] is None

    posting = move(
        api, line(product, warehouse, "recount", 4.5, occurred_at="2026-02-03T04:05:06Z")
    )

    assert effects(posting) == [(0, "available", -2.5, 7, 4.5)]
    counted = level(api, product, warehouse)
    assert counted["last_counted_at"] == "2026-02-03T04:05:06Z"
    assert (counted["available"], counted["reserved"], counted["on_hand"]) == (4.5, 3, 7.5)


def test_an_older_count_does_not_hide_a_newer_one(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "recount", 4, occurred_at="2026-02-03T00:00:00Z"))

    move(api, line(product, warehouse, "recount", 5, occurred_at="2026-01-01T00:00:00Z"))

    counted = level(api, product, warehouse)
    assert counted["last_counted_at"] == "2026-02-03T00:00:00Z"
    assert counted["available"] == 5


def test_recounts_in_one_request_follow_each_other(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    posting = move(
        api,
        line(product, warehouse, "recount", 8),
        line(product, warehouse, "sale", 3),
        line(product, warehouse, "recount", 6),
        line(product, warehouse, "recount", 6),
    )

    assert [effect[2:] for effect in effects(posting)] == [
        (8, 0, 8),
        (-3, 8, 5),
        (1, 5, 6),
        (0, 6, 6),
    ]


def test_a_request_may_carry_ten_thousand_lines(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    posting = move(api, *[line(product, warehouse, "purchase", 1)] * 10_000)

    assert len(posting["movements"]) == 10_000
    assert posting["movements"][-1]["line"] == 9_999
    assert held(api, product, warehouse) == (10_000, 0, 0, 0)
    assert findings(api) == []


def test_stock_may_not_outgrow_its_column(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    lines = [line(product, warehouse, "purchase", 99_999_999_999)] * 1_100

    answer = api.post("/api/stock/movements", {"lines": lines})

    assert answer.status_code == 400
    assert movements(api) == []
