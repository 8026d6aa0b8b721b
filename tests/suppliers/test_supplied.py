"""`/api/suppliers/{supplier_id}/products`: what a supplier sells, read from the supplier's side."""

from typing import Any

import pytest

from tests.factories import Api, done, make_product, make_supplier, make_warehouse, refused
from tests.scopes import archive, audit_of
from tests.stock.reading import everything


@pytest.fixture
def supplier(api: Api) -> Any:
    return make_supplier(api, name="Supplier Corp", lead_time_days=20)


def path_of(supplier: Any) -> str:
    return f"/api/suppliers/{supplier['id']}/products"


def sold(api: Api, supplier: Any, **query: Any) -> list[int]:
    return [row["product_id"] for row in done(api.get(path_of(supplier), **query))["items"]]


def supplies(api: Api, supplier: Any, product: Any, **terms: Any) -> Any:
    path = f"/api/products/{product['id']}/suppliers/{supplier['id']}"
    return done(api.put(path, terms), 201)


def test_the_products_of_a_supplier_are_listed_by_sku_with_their_terms(
    api: Api, supplier: Any
) -> None:
    mug, pot = make_product(api, sku="B-MUG", name="Mug"), make_product(api, sku="A-POT")
    supplies(
        api,
        supplier,
        mug,
        supplier_sku="S-77",
        cost_price="12.5",
        lead_time_days=14,
        minimum_order_quantity=50,
        order_multiple=2.5,
        is_preferred=True,
    )
    supplies(api, supplier, pot)
    supplies(api, make_supplier(api), make_product(api))
    archive(api, pot["id"])

    listed = done(api.with_key("viewer").get(path_of(supplier)))

    assert listed == {
        "items": [
            {
                "product_id": pot["id"],
                "sku": "A-POT",
                "product_name": pot["name"],
                "unit": pot["unit"],
                "archived": True,
                "supplier_sku": None,
                "cost_price": None,
                "lead_time_days": None,
                "effective_lead_time_days": 20,
                "minimum_order_quantity": None,
                "order_multiple": None,
                "is_preferred": False,
                "version": 1,
            },
            {
                "product_id": mug["id"],
                "sku": "B-MUG",
                "product_name": "Mug",
                "unit": mug["unit"],
                "archived": False,
                "supplier_sku": "S-77",
                "cost_price": "12.5000",
                "lead_time_days": 14,
                "effective_lead_time_days": 14,
                "minimum_order_quantity": 50,
                "order_multiple": 2.5,
                "is_preferred": True,
                "version": 1,
            },
        ],
        "next_cursor": None,
    }


def test_the_products_are_searched_and_found_by_what_the_supplier_calls_them(
    api: Api, supplier: Any
) -> None:
    mug = make_product(api, sku="B-MUG", name="Blue mug")
    pot = make_product(api, sku="A-POT", name="Tea pot")
    supplies(api, supplier, mug, supplier_sku="Krug-1")
    supplies(api, supplier, pot, supplier_sku="krug-10")

    assert sold(api, supplier, q="krug") == [pot["id"], mug["id"]]
    assert sold(api, supplier, q="blue") == [mug["id"]]
    assert sold(api, supplier, q=" a-po ") == [pot["id"]]
    assert sold(api, supplier, q="%") == []
    assert sold(api, supplier, supplier_sku="KRUG-1") == [mug["id"]]
    assert sold(api, supplier, supplier_sku="krug") == []


def test_the_list_has_pages(api: Api, supplier: Any) -> None:
    made = [make_product(api, sku=f"P-{number}") for number in (2, 3, 1)]
    for product in made:
        supplies(api, supplier, product)
    rows = everything(api, path_of(supplier), limit=1)
    assert [row["sku"] for row in rows] == ["P-1", "P-2", "P-3"]
    first = done(api.get(path_of(supplier), limit=2))
    assert sold(api, supplier, limit=2, cursor=first["next_cursor"]) == [made[1]["id"]]
    refused(api.get("/api/suppliers", cursor=first["next_cursor"]), 400, "invalid-cursor")


def test_who_is_limited_to_a_warehouse_sees_the_suppliers_products(api: Api, supplier: Any) -> None:
    """Terms are of no warehouse, so a limit to some hides none of them."""
    product = make_product(api)
    supplies(api, supplier, product)
    limited = api.with_key("staff", [make_warehouse(api)["id"]])
    assert sold(limited, supplier) == [product["id"]]


@pytest.mark.parametrize("name", ["product_id", "sku"])
def test_a_product_is_added_by_id_or_sku(api: Api, supplier: Any, name: str) -> None:
    product = make_product(api, sku="B-MUG")
    named = {"product_id": product["id"], "sku": " b-mug "}[name]

    answer = api.post(path_of(supplier), {name: named, "cost_price": "3.1"})

    row = done(answer, 201)
    told = ("product_id", "supplier_id", "cost_price", "effective_lead_time_days", "version")
    assert [row[field] for field in told] == [product["id"], supplier["id"], "3.1000", 20, 1]
    where = f"/api/products/{product['id']}/suppliers/{supplier['id']}"
    assert (answer.headers["location"], answer.headers["etag"]) == (where, '"1"')
    assert done(api.get(where)) == row
    assert sold(api, supplier) == [product["id"]]
    assert [entry[:2] for entry in audit_of(api, "product_supplier")] == [
        (product["id"], "created")
    ]


def test_a_refused_product_changes_nothing(api: Api, other: Api, supplier: Any) -> None:
    product, gone, theirs = make_product(api), make_product(api), make_product(other)
    supplies(api, supplier, product)
    archive(api, gone["id"])
    path = path_of(supplier)
    before = (done(api.get(path)), audit_of(api, "product_supplier"))

    refused(api.post(path, {"product_id": product["id"]}), 409, "terms-exist")
    refused(api.post(path, {"product_id": gone["id"]}), 409, "product-archived")
    for unknown in ({"product_id": theirs["id"]}, {"sku": theirs["sku"]}):
        refused(api.post(path, unknown), 404, "product-not-found")
    for wrong in ({}, {"product_id": product["id"], "sku": product["sku"]}):
        refused(api.post(path, wrong), 400, "invalid-request")
    fresh = {"product_id": make_product(api)["id"]}
    refused(api.with_key("viewer").post(path, fresh), 403, "forbidden")
    refused(api.with_key("staff").post(path, fresh), 403, "forbidden")
    refused(api.post(path_of({"id": 999_999_999}), fresh), 404, "supplier-not-found")

    assert (done(api.get(path)), audit_of(api, "product_supplier")) == before


def test_suppliers_of_other_companies_are_not_there(api: Api, other: Api, supplier: Any) -> None:
    product = make_product(api)
    supplies(api, supplier, product)
    path = path_of(supplier)
    mine = {"product_id": make_product(other)["id"]}

    refused(other.get(path), 404, "supplier-not-found")
    refused(other.post(path, mine), 404, "supplier-not-found")

    assert sold(api, supplier) == [product["id"]]
    assert audit_of(other, "product_supplier") == []
