"""Who to order each product from."""

from decimal import Decimal
from typing import Any

from stockflow.foundation import sql
from stockflow.foundation.scope import WriteScope
from stockflow.suppliers.queries import BestSupplier, best_suppliers
from tests.factories import Api, done, make_product, make_supplier
from tests.scopes import in_scope, run


def _sell(api: Api, product: int, supplier: Any, **terms: Any) -> None:
    done(api.put(f"/api/products/{product}/suppliers/{supplier['id']}", terms), 201)


def _best(api: Api, *products: int) -> dict[int, int]:
    found = in_scope(api, best_suppliers, list(products))
    return {product: best.id for product, best in found.items()}


def test_all_that_an_order_needs_is_told(api: Api) -> None:
    product = make_product(api)["id"]
    supplier = make_supplier(
        api, name="Corp", contact_email="o@corp.example", contact_phone="1", lead_time_days=14
    )
    terms = {"cost_price": "12.5", "minimum_order_quantity": 50, "order_multiple": 2.5}
    _sell(api, product, supplier, **terms)

    assert in_scope(api, best_suppliers, [product]) == {
        product: BestSupplier(
            id=supplier["id"],
            name="Corp",
            contact_email="o@corp.example",
            contact_phone="1",
            lead_time_days=14,
            minimum_order_quantity=Decimal(50),
            order_multiple=Decimal("2.5"),
            cost_price="12.5000",
        )
    }


def test_what_is_not_known_is_none(api: Api) -> None:
    product = make_product(api)["id"]
    supplier = make_supplier(api, name="Corp")
    _sell(api, product, supplier)

    assert in_scope(api, best_suppliers, [product]) == {
        product: BestSupplier(supplier["id"], "Corp", None, None, None, None, None, None)
    }


def test_the_preferred_comes_before_the_quickest(api: Api) -> None:
    product = make_product(api)["id"]
    quick, preferred = make_supplier(api, lead_time_days=1), make_supplier(api)
    _sell(api, product, quick)
    _sell(api, product, preferred, is_preferred=True)

    assert _best(api, product) == {product: preferred["id"]}


def test_a_retired_supplier_is_passed_over_even_if_preferred(api: Api) -> None:
    product = make_product(api)["id"]
    preferred, slow = make_supplier(api), make_supplier(api, lead_time_days=90)
    _sell(api, product, preferred, is_preferred=True)
    _sell(api, product, slow)
    done(api.patch(f"/api/suppliers/{preferred['id']}", {"active": False}))

    assert _best(api, product) == {product: slow["id"]}


def test_the_effective_lead_time_decides_and_unknown_comes_last(api: Api) -> None:
    product = make_product(api)["id"]
    unknown = make_supplier(api)
    slow_itself = make_supplier(api, lead_time_days=30)
    quick_itself = make_supplier(api, lead_time_days=5)
    _sell(api, product, unknown)
    assert _best(api, product) == {product: unknown["id"]}
    _sell(api, product, quick_itself)
    assert _best(api, product) == {product: quick_itself["id"]}
    _sell(api, product, slow_itself, lead_time_days=0)
    assert _best(api, product) == {product: slow_itself["id"]}


def test_of_equals_the_oldest_is_taken(api: Api) -> None:
    product = make_product(api)["id"]
    old, new = make_supplier(api, lead_time_days=5), make_supplier(api, lead_time_days=5)
    _sell(api, product, new)
    _sell(api, product, old)

    assert _best(api, product) == {product: old["id"]}


def test_products_nobody_sells_are_left_out(api: Api, other: Api) -> None:
    sold, unsold, retired = (make_product(api)["id"] for _ in range(3))
    theirs = make_product(other)["id"]
    supplier = make_supplier(api)
    _sell(api, sold, supplier)
    _sell(api, retired, make_supplier(api, active=False))
    _sell(other, theirs, make_supplier(other))

    assert _best(api, sold, unsold, retired, theirs, sold) == {sold: supplier["id"]}
    assert _best(api) == {}


def test_one_statement_whatever_the_number_of_products(api: Api) -> None:
    products = [make_product(api)["id"] for _ in range(5)]
    supplier = make_supplier(api)
    for product in products:
        _sell(api, product, supplier)

    ran = run(api, best_suppliers, products)

    assert (len(ran.result), ran.statements) == (5, 1)


def test_it_reads_only_the_rows_of_the_products_asked_for(api: Api) -> None:
    """The plan, on tables large enough for the planner to be tempted by reading them whole."""

    async def explain(scope: WriteScope) -> str:
        await scope.execute(_MANY_SUPPLIERS, {"company_id": scope.company_id})
        await scope.execute(_MANY_TERMS, {"company_id": scope.company_id})
        products = await scope.execute(
            "SELECT id FROM products WHERE company_id = %s ORDER BY id LIMIT 100",
            (scope.company_id,),
        )
        ids = [row[0] for row in await products.fetchall()]
        cursor = await scope.execute(
            "EXPLAIN " + sql.load("stockflow.suppliers", "queries.sql")["best_suppliers"],
            {"company_id": scope.company_id, "product_ids": ids},
        )
        return "\n".join(row[0] for row in await cursor.fetchall())

    plan = in_scope(api, explain)

    assert "Index Scan using product_suppliers_pkey" in plan
    assert "Index Scan using suppliers_pkey" in plan
    assert "Seq Scan" not in plan


_MANY_SUPPLIERS = """
INSERT INTO suppliers (company_id, name)
SELECT %(company_id)s, 'Supplier ' || n FROM generate_series(1, 2000) AS n
"""
_MANY_TERMS = """
WITH made AS (
    INSERT INTO products (company_id, name, sku, sku_key, price, currency)
    SELECT %(company_id)s, 'Product ' || n, 'S' || n, 'S' || n, 1, 'GBP'
      FROM generate_series(1, 2000) AS n
    RETURNING id
)
INSERT INTO product_suppliers (company_id, product_id, supplier_id)
SELECT %(company_id)s, p.id, s.id
  FROM (SELECT id, row_number() OVER () AS n FROM products WHERE company_id = %(company_id)s
        UNION ALL
        SELECT id, row_number() OVER () FROM made) AS p
  JOIN (SELECT id, row_number() OVER () AS n FROM suppliers WHERE company_id = %(company_id)s) AS s
    ON s.n IN (p.n, p.n %% 2000 + 1, (p.n + 7) %% 2000 + 1)
"""
