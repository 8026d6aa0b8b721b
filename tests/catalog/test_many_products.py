"""Products in sets: creating thousands, finding thousands, and SKUs across companies."""

from collections.abc import Iterator
from typing import Any

import pytest

from stockflow.catalog.commands import CreateProduct
from stockflow.catalog.errors import BarcodeTaken, SkuTaken
from stockflow.catalog.operations import create_products
from stockflow.catalog.queries import ProductRef, resolve_products
from stockflow.foundation.errors import Forbidden, Invalid
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.foundation.settings import get_settings
from tests.factories import Api, done, make_product, refused
from tests.scopes import audit_of, in_scope, run


def commands(count: int, **fields: Any) -> list[CreateProduct]:
    return [
        CreateProduct.model_validate(
            {"name": f"Product {i}", "sku": f"s-{i:05}", "price": "1", **fields}
        )
        for i in range(count)
    ]


def test_a_thousand_products_take_as_many_statements_as_two(api: Api, other: Api) -> None:
    two = run(other, create_products, commands(2, category="Tools"))
    thousand = run(api, create_products, commands(1000, category="Tools"))

    assert thousand.statements == two.statements
    assert len(set(thousand.result)) == 1000
    first = done(api.get(f"/api/products/{thousand.result[0]}"))
    last = done(api.get(f"/api/products/{thousand.result[-1]}"))
    assert (first["sku"], first["category"], first["price"]) == ("s-00000", "Tools", "1.0000")
    assert (last["sku"], last["name"]) == ("s-00999", "Product 999")
    assert len(audit_of(api, "product")) == 1000


def test_none_is_created_when_one_may_not_be(api: Api) -> None:
    taken = make_product(api, sku="S-00003", barcode="96385074")

    with pytest.raises(SkuTaken) as refusal:
        run(api, create_products, commands(5))
    with pytest.raises(Invalid) as repeated:
        run(api, create_products, [*commands(2), *commands(1)])
    with pytest.raises(BarcodeTaken):
        run(api, create_products, commands(1, barcode="96385074"))

    assert refusal.value.facts == {"existing_product_id": taken["id"]}
    assert [error.pointer for error in refusal.value.errors] == ["/3/sku"]
    assert [error.pointer for error in repeated.value.errors] == ["/2/sku"]
    assert done(api.get("/api/products"))["items"] == [taken]


def test_opening_stock_needs_the_right_to_move_stock(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stockflow.foundation.permissions import GRANTS, Permission

    monkeypatch.setitem(GRANTS, Role.STAFF, frozenset({Permission.READ, Permission.EDIT_CATALOG}))
    staff = Actor(Role.STAFF)

    with pytest.raises(Forbidden):
        run(api, create_products, commands(1, warehouse="W", initial_quantity=1), actor=staff)

    assert done(api.get("/api/products"))["items"] == []


def test_products_are_resolved_by_id_and_sku_in_one_statement(api: Api, other: Api) -> None:
    first = make_product(api, sku="A 1", allow_backorders=True)
    second = make_product(api, sku="b-1", product_type="bundle")
    theirs = make_product(other, sku="C-1")
    done(api.delete(f"/api/products/{second['id']}"))

    ran = run(api, resolve_products, {first["id"], theirs["id"]}, {"a  1", "B-1", "c-1", "'"})

    one = ProductRef(first["id"], "A 1", first["name"], "standard", False, True)
    two = ProductRef(second["id"], "b-1", second["name"], "bundle", True, None)
    assert ran.result.by_id == {one.id: one, two.id: two}
    assert ran.result.by_sku == {"A 1": one, "B-1": two}
    assert ran.statements == 1
    assert in_scope(api, resolve_products, (), ()).by_id == {}


@pytest.fixture
def platform_skus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STOCKFLOW_SKU_SCOPE", "platform")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("platform_skus")
def test_a_platform_may_want_skus_unique_across_companies(api: Api, other: Api) -> None:
    body = {"name": "Widget", "sku": f"PLATFORM-{api.company_id}", "price": 1}
    first = done(api.post("/api/products", body), 201)["product"]
    second = make_product(other, sku=f"PLATFORM-{other.company_id}")

    here = refused(api.post("/api/products", body), 409, "sku-taken")
    there = refused(other.post("/api/products", body), 409, "sku-taken")
    changed = refused(
        other.patch(f"/api/products/{second['id']}", {"sku": body["sku"]}), 409, "sku-taken"
    )

    assert here["existing_product_id"] == first["id"]
    assert there["existing_product_id"] is None
    assert changed["existing_product_id"] is None
    assert done(other.get("/api/products"))["items"] == [second]


@pytest.mark.usefixtures("platform_skus")
def test_on_a_platform_a_company_keeps_a_sku_its_product_gave_up(api: Api, other: Api) -> None:
    sku = f"GIVEN-UP-{api.company_id}"
    product = make_product(api, sku=sku)
    done(api.patch(f"/api/products/{product['id']}", {"sku": f"{sku}-2"}))

    problem = refused(
        other.post("/api/products", {"name": "x", "sku": sku, "price": 1}), 409, "sku-taken"
    )

    assert problem["existing_product_id"] is None
    assert make_product(api, sku=sku)["sku"] == sku
