"""What the tests of alerts are made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import Api, Json, done, line, make_product, make_warehouse, move


def path(api: Api) -> str:
    return f"/api/companies/{api.company_id}/alerts/low-stock"


def answer(api: Api, **query: Any) -> Json:
    found: Json = done(api.get(path(api), **query))
    return found


def alerts(api: Api, **query: Any) -> list[Json]:
    """The alerts of one page."""
    found: list[Json] = answer(api, **query)["alerts"]
    return found


def days_ago(days: int, hour: int = 0) -> str:
    """A moment on that day of the UTC calendar, never in the future for days above zero."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=days) + timedelta(hours=hour)).isoformat()


def low_product(
    api: Api, warehouse: Any, *, sold: float = 30, left: float = 5, **fields: Any
) -> Any:
    """A product that sold today and has `left` in the warehouse, threshold 20 unless given."""
    product = make_product(api, **{"low_stock_threshold": 20, **fields})
    if sold:
        bought = line(product, warehouse, "purchase", sold + left)
        move(api, bought, line(product, warehouse, "sale", sold))
    else:
        move(api, line(product, warehouse, "adjustment", left))
    return product


def low_pair(api: Api, **fields: Any) -> tuple[Any, Any]:
    warehouse = make_warehouse(api)
    return low_product(api, warehouse, **fields), warehouse


def add_terms(api: Api, product: Any, supplier: Any, **terms: Any) -> None:
    body = {"supplier_id": supplier["id"], **terms}
    done(api.post(f"/api/products/{product['id']}/suppliers", body), 201)
