"""Listing and searching products."""

from typing import Any

import pytest

from tests.factories import Api, done, make_product, refused


def skus(api: Api, **filters: Any) -> list[str]:
    return [item["sku"] for item in done(api.get("/api/products", **filters))["items"]]


def all_pages(api: Api, **filters: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = done(api.get("/api/products", **filters, **more))
        found += [item["sku"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.fixture
def shelf(api: Api) -> Api:
    make_product(api, name="Blue Widget", sku="WID-001", category="Tools", barcode="4006381333931")
    make_product(api, name="red widget", sku="WID-002", description="Bright\npaint, 50% off")
    make_product(api, name="Screwdriver 5_5mm", sku="SCR-55", category="Tools")
    make_product(api, name="Gift box", sku="BOX", product_type="bundle", barcode="96385074")
    gone = make_product(api, name="Widget of old", sku="OLD-1", category="Tools")
    done(api.delete(f"/api/products/{gone['id']}"))
    return api


def test_products_come_by_name_without_archived_ones(shelf: Api) -> None:
    assert skus(shelf) == ["WID-001", "BOX", "WID-002", "SCR-55"]
    assert skus(shelf, archived=True) == ["OLD-1"]


def test_an_item_of_the_list_is_the_product(api: Api) -> None:
    product = make_product(api, category="Tools", cost_price="1", weight_kg="0.5")

    assert done(api.get("/api/products")) == {"items": [product], "next_cursor": None}


def test_filters(shelf: Api) -> None:
    tools = done(shelf.get("/api/categories"))["items"][0]

    assert skus(shelf, category="tools") == ["WID-001", "SCR-55"]
    assert skus(shelf, category_id=tools["id"]) == ["WID-001", "SCR-55"]
    assert skus(shelf, category="unknown") == []
    assert skus(shelf, product_type="bundle") == ["BOX"]
    assert skus(shelf, barcode="04006381333931") == ["WID-001"]
    assert skus(shelf, barcode="0000096385074") == ["BOX"]
    assert skus(shelf, sku=" wid-001") == ["WID-001"]
    assert skus(shelf, sku="wid") == []
    assert skus(shelf, category="tools", q="widget") == ["WID-001"]
    assert skus(shelf, category="tools", q="widget", archived=True) == ["OLD-1"]
    assert skus(shelf, category="unknown", q="widget") == []
    assert skus(shelf, product_type="bundle", q="widget") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("WID-001", ["WID-001"]),
        ("wid-0", ["WID-001", "WID-002"]),
        ("wid", ["WID-001", "WID-002"]),
        ("idge", ["WID-001", "WID-002"]),
        ("widget blue", ["WID-001"]),
        ("  blue   widget ", ["WID-001"]),
        ("bright", ["WID-002"]),
        ("4006381333931", ["WID-001"]),
        ("04006381333931", ["WID-001"]),
        ("96385074", ["BOX"]),
        ("000096385074", ["BOX"]),
        ("638133", ["WID-001"]),
        ("b", ["BOX", "WID-001", "WID-002"]),
        ("g", ["BOX"]),
        ("re", ["WID-002"]),
        ("et", []),
        ("%", []),
        ("50%", []),
        ("5-", []),
        ("r-55", ["SCR-55"]),
        ("r-5", ["SCR-55"]),
        ("_", ["SCR-55"]),
        ("5_5", ["SCR-55"]),
        ("b_x", []),
        ("b%x", []),
        ("\\", []),
        ("'", []),
        ("old", []),
        ("zzzz", []),
        ("x" * 255, []),
    ],
)
def test_search(shelf: Api, query: str, found: list[str]) -> None:
    assert skus(shelf, q=query) == found


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("screwdrvier", "SCR-55"),
        ("screwdiver", "SCR-55"),
        ("skrewdriver", "SCR-55"),
        ("scrrewdriver", "SCR-55"),
        ("bleu widget", "WID-001"),
        ("blue wigdet", "WID-001"),
        ("wdget blue", "WID-001"),
        ("gfit box", "BOX"),
    ],
)
def test_search_forgives_typing_errors(shelf: Api, query: str, first: str) -> None:
    assert skus(shelf, q=query)[:1] == [first]


