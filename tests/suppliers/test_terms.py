"""The terms on which suppliers sell a product."""

from typing import Any

import pytest

from tests.factories import Api, done, make_product, make_supplier, refused
from tests.scopes import archive, audit_of

_FULL = {
    "supplier_sku": "S-77",
    "cost_price": "12.5",
    "lead_time_days": 14,
    "minimum_order_quantity": 50,
    "order_multiple": 2.5,
    "is_preferred": True,
}
_EMPTY = {**dict.fromkeys(_FULL), "is_preferred": False}


@pytest.fixture
def product(api: Api) -> Any:
    return make_product(api)["id"]


@pytest.fixture
def supplier(api: Api) -> Any:
    return make_supplier(api, code="SUP", name="Supplier Corp", lead_time_days=20)


def _path(product: int, supplier: Any = None) -> str:
    base = f"/api/products/{product}/suppliers"
    return base if supplier is None else f"{base}/{supplier['id']}"


def _all(api: Api, product: int) -> Any:
    return done(api.get(_path(product)))["items"]


def _shown(product: int, supplier: Any, row: Any, **fields: Any) -> Any:
    """The terms as they must be shown, but for the times."""
    return {
        "product_id": product,
        "supplier_id": supplier["id"],
        "supplier_code": supplier["code"],
        "supplier_name": supplier["name"],
        "supplier_active": supplier["active"],
        **_EMPTY,
        "effective_lead_time_days": supplier["lead_time_days"],
        "version": 1,
        **fields,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def test_terms_put_are_kept_whole(api: Api, product: int, supplier: Any) -> None:
    path = _path(product, supplier)

    answer = api.put(path, _FULL)

    row = done(answer, 201)
    fields = {**_FULL, "cost_price": "12.5000", "effective_lead_time_days": 14}
    assert row == _shown(product, supplier, row, **fields)
    assert answer.headers["location"] == path
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(path)) == row
    assert _all(api, product) == [row]
    assert audit_of(api, "product_supplier") == [
        (
            product,
            "created",
            {
                f"{supplier['id']}/supplier_sku": [None, "S-77"],
                f"{supplier['id']}/cost_price": [None, "12.5000"],
                f"{supplier['id']}/lead_time_days": [None, 14],
                f"{supplier['id']}/minimum_order_quantity": [None, "50"],
                f"{supplier['id']}/order_multiple": [None, "2.5"],
                f"{supplier['id']}/is_preferred": [None, True],
            },
        )
    ]


def test_put_again_replaces_and_empties_what_is_left_out(
    api: Api, product: int, supplier: Any
) -> None:
    path = _path(product, supplier)
    done(api.put(path, _FULL), 201)

    row = done(api.put(path, {"cost_price": "12.5"}))

    fields = {"cost_price": "12.5000", "version": 2}
    assert row == _shown(product, supplier, row, **fields)
    assert done(api.get(path)) == row
    (_, action, changes) = audit_of(api, "product_supplier")[1]
    assert (action, changes) == (
        "changed",
        {
            f"{supplier['id']}/supplier_sku": ["S-77", None],
            f"{supplier['id']}/lead_time_days": [14, None],
            f"{supplier['id']}/minimum_order_quantity": ["50", None],
            f"{supplier['id']}/order_multiple": ["2.5", None],
            f"{supplier['id']}/is_preferred": [True, False],
        },
    )


def test_the_same_terms_again_leave_no_trace(api: Api, product: int, supplier: Any) -> None:
    path = _path(product, supplier)
    row = done(api.put(path, _FULL), 201)

    assert done(api.put(path, {**_FULL, "cost_price": "12.5000"})) == row
    assert done(api.patch(path, {"order_multiple": 2.5})) == row
    assert len(audit_of(api, "product_supplier")) == 1


def test_patch_changes_only_what_is_given(api: Api, product: int, supplier: Any) -> None:
    path = _path(product, supplier)
    row = done(api.put(path, _FULL), 201)

    changed = done(
        api.patch(path, {"lead_time_days": None, "cost_price": 99999999999.9999}, If_Match='"1"')
    )

    assert changed == {
        **row,
        "lead_time_days": None,
        "effective_lead_time_days": 20,
        "cost_price": "99999999999.9999",
        "version": 2,
        "updated_at": changed["updated_at"],
    }


@pytest.mark.parametrize("name", ["supplier_id", "supplier"])
def test_a_supplier_is_added_by_id_or_code(
    api: Api, product: int, supplier: Any, name: str
) -> None:
    named = {"supplier_id": supplier["id"], "supplier": " sup "}

    answer = api.post(_path(product), {name: named[name], "supplier_sku": "X"})

    row = done(answer, 201)
    assert row == _shown(product, supplier, row, supplier_sku="X")
    assert answer.headers["location"] == _path(product, supplier)


def test_adding_a_supplier_twice_is_refused(api: Api, product: int, supplier: Any) -> None:
    row = done(api.put(_path(product, supplier), _FULL), 201)

    problem = refused(api.post(_path(product), {"supplier": "SUP"}), 409, "terms-exist")

    assert (problem["product_id"], problem["supplier_id"]) == (product, supplier["id"])
    assert _all(api, product) == [row]


@pytest.mark.parametrize("body", [{}, {"supplier": "SUP", "supplier_id": 1}, {"supplier": None}])
def test_a_supplier_must_be_named_once(api: Api, product: int, body: Any) -> None:
    refused(api.post(_path(product), body), 400, "invalid-request")
    assert _all(api, product) == []


