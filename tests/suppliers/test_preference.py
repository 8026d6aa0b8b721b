"""At most one supplier of a product is preferred, however many ask at once."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpx2 import Response

from stockflow.suppliers.commands import ProductTerms
from stockflow.suppliers.operations import upsert_terms
from tests.factories import Api, done, make_product, make_supplier
from tests.scopes import audit_of, in_scope


def _path(product: int, supplier: int) -> str:
    return f"/api/products/{product}/suppliers/{supplier}"


def _preferred(api: Api, product: int) -> list[int]:
    rows = done(api.get(f"/api/products/{product}/suppliers"))["items"]
    return [row["supplier_id"] for row in rows if row["is_preferred"]]


def test_preferring_one_takes_the_preference_from_the_other(api: Api) -> None:
    product, elsewhere = make_product(api)["id"], make_product(api)["id"]
    old, new, third = (make_supplier(api)["id"] for _ in range(3))
    first = done(api.put(_path(product, old), {"is_preferred": True, "cost_price": "1"}), 201)
    untouched = done(api.put(_path(product, third), {}), 201)
    done(api.put(_path(elsewhere, old), {"is_preferred": True}), 201)
    done(api.put(_path(product, new), {}), 201)

    done(api.patch(_path(product, new), {"is_preferred": True}))

    assert _preferred(api, product) == [new]
    assert _preferred(api, elsewhere) == [old]
    loser = done(api.get(_path(product, old)))
    assert loser == {
        **first,
        "is_preferred": False,
        "version": 2,
        "updated_at": loser["updated_at"],
    }
    assert done(api.get(_path(product, third))) == untouched
    changes = {f"{old}/is_preferred": [True, False], f"{new}/is_preferred": [False, True]}
    assert audit_of(api, "product_supplier")[-1] == (product, "changed", changes)


def test_a_new_supplier_may_take_the_preference(api: Api) -> None:
    product = make_product(api)["id"]
    old, new = make_supplier(api)["id"], make_supplier(api)["id"]
    done(api.put(_path(product, old), {"is_preferred": True}), 201)

    done(
        api.post(f"/api/products/{product}/suppliers", {"supplier_id": new, "is_preferred": True}),
        201,
    )

    assert _preferred(api, product) == [new]


def test_of_all_who_ask_at_once_one_is_preferred(api: Api) -> None:
    product = make_product(api)["id"]
    suppliers = [make_supplier(api)["id"] for _ in range(6)]

    def prefer(supplier: int) -> Response:
        return api.put(_path(product, supplier), {"is_preferred": True})

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(prefer, suppliers * 4))

    assert Counter(answer.status_code for answer in answers) == {201: 6, 200: 18}
    assert all(answer.json()["is_preferred"] for answer in answers)
    assert len(_preferred(api, product)) == 1


def test_crossing_changes_of_several_products_do_not_deadlock(api: Api) -> None:
    products = [make_product(api)["id"] for _ in range(8)]
    suppliers = [make_supplier(api)["id"] for _ in range(4)]

    def prefer(number: int) -> Any:
        chosen = random.Random(number).sample(products, len(products))
        rows = [
            ProductTerms(
                product_id=product, supplier_id=suppliers[(number + n) % 4], is_preferred=True
            )
            for n, product in enumerate(chosen)
        ]
        return in_scope(api, upsert_terms, rows)

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(prefer, range(24)))

    assert all(n.created + n.changed + n.unchanged == 8 for n in counts)
    assert [len(_preferred(api, product)) for product in products] == [1] * 8


def test_two_who_add_the_same_supplier_get_one_yes_and_one_no(api: Api) -> None:
    product, supplier = make_product(api)["id"], make_supplier(api)["id"]

    def add(_: int) -> int:
        body = {"supplier_id": supplier}
        return api.post(f"/api/products/{product}/suppliers", body).status_code

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(add, range(6))) == [201] + [409] * 5
