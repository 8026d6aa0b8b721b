"""Returns: what comes back of an order, and where it goes."""

from decimal import Decimal
from typing import Any

from httpx2 import Response

from tests.factories import (
    Api,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.sales.returning import (
    all_of,
    asked,
    confirmed,
    demand,
    read,
    returns_of,
    shipped,
    stocked,
    take_back,
    values,
)
from tests.scopes import audit_of
from tests.stock.reading import everything, findings, held, levels, picture


def _two_shipped(api: Api) -> tuple[Any, Any, Any, Any]:
    """An order of 6 of one product and 4 of another, shipped, with both and their warehouse."""
    first, warehouse = stocked(api)
    second = make_product(api)
    move(api, line(second, warehouse, "purchase", 10))
    return shipped(api, (first, 6), (second, 4)), first, second, warehouse


def _take_back(api: Api, order: Any) -> Response:
    return api.post(
        returns_of(order),
        {
            "reference": "Letter of May",
            "reason": "Too large",
            "lines": [
                asked(order, 0, good=2, damaged=1.5, refused=1),
                asked(order, 1, refused=4, reason="Worn"),
            ],
        },
    )


def test_a_return_says_what_became_of_each_line(api: Api) -> None:
    order, first, second, warehouse = _two_shipped(api)

    answer = _take_back(api, order)

    made = done(answer, 201)
    assert answer.headers["location"] == f"{returns_of(order)}/{made['id']}"
    year = made["created_at"][:4]
    summary = {
        "id": made["id"],
        "number": f"RMA-{year}-00001",
        "order_id": order["id"],
        "order_number": order["number"],
        "reference": "Letter of May",
        "reason": "Too large",
        "posting_id": made["posting_id"],
        "line_count": 2,
        "good": 2,
        "damaged": 1.5,
        "refused": 5,
        "created_at": made["created_at"],
    }
    place = {"warehouse_id": warehouse["id"], "warehouse_code": warehouse["code"]}
    assert made == summary | {
        "lines": [
            {
                "line_id": order["lines"][0]["id"],
                "line": 0,
                "product_id": first["id"],
                "sku": first["sku"],
                "product_name": first["name"],
                **place,
                "good": 2,
                "damaged": 1.5,
                "refused": 1,
                "reason": None,
            },
            {
                "line_id": order["lines"][1]["id"],
                "line": 1,
                "product_id": second["id"],
                "sku": second["sku"],
                "product_name": second["name"],
                **place,
                "good": 0,
                "damaged": 0,
                "refused": 4,
                "reason": "Worn",
            },
        ]
    }
    assert done(api.get(answer.headers["location"])) == made
    assert done(api.get(returns_of(order))) == {"items": [summary], "next_cursor": None}


def test_goods_come_back_to_available_or_damaged_stock_or_not_at_all(api: Api) -> None:
    order, first, second, warehouse = _two_shipped(api)
    assert held(api, first, warehouse) == (94, 0, 0, 0)

    made = done(_take_back(api, order), 201)

    assert held(api, first, warehouse) == (96, 0, 1.5, 0)
    assert held(api, second, warehouse) == (6, 0, 0, 0)
    now = read(api, order)
    assert [row["returned"] for row in now["lines"]] == [3.5, 0]
    assert (now["status"], now["version"]) == ("shipped", order["version"] + 1)
    changes = {"return": [None, made["number"]], "lines/0/returned": ["0", "3.5"]}
    assert audit_of(api, "sales_order")[-1] == (order["id"], "returned", changes)
    moved = everything(api, "/api/stock/movements", posting_id=made["posting_id"], order="oldest")
    shown = [
        (m["type"], m["bucket"], m["quantity_change"], m["reason"], m["reference"]) for m in moved
    ]
    assert shown == [
        ("return", "available", 2, "Too large", made["number"]),
        ("return", "damaged", 1.5, "Too large", made["number"]),
    ]
    assert (demand(api, first), demand(api, second)) == (Decimal("2.5"), Decimal(4))
    assert findings(api) == []


def test_an_order_is_returned_once_all_of_it_is_back(api: Api) -> None:
    product, warehouse = stocked(api)
    order = confirmed(api, (product, 5))
    path = f"/api/sales-orders/{order['id']}/shipments"
    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}
    done(api.post(path, part), 201)

    take_back(api, order, asked(order, good=2))
    assert read(api, order)["status"] == "partially_shipped"
    done(api.post(path, {}), 201)
    assert read(api, order)["status"] == "shipped"
    last = take_back(api, order, asked(order, good=1, damaged=2))

    now = read(api, order)
    assert (now["status"], now["lines"][0]["returned"]) == ("returned", 5)
    assert audit_of(api, "sales_order")[-1][2] == {
        "return": [None, last["number"]],
        "lines/0/returned": ["2", "5"],
        "status": ["shipped", "returned"],
    }
    assert held(api, product, warehouse) == (98, 0, 2, 0)
    assert demand(api, product) == 0
    again = api.post(returns_of(order), {"lines": [asked(order, good=1)]})
    assert refused(again, 409, "wrong-status")["current_status"] == "returned"
    pages = [done(api.get(returns_of(order), limit=1))]
    pages.append(done(api.get(returns_of(order), limit=1, cursor=pages[0]["next_cursor"])))
    assert [page["items"][0]["damaged"] for page in pages] == [0, 2]
    assert pages[1]["next_cursor"] is None
    assert findings(api) == []