def test_terms_are_removed(api: Api, product: int, supplier: Any) -> None:
    path = _path(product, supplier)
    done(api.put(path, {"is_preferred": True}), 201)

    answer = api.delete(path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert _all(api, product) == []
    refused(api.get(path), 404, "terms-not-found")
    refused(api.delete(path), 404, "terms-not-found")
    assert audit_of(api, "product_supplier")[1:] == [
        (product, "removed", {f"{supplier['id']}/is_preferred": [True, None]})
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_version_is_refused_and_changes_nothing(
    api: Api, product: int, supplier: Any, method: str
) -> None:
    path = _path(product, supplier)
    done(api.put(path, {}), 201)
    row = done(api.patch(path, {"supplier_sku": "X"}))

    answer = api.request(method, path, headers={"If-Match": '"1"'}, json={"supplier_sku": "Y"})

    assert refused(answer, 412, "stale-version")["current_version"] == 2
    assert _all(api, product) == [row]


def test_a_version_of_terms_that_are_not_there_is_stale(
    api: Api, product: int, supplier: Any
) -> None:
    answer = api.request("PUT", _path(product, supplier), headers={"If-Match": '"1"'}, json={})

    refused(answer, 412, "stale-version")
    assert _all(api, product) == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"cost_price": "-1"}, "/cost_price"),
        ({"cost_price": "1.00001"}, "/cost_price"),
        ({"cost_price": "NaN"}, "/cost_price"),
        ({"cost_price": "Infinity"}, "/cost_price"),
        ({"cost_price": "100000000000000"}, "/cost_price"),
        ({"cost_price": True}, "/cost_price"),
        ({"minimum_order_quantity": -1}, "/minimum_order_quantity"),
        ({"minimum_order_quantity": 0.00001}, "/minimum_order_quantity"),
        ({"order_multiple": 0}, "/order_multiple"),
        ({"order_multiple": 1e11}, "/order_multiple"),
        ({"lead_time_days": -1}, "/lead_time_days"),
        ({"lead_time_days": 3651}, "/lead_time_days"),
        ({"supplier_sku": "A\x00"}, "/supplier_sku"),
        ({"supplier_sku": "S" * 65}, "/supplier_sku"),
        ({"is_preferred": None}, "/is_preferred"),
        ({"is_preferred": 1}, "/is_preferred"),
        ({"product_id": 1}, "/product_id"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_wrong_terms_are_refused(
    api: Api, product: int, supplier: Any, fields: dict[str, Any], pointer: str
) -> None:
    path = _path(product, supplier)
    row = done(api.put(path, _FULL), 201)

    for answer in (api.put(path, fields), api.patch(path, fields)):
        problem = refused(answer, 400, "invalid-request")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]

    assert _all(api, product) == [row]


def _attempts(api: Api, product: int, supplier: int) -> Any:
    path = _path(product, {"id": supplier})
    yield api.put(path, {"is_preferred": True})
    yield api.patch(path, {"is_preferred": True})
    yield api.delete(path)
    yield api.post(_path(product), {"supplier_id": supplier})


def test_an_unknown_product_is_not_found(api: Api, other: Api, supplier: Any) -> None:
    theirs = make_product(other)["id"]

    for product in (theirs, 2**63 - 1):
        refused(api.get(_path(product)), 404, "product-not-found")
        refused(api.get(_path(product, supplier)), 404, "product-not-found")
        for answer in _attempts(api, product, supplier["id"]):
            assert refused(answer, 404, "product-not-found")["product_id"] == product

    assert _all(other, theirs) == []
    assert audit_of(api, "product_supplier") == []


def test_an_unknown_supplier_is_not_found(api: Api, other: Api, product: int) -> None:
    theirs = make_supplier(other, code="THEIRS")["id"]

    for unknown in (theirs, 2**63 - 1):
        refused(api.get(_path(product, {"id": unknown})), 404, "supplier-not-found")
        for answer in _attempts(api, product, unknown):
            assert refused(answer, 404, "supplier-not-found")["supplier_id"] == unknown
    by_code = api.post(_path(product), {"supplier": "THEIRS"})
    assert refused(by_code, 404, "supplier-not-found")["supplier"] == "THEIRS"

    assert _all(api, product) == []


def test_terms_of_an_archived_product_stay_as_they_are(
    api: Api, product: int, supplier: Any
) -> None:
    row = done(api.put(_path(product, supplier), _FULL), 201)
    archive(api, product)

    for answer in _attempts(api, product, supplier["id"]):
        assert refused(answer, 409, "product-archived")["product_id"] == product

    assert _all(api, product) == [row]


def test_staff_may_look_but_not_change(api: Api, product: int, supplier: Any) -> None:
    row = done(api.put(_path(product, supplier), _FULL), 201)
    staff = api.with_key("staff")

    for answer in _attempts(staff, product, supplier["id"]):
        refused(answer, 403, "forbidden")

    assert _all(staff, product) == [row]
    assert done(staff.get(_path(product, supplier))) == row


def test_suppliers_come_preferred_first_then_by_lead_time(api: Api, product: int) -> None:
    lead_times = [None, 9, 3, 5, 3, 30]  # each supplier's own
    suppliers = [make_supplier(api, lead_time_days=days) for days in lead_times]
    for supplier in suppliers:
        done(api.put(_path(product, supplier), {}), 201)
    done(api.patch(_path(product, suppliers[1]), {"lead_time_days": 4}))
    done(api.patch(_path(product, suppliers[5]), {"is_preferred": True}))
    order = [suppliers[n]["id"] for n in (5, 2, 4, 1, 3, 0)]

    rows = _all(api, product)
    assert [row["supplier_id"] for row in rows] == order
    assert [row["effective_lead_time_days"] for row in rows] == [30, 3, 3, 4, 5, None]
    paged: list[int] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = done(api.get(_path(product), **query))
        paged += [row["supplier_id"] for row in page["items"]]
        query["cursor"] = page["next_cursor"]
        if query["cursor"] is None:
            break
    assert paged == order
