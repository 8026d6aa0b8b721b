"""Creating warehouses."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import Api, done, make_warehouse, refused
from tests.scopes import audit_of

_FULL = {
    "code": "LON",
    "name": "London",
    "type": "retail",
    "address": "1 High Street",
    "city": "London",
    "region": "Greater London",
    "postal_code": "N1 9GU",
    "country": "GB",
    "contact_name": "Ann",
    "contact_email": "ann@acme.example",
    "contact_phone": "+44 20 7946 0000",
    "active": False,
    "priority": 7,
}
_EMPTY = dict.fromkeys(set(_FULL) - {"code", "name", "type", "active", "priority"})


def _count(api: Api) -> int:
    return len(done(api.get("/api/warehouses"))["items"])


def test_what_is_given_is_kept(api: Api) -> None:
    answer = api.post("/api/warehouses", _FULL)

    made = done(answer, 201)
    assert made == {
        **_FULL,
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    assert answer.headers["location"] == f"/api/warehouses/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(answer.headers["location"])) == made


def test_code_and_name_are_enough(api: Api) -> None:
    made = done(api.post("/api/warehouses", {"code": " lon ", "name": "London"}), 201)

    given = {"code": "lon", "name": "London", "type": "fulfilment", "active": True, "priority": 100}
    assert made == {**made, **_EMPTY, **given}


def test_the_creation_is_audited(api: Api) -> None:
    made = make_warehouse(api, code="LON", name="London")

    assert audit_of(api, "warehouse") == [
        (
            made["id"],
            "created",
            {
                "code": [None, "LON"],
                "name": [None, "London"],
                "type": [None, "fulfilment"],
                "active": [None, True],
                "priority": [None, 100],
            },
        )
    ]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"code": None}, "/code"),
        ({"code": ""}, "/code"),
        ({"code": "  "}, "/code"),
        ({"code": "X" * 65}, "/code"),
        ({"code": "A\x00B"}, "/code"),
        ({"code": "A\nB"}, "/code"),
        ({"code": 5}, "/code"),
        ({"name": "N" * 256}, "/name"),
        ({"name": "N\u2028N"}, "/name"),
        ({"type": "shop"}, "/type"),
        ({"active": "yes"}, "/active"),
        ({"active": None}, "/active"),
        ({"priority": 0}, "/priority"),
        ({"priority": 1001}, "/priority"),
        ({"priority": 1.5}, "/priority"),
        ({"country": "gb"}, "/country"),
        ({"country": "GBR"}, "/country"),
        ({"contact_email": "nobody"}, "/contact_email"),
        ({"contact_email": "a@b.c\x00"}, "/contact_email"),
        ({"id": 7}, "/id"),
        ({"company_id": 1}, "/company_id"),
        ({"code_key": "B"}, "/code_key"),
    ],
)
def test_wrong_input_is_refused(api: Api, fields: dict[str, Any], pointer: str) -> None:
    body = {"code": "A", "name": "Aa", **fields}

    problem = refused(api.post("/api/warehouses", body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert _count(api) == 0


def test_every_wrong_field_is_named(api: Api) -> None:
    body = {"name": "", "type": "shop", "colour": "red"}

    problem = refused(api.post("/api/warehouses", body), 400, "invalid-request")

    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"/code", "/name", "/type", "/colour"}
    assert _count(api) == 0


@pytest.mark.parametrize("body", [[], "x", 1, None, [{"code": "A", "name": "Aa"}]])
def test_a_body_that_is_no_object_is_refused(api: Api, body: Any) -> None:
    refused(api.post("/api/warehouses", body), 400, "invalid-request")
    assert _count(api) == 0


def test_text_is_kept_as_it_is_not_run(api: Api) -> None:
    name = "'); DROP TABLE warehouses; -- <script>%s{0}"

    assert make_warehouse(api, name=name)["name"] == name


def test_codes_are_unique_whatever_their_case(api: Api) -> None:
    first = make_warehouse(api, code="LON")

    refused(
        api.post("/api/warehouses", {"code": "lon", "name": "Again"}), 409, "warehouse-code-taken"
    )

    assert done(api.get("/api/warehouses"))["items"] == [first]
    assert len(audit_of(api, "warehouse")) == 1


def test_two_companies_may_use_the_same_code(api: Api, other: Api) -> None:
    mine, theirs = make_warehouse(api, code="LON"), make_warehouse(other, code="LON")

    assert mine["id"] != theirs["id"]
    assert done(api.get("/api/warehouses"))["items"] == [mine]


def test_of_racing_requests_for_one_code_one_wins(api: Api) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda n: api.post("/api/warehouses", {"code": "LON", "name": f"Racer {n}"}),
                range(8),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (won,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert done(api.get("/api/warehouses"))["items"] == [won]


@pytest.mark.parametrize("role", ["staff", "viewer"])
def test_staff_may_not_create_warehouses(api: Api, role: str) -> None:
    limited = api.with_key(role)

    refused(limited.post("/api/warehouses", {"code": "A", "name": "Aa"}), 403, "forbidden")

    assert _count(api) == 0


def test_without_a_key_nothing_is_created(api: Api) -> None:
    anonymous = Api(api.http, api.company_id, "")

    refused(anonymous.post("/api/warehouses", {"code": "A", "name": "Aa"}), 401, "unauthenticated")

    assert _count(api) == 0
