"""Returns: what comes back of an order, where it goes, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from stockflow.foundation.scope import WriteScope
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
from tests.scopes import audit_of, in_scope
from tests.stock.reading import everything, findings, held, levels, picture


def _order(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    """A draft of these products and quantities."""
    body = {
        "customer_id": done(api.post("/api/customers", {"name": "Customer"}), 201)["id"],
        "lines": [{"product_id": product["id"], "quantity": n} for product, n in lines],
        **fields,
    }
    return done(api.post("/api/sales-orders", body), 201)


def _confirmed(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    order = _order(api, *lines, **fields)
    return done(api.post(f"/api/sales-orders/{order['id']}/confirmation", {}))


def _shipped(api: Api, *lines: tuple[Any, float], **fields: Any) -> Any:
    """An order that has left as a whole."""
    order = _confirmed(api, *lines, **fields)
    done(api.post(f"/api/sales-orders/{order['id']}/shipments", {}), 201)
    return _read(api, order)


def _read(api: Api, order: Any) -> Any:
    return done(api.get(f"/api/sales-orders/{order['id']}"))


def _path(order: Any) -> str:
    return f"/api/sales-orders/{order['id']}/returns"


def _asked(order: Any, number: int = 0, **fields: Any) -> Json:
    return {"line_id": order["lines"][number]["id"], **fields}


def _return(api: Api, order: Any, *lines: Json, **fields: Any) -> Any:
    return done(api.post(_path(order), {"lines": list(lines), **fields}), 201)


def _stocked(api: Api, quantity: float = 100, **fields: Any) -> tuple[Any, Any]:
    """A product with stock, and its warehouse."""
    product, warehouse = make_product(api, **fields), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", quantity, unit_cost="2.00"))
    return product, warehouse


def _values(api: Api, product: Any) -> list[Decimal]:
    """What the returns of a product were worth, in the order in which they came."""

    async def read(scope: WriteScope) -> list[Decimal]:
        cursor = await scope.execute(
            "SELECT value_change FROM stock_movements"
            " WHERE company_id = %s AND product_id = %s AND type = 'return' ORDER BY id",
            (scope.company_id, product["id"]),
        )
        return [value for (value,) in await cursor.fetchall()]

    return in_scope(api, read)


def _demand(api: Api, product: Any) -> Decimal:
    """How much of a product was sold, net of returns."""

    async def read(scope: WriteScope) -> Decimal:
        value: Decimal = await scope.fetch_value(
            "SELECT sum(sold) FROM stock_days WHERE company_id = %s AND product_id = %s",
            (scope.company_id, product["id"]),
        )
        return value

    return in_scope(api, read)


def _unchanged(api: Api, order: Any) -> tuple[Any, ...]:
    return (
        _read(api, order),
        picture(api),
        done(api.get(_path(order))),
        audit_of(api, "sales_order"),
    )


def test_goods_come_back_to_available_or_damaged_stock_or_not_at_all(api: Api) -> None:
    first, warehouse = _stocked(api)
    second = make_product(api)
    move(api, line(second, warehouse, "purchase", 10))
    order = _shipped(api, (first, 6), (second, 4))
    assert held(api, first, warehouse) == (94, 0, 0, 0)

    answer = api.post(
        _path(order),
        {
            "reference": "Letter of May",
            "reason": "Too large",
            "lines": [
                _asked(order, 0, quantity_available=2, quantity_damaged=1.5, quantity_refused=1),
                _asked(order, 1, quantity_refused=4, reason="Worn"),
            ],
        },
    )

    made = done(answer, 201)
    assert answer.headers["location"] == f"{_path(order)}/{made['id']}"
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
        "quantity_available": 2,
        "quantity_damaged": 1.5,
        "quantity_refused": 5,
        "created_at": made["created_at"],
    }
    place = {"warehouse_id": warehouse["id"], "warehouse": warehouse["code"]}
    assert made == summary | {
        "lines": [
            {
                "line_id": order["lines"][0]["id"],
                "line": 0,
                "product_id": first["id"],
                "sku": first["sku"],
                "product_name": first["name"],
                **place,
                "quantity_available": 2,
                "quantity_damaged": 1.5,
                "quantity_refused": 1,
                "reason": None,
            },
            {
                "line_id": order["lines"][1]["id"],
                "line": 1,
                "product_id": second["id"],
                "sku": second["sku"],
                "product_name": second["name"],
                **place,
                "quantity_available": 0,
                "quantity_damaged": 0,
                "quantity_refused": 4,
                "reason": "Worn",
            },
        ]
    }
    assert done(api.get(answer.headers["location"])) == made
    assert done(api.get(_path(order))) == {"items": [summary], "next_cursor": None}
    assert held(api, first, warehouse) == (96, 0, 1.5, 0)
    assert held(api, second, warehouse) == (6, 0, 0, 0)
    now = _read(api, order)
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
    assert (_demand(api, first), _demand(api, second)) == (Decimal("2.5"), Decimal(4))
    assert findings(api) == []


def test_an_order_is_returned_once_all_of_it_is_back(api: Api) -> None:
    product, warehouse = _stocked(api)
    order = _confirmed(api, (product, 5))
    path = f"/api/sales-orders/{order['id']}/shipments"
    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}
    done(api.post(path, part), 201)

    _return(api, order, _asked(order, quantity_available=2))
    assert _read(api, order)["status"] == "partially_shipped"
    done(api.post(path, {}), 201)
    assert _read(api, order)["status"] == "shipped"
    last = _return(api, order, _asked(order, quantity_available=1, quantity_damaged=2))

    now = _read(api, order)
    assert (now["status"], now["lines"][0]["returned"]) == ("returned", 5)
    assert audit_of(api, "sales_order")[-1][2] == {
        "return": [None, last["number"]],
        "lines/0/returned": ["2", "5"],
        "status": ["shipped", "returned"],
    }
    assert held(api, product, warehouse) == (98, 0, 2, 0)
    assert _demand(api, product) == 0
    again = api.post(_path(order), {"lines": [_asked(order, quantity_available=1)]})
    assert refused(again, 409, "wrong-status")["current_status"] == "returned"
    pages = [done(api.get(_path(order), limit=1))]
    pages.append(done(api.get(_path(order), limit=1, cursor=pages[0]["next_cursor"])))
    assert [page["items"][0]["quantity_damaged"] for page in pages] == [0, 2]
    assert pages[1]["next_cursor"] is None
    assert findings(api) == []


def test_goods_are_worth_what_they_left_with(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(
        api,
        line(product, warehouse, "purchase", 1, unit_cost="1.00"),
        line(product, warehouse, "purchase", 2, unit_cost="0.50"),
    )
    order = _shipped(api, (product, 3))
    move(api, line(product, warehouse, "purchase", 7, unit_cost="9.00"))

    for _ in range(3):
        _return(api, order, _asked(order, quantity_damaged=1))

    thirds = [Decimal("0.6667"), Decimal("0.6666"), Decimal("0.6667")]
    assert _values(api, product) == thirds
    assert findings(api) == []


def test_a_bundle_comes_back_as_the_components_that_were_shipped(api: Api) -> None:
    cup, warehouse = _stocked(api)
    spoon = make_product(api)
    move(api, line(spoon, warehouse, "purchase", 40, unit_cost="0.25"))
    bundle = make_bundle(api, (cup, 2), (spoon, 3))
    order = _shipped(api, (bundle, 4), (cup, 1))
    components = {"components": [{"product_id": spoon["id"], "quantity": 1}]}
    done(api.put(f"/api/products/{bundle['id']}/components", components))

    made = _return(api, order, _asked(order, quantity_available=1, quantity_damaged=2))

    assert (made["quantity_available"], made["quantity_damaged"]) == (1, 2)
    assert held(api, cup, warehouse) == (100 - 9 + 2, 0, 4, 0)
    assert held(api, spoon, warehouse) == (40 - 12 + 3, 0, 6, 0)
    assert _values(api, cup) == [4, 8]
    assert _values(api, spoon) == [Decimal("0.75"), Decimal("1.5")]
    assert (_demand(api, cup), _demand(api, spoon)) == (Decimal(3), Decimal(3))
    half = api.post(_path(order), {"lines": [_asked(order, quantity_available=0.5)]})
    problem = refused(half, 409, "lines-refused")
    assert [fact["code"] for fact in problem["lines"]] == ["bundle-not-whole"]
    assert findings(api) == []


def test_what_left_from_several_warehouses_comes_back_to_a_named_one(api: Api) -> None:
    product, here = _stocked(api, 4)
    there, third = make_warehouse(api), make_warehouse(api)
    move(api, line(product, there, "purchase", 4, unit_cost="4.00"))
    order = _shipped(api, (product, 6))
    before = _unchanged(api, order)
    asked = _asked(order, quantity_available=1)

    problem = refused(api.post(_path(order), {"lines": [asked]}), 409, "lines-refused")

    assert [fact["code"] for fact in problem["lines"]] == ["warehouse-needed"]
    assert _unchanged(api, order) == before
    _return(
        api, order, {**asked, "warehouse": there["code"]}, {**asked, "warehouse_id": third["id"]}
    )
    found = levels(api)
    assert sum(found[product["id"], place["id"]][0] for place in (here, there)) == 3
    assert found[product["id"], third["id"]] == (1, 0, 0, 0)
    assert _read(api, order)["lines"][0]["returned"] == 2
    assert findings(api) == []


def test_never_more_than_the_customer_has(api: Api) -> None:
    product, _ = _stocked(api)
    other_product, _ = _stocked(api)
    order = _shipped(api, (product, 5), (other_product, 3), (product, 1))
    _return(api, order, _asked(order, quantity_available=1, quantity_refused=4))
    spare = make_warehouse(api)
    before = _unchanged(api, order)

    problem = refused(
        api.post(
            _path(order),
            {
                "lines": [
                    _asked(order, 0, quantity_available=3),
                    _asked(order, 1, quantity_available=2, quantity_refused=1.5),
                    _asked(order, 2, quantity_damaged=1),
                    _asked(order, 0, quantity_damaged=2, warehouse_id=spare["id"]),
                ]
            },
        ),
        409,
        "more-than-shipped",
    )

    facts = [
        (f["line"], f["line_id"], f["sku"], f["asked"], f["returnable"]) for f in problem["lines"]
    ]
    first, second = order["lines"][:2]
    assert facts == [
        (0, first["id"], product["sku"], 5, 4),
        (1, second["id"], other_product["sku"], 3.5, 3),
        (3, first["id"], product["sku"], 5, 4),
    ]
    assert _unchanged(api, order) == before
    assert findings(api) == []


def test_what_is_refused_moves_nothing_and_may_come_again(api: Api) -> None:
    product, warehouse = _stocked(api)
    order = _shipped(api, (product, 1))
    before = picture(api)

    made = _return(api, order, _asked(order, quantity_refused=1))

    assert made["posting_id"] is None
    assert picture(api) == before
    assert (_read(api, order)["status"], _read(api, order)["lines"][0]["returned"]) == (
        "shipped",
        0,
    )
    _return(api, order, _asked(order, quantity_available=1))
    assert held(api, product, warehouse) == (100, 0, 0, 0)


def test_every_wrong_line_is_named_and_nothing_is_taken_back(api: Api, other: Api) -> None:
    product, _ = _stocked(api)
    gone, _ = _stocked(api, 1)
    order = _shipped(api, (product, 5), (gone, 1))
    foreign = _shipped(api, (product, 1))
    done(api.post(f"/api/products/{gone['id']}/archival"))
    retired = make_warehouse(api)
    done(api.patch(f"/api/warehouses/{retired['id']}", {"active": False}))
    theirs = make_warehouse(other)
    before = _unchanged(api, order)
    good = _asked(order, quantity_available=1)
    strange = {"line_id": foreign["lines"][0]["id"], "quantity_available": 1}

    for wrong, status, code, reason in [
        (strange, 404, "order-lines-not-found", "order-line-not-found"),
        (
            {**good, "warehouse_id": theirs["id"]},
            404,
            "line-targets-not-found",
            "warehouse-not-found",
        ),
        ({**good, "warehouse": "nowhere"}, 404, "line-targets-not-found", "warehouse-not-found"),
        ({**good, "warehouse_id": retired["id"]}, 409, "lines-refused", "warehouse-inactive"),
        (good, 409, "lines-refused", "line-repeated"),
        (_asked(order, 1, quantity_damaged=1), 409, "lines-refused", "product-archived"),
    ]:
        problem = refused(api.post(_path(order), {"lines": [good, wrong]}), status, code)
        assert [(fact["line"], fact["code"]) for fact in problem["lines"]] == [(1, reason)]
        assert problem["lines"][0]["line_id"] == wrong["line_id"]

    assert _unchanged(api, order) == before
    _return(api, order, _asked(order, 1, quantity_refused=1))
    assert findings(api) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/lines"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"quantity_available": 1}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": 1}]}, "/lines/0"),
        ({"lines": [{"line_id": 1, "quantity_available": 0}]}, "/lines/0"),
        ({"lines": [{"line_id": 1, "quantity_available": -1}]}, "/lines/0/quantity_available"),
        ({"lines": [{"line_id": 1, "quantity_damaged": 0.00001}]}, "/lines/0/quantity_damaged"),
        ({"lines": [{"line_id": 1, "quantity_refused": "one"}]}, "/lines/0/quantity_refused"),
        (
            {"lines": [{"line_id": 1, "quantity_refused": 1, "warehouse": "W", "warehouse_id": 1}]},
            "/lines/0",
        ),
        ({"lines": [{"line_id": 1, "quantity_refused": 1}], "reason": "a\nb"}, "/reason"),
    ],
)
def test_wrong_input_is_refused(api: Api, body: Json, pointer: str) -> None:
    problem = refused(api.post("/api/sales-orders/1/returns", body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_only_what_was_shipped_comes_back(api: Api) -> None:
    product, warehouse = _stocked(api)
    draft, confirmed = _order(api, (product, 1)), _confirmed(api, (product, 1))
    cancelled = _confirmed(api, (product, 1))
    done(api.post(f"/api/sales-orders/{cancelled['id']}/cancellation", {}))

    for order, status in ((draft, "draft"), (confirmed, "confirmed"), (cancelled, "cancelled")):
        before = _unchanged(api, order)
        answer = api.post(_path(order), {"lines": [_asked(order, quantity_available=1)]})
        problem = refused(answer, 409, "wrong-status")
        assert problem["allowed_in"] == ["partially_shipped", "shipped"]
        assert before[0]["status"] == status
        assert _unchanged(api, order) == before
    assert held(api, product, warehouse) == (99, 1, 0, 0)


def test_a_stale_version_is_refused_and_a_retry_has_its_effect_once(api: Api) -> None:
    product, warehouse = _stocked(api)
    order = _shipped(api, (product, 5))
    body = {"lines": [_asked(order, quantity_available=1)]}
    version = order["version"]
    before = _unchanged(api, order)

    stale = api.post(_path(order), body, If_Match=f'"{version - 1}"')
    assert refused(stale, 412, "stale-version")["current_version"] == version
    assert _unchanged(api, order) == before
    first = api.post(_path(order), body, If_Match=f'"{version}"', Idempotency_Key="once")
    again = api.post(_path(order), body, If_Match=f'"{version}"', Idempotency_Key="once")

    assert (again.status_code, again.json()) == (201, done(first, 201))
    assert held(api, product, warehouse) == (96, 0, 0, 0)
    assert len(done(api.get(_path(order)))["items"]) == 1


def test_who_may_take_goods_back(api: Api, other: Api) -> None:
    product, warehouse = _stocked(api)
    elsewhere = make_warehouse(api)
    order = _shipped(api, (product, 5))
    body = {"lines": [_asked(order, quantity_available=1)]}
    sent = {"lines": [_asked(order, quantity_available=1, warehouse_id=elsewhere["id"])]}
    staff = api.with_key("staff", [warehouse["id"]])
    stranger = api.with_key("staff", [elsewhere["id"]])
    before = _unchanged(api, order)

    refused(api.with_key("viewer").post(_path(order), body), 403, "forbidden")
    refused(staff.post(_path(order), sent), 403, "warehouse-not-allowed")
    for nobody in (stranger, other):
        refused(nobody.post(_path(order), body), 404, "sales-order-not-found")
        refused(nobody.get(_path(order)), 404, "sales-order-not-found")
    assert _unchanged(api, order) == before
    here, there = _return(staff, order, *body["lines"]), _return(api, order, *sent["lines"])

    def numbers(reader: Api) -> list[str]:
        return [row["number"] for row in done(reader.get(_path(order)))["items"]]

    assert numbers(api) == [here["number"], there["number"]]
    assert numbers(staff) == [here["number"]]
    refused(staff.get(f"{_path(order)}/{there['id']}"), 404, "return-not-found")
    refused(api.get(f"{_path(order)}/{here['id'] + 999}"), 404, "return-not-found")
