"""Listing suppliers."""

from typing import Any

import pytest

from tests.factories import Api, done, make_supplier, refused


def _names(api: Api, **query: Any) -> list[str]:
    return [item["name"] for item in done(api.get("/api/suppliers", **query))["items"]]


def _pages(api: Api, **query: Any) -> list[list[str]]:
    pages = []
    while True:
        page = done(api.get("/api/suppliers", **query))
        pages.append([item["name"] for item in page["items"]])
        if page["next_cursor"] is None:
            return pages
        query["cursor"] = page["next_cursor"]


def test_suppliers_are_listed_whole_by_name(api: Api) -> None:
    second, first = make_supplier(api, name="b"), make_supplier(api, name="A")

    assert done(api.get("/api/suppliers")) == {"items": [first, second], "next_cursor": None}


def test_q_finds_part_of_code_name_or_email(api: Api) -> None:
    make_supplier(api, name="A", code="XCORP")
    make_supplier(api, name="Bcorp Ltd")
    make_supplier(api, name="C", contact_email="orders@corp.example")
    make_supplier(api, name="D", contact_name="Corp")

    assert _names(api, q="corp") == ["A", "Bcorp Ltd", "C"]
    assert _names(api, q=" CORP ") == ["A", "Bcorp Ltd", "C"]
    assert _names(api, q="nobody") == []


@pytest.mark.parametrize("q", ["%", "_", "\\"])
def test_wildcards_in_q_are_ordinary_characters(api: Api, q: str) -> None:
    make_supplier(api, name="Plain")
    make_supplier(api, name=f"Sign {q}")

    assert _names(api, q=q) == [f"Sign {q}"]


def test_active_narrows_the_list(api: Api) -> None:
    make_supplier(api, name="A")
    make_supplier(api, name="B", active=False)

    assert _names(api, active=True) == ["A"]
    assert _names(api, active=False) == ["B"]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["alpha", "alpha", "Beta", "Gamma", "zed"]),
        ("-name", ["zed", "Gamma", "Beta", "alpha", "alpha"]),
        ("code", ["zed", "Gamma", "Beta", "alpha", "alpha"]),
        ("-code", ["alpha", "alpha", "Beta", "Gamma", "zed"]),
        ("id", ["zed", "Beta", "alpha", "Gamma", "alpha"]),
        ("-id", ["alpha", "Gamma", "alpha", "Beta", "zed"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_follow_each_other_in_any_order(
    api: Api, sort: str, names: list[str], limit: int
) -> None:
    for name, code in [("zed", None), ("Beta", "a"), ("alpha", "B"), ("Gamma", None)]:
        make_supplier(api, name=name, code=code)
    make_supplier(api, name="alpha", code="c")

    pages = _pages(api, sort=sort, limit=limit)

    assert [name for page in pages for name in page] == names
    assert len(pages) == -(-5 // limit)


def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    make_supplier(api)
    make_supplier(api)
    cursor = done(api.get("/api/suppliers", sort="name", limit=1))["next_cursor"]

    refused(api.get("/api/suppliers", sort="-name", cursor=cursor), 400, "invalid-cursor")
    refused(api.get("/api/warehouses", cursor=cursor), 400, "invalid-cursor")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 1001}, "/query/limit"),
        ({"q": "a\x00b"}, "/query/q"),
        ({"q": "q" * 256}, "/query/q"),
        ({"sort": "version"}, "/query/sort"),
        ({"sort": "name; DROP TABLE suppliers"}, "/query/sort"),
        ({"active": "perhaps"}, "/query/active"),
        ({"colour": "red"}, "/query/colour"),
    ],
)
def test_wrong_parameters_are_refused(api: Api, query: dict[str, Any], pointer: str) -> None:
    problem = refused(api.get("/api/suppliers", **query), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_other_companies_suppliers_are_not_listed(api: Api, other: Api) -> None:
    make_supplier(other)
    mine = make_supplier(api)

    assert done(api.get("/api/suppliers"))["items"] == [mine]
