"""Members, API keys and the audit log in every order: the same in the API, on the page and in files."""

import csv
import io
from typing import Any

import pytest

from tests.factories import Api, done, refused
from tests.pages import signed_in

_PEOPLE = (("b@acme.example", "Ann", "viewer"), ("A@acme.example", "bob", "admin"))


@pytest.fixture
def people(api: Api) -> Api:
    """The owner and two others, whose names, addresses and roles are in different orders."""
    for email, name, role in _PEOPLE:
        done(api.post("/api/members", {"email": email, "name": name, "role": role}), 201)
    return api


@pytest.fixture
def keys(api: Api) -> Api:
    """The company's first key, which is in use, and two others; the last is revoked."""
    for name, role in (("Zebra", "viewer"), ("apple", "staff")):
        made = done(api.post("/api/api-keys", {"name": name, "role": role}), 201)
    done(api.delete(f"/api/api-keys/{made['id']}"))
    return api


def _all_pages(api: Api, path: str, sort: str, field: str) -> list[Any]:
    """One row at a time."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while not found or cursor["cursor"] is not None:
        page = done(api.get(path, sort=sort, limit=1, **cursor))
        found += [row[field] for row in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    return found


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("id", ["owner", "Ann", "bob"]),
        ("name", ["Ann", "bob", "owner"]),
        ("email", ["bob", "Ann", "owner"]),
        ("role", ["owner", "bob", "Ann"]),
        ("created_at", ["owner", "Ann", "bob"]),
    ],
)
def test_members_go_both_ways_and_through_their_pages(
    people: Api, sort: str, names: list[str]
) -> None:
    assert _all_pages(people, "/api/members", sort, "name") == names
    assert _all_pages(people, "/api/members", f"-{sort}", "name") == names[::-1]
    assert [row["name"] for row in done(people.get("/api/members", sort=sort))["items"]] == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("id", ["First key", "Zebra", "apple"]),
        ("name", ["apple", "First key", "Zebra"]),
        ("role", ["First key", "apple", "Zebra"]),
        ("created_at", ["First key", "Zebra", "apple"]),
        ("last_used_at", ["Zebra", "apple", "First key"]),
        ("status", ["First key", "Zebra", "apple"]),
    ],
)
def test_api_keys_go_both_ways_and_through_their_pages(
    keys: Api, sort: str, names: list[str]
) -> None:
    assert _all_pages(keys, "/api/api-keys", sort, "name") == names
    assert _all_pages(keys, "/api/api-keys", f"-{sort}", "name") == names[::-1]


def test_entries_of_the_audit_log_go_both_ways_and_by_what_was_changed(keys: Api) -> None:
    ids = _all_pages(keys, "/api/audit", "occurred_at", "id")
    things = [
        (row["entity"], row["entity_id"], row["id"])
        for row in done(keys.get("/api/audit", sort="entity"))["items"]
    ]

    assert len(ids) >= 4
    assert ids == sorted(ids)
    assert _all_pages(keys, "/api/audit", "-occurred_at", "id") == ids[::-1]
    assert [row["id"] for row in done(keys.get("/api/audit"))["items"]] == ids[::-1]
    assert sorted(ids) == sorted(thing[2] for thing in things)
    assert things == sorted(things)
    assert things[-1][0] != things[0][0]
    assert _all_pages(keys, "/api/audit", "entity", "id") == [thing[2] for thing in things]
    assert _all_pages(keys, "/api/audit", "-entity", "id") == [t[2] for t in things[::-1]]


@pytest.mark.parametrize("path", ["/api/members", "/api/api-keys", "/api/audit"])
def test_a_cursor_belongs_to_its_order(keys: Api, people: Api, path: str) -> None:
    default = "-occurred_at" if path == "/api/audit" else "id"
    cursor = done(people.get(path, limit=1))["next_cursor"]

    done(keys.get(path, limit=1, sort=default, cursor=cursor))
    other = default.removeprefix("-") if default.startswith("-") else f"-{default}"
    refused(keys.get(path, sort=other, cursor=cursor), 400, "invalid-cursor")
    problem = refused(keys.get(path, sort="secret_hash"), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/query/sort"


def test_the_page_of_members_and_its_file_have_the_order(people: Api) -> None:
    browser = signed_in(people)

    shown = browser.get("/settings/members?sort=-email")
    text = browser.get("/settings/members?sort=-email&columns=name&format=csv").answer.text

    names = [row["Name"] for row in shown.rows()]
    assert names.index("Ann") < names.index("bob")
    assert [row["Name"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))] == names
    assert browser.path("/settings/members?sort=email") in shown.hrefs()
    assert browser.path("/settings/members?sort=role") in shown.hrefs()


def test_the_page_of_keys_and_of_the_audit_log_have_the_order(keys: Api) -> None:
    browser = signed_in(keys)

    listed = browser.get("/settings/api-keys?sort=-name")
    oldest = browser.get("/audit?sort=occurred_at")
    newest = browser.get("/audit")

    assert [row["Name"] for row in listed.rows()] == ["Zebra", "First key", "apple"]
    assert browser.path("/audit?sort=occurred_at") in newest.hrefs()
    assert [row["Change"] for row in oldest.rows()] == [row["Change"] for row in newest.rows()][
        ::-1
    ]