def test_goods_are_worth_what_they_left_with(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(
        api,
        line(product, warehouse, "purchase", 1, unit_cost="1.00"),
        line(product, warehouse, "purchase", 2, unit_cost="0.50"),
    )
    order = shipped(api, (product, 3))
    move(api, line(product, warehouse, "purchase", 7, unit_cost="9.00"))

    for _ in range(3):
        take_back(api, order, asked(order, damaged=1))

    thirds = [Decimal("0.6667"), Decimal("0.6667"), Decimal("0.6666")]
    assert values(api, product) == thirds
    assert findings(api) == []


def test_what_left_and_came_back_before_is_not_worth_anything_again(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 4, unit_cost="100.00"))
    order = confirmed(api, (product, 4))
    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    done(api.post(f"/api/sales-orders/{order['id']}/shipments", part), 201)
    take_back(api, order, asked(order, damaged=1))
    move(
        api,
        line(product, warehouse, "write_off", 1),
        line(product, warehouse, "purchase", 3, unit_cost="20.00"),
    )
    done(api.post(f"/api/sales-orders/{order['id']}/shipments"), 201)

    take_back(api, order, asked(order, good=1, damaged=1))
    take_back(api, order, asked(order, good=1))

    assert values(api, product) == [100, 60, 60, 60]
    assert read(api, order)["status"] == "returned"
    assert findings(api) == []


def test_a_bundle_comes_back_as_the_components_that_were_shipped(api: Api) -> None:
    cup, warehouse = stocked(api)
    spoon = make_product(api)
    move(api, line(spoon, warehouse, "purchase", 40, unit_cost="0.25"))
    bundle = make_bundle(api, (cup, 2), (spoon, 3))
    order = shipped(api, (bundle, 4), (cup, 1))
    components = {"components": [{"product_id": spoon["id"], "quantity": 1}]}
    done(api.put(f"/api/products/{bundle['id']}/components", components))

    made = take_back(api, order, asked(order, good=1, damaged=2))

    assert (made["good"], made["damaged"]) == (1, 2)
    assert held(api, cup, warehouse) == (100 - 9 + 2, 0, 4, 0)
    assert held(api, spoon, warehouse) == (40 - 12 + 3, 0, 6, 0)
    assert values(api, cup) == [4, 8]
    assert values(api, spoon) == [Decimal("0.75"), Decimal("1.5")]
    assert (demand(api, cup), demand(api, spoon)) == (Decimal(3), Decimal(3))
    half = api.post(returns_of(order), {"lines": [asked(order, good=0.5)]})
    problem = refused(half, 409, "lines-refused")
    assert [fact["code"] for fact in problem["lines"]] == ["bundle-not-whole"]
    assert findings(api) == []


def test_what_left_from_several_warehouses_comes_back_to_a_named_one(api: Api) -> None:
    product, here = stocked(api, 4)
    there, third = make_warehouse(api), make_warehouse(api)
    move(api, line(product, there, "purchase", 4, unit_cost="4.00"))
    order = shipped(api, (product, 6))
    before = all_of(api, order)
    one = asked(order, good=1)

    problem = refused(api.post(returns_of(order), {"lines": [one]}), 409, "lines-refused")

    assert [fact["code"] for fact in problem["lines"]] == ["warehouse-needed"]
    assert all_of(api, order) == before
    take_back(api, order, {**one, "warehouse": there["code"]}, {**one, "warehouse_id": third["id"]})
    found = levels(api)
    assert sum(found[product["id"], place["id"]][0] for place in (here, there)) == 3
    assert found[product["id"], third["id"]] == (1, 0, 0, 0)
    assert read(api, order)["lines"][0]["returned"] == 2
    assert findings(api) == []


def test_what_is_refused_moves_nothing_and_may_come_again(api: Api) -> None:
    product, warehouse = stocked(api)
    order = shipped(api, (product, 1))
    before = picture(api)

    made = take_back(api, order, asked(order, refused=1))

    assert made["posting_id"] is None
    assert picture(api) == before
    assert (read(api, order)["status"], read(api, order)["lines"][0]["returned"]) == (
        "shipped",
        0,
    )
    take_back(api, order, asked(order, good=1))
    assert held(api, product, warehouse) == (100, 0, 0, 0)
