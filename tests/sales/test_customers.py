"""Creating, reading, listing, changing and importing customers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stockflow.foundation.bulk import Upserted
from stockflow.foundation.errors import FieldError, Forbidden, Invalid
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.sales.customer_commands import CreateCustomer
from stockflow.sales.customer_operations import upsert_customers
from tests.factories import Api, done, refused
from tests.imports.sending import imported, send
from tests.scopes import audit_of, in_scope, run

_FULL = {
    "code": "CUS-1",
    "name": "Corner Shop Ltd",
    "contact_name": "Ann",
    "contact_email": "ann@corner.example",
    "contact_phone": "+1-555-0123",
    "billing_address": "1 High Street\nLondon",
    "shipping_address": "Back door\n1 High Street\nLondon",
    "payment_terms": "30 days net",
    "currency": "EUR",
    "tax_id": "GB123456789",
    "notes": "Closed in August.\nRing twice.",
    "active": False,
}


def _make(api: Api, **fields: Any) -> Any:
    return done(api.post("/api/customers", {"name": "Customer", **fields}), 201)


def _all(api: Api, **query: Any) -> Any:
    return done(api.get("/api/customers", **query))["items"]


def test_what_is_given_is_kept_and_audited(api: Api) -> None:
    answer = api.post("/api/customers", _FULL)

    made = done(answer, 201)
    assert made == {
        **_FULL,
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    assert answer.headers["location"] == f"/api/customers/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(answer.headers["location"])) == made
    created = {name: [None, value] for name, value in _FULL.items()}
    assert audit_of(api, "customer") == [(made["id"], "created", created)]


def test_a_name_is_enough(api: Api) -> None:
    made = [done(api.post("/api/customers", {"name": " Shop "}), 201) for _ in range(2)]

    empty = dict.fromkeys(set(_FULL) - {"name", "active"})
    assert made[0] == {**made[0], **empty, "name": "Shop", "active": True}
    assert _all(api) == made


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "A\nB"}, "/name"),
        ({"code": "X" * 65}, "/code"),
        ({"contact_email": "nobody"}, "/contact_email"),
        ({"billing_address": "A\x00B"}, "/billing_address"),
        ({"shipping_address": "N" * 10_001}, "/shipping_address"),
        ({"currency": "eur"}, "/currency"),
        ({"active": None}, "/active"),
        ({"company_id": 1}, "/company_id"),
    ],
)
def test_wrong_input_is_refused(api: Api, fields: dict[str, Any], pointer: str) -> None:
    customer = _make(api)
    created = api.post("/api/customers", {"name": "New", **fields})
    changed = api.patch(f"/api/customers/{customer['id']}", fields)

    for answer in (created, changed):
        problem = refused(answer, 400, "invalid-request")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert _all(api) == [customer]
    assert len(audit_of(api, "customer")) == 1


def test_codes_are_unique_in_a_company_whatever_their_case(api: Api, other: Api) -> None:
    first, second = _make(api, code="Cus"), _make(api, code="B")
    _make(other, code="CUS")
    path = f"/api/customers/{second['id']}"

    again = api.post("/api/customers", {"code": " cUS ", "name": "Again"})
    refused(again, 409, "customer-code-taken")
    refused(api.patch(path, {"code": "cus"}), 409, "customer-code-taken")

    assert _all(api) == [first, second]
    assert done(api.patch(path, {"code": "b"}))["code"] == "b"


def test_of_racing_requests_for_one_code_one_wins(api: Api) -> None:
    def create(number: int) -> Any:
        return api.post("/api/customers", {"code": "C", "name": f"Racer {number}"})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(create, range(6)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert _all(api) == [answer.json() for answer in answers if answer.status_code == 201]


def test_only_the_given_fields_change(api: Api) -> None:
    customer = _make(api, **_FULL)
    path = f"/api/customers/{customer['id']}"
    change = {"code": None, "payment_terms": "prepaid", "active": True}

    answer = api.patch(path, change, If_Match='"1"')

    changed = done(answer)
    updated = {"version": 2, "updated_at": changed["updated_at"]}
    assert changed == {**customer, **change, **updated}
    assert answer.headers["etag"] == '"2"'
    assert done(api.get(path)) == changed
    fields = {name: [_FULL[name], value] for name, value in change.items()}
    assert audit_of(api, "customer")[1:] == [(customer["id"], "changed", fields)]


def test_a_stale_version_is_refused_and_a_change_of_nothing_leaves_no_trace(api: Api) -> None:
    customer = _make(api, name="First")
    path = f"/api/customers/{customer['id']}"

    assert done(api.patch(path, {"name": "First"}, If_Match='"1"')) == customer
    problem = refused(api.patch(path, {"name": "Second"}, If_Match='"2"'), 412, "stale-version")

    assert problem["current_version"] == 1
    assert done(api.get(path)) == customer
    assert len(audit_of(api, "customer")) == 1


def test_another_companys_customer_does_not_exist(api: Api, other: Api) -> None:
    theirs = _make(other)
    path = f"/api/customers/{theirs['id']}"

    assert refused(api.get(path), 404, "customer-not-found")["customer_id"] == theirs["id"]
    refused(api.patch(path, {"name": "Mine"}), 404, "customer-not-found")

    assert done(other.get(path)) == theirs


def test_staff_may_change_customers_and_viewers_look(api: Api) -> None:
    customer = _make(api.with_key("staff"))
    viewer = api.with_key("viewer")
    path = f"/api/customers/{customer['id']}"

    refused(viewer.post("/api/customers", {"name": "New"}), 403, "forbidden")
    refused(viewer.patch(path, {"name": "New"}), 403, "forbidden")

    assert done(viewer.get(path)) == customer
    assert _all(viewer) == [customer]


def test_the_same_request_sent_again_has_its_effect_once(api: Api) -> None:
    first = api.post("/api/customers", {"name": "Once"}, Idempotency_Key="k")
    again = api.post("/api/customers", {"name": "Once"}, Idempotency_Key="k")

    assert (again.status_code, again.json()) == (201, first.json())
    assert _all(api) == [first.json()]


def test_customers_are_found_and_sorted_page_by_page(api: Api) -> None:
    _make(api, name="b", code="Z")
    _make(api, name="A", contact_email="x@find.example")
    _make(api, name="C 50%", code="FINDER", active=False)

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in _all(api, **query)]

    assert names(q="find") == ["A", "C 50%"]
    assert names(q="%") == ["C 50%"]
    assert names(active=True) == ["A", "b"]
    assert names(sort="-name") == ["C 50%", "b", "A"]
    assert names(sort="code") == ["A", "C 50%", "b"]
    for sort in ("name", "-name", "code", "-code", "id", "-id"):
        pages, query = [], {"sort": sort, "limit": 1}
        while True:
            page = done(api.get("/api/customers", **query))
            pages += [row["name"] for row in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert pages == names(sort=sort)
    refused(api.get("/api/customers", sort="id", cursor=query["cursor"]), 400, "invalid-cursor")


def test_new_customers_are_imported_and_others_changed_where_they_differ(api: Api) -> None:
    kept = _make(api, code="KEPT", name="Kept")
    moved = _make(api, code="MOVED", name="Moved", notes="stays")
    file = "code,name,payment_terms,active\nkept,Kept,,\nNEW,New,prepaid,\nmoved,Moved on,,no\n"

    tried = done(send(api, "customers", file, dry_run=True))
    assert (tried["created"], tried["changed"], _all(api)) == (1, 1, [kept, moved])
    answer = imported(api, "customers", file)

    counts = {"created": 1, "changed": 1, "unchanged": 1, "kind": "customers"}
    assert answer == {**answer, **counts}
    now_kept, now_moved, new = _all(api, sort="id")
    assert now_kept == kept
    updated = {"version": 2, "updated_at": now_moved["updated_at"]}
    assert now_moved == {**moved, "name": "Moved on", "active": False, **updated}
    fields = {"code": "NEW", "name": "New", "payment_terms": "prepaid", "active": True}
    assert new == {**new, **fields, "version": 1}
    assert audit_of(api, "customer")[2:] == [
        (new["id"], "created", {name: [None, value] for name, value in fields.items()}),
        (moved["id"], "changed", {"name": ["Moved", "Moved on"], "active": [True, False]}),
    ]
    assert done(api.get("/api/imports", kind="customers"))["items"][0]["id"] == answer["id"]
    assert done(send(api, "customers", file))["repeated"] is True


def test_wrong_rows_of_customers_are_refused(api: Api) -> None:
    file = "code,name,contact_email\nA,,\nB,B,nobody\nC,C,\nc,Again,\n,None,\n"

    problem = refused(send(api, "customers", file), 400, "import-refused")

    found = [(error["row"], error["column"]) for error in problem["errors"]]
    assert found == [(2, "name"), (3, "contact_email"), (5, "code"), (6, "code")]
    assert _all(api) == []


def test_many_customers_take_as_many_statements_as_few(api: Api) -> None:
    def commands(count: int, name: str) -> list[CreateCustomer]:
        return [CreateCustomer(code=f"{count}-{n}", name=name) for n in range(count)]

    few = [run(api, upsert_customers, commands(2, name)) for name in ("first", "second")]
    many = [run(api, upsert_customers, commands(2000, name)) for name in ("first", "second")]

    assert [ran.result for ran in many] == [Upserted(2000, 0, 0), Upserted(0, 2000, 0)]
    assert [ran.statements for ran in many] == [ran.statements for ran in few]
    twice = [CreateCustomer(name="A", code="a"), CreateCustomer(name="B", code="A")]
    with pytest.raises(Invalid) as repeated:
        in_scope(api, upsert_customers, twice)
    assert repeated.value.errors == (FieldError("/1/code", "is given in an earlier row too"),)
    with pytest.raises(Forbidden):
        run(api, upsert_customers, twice[:1], actor=Actor(Role.VIEWER))


def test_two_imports_of_the_same_customers_both_arrive(api: Api) -> None:
    def upsert(name: str) -> Upserted:
        numbers = range(100) if name == "up" else range(99, -1, -1)
        commands = [CreateCustomer(code=f"{n:03}", name=name) for n in numbers]
        return in_scope(api, upsert_customers, commands)

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(upsert, ("up", "down")))

    assert sorted((count.created, count.changed) for count in counts) == [(0, 100), (100, 0)]
    assert {row["version"] for row in _all(api, limit=1000)} == {2}
