"""Makes things over the API, naming only what a test is about; the rest is valid by default."""

import itertools
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

_numbers = itertools.count(10_001)  # all of one length: codes made one after the other sort so
Json = dict[str, Any]


@dataclass(frozen=True)
class Api:
    """The API as one key of one company sees it."""

    http: TestClient
    company_id: int
    key: str

    def request(self, method: str, path: str, **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **params: Any) -> Response:
        return self.request("GET", path, params=params)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, json=body, headers=named)

    def patch(self, path: str, body: Any, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("PATCH", path, json=body, headers=named)

    def put(self, path: str, body: Any) -> Response:
        return self.request("PUT", path, json=body)

    def delete(self, path: str) -> Response:
        return self.request("DELETE", path)

    def with_key(self, role: str, warehouse_ids: list[int] | None = None) -> "Api":
        """The same company through a new key."""
        made = done(
            self.post(
                "/api/api-keys", {"name": role, "role": role, "warehouse_ids": warehouse_ids}
            ),
            201,
        )
        return Api(self.http, self.company_id, made["api_key"])


def done(response: Response, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status_code == status, response.text
    return response.json()


def refused(response: Response, status: int, code: str) -> Json:
    """The problem document of an answer that must be this refusal."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    return problem


def make_warehouse(api: Api, **fields: Any) -> Any:
    number = next(_numbers)
    return done(
        api.post(
            "/api/warehouses", {"code": f"W{number}", "name": f"Warehouse {number}", **fields}
        ),
        201,
    )


def make_product(api: Api, **fields: Any) -> Any:
    number = next(_numbers)
    body = {"name": f"Product {number}", "sku": f"SKU-{number}", "price": "9.99", **fields}
    return done(api.post("/api/products", body), 201)["product"]


def make_supplier(api: Api, **fields: Any) -> Any:
    return done(api.post("/api/suppliers", {"name": f"Supplier {next(_numbers)}", **fields}), 201)


def move(api: Api, *lines: Json, **body: Any) -> Any:
    """Post movements that must succeed."""
    return done(api.post("/api/stock/movements", {"lines": list(lines), **body}), 201)


def make_bundle(api: Api, *components: tuple[Any, float], **fields: Any) -> Any:
    """A bundle of these products and quantities."""
    bundle = make_product(api, product_type="bundle", **fields)
    parts = [{"product_id": part["id"], "quantity": quantity} for part, quantity in components]
    done(api.put(f"/api/products/{bundle['id']}/components", {"components": parts}))
    return bundle


def line(product: Any, warehouse: Any, kind: str, quantity: Any, **fields: Any) -> Json:
    """One line of a request to post movements."""
    return {
        "product_id": product["id"],
        "warehouse_id": warehouse["id"],
        "type": kind,
        "quantity": quantity,
        **fields,
    }
