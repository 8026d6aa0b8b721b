"""A document of every kind, for the companies of `world`."""

from dataclasses import dataclass
from typing import Any

from tests.factories import Api, done


@dataclass(frozen=True)
class Ground:
    """What the documents are about; `shown` is in all of their texts."""

    api: Api
    shown: str
    named: str
    warehouse_id: int
    supplier_id: int
    product_id: int
    bundle_id: int

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        return done(self.api.post(path, body), status)


def furnish_documents(ground: Ground) -> dict[str, int]:
    """One of each, and the ids by the names of the API."""
    return {
        **_purchase(ground),
        **_sale(ground),
        **_transfer(ground),
        **_count(ground),
        **_adjustment(ground),
    }


def _purchase(ground: Ground) -> dict[str, int]:
    order = ground.post(
        "/api/purchase-orders",
        {
            "supplier_id": ground.supplier_id,
            "warehouse_id": ground.warehouse_id,
            "notes": ground.shown,
            "lines": [{"product_id": ground.product_id, "quantity": 50, "unit_cost": "1.00"}],
        },
    )
    path = f"/api/purchase-orders/{order['id']}"
    ground.post(f"{path}/submission", status=200)
    ground.post(f"{path}/approval", status=200)
    line = {"line_id": order["lines"][0]["id"], "good": 40}
    receipt = ground.post(f"{path}/receipts", {"lines": [line], "notes": ground.shown})
    return {"purchase_order_id": order["id"], "purchase_receipt_id": receipt["id"]}


def _sale(ground: Ground) -> dict[str, int]:
    """Partly shipped, so that something is still reserved; one unit has come back."""
    customer = ground.post("/api/customers", {"name": ground.shown, "code": ground.named})
    order = ground.post(
        "/api/sales-orders",
        {
            "customer_id": customer["id"],
            "notes": ground.shown,
            "reference": ground.shown,
            "lines": [
                {"product_id": ground.product_id, "quantity": 4},
                {"product_id": ground.bundle_id, "quantity": 1},
            ],
        },
    )
    line_id = order["lines"][0]["id"]
    path = f"/api/sales-orders/{order['id']}"
    ground.post(f"{path}/confirmation", {}, status=200)
    shipped = {"lines": [{"line_id": line_id, "quantity": 2}], "notes": ground.shown}
    shipment = ground.post(f"{path}/shipments", shipped)
    returned = {"lines": [{"line_id": line_id, "good": 1}], "reason": ground.shown}
    made = ground.post(f"{path}/returns", returned)
    return {
        "customer_id": customer["id"],
        "sales_order_id": order["id"],
        "shipment_id": shipment["id"],
        "return_id": made["id"],
    }


def _transfer(ground: Ground) -> dict[str, int]:
    there = ground.post("/api/warehouses", {"code": f"{ground.named}-B", "name": ground.shown})
    transfer = ground.post(
        "/api/transfers",
        {
            "from_warehouse_id": ground.warehouse_id,
            "to_warehouse_id": there["id"],
            "notes": ground.shown,
            "lines": [{"product_id": ground.product_id, "quantity": 3}],
        },
    )
    path = f"/api/transfers/{transfer['id']}"
    ground.post(f"{path}/shipment", {}, status=200)
    part = {"line_id": transfer["lines"][0]["id"], "good": 1}
    receipt = ground.post(f"{path}/receipts", {"lines": [part], "notes": ground.shown})
    return {
        "transfer_id": transfer["id"],
        "transfer_receipt_id": receipt["id"],
        "from_warehouse_id": ground.warehouse_id,
        "to_warehouse_id": there["id"],
    }


def _count(ground: Ground) -> dict[str, int]:
    body = {"warehouse_id": ground.warehouse_id, "notes": ground.shown}
    count = ground.post("/api/stock-counts", body)
    lines = {"lines": [{"product_id": ground.product_id, "quantity": 7}]}
    ground.post(f"/api/stock-counts/{count['id']}/lines", lines, status=200)
    return {"stock_count_id": count["id"]}


def _adjustment(ground: Ground) -> dict[str, int]:
    line = {"product_id": ground.product_id, "warehouse_id": ground.warehouse_id}
    body = {
        "reason": ground.shown,
        "lines": [{**line, "type": "adjustment", "quantity": 1, "reason": ground.shown}],
    }
    return {"adjustment_request_id": ground.post("/api/adjustment-requests", body)["id"]}
