"""Every page's address in a company, with the ids of what is in it, in each of its states."""

import re
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote

from starlette.routing import Route

from stockflow import features
from tests.factories import Api, done

Ids = dict[str, Any]
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_KINDS = {
    # the name of an id in addresses: where to list, and what tells states apart
    "product_id": ("/api/products", ("product_type",)),
    "category_id": ("/api/categories", ()),
    "warehouse_id": ("/api/warehouses", ("active",)),
    "supplier_id": ("/api/suppliers", ("active",)),
    "customer_id": ("/api/customers", ("active",)),
    "purchase_order_id": ("/api/purchase-orders", ("status",)),
    "sales_order_id": ("/api/sales-orders", ("status",)),
    "transfer_id": ("/api/transfers", ("status",)),
    "stock_count_id": ("/api/stock-counts", ("status",)),
    "adjustment_request_id": ("/api/adjustment-requests", ("status",)),
    "import_id": ("/api/imports", ("kind", "status")),
    "user_id": ("/api/members", ("role",)),
    "api_key_id": ("/api/api-keys", ("role",)),
}
_PARTS = {
    # what belongs to a document and is looked at in its place
    "purchase_receipt_id": ("purchase_order_id", "/api/purchase-orders/{}/receipts"),
    "shipment_id": ("sales_order_id", "/api/sales-orders/{}/shipments"),
    "return_id": ("sales_order_id", "/api/sales-orders/{}/returns"),
    "transfer_receipt_id": ("transfer_id", "/api/transfers/{}/receipts"),
    "supplier_id": ("product_id", "/api/products/{}/suppliers"),
}
_ELSEWHERE = ("upload_id", "invitation_id", "token")
"""What no list of the API has: their pages have tests of their own."""

_NOT_WALKED = frozenset(
    {
        "/c/{company_id:int}/live",  # has no end
        "/c/{company_id:int}/products/labels.pdf",  # asked by a form: tests/catalog/test_product_pages.py
    }
)
_FILES = "/assets/"
MISSING_ID = 999_999_999
GONE = "gone"
"""A token nobody was given: such pages say that the link is not good."""


@dataclass(frozen=True)
class Address:
    """A page to look at; `route` is its path as written in the code."""

    route: str
    path: str


def page_routes() -> list[Route]:
    """Every page one can look at, but for some that answer with no page."""
    return [
        route
        for route in features.pages()
        if "GET" in (route.methods or ())
        and route.path not in _NOT_WALKED
        and not route.path.startswith(_FILES)
    ]


def ids_in(api: Api) -> list[Ids]:
    """What is in a company: one of each kind in each state, and the parts of documents."""
    found = [
        {name: row.get(name, row.get("id"))}
        for name, (path, states) in _KINDS.items()
        for row in _one_of_each(_items(api, path), states)
    ]
    for name in ("product_id", "category_id"):
        archived = _items(api, _KINDS[name][0], archived=True)
        found += [{name: row["id"]} for row in archived[:1]]
    for name, (parent, path) in _PARTS.items():
        for ids in [ids for ids in found if list(ids) == [parent]]:
            parts = _items(api, path.format(ids[parent]))
            found += [{**ids, name: part.get(name, part.get("id"))} for part in parts[:1]]
    movements = _items(api, "/api/stock/movements")
    found += [{"posting_id": movement["posting_id"]} for movement in movements[:1]]
    return found


def _items(api: Api, path: str, **filters: object) -> list[Ids]:
    items: list[Ids] = done(api.get(path, limit=1000, **filters))["items"]
    return items


def _one_of_each(rows: list[Ids], states: tuple[str, ...]) -> list[Ids]:
    first: dict[tuple[str, ...], Ids] = {}
    for row in rows:
        key = tuple(str(row.get(name) or "")[:10] for name in states)
        first.setdefault(key, row)
    return list(first.values())


def addresses(routes: list[Route], company_id: int, found: list[Ids]) -> list[Address]:
    """Each route with the ids there are; without any, one with ids that nothing has."""
    paths = [
        Address(route.path, _path(route.path, {"company_id": company_id, **ids}))
        for route in routes
        for ids in _choices(_names(route.path), found)
    ]
    return list(dict.fromkeys(paths))


def _path(route: str, ids: Ids) -> str:
    return _PARAMETER.sub(lambda match: quote(str(ids[match[1]])), route)


def _names(route: str) -> list[str]:
    return [name for name in _PARAMETER.findall(route) if name != "company_id"]


def _choices(names: list[str], found: list[Ids]) -> list[Ids]:
    """Values for these names that belong together; the first of each where nothing has them all."""
    together = [ids for ids in found if set(names) <= set(ids)]
    if together or not names:
        return together or [{}]
    unknown = [name for name in names if name not in (*_KINDS, *_PARTS, "posting_id", *_ELSEWHERE)]
    assert unknown == [], f"tests/web/addresses.py does not know where to find {unknown}"
    each = [[ids[name] for ids in found if name in ids][:1] or [_missing(name)] for name in names]
    return [dict(zip(names, values, strict=True)) for values in product(*each)]


def _missing(name: str) -> str | int:
    return GONE if name == "token" else MISSING_ID
