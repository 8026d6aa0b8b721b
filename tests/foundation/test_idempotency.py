"""A request sent again with its Idempotency-Key has its effect once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from httpx2 import Response

from stockflow.foundation.postgres import Conninfo
from tests.factories import Api, done, make_warehouse, refused

BODY = {"code": "LON", "name": "London"}


def test_sixteen_clients_with_one_key_have_one_effect(api: Api) -> None:
    def send(_: int) -> Response:
        return api.post("/api/warehouses", BODY, Idempotency_Key="one")

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(send, range(16)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert replayed.count("true") == 15
    assert _codes(api) == ["LON"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/warehouses", {"code": "PAR", "name": "Paris"}),
        ("/api/warehouses?x=1", BODY),
        ("/api/members", BODY),
    ],
)
def test_a_key_belongs_to_one_request(api: Api, path: str, body: dict[str, Any]) -> None:
    first = api.post("/api/warehouses", BODY, Idempotency_Key="one")

    refused(api.post(path, body, Idempotency_Key="one"), 409, "idempotency-key-reused")

    assert _codes(api) == ["LON"]
    assert api.post("/api/warehouses", BODY, Idempotency_Key="one").content == first.content


def test_a_key_belongs_to_one_caller(api: Api, other: Api) -> None:
    done(api.post("/api/warehouses", BODY, Idempotency_Key="one"), 201)
    admin = api.with_key("admin")

    refused(
        admin.post("/api/warehouses", BODY, Idempotency_Key="one"), 409, "idempotency-key-reused"
    )
    done(other.post("/api/warehouses", BODY, Idempotency_Key="one"), 201)

    assert _codes(api) == _codes(other) == ["LON"]


def test_a_refused_request_may_be_sent_again_with_its_key(api: Api) -> None:
    taken = make_warehouse(api, code="LON")
    refused(api.post("/api/warehouses", BODY, Idempotency_Key="one"), 409, "warehouse-code-taken")
    done(api.patch(f"/api/warehouses/{taken['id']}", {"code": "OLD"}))

    answer = api.post("/api/warehouses", BODY, Idempotency_Key="one")

    done(answer, 201)
    assert "idempotent-replayed" not in answer.headers
    assert _codes(api) == ["LON", "OLD"]


def test_a_request_that_was_not_valid_leaves_its_key_free(api: Api) -> None:
    refused(
        api.post("/api/warehouses", {"code": "LON"}, Idempotency_Key="one"), 400, "invalid-request"
    )

    done(api.post("/api/warehouses", BODY, Idempotency_Key="one"), 201)


def test_a_key_is_new_again_after_a_day(api: Api, conninfo: Conninfo) -> None:
    done(api.post("/api/warehouses", BODY, Idempotency_Key="one"), 201)
    _age(conninfo, api, "24 hours 1 minute")

    done(api.post("/api/warehouses", {"code": "PAR", "name": "Paris"}, Idempotency_Key="one"), 201)

    assert _codes(api) == ["LON", "PAR"]


def test_a_key_holds_for_nearly_a_day(api: Api, conninfo: Conninfo) -> None:
    first = api.post("/api/warehouses", BODY, Idempotency_Key="one")
    _age(conninfo, api, "23 hours 59 minutes")

    assert api.post("/api/warehouses", BODY, Idempotency_Key="one").content == first.content


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü".encode().decode("latin-1")])
def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    problem = refused(
        api.request(
            "POST",
            "/api/warehouses",
            json=BODY,
            headers={"Idempotency-Key": key.encode("latin-1")},
        ),
        400,
        "invalid-request",
    )

    assert [error["pointer"] for error in problem["errors"]] == ["/header/idempotency-key"]
    assert _codes(api) == []


def _codes(api: Api) -> list[str]:
    return [warehouse["code"] for warehouse in done(api.get("/api/warehouses"))["items"]]


def _age(conninfo: Conninfo, api: Api, age: str) -> None:
    with psycopg.connect(conninfo.owner) as connection:
        connection.execute(f"SET LOCAL stockflow.company_id TO '{api.company_id}'")
        aged = connection.execute(
            "UPDATE idempotency_keys SET created_at = now() - %s::interval", (age,)
        )
        assert aged.rowcount == 1
