"""Adding and changing many products at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from stockflow.catalog.commands import CreateProduct, ProductType
from stockflow.catalog.upserts import upsert_products
from stockflow.foundation.bulk import Upserted
from stockflow.foundation.errors import FieldError, Forbidden, Invalid
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from tests.factories import Api, done, make_product, make_warehouse
from tests.scopes import archive, audit_of, in_scope, run


def _product(sku: str, **fields: Any) -> CreateProduct:
    return CreateProduct.model_validate({"sku": sku, "name": sku, "price": "1", **fields})


def _products(api: Api) -> Any:
    return done(api.get("/api/products", sort="id", limit=1000))["items"]


def test_new_products_are_added_and_others_changed_where_they_differ(api: Api) -> None:
    kept = make_product(api, sku="Kept", name="KEPT", price="1", category="Toys", weight_kg=1.5)
    moved = make_product(api, sku="MOVED", price="2", barcode="96385074", description="stays")

    counts = in_scope(
        api,
        upsert_products,
        [
            _product(" kept ", name="KEPT", category="toys", weight_kg=Decimal("1.50")),
            _product("NEW", category="Games"),
            _product("MOVED", category="Games", barcode=None, low_stock_threshold=4),
        ],
    )

    assert counts == Upserted(created=1, changed=1, unchanged=1)
    now_kept, now_moved, new = _products(api)
    assert now_kept == kept
    assert now_moved == {
        **moved,
        "name": "MOVED",
        "price": "1.0000",
        "category": "Games",
        "category_id": new["category_id"],
        "barcode": None,
        "low_stock_threshold": 4,
        "version": 2,
        "updated_at": now_moved["updated_at"],
    }
    assert audit_of(api, "product")[2:] == [
        (
            new["id"],
            "created",
            {
                "sku": [None, "NEW"],
                "name": [None, "NEW"],
                "unit": [None, "each"],
                "price": [None, "1.0000"],
                "currency": [None, new["currency"]],
                "category_id": [None, new["category_id"]],
                "product_type": [None, "standard"],
            },
        ),
        (
            moved["id"],
            "changed",
            {
                "name": [moved["name"], "MOVED"],
                "price": ["2.0000", "1.0000"],
                "barcode": ["96385074", None],
                "category_id": [None, new["category_id"]],
                "low_stock_threshold": [None, "4"],
            },
        ),
    ]


def test_no_products_change_nothing(api: Api) -> None:
    assert in_scope(api, upsert_products, []) == Upserted(0, 0, 0)
    assert audit_of(api, "product") == []


def test_what_a_product_does_not_allow_is_named_for_all(api: Api) -> None:
    place = make_warehouse(api)
    archive(api, make_product(api, sku="GONE")["id"])
    make_product(api, sku="OWNER", barcode="96385074")
    category = done(api.post("/api/categories", {"name": "Old"}), 201)
    done(api.post(f"/api/categories/{category['id']}/archival"))
    before = _products(api)

    with pytest.raises(Invalid) as error:
        in_scope(
            api,
            upsert_products,
            [
                _product("GOOD"),
                _product("gone"),
                _product("OWNER", product_type=ProductType.BUNDLE),
                _product("OTHER", barcode="0000096385074", category=" OLD"),
                _product("STOCKED", warehouse_id=place["id"], initial_quantity=1),
            ],
        )

    opening = "is not taken here: post opening stock as movements"
    assert list(error.value.errors) == [
        FieldError("/1/sku", "is the SKU of an archived product"),
        FieldError("/2/product_type", "cannot be changed"),
        FieldError("/3/category", "is archived"),
        FieldError("/3/barcode", "is the barcode of product OWNER"),
        FieldError("/4/initial_quantity", opening),
        FieldError("/4/warehouse_id", opening),
    ]
    assert _products(api) == before


def test_a_sku_is_given_once(api: Api) -> None:
    with pytest.raises(Invalid) as error:
        in_scope(api, upsert_products, [_product("A"), _product("B"), _product("a")])

    assert error.value.errors == (FieldError("/2/sku", "is given in an earlier row too"),)
    assert _products(api) == []


def test_the_statements_do_not_grow(api: Api) -> None:
    def commands(count: int, price: int) -> list[CreateProduct]:
        return [
            _product(f"{count}-{n}", price=str(price), category="C", low_stock_threshold=price)
            for n in range(count)
        ]

    few = [run(api, upsert_products, commands(2, price)) for price in (1, 2)]
    many = [run(api, upsert_products, commands(900, price)) for price in (1, 2)]

    assert [ran.result for ran in many] == [Upserted(900, 0, 0), Upserted(0, 900, 0)]
    # the first product of a category makes it, too
    assert many[0].statements <= few[0].statements
    assert many[1].statements == few[1].statements


def test_two_imports_of_the_same_products_both_arrive(api: Api) -> None:
    in_scope(api, upsert_products, [_product(f"{n:03}") for n in range(100)])

    def upsert(name: str) -> Upserted:
        numbers = range(100) if name == "up" else range(99, -1, -1)
        return in_scope(api, upsert_products, [_product(f"{n:03}", name=name) for n in numbers])

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(upsert, ("up", "down")))

    assert counts == [Upserted(0, 100, 0)] * 2
    rows = _products(api)
    assert {row["version"] for row in rows} == {3}
    assert len({row["name"] for row in rows}) == 1


def test_it_needs_the_permission(api: Api) -> None:
    with pytest.raises(Forbidden):
        run(api, upsert_products, [_product("A")], actor=Actor(Role.STAFF))

    assert _products(api) == []
