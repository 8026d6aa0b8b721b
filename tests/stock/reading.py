"""What the tests of stock look at before and after."""

import asyncio
from collections.abc import Sequence
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response

from stockflow.stock.check import Finding, check_company
from tests.factories import Api, Json, done
from tests.scopes import in_scope

BUCKETS = ("available", "reserved", "damaged", "in_transit")
Held = tuple[float, float, float, float]


def everything(api: Api, path: str, **query: Any) -> list[Any]:
    """All items of a list, through all its pages."""
    items: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = done(api.get(path, **{"limit": 1000, **query}, **cursor))
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


def movements(api: Api, **query: Any) -> list[Any]:
    return everything(api, "/api/stock/movements", **{"order": "oldest", **query})


def levels(api: Api, **query: Any) -> dict[tuple[int, int], Held]:
    """The four buckets of every level, by product and warehouse."""
    return {
        (item["product_id"], item["warehouse_id"]): tuple(item[name] for name in BUCKETS)
        for item in everything(api, "/api/stock/levels", **query)
    }


def held(api: Api, product: Any, warehouse: Any) -> Held:
    return levels(api)[product["id"], warehouse["id"]]


def level(api: Api, product: Any, warehouse: Any, **query: Any) -> Any:
    """One level whole."""
    filters = {"product_id": product["id"], "warehouse_id": warehouse["id"], **query}
    (item,) = done(api.get("/api/stock/levels", **filters))["items"]
    return item


def effects(posting: Json) -> list[tuple[Any, ...]]:
    """Line, bucket, change, before and after of each movement of an answer."""
    names = ("line", "bucket", "quantity_change", "quantity_before", "quantity_after")
    return [tuple(movement[name] for name in names) for movement in posting["movements"]]


def picture(api: Api) -> tuple[Any, Any]:
    """All levels and movements, to show that nothing changed."""
    return everything(api, "/api/stock/levels"), movements(api)


def findings(api: Api) -> list[Finding]:
    """What `stockflow check` finds in the company."""
    return in_scope(api, check_company)


def together(api: Api, requests: Sequence[tuple[str, str, Any]], **headers: str) -> list[Response]:
    """Answers to requests (method, path, JSON body) that are all under way at once."""
    sent = {"Authorization": f"Bearer {api.key}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}

    async def send() -> list[Response]:
        transport = ASGITransport(app=api.http.app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://testserver") as client:
            calls = [
                client.request(method, path, json=body, headers=sent)
                for method, path, body in requests
            ]
            return list(await asyncio.gather(*calls))

    assert api.http.portal is not None
    return api.http.portal.call(send)


def posts(*bodies: Sequence[Json]) -> list[tuple[str, str, Any]]:
    """Requests to post movements, each with these lines."""
    return [("POST", "/api/stock/movements", {"lines": list(lines)}) for lines in bodies]
