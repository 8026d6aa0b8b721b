"""Creating, reading and changing suppliers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import Api, done, make_supplier, refused
from tests.scopes import audit_of

_FULL = {
    "code": "SUP-1",
    "name": "Supplier Corp",
    "contact_name": "Bob",
    "contact_email": "orders@supplier.example",
    "contact_phone": "+1-555-0123",
    "lead_time_days": 14,
    "payment_terms": "30 days net",
    "currency": "EUR",
    "tax_id": "DE123456789",
    "notes": "Closed in August.\nRing twice.",
    "active": False,
}


def _all(api: Api) -> Any:
    return done(api.get("/api/suppliers"))["items"]


def test_what_is_given_is_kept(api: Api) -> None:
    answer = api.post("/api/suppliers", _FULL)

    made = done(answer, 201)
    assert made == {
        **_FULL,
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    assert answer.headers["location"] == f"/api/suppliers/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(answer.headers["location"])) == made


def test_a_name_is_enough(api: Api) -> None:
    made = done(api.post("/api/suppliers", {"name": " Supplier Corp "}), 201)

    empty = dict.fromkeys(set(_FULL) - {"name", "active"})
    assert made == {**made, **empty, "name": "Supplier Corp", "active": True}


def test_several_suppliers_may_have_no_code(api: Api) -> None:
    assert [make_supplier(api)["code"] for _ in range(2)] == [None, None]


def test_the_creation_is_audited(api: Api) -> None:
    made = make_supplier(api, name="Supplier Corp", lead_time_days=0)

    changes = {"name": [None, "Supplier Corp"], "lead_time_days": [None, 0], "active": [None, True]}
    assert audit_of(api, "supplier") == [(made["id"], "created", changes)]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "N" * 256}, "/name"),
        ({"name": "A\x00B"}, "/name"),
        ({"name": "A\nB"}, "/name"),
        ({"code": ""}, "/code"),
        ({"code": "X" * 65}, "/code"),
        ({"code": 5}, "/code"),
        ({"lead_time_days": -1}, "/lead_time_days"),
        ({"lead_time_days": 3651}, "/lead_time_days"),
        ({"lead_time_days": 1.5}, "/lead_time_days"),
        ({"lead_time_days": "14"}, "/lead_time_days"),
        ({"lead_time_days": True}, "/lead_time_days"),
        ({"contact_email": "nobody"}, "/contact_email"),
        ({"currency": "eur"}, "/currency"),
        ({"currency": "EURO"}, "/currency"),
        ({"notes": "N" * 10_001}, "/notes"),
        ({"notes": "A\x00B"}, "/notes"),
        ({"active": "yes"}, "/active"),
        ({"active": None}, "/active"),
        ({"id": 7}, "/id"),
        ({"company_id": 1}, "/company_id"),
    ],
)
def test_wrong_input_is_refused(api: Api, fields: dict[str, Any], pointer: str) -> None:
    body = {"name": "Supplier Corp", **fields}

    problem = refused(api.post("/api/suppliers", body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert _all(api) == []


def test_codes_are_unique_whatever_their_case(api: Api) -> None:
    first = make_supplier(api, code="Sup")

    refused(
        api.post("/api/suppliers", {"code": " sUP ", "name": "Again"}), 409, "supplier-code-taken"
    )

    assert _all(api) == [first]
    assert len(audit_of(api, "supplier")) == 1


def test_two_companies_may_use_the_same_code(api: Api, other: Api) -> None:
    mine = make_supplier(api, code="SUP")
    make_supplier(other, code="SUP")

    assert _all(api) == [mine]


def test_of_racing_requests_for_one_code_one_wins(api: Api) -> None:
    def create(number: int) -> Any:
        return api.post("/api/suppliers", {"code": "SUP", "name": f"Racer {number}"})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(create, range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert _all(api) == [answer.json() for answer in answers if answer.status_code == 201]


def test_only_the_given_fields_change(api: Api) -> None:
    supplier = make_supplier(api, **_FULL)
    path = f"/api/suppliers/{supplier['id']}"

    answer = api.patch(path, {"code": None, "lead_time_days": 7, "active": True}, If_Match='"1"')

    changed = done(answer)
    assert changed == {
        **supplier,
        "code": None,
        "lead_time_days": 7,
        "active": True,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert answer.headers["etag"] == '"2"'
    assert done(api.get(path)) == changed
    assert audit_of(api, "supplier")[1:] == [
        (
            supplier["id"],
            "changed",
            {"code": ["SUP-1", None], "lead_time_days": [14, 7], "active": [False, True]},
        )
    ]


@pytest.mark.parametrize("body", [{}, {"name": "Same"}, {"code": "SUP", "active": True}])
def test_a_change_of_nothing_leaves_no_trace(api: Api, body: dict[str, Any]) -> None:
    supplier = make_supplier(api, code="SUP", name="Same")

    assert done(api.patch(f"/api/suppliers/{supplier['id']}", body)) == supplier
    assert len(audit_of(api, "supplier")) == 1


@pytest.mark.parametrize(
    "body", [{"name": None}, {"active": None}, {"name": ""}, {"version": 2}, {"colour": "red"}]
)
def test_a_wrong_change_is_refused(api: Api, body: dict[str, Any]) -> None:
    supplier = make_supplier(api)

    refused(api.patch(f"/api/suppliers/{supplier['id']}", body), 400, "invalid-request")

    assert _all(api) == [supplier]


def test_a_code_of_another_supplier_is_refused(api: Api) -> None:
    first, second = make_supplier(api, code="A"), make_supplier(api, code="B")

    refused(api.patch(f"/api/suppliers/{second['id']}", {"code": "a"}), 409, "supplier-code-taken")

    assert _all(api) == [first, second]


def test_a_code_may_change_its_case(api: Api) -> None:
    supplier = make_supplier(api, code="abc")

    assert done(api.patch(f"/api/suppliers/{supplier['id']}", {"code": "ABC"}))["code"] == "ABC"


def test_a_stale_version_is_refused_and_changes_nothing(api: Api) -> None:
    supplier = make_supplier(api)
    path = f"/api/suppliers/{supplier['id']}"
    first = done(api.patch(path, {"name": "First"}, If_Match='"1"'))

    problem = refused(api.patch(path, {"name": "Second"}, If_Match='"1"'), 412, "stale-version")

    assert problem["current_version"] == 2
    assert done(api.get(path)) == first
    assert len(audit_of(api, "supplier")) == 2


def test_of_racing_changes_of_one_version_one_wins(api: Api) -> None:
    supplier = make_supplier(api)
    path = f"/api/suppliers/{supplier['id']}"

    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(lambda n: api.patch(path, {"name": f"Racer {n}"}, If_Match='"1"'), range(6))
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5
    assert [done(api.get(path))] == [a.json() for a in answers if a.status_code == 200]


def test_another_companys_supplier_does_not_exist(api: Api, other: Api) -> None:
    theirs = make_supplier(other)
    path = f"/api/suppliers/{theirs['id']}"

    assert refused(api.get(path), 404, "supplier-not-found")["supplier_id"] == theirs["id"]
    refused(api.patch(path, {"name": "Mine"}), 404, "supplier-not-found")

    assert done(other.get(path)) == theirs


@pytest.mark.parametrize("role", ["staff", "viewer"])
def test_staff_may_look_but_not_change(api: Api, role: str) -> None:
    supplier = make_supplier(api)
    path = f"/api/suppliers/{supplier['id']}"
    limited = api.with_key(role)

    refused(limited.post("/api/suppliers", {"name": "New"}), 403, "forbidden")
    refused(limited.patch(path, {"name": "New"}), 403, "forbidden")

    assert done(limited.get(path)) == supplier
    assert _all(limited) == [supplier]


def test_without_a_key_nothing_is_shown(api: Api) -> None:
    anonymous = Api(api.http, api.company_id, "")

    refused(anonymous.get("/api/suppliers"), 401, "unauthenticated")
    refused(anonymous.post("/api/suppliers", {"name": "New"}), 401, "unauthenticated")

    assert _all(api) == []


def test_the_same_request_sent_again_has_its_effect_once(api: Api) -> None:
    first = api.post("/api/suppliers", {"name": "Once"}, Idempotency_Key="k")
    again = api.post("/api/suppliers", {"name": "Once"}, Idempotency_Key="k")

    assert (again.status_code, again.json()) == (201, first.json())
    assert _all(api) == [first.json()]
