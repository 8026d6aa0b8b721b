"""Returns at the same time, and of many lines."""

from typing import Any

from stockflow.sales.return_commands import CreateReturn
from stockflow.sales.returns import create_return
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.scopes import run
from tests.stock.reading import everything, findings, held, together


def _shipped(api: Api, products: list[Any], quantity: float) -> Any:
    customer = done(api.post("/api/customers", {"name": "Customer"}), 201)
    lines = [{"product_id": product["id"], "quantity": quantity} for product in products]
    order = done(
        api.post("/api/sales-orders", {"customer_id": customer["id"], "lines": lines}), 201
    )
    path = f"/api/sales-orders/{order['id']}"
    done(api.post(f"{path}/confirmation", {}))
    done(api.post(f"{path}/shipments", {}), 201)
    return done(api.get(path))


def test_of_two_returns_of_the_last_unit_one_wins(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, unit_cost="3.00"))
    order = _shipped(api, [product], 4)
    path = f"/api/sales-orders/{order['id']}/returns"
    (only,) = order["lines"]
    three = {"line_id": only["id"], "good": 3}
    done(api.post(path, {"lines": [three]}), 201)
    bodies = [{"lines": [{"line_id": only["id"], name: 1}]} for name in ("good", "damaged") * 4]

    answers = together(api, [("POST", path, body) for body in bodies])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"wrong-status"}  # all of the order is back
    (won,) = [answer.json() for answer in answers if answer.status_code == 201]
    available, damaged = won["good"], won["damaged"]
    assert held(api, product, warehouse) == (9 + available, 0, damaged, 0)
    now = done(api.get(f"/api/sales-orders/{order['id']}"))
    assert (now["lines"][0]["returned"], now["status"]) == (4, "returned")
    assert len(everything(api, path)) == 2
    assert findings(api) == []


def test_crossed_returns_and_sales_never_deadlock(api: Api) -> None:
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(api, *[line(product, warehouse, "purchase", 100) for product in (first, second)])
    orders = [_shipped(api, products, 10) for products in ([first, second], [second, first])]
    requests: list[tuple[str, str, Any]] = []
    for order in orders:
        lines = [{"line_id": row["id"], "good": 1} for row in order["lines"]]
        requests += [("POST", f"/api/sales-orders/{order['id']}/returns", {"lines": lines})] * 4
    sale = {"lines": [line(product, warehouse, "sale", 1) for product in (second, first)]}
    requests += [("POST", "/api/stock/movements", sale)] * 4

    answers = together(api, requests)

    assert {answer.status_code for answer in answers} == {201}
    assert held(api, first, warehouse) == (80 + 8 - 4, 0, 0, 0)
    assert held(api, second, warehouse) == (80 + 8 - 4, 0, 0, 0)
    assert findings(api) == []


def test_many_lines_take_as_many_statements_as_few(api: Api) -> None:
    warehouse = make_warehouse(api)
    products = [make_product(api) for _ in range(40)]
    move(api, *[line(product, warehouse, "purchase", 100) for product in products])

    def statements(some: list[Any]) -> int:
        order = _shipped(api, some, 2)
        asked = [{"line_id": row["id"], "good": 1, "damaged": 1} for row in order["lines"]]
        command = CreateReturn.model_validate({"lines": asked})
        ran = run(api, create_return, order["id"], command, None)
        assert (ran.result.line_count, ran.result.damaged) == (len(some), len(some))
        return ran.statements

    assert statements(products[:2]) == statements(products)
    assert findings(api) == []
