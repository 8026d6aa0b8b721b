"""A company in which every text is written by somebody who means harm, or in another script."""

import csv
import io
from typing import Any

from starlette.testclient import TestClient

from tests.architecture.documents import Ground, furnish_documents
from tests.conftest import new_company
from tests.factories import Api, done

ATTACK = '<script>alert(1)</script>" onmouseover="alert(2)\' {{7*7}} ${7*7} </title><b>&amp;'
SCRIPTS = " \u202eright to left \u202c עברית العربية 👩\u200d🚀 "
LINE = (ATTACK + SCRIPTS).ljust(255, "W")
"""As long as a line may be; its end has no place at which it could be broken."""

CODE = "\"><img src=x onerror=alert(3)>{{7*7}}'\u202eע👩\u200d🚀"
TEXT = f"{LINE}\n{LINE}\n" * 10


def code(number: int) -> str:
    """A code as long as a code may be."""
    return f"{CODE}{number}".ljust(64, "M")


def hostile_company(http: TestClient) -> Api:
    """One of everything, with such texts everywhere; two of what can be archived or inactive."""
    api = new_company(http, name=LINE, owner_email=f"\"<b>'{'m' * 40}@example.com", owner_name=LINE)
    warehouse = _post(api, "/api/warehouses", {"code": code(1), **_place()})
    category = _post(api, "/api/categories", {"name": LINE})
    supplier = _post(api, "/api/suppliers", {"code": code(1), **_partner()})
    product = _product(api, warehouse["id"], category["id"])
    terms = {"supplier_sku": code(7), "cost_price": "1.2345", "is_preferred": True}
    done(api.put(f"/api/products/{product['id']}/suppliers/{supplier['id']}", terms), 201)
    bundle = _bundle(api, product["id"])
    ids = (warehouse["id"], supplier["id"], product["id"], bundle["id"])
    furnish_documents(Ground(api, LINE, "\"'<b>{{7*7}}\u202e", *ids))
    _others(api, warehouse["id"], product["id"])
    return api


def _post(api: Api, path: str, body: Any, status: int = 201) -> Any:
    return done(api.post(path, body), status)


def _place() -> dict[str, Any]:
    return {
        "name": LINE,
        "address": LINE,
        "city": LINE,
        "region": LINE,
        "postal_code": code(2),
        "country": "IL",
        "contact_name": LINE,
        "contact_email": "\"<b>'@example.com",
        "contact_phone": code(3),
    }


def _partner() -> dict[str, Any]:
    return {
        "name": LINE,
        "contact_name": LINE,
        "contact_email": "\"<b>'@example.com",
        "contact_phone": code(3),
        "payment_terms": LINE,
        "tax_id": code(4),
        "notes": TEXT,
    }


def _product(api: Api, warehouse_id: int, category_id: int) -> Any:
    body = {
        "name": LINE,
        "sku": code(1),
        "description": TEXT,
        "unit": code(5),
        "price": "9999999999.9999",
        "cost_price": "0.0001",
        "category_id": category_id,
        "warehouse_id": warehouse_id,
        "initial_quantity": "99999.9999",
        "low_stock_threshold": "100000",
    }
    return _post(api, "/api/products", body)["product"]


def _bundle(api: Api, component_id: int) -> Any:
    body = {"name": LINE, "sku": code(2), "price": "1", "product_type": "bundle"}
    bundle = _post(api, "/api/products", body)["product"]
    components = [{"product_id": component_id, "quantity": 2}]
    done(api.put(f"/api/products/{bundle['id']}/components", {"components": components}))
    return bundle


def _others(api: Api, warehouse_id: int, product_id: int) -> None:
    member = {"email": "\"<i>'@example.com", "name": LINE, "role": "staff"}
    _post(api, "/api/members", member)
    _post(api, "/api/api-keys", {"name": LINE, "role": "viewer"})
    archived = _post(api, "/api/products", {"name": LINE, "sku": code(3), "price": "1"})["product"]
    done(api.post(f"/api/products/{archived['id']}/archival"))
    _post(api, "/api/suppliers", {**_partner(), "code": code(2), "active": False})
    _post(api, "/api/customers", {"name": LINE, "code": code(2), "active": False, "notes": TEXT})
    sale = {"product_id": product_id, "warehouse_id": warehouse_id, "type": "sale", "quantity": 3}
    _post(api, "/api/stock/movements", {"lines": [{**sale, "reference": LINE, "reason": LINE}]})
    _import(api)


def _import(api: Api) -> None:
    """A file with an evil name, of which a row is refused; another one is shown, but not taken."""
    rows = io.StringIO()
    csv.writer(rows).writerows([["code", "name"], [code(9), LINE], [code(10), f"{LINE}too long"]])
    for query in ("valid_rows=true", "dry_run=true"):
        file = {"file": (f"{CODE}.csv", rows.getvalue())}
        answer = api.request("POST", f"/api/imports/warehouses?{query}", files=file)
        assert answer.status_code in (200, 201), answer.text
