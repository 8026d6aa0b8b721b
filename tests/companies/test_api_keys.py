"""API keys: made, listed, revoked, never stronger than their maker, never stored."""

import hashlib
from typing import Any

import psycopg
import pytest
from httpx2 import Response

from stockflow.foundation.postgres import Conninfo
from tests.factories import Api, done, make_warehouse, refused


def test_a_new_key_is_shown_whole_with_its_secret_once(api: Api) -> None:
    answer = api.post("/api/api-keys", {"name": "Shop", "role": "staff"})

    made = done(answer, 201)
    assert answer.headers["location"] == f"/api/api-keys/{made['id']}"
    assert made["api_key"].startswith(f"sf_{api.company_id}_")
    secret = made.pop("api_key")
    assert made == {
        "id": made["id"],
        "name": "Shop",
        "role": "staff",
        "warehouse_ids": None,
        "hint": secret[-4:],
        "created_by": None,
        "created_at": made["created_at"],
        "last_used_at": None,
        "revoked_at": None,
    }
    assert done(api.get(f"/api/api-keys/{made['id']}")) == made
    assert done(api.get("/api/api-keys"))["items"][-1] == made


def test_a_key_has_its_role(api: Api) -> None:
    viewer = api.with_key("viewer")

    done(viewer.get("/api/warehouses"))
    refused(viewer.post("/api/warehouses", {"code": "A", "name": "A"}), 403, "forbidden")


def test_a_key_may_be_limited_to_warehouses(api: Api) -> None:
    warehouse = make_warehouse(api)
    make_warehouse(api)

    limited = api.with_key("admin", [warehouse["id"], warehouse["id"]])

    items = done(limited.get("/api/warehouses"))["items"]
    assert [item["id"] for item in items] == [warehouse["id"]]
    assert done(api.get("/api/api-keys"))["items"][-1]["warehouse_ids"] == [warehouse["id"]]


def test_nobody_makes_a_key_stronger_than_their_own(api: Api) -> None:
    admin = api.with_key("admin")
    before = _keys(api)

    refused(_make(admin, "owner"), 403, "more-power-than-own")
    for role in ("manager", "staff", "viewer"):
        weaker = api.with_key(role)
        before = _keys(api)
        refused(_make(weaker, "viewer"), 403, "forbidden")

    assert _keys(api) == before
    done(_make(admin, "admin"), 201)


def test_nobody_makes_a_key_beyond_their_own_warehouses(api: Api) -> None:
    own, foreign = make_warehouse(api)["id"], make_warehouse(api)["id"]
    limited = api.with_key("admin", [own])
    before = _keys(api)

    refused(_make(limited, "staff"), 403, "more-power-than-own")
    problem = refused(_make(limited, "staff", [own, foreign]), 403, "warehouse-not-allowed")

    assert problem["warehouse_ids"] == [foreign]
    assert _keys(api) == before
    done(_make(limited, "staff", [own]), 201)


def test_a_key_for_an_unknown_warehouse_is_refused(api: Api, other: Api) -> None:
    theirs = make_warehouse(other)["id"]
    before = _keys(api)

    problem = refused(_make(api, "staff", [theirs, 2**63 - 1]), 404, "warehouses-not-found")

    assert problem["warehouse_ids"] == [theirs, 2**63 - 1]
    assert _keys(api) == before


def test_a_revoked_key_ends_at_once_and_stays_listed(api: Api) -> None:
    made = done(_make(api, "viewer"), 201)
    key = Api(api.http, api.company_id, made["api_key"])
    done(key.get("/api/company"))

    revoked = done(api.delete(f"/api/api-keys/{made['id']}"))

    refused(key.get("/api/company"), 401, "unauthenticated")
    assert revoked["revoked_at"] is not None
    assert done(api.delete(f"/api/api-keys/{made['id']}")) == revoked
    assert done(api.get(f"/api/api-keys/{made['id']}")) == revoked
    entries = done(api.get("/api/audit", entity="api_key", entity_id=made["id"]))["items"]
    assert [entry["action"] for entry in entries] == ["revoked", "created"]


def test_a_stronger_key_is_not_revoked_by_a_weaker_one(api: Api) -> None:
    owner = done(api.get("/api/api-keys"))["items"][0]
    admin = api.with_key("admin")

    refused(admin.delete(f"/api/api-keys/{owner['id']}"), 403, "more-power-than-own")

    done(api.get("/api/company"))


