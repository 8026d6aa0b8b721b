"""How fast a product sells, when it runs out, and what is coming."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.replenishment.outlook import Outlook, product_outlook
from tests.factories import (
    Api,
    done,
    line,
    make_product,
    make_supplier,
    make_warehouse,
    move,
    refused,
)
from tests.purchasing.ordering import act
from tests.replenishment.reading import days_ago
from tests.scopes import in_scope, run


def _on_order(api: Api, product: Any, warehouse: Any, quantity: int, days: int | None) -> None:
    expected = None if days is None else (datetime.now(UTC).date() + timedelta(days=days))
    body = {
        "supplier_id": make_supplier(api)["id"],
        "warehouse_id": warehouse["id"],
        "lines": [{"product_id": product["id"], "quantity": quantity, "unit_cost": "1"}],
        "expected_date": expected and expected.isoformat(),
    }
    order = done(api.post("/api/purchase-orders", body), 201)
    act(api, act(api, order, "submission"), "approval")


def test_the_outlook_of_each_warehouse_and_of_all(api: Api) -> None:
    first, second = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(
        api,
        line(product, first, "purchase", 200, occurred_at=days_ago(80)),
        line(product, first, "sale", 90, occurred_at=days_ago(60)),
        line(product, first, "sale", 60, occurred_at=days_ago(10)),
        line(product, second, "purchase", 7, occurred_at=days_ago(80)),
    )
    _on_order(api, product, first, 40, None)
    _on_order(api, product, first, 5, 9)
    _on_order(api, product, first, 5, 4)
    today = datetime.now(UTC).date()
    arrival = today + timedelta(days=4)

    outlook = in_scope(api, product_outlook, product["id"])

    nothing = Decimal(0)
    assert outlook.period_days == 30
    assert outlook.warehouses == [
        Outlook(
            first["id"], first["code"], first["name"], Decimal(50), nothing, Decimal(50), arrival,
            Decimal(60), Decimal(150), Decimal(2), 25, today + timedelta(days=25),
        ),
        Outlook(
            second["id"], second["code"], second["name"], Decimal(7), nothing, nothing, None,
            nothing, nothing, nothing, None, None,
        ),
    ]  # fmt: skip
    assert outlook.total == Outlook(
        None, None, None, Decimal(57), nothing, Decimal(50), arrival,
        Decimal(60), Decimal(150), Decimal(2), 28, today + timedelta(days=28),
    )  # fmt: skip


def test_a_product_without_stock_has_an_empty_outlook(api: Api) -> None:
    outlook = in_scope(api, product_outlook, make_product(api)["id"])

    assert outlook.warehouses == []
    assert outlook.total.available == 0
    assert outlook.total.days_until_stockout is None


def test_what_is_on_order_shows_where_nothing_ever_lay(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    _on_order(api, product, warehouse, 12, 3)

    (place,) = in_scope(api, product_outlook, product["id"]).warehouses

    assert place.warehouse_id == warehouse["id"]
    assert [place.on_order, place.available] == [12, 0]


def test_the_outlook_leaves_other_warehouses_out(api: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(api, line(product, own, "purchase", 3), line(product, far, "purchase", 5))
    _on_order(api, product, far, 12, 3)
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({own["id"]}))

    outlook = run(api, product_outlook, product["id"], actor=actor).result

    assert [place.warehouse_id for place in outlook.warehouses] == [own["id"]]
    assert (outlook.total.available, outlook.total.on_order) == (3, 0)


def test_the_outlook_is_read_over_the_api(api: Api, other: Api) -> None:
    own, far = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(
        api,
        line(product, own, "purchase", 100, occurred_at=days_ago(80)),
        line(product, own, "sale", 60, occurred_at=days_ago(10)),
        line(product, far, "purchase", 5),
    )
    path = f"/api/products/{product['id']}/outlook"

    told = done(api.with_key("viewer", [own["id"]]).get(path))

    expected = {
        "available": 40,
        "in_transit": 0,
        "on_order": 0,
        "next_arrival": None,
        "sold_30_days": 60,
        "sold_90_days": 60,
        "avg_daily_sales": 2,
        "days_until_stockout": 20,
        "runs_out_on": (datetime.now(UTC).date() + timedelta(days=20)).isoformat(),
    }
    place = {
        "warehouse_id": own["id"],
        "warehouse_code": own["code"],
        "warehouse_name": own["name"],
    }
    assert told == {
        "period_days": 30,
        "total": {**dict.fromkeys(place), **expected},
        "warehouses": [{**place, **expected}],
    }
    assert done(api.get(path))["total"]["available"] == 45
    refused(other.get(path), 404, "product-not-found")
