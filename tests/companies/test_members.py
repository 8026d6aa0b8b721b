"""Members: added, changed, removed; owners guard owners, and one always stays."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import Api, done, make_warehouse, refused


def test_a_company_starts_with_its_owner(api: Api) -> None:
    [owner] = _members(api)

    assert owner == {
        "id": owner["id"],
        "user_id": owner["id"],
        "email": "owner@acme.example",
        "name": "owner",
        "role": "owner",
        "warehouse_ids": None,
        "created_at": owner["created_at"],
        "version": 1,
    }


def test_a_new_person_is_added(api: Api) -> None:
    warehouse = make_warehouse(api)["id"]
    email = f"Jo.{api.company_id}@acme.example"

    answer = api.post(
        "/api/members",
        {"email": email, "name": "Jo", "role": "staff", "warehouse_ids": [warehouse]},
    )

    member = done(answer, 201)
    assert answer.headers["location"] == f"/api/members/{member['user_id']}"
    assert (member["email"], member["name"], member["role"]) == (email, "Jo", "staff")
    assert member["warehouse_ids"] == [warehouse]
    assert done(api.get(answer.headers["location"])) == member
    entry = done(api.get("/api/audit", entity="member"))["items"][0]
    assert entry["action"] == "added"
    assert entry["changes"]["role"] == [None, "staff"]


def test_a_person_known_from_another_company_is_not_named_or_spelled_as_they_are_there(
    api: Api, other: Api
) -> None:
    theirs = _add(other, "staff", email=f"sam.{api.company_id}@x.example", name="Sam")

    member = _add(api, "viewer", email=f"SAM.{api.company_id}@X.example", name="Samuel")

    assert member["user_id"] == theirs["user_id"]
    assert member["name"] == "Samuel"
    assert member["email"] == f"SAM.{api.company_id}@X.example"
    assert done(other.get(f"/api/members/{theirs['user_id']}")) == theirs


def test_a_member_is_not_added_twice(api: Api) -> None:
    before = _members(api)

    refused(
        api.post("/api/members", {"email": "OWNER@acme.example", "role": "viewer"}),
        409,
        "already-member",
    )

    assert _members(api) == before


def test_role_and_limits_can_be_changed(api: Api) -> None:
    warehouse = make_warehouse(api)["id"]
    member = _add(api, "staff")
    path = f"/api/members/{member['user_id']}"

    limited = done(
        api.patch(path, {"role": "manager", "warehouse_ids": [warehouse]}, If_Match='"1"')
    )
    widened = done(api.patch(path, {"warehouse_ids": None}))

    assert limited == {
        **member,
        "role": "manager",
        "warehouse_ids": [warehouse],
        "version": 2,
    }
    assert widened == {**member, "role": "manager", "version": 3}
    refused(api.patch(path, {"role": "viewer"}, If_Match='"2"'), 412, "stale-version")
    assert done(api.patch(path, {"role": "manager"})) == widened


def test_a_removed_member_is_gone_but_can_come_back(api: Api) -> None:
    member = _add(api, "staff", name="Kim")
    path = f"/api/members/{member['user_id']}"

    assert api.delete(path).status_code == 204

    refused(api.get(path), 404, "member-not-found")
    refused(api.delete(path), 404, "member-not-found")
    refused(api.patch(path, {"role": "viewer"}), 404, "member-not-found")
    again = _add(api, "viewer", email=member["email"], name="Kim")
    assert (again["user_id"], again["name"]) == (member["user_id"], "Kim")
    entries = done(api.get("/api/audit", entity="member", entity_id=member["user_id"]))["items"]
    assert [entry["action"] for entry in entries] == ["added", "removed", "added"]


def test_only_an_owner_makes_changes_or_removes_owners(api: Api) -> None:
    admin = api.with_key("admin")
    owner, helper = _add(api, "owner"), _add(api, "staff")
    before = _members(api)

    refusals = [
        admin.post("/api/members", {"email": "new@acme.example", "role": "owner"}),
        admin.patch(f"/api/members/{helper['user_id']}", {"role": "owner"}),
        admin.patch(f"/api/members/{owner['user_id']}", {"role": "staff"}),
        admin.delete(f"/api/members/{owner['user_id']}"),
    ]

    for answer in refusals:
        refused(answer, 403, "more-power-than-own")
    assert _members(api) == before
    done(admin.patch(f"/api/members/{helper['user_id']}", {"role": "admin"}))
    done(api.patch(f"/api/members/{owner['user_id']}", {"role": "staff"}))


def test_a_limited_admin_stays_within_their_warehouses(api: Api) -> None:
    own, foreign = make_warehouse(api)["id"], make_warehouse(api)["id"]
    admin = api.with_key("admin", [own])
    free = _add(api, "staff")
    before = _members(api)
    new = {"email": "new@acme.example", "role": "staff"}

    refused(admin.post("/api/members", new), 403, "more-power-than-own")
    refused(
        admin.post("/api/members", {**new, "warehouse_ids": [foreign]}),
        403,
        "warehouse-not-allowed",
    )
    refused(admin.delete(f"/api/members/{free['user_id']}"), 403, "more-power-than-own")

    assert _members(api) == before
    done(admin.post("/api/members", {**new, "warehouse_ids": [own]}), 201)


def test_the_last_owner_stays(api: Api) -> None:
    warehouse = make_warehouse(api)["id"]
    [owner] = _members(api)
    path = f"/api/members/{owner['user_id']}"

    refused(api.delete(path), 409, "last-owner")
    refused(api.patch(path, {"role": "admin"}), 409, "last-owner")
    refused(api.patch(path, {"warehouse_ids": [warehouse]}), 409, "last-owner")

    assert _members(api) == [owner]


@pytest.mark.parametrize("how", ["remove", "demote"])
def test_two_owners_cannot_both_go(api: Api, how: str) -> None:
    paths = [f"/api/members/{member['user_id']}" for member in (*_members(api), _add(api, "owner"))]

    def go(path: str) -> int:
        if how == "remove":
            return api.delete(path).status_code
        return api.patch(path, {"role": "viewer"}).status_code

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(go, paths))

    assert statuses == [204 if how == "remove" else 200, 409]
    assert [member["role"] for member in _members(api)].count("owner") == 1


def test_an_unknown_warehouse_is_refused(api: Api, other: Api) -> None:
    theirs = make_warehouse(other)["id"]
    member = _add(api, "staff")
    before = _members(api)

    refused(
        api.post(
            "/api/members", {"email": "a@b.example", "role": "staff", "warehouse_ids": [theirs]}
        ),
        404,
        "warehouses-not-found",
    )
    refused(
        api.patch(f"/api/members/{member['user_id']}", {"warehouse_ids": [theirs]}),
        404,
        "warehouses-not-found",
    )

    assert _members(api) == before


def test_another_companys_member_does_not_exist(api: Api, other: Api) -> None:
    theirs = _add(other, "staff")
    path = f"/api/members/{theirs['user_id']}"

    refused(api.get(path), 404, "member-not-found")
    refused(api.patch(path, {"role": "viewer"}), 404, "member-not-found")
    refused(api.delete(path), 404, "member-not-found")

    assert done(other.get(path)) == theirs


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_only_admins_manage_members(api: Api, role: str) -> None:
    weak = api.with_key(role)
    before = _members(api)

    refused(weak.get("/api/members"), 403, "forbidden")
    refused(weak.post("/api/members", {"email": "a@b.example", "role": "viewer"}), 403, "forbidden")
    refused(weak.delete(f"/api/members/{before[0]['user_id']}"), 403, "forbidden")

    assert _members(api) == before


def test_every_bad_field_is_named(api: Api) -> None:
    before = _members(api)

    problem = refused(
        api.post("/api/members", {"email": "nobody", "role": "king", "warehouse_ids": [], "x": 1}),
        400,
        "invalid-request",
    )

    assert {error["pointer"] for error in problem["errors"]} == {
        "/email",
        "/role",
        "/warehouse_ids",
        "/x",
    }
    assert _members(api) == before


def test_members_come_in_pages(api: Api) -> None:
    added = [_add(api, "viewer")["user_id"] for _ in range(2)]

    first = done(api.get("/api/members", limit=2))
    rest = done(api.get("/api/members", limit=2, cursor=first["next_cursor"]))

    found = [member["user_id"] for member in first["items"] + rest["items"]]
    assert sorted(added) == [user for user in found if user in added]
    assert len(found) == 3
    assert rest["next_cursor"] is None


def _members(api: Api) -> list[Any]:
    items: list[Any] = done(api.get("/api/members"))["items"]
    return items


def _add(api: Api, role: str, **fields: object) -> Any:
    number = len(_members(api))
    email = f"member{number}.{api.company_id}@acme.example"
    return done(api.post("/api/members", {"email": email, "role": role, **fields}), 201)
