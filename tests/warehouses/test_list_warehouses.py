"""Listing warehouses."""

from typing import Any

import pytest

from tests.factories import Api, done, make_warehouse, refused


def _codes(api: Api, **query: Any) -> list[str]:
    return [item["code"] for item in done(api.get("/api/warehouses", **query))["items"]]


def test_warehouses_are_listed_whole_by_code(api: Api) -> None:
    second, first = make_warehouse(api, code="b"), make_warehouse(api, code="A")

    assert done(api.get("/api/warehouses")) == {"items": [first, second], "next_cursor": None}


def test_q_finds_part_of_code_name_or_city(api: Api) -> None:
    make_warehouse(api, code="XLON", name="One", city=None)
    make_warehouse(api, code="B", name="East london depot")
    make_warehouse(api, code="C", name="Three", city="Londonderry")
    make_warehouse(api, code="D", name="Four", city="Leeds")

    assert _codes(api, q="lon") == ["B", "C", "XLON"]
    assert _codes(api, q=" LON ") == ["B", "C", "XLON"]
    assert _codes(api, q="nowhere") == []


@pytest.mark.parametrize("q", ["%", "_", "\\", "100%"])
def test_wildcards_in_q_are_ordinary_characters(api: Api, q: str) -> None:
    make_warehouse(api, code="PLAIN")
    make_warehouse(api, code="SIGN", name=f"a{q}b")

    assert _codes(api, q=q) == ["SIGN"]


def test_type_and_active_narrow_the_list(api: Api) -> None:
    make_warehouse(api, code="A", type="retail")
    make_warehouse(api, code="B", type="retail", active=False)
    make_warehouse(api, code="C", type="virtual")

    assert _codes(api, type="retail") == ["A", "B"]
    assert _codes(api, active=True) == ["A", "C"]
    assert _codes(api, active=False) == ["B"]
    assert _codes(api, type="retail", active=True) == ["A"]
    assert _codes(api, type="drop_ship") == []


def test_pages_follow_each_other_without_gap_or_repetition(api: Api) -> None:
    for code in ("e", "B", "d", "A", "c"):
        make_warehouse(api, code=code)
    pages, cursor = [], None
    while True:
        page = done(api.get("/api/warehouses", limit=2, **({"cursor": cursor} if cursor else {})))
        pages.append([item["code"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert pages == [["A", "B"], ["c", "d"], ["e"]]


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("code", ["A", "b", "C", "d"]),
        ("-code", ["d", "C", "b", "A"]),
        ("name", ["b", "d", "A", "C"]),
        ("-name", ["C", "A", "d", "b"]),
        ("id", ["C", "b", "d", "A"]),
        ("-id", ["A", "d", "b", "C"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_follow_each_other_in_any_order(
    api: Api, sort: str, codes: list[str], limit: int
) -> None:
    for code, name in [("C", "Zed"), ("b", "alpha"), ("d", "Alpha"), ("A", "Beta")]:
        make_warehouse(api, code=code, name=name)

    found: list[str] = []
    page: Any = {"next_cursor": None}
    while not found or page["next_cursor"] is not None:
        more = {"cursor": page["next_cursor"]} if found else {}
        page = done(api.get("/api/warehouses", sort=sort, limit=limit, **more))
        found += [item["code"] for item in page["items"]]

    assert found == codes


def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    make_warehouse(api)
    make_warehouse(api)
    cursor = done(api.get("/api/warehouses", limit=1))["next_cursor"]

    refused(api.get("/api/warehouses", sort="-code", cursor=cursor), 400, "invalid-cursor")


def test_a_page_that_ends_the_list_says_so(api: Api) -> None:
    make_warehouse(api)
    make_warehouse(api)

    assert done(api.get("/api/warehouses", limit=2))["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 1001}, "/query/limit"),
        ({"limit": "many"}, "/query/limit"),
        ({"q": "a\x00b"}, "/query/q"),
        ({"q": "q" * 256}, "/query/q"),
        ({"type": "shop"}, "/query/type"),
        ({"sort": "version"}, "/query/sort"),
        ({"active": "perhaps"}, "/query/active"),
        ({"colour": "red"}, "/query/colour"),
    ],
)
def test_wrong_parameters_are_refused(api: Api, query: dict[str, Any], pointer: str) -> None:
    problem = refused(api.get("/api/warehouses", **query), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("cursor", ["x", "%%%", "W10", "WyJhdWRpdCIsMV0", "A" * 2000])
def test_a_cursor_of_another_make_is_refused(api: Api, cursor: str) -> None:
    refused(api.get("/api/warehouses", cursor=cursor), 400, "invalid-cursor")


def test_other_companies_warehouses_are_not_listed(api: Api, other: Api) -> None:
    make_warehouse(other, code="THEIRS")
    mine = make_warehouse(api, code="MINE")

    assert done(api.get("/api/warehouses"))["items"] == [mine]


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**63)])
def test_an_id_that_cannot_be_one_is_refused(api: Api, number: str) -> None:
    refused(api.get(f"/api/warehouses/{number}"), 400, "invalid-request")


def test_an_unknown_warehouse_is_not_found(api: Api) -> None:
    problem = refused(api.get(f"/api/warehouses/{2**63 - 1}"), 404, "warehouse-not-found")

    assert problem["warehouse_id"] == 2**63 - 1