def test_signs_are_found_in_names(api: Api) -> None:
    for sku, name in {
        "P": "50% wool",
        "U": "a_b",
        "B": "back\\slash",
        "Q": "O'Neill",
        "J": "東京",
    }.items():
        make_product(api, name=name, sku=sku)

    assert skus(api, q="%") == ["P"]
    assert skus(api, q="50%") == ["P"]
    assert skus(api, q="_") == ["U"]
    assert skus(api, q="\\") == ["B"]
    assert skus(api, q="'") == ["Q"]
    assert skus(api, q="東") == ["J"]


def test_an_exact_sku_comes_first_then_beginnings_then_the_rest(api: Api) -> None:
    for sku, name in {
        "ZZ-1": "About an axe",
        "ZZ-2": "Axe of steel",
        "AXE-9": "Nine",
        "AXE": "Tool",
        "ZZ-3": "Saxefrage",
    }.items():
        make_product(api, name=name, sku=sku)

    assert skus(api, q="axe") == ["AXE", "AXE-9", "ZZ-2", "ZZ-1", "ZZ-3"]


def test_a_company_that_minds_case_finds_its_skus_in_any(api: Api) -> None:
    done(api.patch("/api/company", {"case_sensitive_skus": True}))
    make_product(api, sku="abC-1")
    make_product(api, sku="ABC-1")

    assert skus(api, q="abC-1")[0] == "abC-1"
    assert skus(api, q="ABC-1")[0] == "ABC-1"
    assert sorted(skus(api, q="abc-1")) == ["ABC-1", "abC-1"]
    assert skus(api, sku="abC-1") == ["abC-1"]


def test_search_sees_only_its_own_company(api: Api, other: Api) -> None:
    make_product(other, name="Secret widget", sku="SECRET", barcode="96385074")

    for query in ("secret", "widget", "96385074", "secrte", "s", "SECRET"):
        assert skus(api, q=query) == []


@pytest.mark.parametrize("sort", ["name", "sku", "id", "created_at", "updated_at"])
def test_every_order_goes_both_ways_and_through_its_pages(api: Api, sort: str) -> None:
    for name in ("b", "A", "c", "a", "B"):
        make_product(api, name=name)
    items = done(api.get("/api/products"))["items"]

    def key(item: Any) -> Any:
        return (item[sort].lower() if sort == "name" else item[sort], item["id"])

    ordered = [item["sku"] for item in sorted(items, key=key)]
    assert skus(api, sort=sort) == ordered
    assert all_pages(api, sort=sort, limit=2) == ordered
    assert all_pages(api, sort=f"-{sort}", limit=2) == ordered[::-1]


def test_found_products_come_in_pages_too(api: Api) -> None:
    for number in range(7):
        make_product(api, name=f"Widget {number}", sku=f"W-{number}")

    assert all_pages(api, q="widget", limit=3) == [f"W-{number}" for number in range(7)]
    assert all_pages(api, q="widget", limit=3, sort="-sku") == [f"W-{n}" for n in range(6, -1, -1)]
    assert all_pages(api, q="wigdet", limit=3) == [f"W-{number}" for number in range(7)]


def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    for _ in range(3):
        make_product(api)
    cursor = done(api.get("/api/products", limit=1))["next_cursor"]

    refused(api.get("/api/products", cursor=cursor, sort="sku"), 400, "invalid-cursor")
    refused(api.get("/api/products", cursor="x"), 400, "invalid-cursor")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "a\x00b"),
        ("q", "x" * 256),
        ("sort", "price"),
        ("limit", 0),
        ("limit", 1001),
        ("barcode", "12a"),
        ("archived", "maybe"),
        ("colour", "red"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, name: str, value: object) -> None:
    problem = refused(api.get("/api/products", **{name: value}), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [f"/query/{name}"]