def test_another_companys_key_does_not_exist(api: Api, other: Api) -> None:
    theirs = done(_make(other, "viewer"), 201)

    refused(api.get(f"/api/api-keys/{theirs['id']}"), 404, "api-key-not-found")
    refused(api.delete(f"/api/api-keys/{theirs['id']}"), 404, "api-key-not-found")

    done(Api(other.http, other.company_id, theirs["api_key"]).get("/api/company"))


def test_keys_come_in_pages(api: Api) -> None:
    for role in ("viewer", "staff"):
        done(_make(api, role), 201)

    first = done(api.get("/api/api-keys", limit=2))
    rest = done(api.get("/api/api-keys", limit=2, cursor=first["next_cursor"]))

    assert [key["role"] for key in first["items"]] == ["owner", "viewer"]
    assert [key["role"] for key in rest["items"]] == ["staff"]
    assert rest["next_cursor"] is None


def test_use_of_a_key_is_visible(api: Api) -> None:
    made = done(_make(api, "viewer"), 201)
    done(Api(api.http, api.company_id, made["api_key"]).get("/api/company"))

    assert done(api.get(f"/api/api-keys/{made['id']}"))["last_used_at"] is not None


def test_a_retry_shows_the_same_key_which_is_stored_nowhere(api: Api, conninfo: Conninfo) -> None:
    body = {"name": "Shop", "role": "staff"}
    first = api.post("/api/api-keys", body, Idempotency_Key="make-1")
    again = api.post("/api/api-keys", body, Idempotency_Key="make-1")

    made = done(first, 201)
    assert again.content == first.content
    assert again.status_code == 201
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert len(_keys(api)) == 2
    done(Api(api.http, api.company_id, made["api_key"]).get("/api/company"))
    kept = _as_owner(
        conninfo, api.company_id, "SELECT body FROM idempotency_keys WHERE key = 'make-1'"
    )
    assert made["api_key"].encode() not in bytes(kept[0][0])
    assert b'"api_key":null' in bytes(kept[0][0])
    stored = _as_owner(
        conninfo, api.company_id, f"SELECT secret_hash FROM api_keys WHERE id = {made['id']}"
    )
    assert bytes(stored[0][0]) == hashlib.sha256(made["api_key"].encode()).digest()


def test_an_idempotency_key_used_after_a_day_makes_another_secret(
    api: Api, conninfo: Conninfo
) -> None:
    body = {"name": "Shop", "role": "staff"}
    first = done(api.post("/api/api-keys", body, Idempotency_Key="make-1"), 201)
    _as_owner(
        conninfo,
        api.company_id,
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' RETURNING key",
    )

    second = done(api.post("/api/api-keys", body, Idempotency_Key="make-1"), 201)

    assert second["id"] != first["id"]
    assert second["api_key"] != first["api_key"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("name", "a\x00b"),
        ("role", "king"),
        ("role", None),
        ("warehouse_ids", []),
        ("warehouse_ids", [0]),
        ("warehouse_ids", [2**63]),
        ("warehouse_ids", ["1"]),
        ("unknown", 1),
    ],
)
def test_bad_input_makes_no_key(api: Api, field: str, value: object) -> None:
    before = _keys(api)

    problem = refused(
        api.post("/api/api-keys", {"name": "Shop", "role": "staff", field: value}),
        400,
        "invalid-request",
    )

    assert problem["errors"][0]["pointer"].startswith(f"/{field}")
    assert _keys(api) == before


def _make(api: Api, role: str, warehouse_ids: list[int] | None = None) -> Response:
    body = {"name": role, "role": role, "warehouse_ids": warehouse_ids}
    return api.post("/api/api-keys", body)


def _keys(api: Api) -> list[int]:
    return [key["id"] for key in done(api.get("/api/api-keys"))["items"]]


def _as_owner(conninfo: Conninfo, company_id: int, statement: str) -> list[Any]:
    with psycopg.connect(conninfo.owner) as connection:
        connection.execute(f"SET LOCAL stockflow.company_id TO '{company_id}'")
        return connection.execute(statement).fetchall()
