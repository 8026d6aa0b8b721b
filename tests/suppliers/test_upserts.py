"""Adding and changing many suppliers, or many terms, at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from stockflow.catalog.errors import ProductArchived, ProductNotFound
from stockflow.foundation.bulk import Upserted
from stockflow.foundation.errors import FieldError, Forbidden, Invalid
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.suppliers.commands import CreateSupplier, ProductTerms
from stockflow.suppliers.errors import SupplierNotFound
from stockflow.suppliers.operations import upsert_suppliers, upsert_terms
from tests.factories import Api, done, make_product, make_supplier
from tests.scopes import archive, audit_of, in_scope, run


def _suppliers(api: Api) -> Any:
    return done(api.get("/api/suppliers", sort="id"))["items"]


def _terms(api: Api, product: int) -> Any:
    return done(api.get(f"/api/products/{product}/suppliers"))["items"]


def test_new_suppliers_are_added_and_others_changed_where_they_differ(api: Api) -> None:
    kept = make_supplier(api, code="KEPT", name="Kept", lead_time_days=3)
    moved = make_supplier(api, code="MOVED", name="Moved", notes="stays")

    counts = in_scope(
        api,
        upsert_suppliers,
        [
            CreateSupplier(code="kept", name="Kept"),
            CreateSupplier(code="NEW", name="New", lead_time_days=5),
            CreateSupplier(code="moved", name="Moved on", active=False),
        ],
    )

    assert counts == Upserted(created=1, changed=1, unchanged=1)
    now_kept, now_moved, new = _suppliers(api)
    assert now_kept == kept
    assert now_moved == {
        **moved,
        "name": "Moved on",
        "active": False,
        "version": 2,
        "updated_at": now_moved["updated_at"],
    }
    fields = {"code": "NEW", "name": "New", "lead_time_days": 5, "active": True}
    assert new == {**new, **fields, "version": 1}
    assert audit_of(api, "supplier")[2:] == [
        (new["id"], "created", {name: [None, value] for name, value in fields.items()}),
        (moved["id"], "changed", {"name": ["Moved", "Moved on"], "active": [True, False]}),
    ]


def test_no_suppliers_change_nothing(api: Api) -> None:
    assert in_scope(api, upsert_suppliers, []) == Upserted(0, 0, 0)
    assert audit_of(api, "supplier") == []


def test_suppliers_need_a_code_of_their_own(api: Api) -> None:
    make_supplier(api, name="There")
    nameless = [CreateSupplier(name="A"), CreateSupplier(name="B", code="B")]
    twice = [CreateSupplier(name="A", code="a"), CreateSupplier(name="B", code="A")]

    with pytest.raises(Invalid) as missing:
        in_scope(api, upsert_suppliers, nameless)
    with pytest.raises(Invalid) as repeated:
        in_scope(api, upsert_suppliers, twice)

    assert missing.value.errors == (FieldError("/0/code", "is required"),)
    assert repeated.value.errors == (FieldError("/1/code", "is given in an earlier row too"),)
    assert [row["name"] for row in _suppliers(api)] == ["There"]


def test_the_statements_for_suppliers_do_not_grow(api: Api) -> None:
    def commands(count: int, name: str) -> list[CreateSupplier]:
        return [CreateSupplier(code=f"{count}-{n}", name=name) for n in range(count)]

    few = [run(api, upsert_suppliers, commands(2, name)) for name in ("first", "second")]
    many = [run(api, upsert_suppliers, commands(3000, name)) for name in ("first", "second")]

    assert [ran.result for ran in many] == [Upserted(3000, 0, 0), Upserted(0, 3000, 0)]
    assert [ran.statements for ran in many] == [ran.statements for ran in few]


def test_two_imports_of_the_same_suppliers_both_arrive(api: Api) -> None:
    def upsert(name: str) -> Upserted:
        numbers = range(200) if name == "up" else range(199, -1, -1)
        commands = [CreateSupplier(code=f"{n:03}", name=name) for n in numbers]
        return in_scope(api, upsert_suppliers, commands)

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(upsert, ("up", "down")))

    assert sorted(count.created for count in counts) == [0, 200]
    assert sorted(count.changed for count in counts) == [0, 200]
    rows = done(api.get("/api/suppliers", limit=1000))["items"]
    assert {row["version"] for row in rows} == {2}
    assert len({row["name"] for row in rows}) == 1


def test_new_terms_are_added_and_others_changed_where_they_differ(api: Api) -> None:
    one, two = make_product(api)["id"], make_product(api)["id"]
    a, b = make_supplier(api)["id"], make_supplier(api)["id"]
    first = [
        ProductTerms(product_id=one, supplier_id=a, is_preferred=True, cost_price=Decimal("1.5")),
        ProductTerms(product_id=two, supplier_id=a, order_multiple=Decimal(12)),
    ]
    assert in_scope(api, upsert_terms, first) == Upserted(2, 0, 0)
    before_one, before_two = _terms(api, one)[0], _terms(api, two)[0]

    counts = in_scope(
        api,
        upsert_terms,
        [
            ProductTerms(product_id=one, supplier_id=b, is_preferred=True, lead_time_days=3),
            ProductTerms(product_id=one, supplier_id=a, cost_price=Decimal("1.75")),
            ProductTerms(product_id=two, supplier_id=a, order_multiple=Decimal("12.0")),
        ],
    )

    assert counts == Upserted(created=1, changed=1, unchanged=1)
    new, old = _terms(api, one)
    assert (new["supplier_id"], new["is_preferred"], new["lead_time_days"]) == (b, True, 3)
    assert old == {
        **before_one,
        "cost_price": "1.7500",
        "is_preferred": False,
        "version": 2,
        "updated_at": old["updated_at"],
    }
    assert _terms(api, two) == [before_two]
    assert audit_of(api, "product_supplier")[2:] == [
        (one, "created", {f"{b}/lead_time_days": [None, 3], f"{b}/is_preferred": [None, True]}),
        (
            one,
            "changed",
            {f"{a}/cost_price": ["1.5000", "1.7500"], f"{a}/is_preferred": [True, False]},
        ),
    ]


def test_rows_that_contradict_each_other_are_refused(api: Api) -> None:
    product, a, b = make_product(api)["id"], make_supplier(api)["id"], make_supplier(api)["id"]
    plain = ProductTerms(product_id=product, supplier_id=a)

    with pytest.raises(Invalid) as repeated:
        in_scope(api, upsert_terms, [plain, plain])
    with pytest.raises(Invalid) as preferred:
        in_scope(
            api,
            upsert_terms,
            [
                ProductTerms(product_id=product, supplier_id=a, is_preferred=True),
                ProductTerms(product_id=product, supplier_id=b, is_preferred=True),
            ],
        )

    assert [error.pointer for error in repeated.value.errors] == ["/1/supplier_id"]
    assert [error.pointer for error in preferred.value.errors] == ["/1/is_preferred"]
    assert _terms(api, product) == []


def test_terms_of_what_is_not_there_are_refused(api: Api, other: Api) -> None:
    product, supplier = make_product(api)["id"], make_supplier(api)["id"]
    archived = make_product(api)["id"]
    archive(api, archived)
    known = ProductTerms(product_id=product, supplier_id=supplier)
    strange = make_product(other)["id"]

    for error, row in [
        (ProductNotFound, ProductTerms(product_id=strange, supplier_id=supplier)),
        (ProductArchived, ProductTerms(product_id=archived, supplier_id=supplier)),
        (
            SupplierNotFound,
            ProductTerms(product_id=product, supplier_id=make_supplier(other)["id"]),
        ),
    ]:
        with pytest.raises(error):
            in_scope(api, upsert_terms, [known, row])

    assert _terms(api, product) == []
    assert _terms(other, strange) == []


def test_the_statements_for_terms_do_not_grow(api: Api) -> None:
    products = [make_product(api)["id"] for _ in range(20)]
    suppliers = [make_supplier(api)["id"] for _ in range(30)]

    def rows(products: list[int], price: int) -> list[ProductTerms]:
        return [
            ProductTerms(
                product_id=product,
                supplier_id=supplier,
                cost_price=Decimal(price),
                is_preferred=supplier == suppliers[price],
            )
            for product in products
            for supplier in suppliers
        ]

    few = [run(api, upsert_terms, rows(products[:1], price)) for price in (1, 2)]
    many = [run(api, upsert_terms, rows(products[1:], price)) for price in (1, 2)]

    assert [ran.result for ran in many] == [Upserted(570, 0, 0), Upserted(0, 570, 0)]
    assert [ran.statements for ran in many] == [ran.statements for ran in few]


def test_both_need_the_permission(api: Api) -> None:
    row = ProductTerms(product_id=make_product(api)["id"], supplier_id=make_supplier(api)["id"])
    staff = Actor(Role.STAFF)

    with pytest.raises(Forbidden):
        run(api, upsert_suppliers, [CreateSupplier(code="A", name="A")], actor=staff)
    with pytest.raises(Forbidden):
        run(api, upsert_terms, [row], actor=staff)

    assert len(_suppliers(api)) == 1
    assert _terms(api, row.product_id) == []
