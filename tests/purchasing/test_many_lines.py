"""An order of thousands of lines takes as many statements as one of two."""

from typing import Any

from stockflow.catalog.models import Product
from stockflow.foundation.bulk import insert_new
from stockflow.foundation.scope import WriteScope
from stockflow.purchasing.commands import (
    ChangePurchaseOrder,
    CreatePurchaseOrder,
    ReceivePurchaseOrder,
)
from stockflow.purchasing.operations import (
    approve_purchase_order,
    cancel_purchase_order,
    change_purchase_order,
    create_purchase_order,
    submit_purchase_order,
)
from stockflow.purchasing.queries import get_purchase_order
from stockflow.purchasing.receiving import receive_purchase_order
from stockflow.stock.documents import CancelDocument
from tests.factories import Api, make_product, make_supplier, make_warehouse
from tests.scopes import in_scope, run
from tests.stock.reading import findings, movements

MANY = 2000


def _products(api: Api, count: int) -> list[str]:
    """SKUs of new products, inserted at once: to create them one by one takes longer than the test."""
    skus = [f"M-{number:05d}" for number in range(count)]
    rows = [
        {"name": sku, "sku": sku, "sku_key": sku, "price": 1, "currency": "GBP"} for sku in skus
    ]

    async def insert(scope: WriteScope) -> None:
        await insert_new(scope, Product, ["sku_key"], rows, ["id"])

    in_scope(api, insert)
    return skus


def _statements(api: Api, skus: list[str], supplier: Any, warehouse: Any) -> dict[str, int]:
    """How many statements each step of an order of these products takes."""
    lines = [{"sku": sku, "quantity": 3, "unit_cost": "1.50"} for sku in skus]
    named = {"supplier_id": supplier["id"], "warehouse_id": warehouse["id"], "lines": lines}
    counted: dict[str, int] = {}

    def step(name: str, operation: Any, *args: Any) -> Any:
        ran = run(api, operation, *args)
        counted[name] = ran.statements
        return ran.result

    order = step("create", create_purchase_order, CreatePurchaseOrder.model_validate(named))
    edited = [{**line, "quantity": 4} for line in lines]
    change = ChangePurchaseOrder.model_validate({"lines": edited})
    order = step("edit", change_purchase_order, order.id, change, None)
    assert (order.line_count, order.total) == (len(skus), f"{6 * len(skus)}.0000")
    step("submit", submit_purchase_order, order.id, None)
    step("approve", approve_purchase_order, order.id, None)
    split = [{"line_id": line.id, "good": 1, "damaged": 1} for line in order.lines]
    part = ReceivePurchaseOrder.model_validate({"lines": split})
    step("receive a part", receive_purchase_order, order.id, part, None)
    rest = ReceivePurchaseOrder()
    receipt = step("receive the rest", receive_purchase_order, order.id, rest, None)
    assert (receipt.order_status, len(receipt.lines)) == ("received", len(skus))
    step("read", get_purchase_order, order.id)
    another = run(api, create_purchase_order, CreatePurchaseOrder.model_validate(named)).result
    step("cancel", cancel_purchase_order, another.id, CancelDocument(reason="No"), None)
    return counted


def test_the_number_of_statements_does_not_depend_on_the_lines(api: Api) -> None:
    supplier, few, many = make_supplier(api), make_warehouse(api), make_warehouse(api)
    skus = _products(api, MANY)
    make_product(api)

    two = _statements(api, skus[:2], supplier, few)
    thousands = _statements(api, skus, supplier, many)

    assert two == thousands
    assert max(two.values()) <= 25
    assert len(movements(api, warehouse_id=many["id"])) == 3 * MANY
    assert findings(api) == []
