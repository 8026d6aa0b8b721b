"""Requests to post movements that make no sense: every wrong place is named, and nothing changes."""

from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from tests.conftest import new_company
from tests.factories import Api, line, make_product, make_warehouse, move, refused
from tests.stock.reading import picture

PATH = "/api/stock/movements"


@pytest.fixture(scope="module")
def stocked(http: TestClient) -> Api:
    """A company with one product (SKU A) of which 10 lie in a warehouse (code W).

    One for all tests of this file, because none of them changes it.
    """
    api = new_company(http)
    product, warehouse = make_product(api, sku="A"), make_warehouse(api, code="W")
    move(api, line(product, warehouse, "purchase", 10))
    return api


def _pointers(api: Api, body: bytes) -> list[str]:
    """Where the refusal says that the body is wrong, after a look that nothing changed."""
    before = picture(api)
    answer = api.request("POST", PATH, content=body, headers=_JSON)
    assert answer.status_code == 400, answer.text[:500]
    problem = answer.json()
    assert problem["code"] == "invalid-request"
    assert all(error["detail"] for error in problem["errors"])
    assert picture(api) == before
    return [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"lines": [}',
        b"null",
        b"[]",
        b'"lines"',
        b"5",
        b"\xff\xfe",
        b'{"lines": [{"sku": "\xff"}]}',
        b'{"lines": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"[" * 100_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_such_document_is_refused(stocked: Api, body: bytes) -> None:
    assert _pointers(stocked, body)


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/lines"]),
        ({"lines": None}, ["/lines"]),
        ({"lines": {}}, ["/lines"]),
        ({"lines": "A"}, ["/lines"]),
        ({"lines": []}, ["/lines"]),
        ({"lines": [], "mode": "valid_rows"}, ["/lines"]),
        ({"lines": [None]}, ["/lines/0"]),
        ({"lines": [{}]}, ["/lines/0/type", "/lines/0/quantity"]),
        ({"lines": [{}, 5]}, ["/lines/0/type", "/lines/0/quantity", "/lines/1"]),
        ({"mode": "sometimes"}, ["/lines", "/mode"]),
        ({"mode": 5, "colour": "red"}, ["/lines", "/mode", "/colour"]),
        ({"lines": [{}], "mode": None}, ["/lines/0/type", "/lines/0/quantity", "/mode"]),
    ],
)
def test_every_missing_or_unknown_part_is_named(
    stocked: Api, document: Any, pointers: list[str]
) -> None:
    assert _pointers(stocked, msgspec.json.encode(document)) == pointers


_JSON = {"Content-Type": "application/json"}
_GOOD = {"sku": "A", "warehouse": "W", "type": "purchase", "quantity": 1}
_LONG = "x" * 2**20


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", True),
        ("quantity", None),
        ("quantity", [1]),
        ("quantity", {"value": 1}),
        ("quantity", ""),
        ("quantity", "many"),
        ("quantity", "NaN"),
        ("quantity", "Infinity"),
        ("quantity", "-Infinity"),
        ("quantity", "1e400"),
        ("quantity", "1" * 5_000),
        ("quantity", 0.00001),
        ("quantity", "1.00001"),
        ("quantity", 100_000_000_000),
        ("quantity", 2**70),
        ("quantity", 0),
        ("quantity", -1),
        ("product_id", 0),
        ("product_id", -1),
        ("product_id", 2**63),
        ("product_id", 2**200),
        ("product_id", "5"),
        ("product_id", 1.5),
        ("product_id", True),
        ("sku", ""),
        ("sku", "  "),
        ("sku", 5),
        ("sku", "a\x00b"),
        ("sku", "a\nb"),
        ("sku", "a\x7fb"),
        ("sku", "x" * 65),
        ("sku", _LONG),
        ("warehouse_id", 2**63),
        ("warehouse_id", "1"),
        ("warehouse", "\u2028"),
        ("warehouse", _LONG),
        ("type", "theft"),
        ("type", "SALE"),
        ("type", None),
        ("type", 5),
        ("type", _LONG),
        ("unit_cost", "1.00001"),
        ("unit_cost", "NaN"),
        ("unit_cost", "1e5"),
        ("unit_cost", -1),
        ("unit_cost", True),
        ("unit_cost", "100000000000000"),
        ("unit_price", "Infinity"),
        ("unit_price", [1]),
        ("reason", "a\x00b"),
        ("reason", "x" * 256),
        ("reason", _LONG),
        ("reference", "a\rb"),
        ("reference", ""),
        ("expected_quantity", -(10**11)),
        ("expected_quantity", 0.00001),
        ("expected_quantity", "NaN"),
        ("expected_quantity", "1e400"),
        ("occurred_at", "0000-01-01T00:00:00Z"),
        ("occurred_at", "0001-01-01T00:00:00Z"),
        ("occurred_at", "0001-01-01T00:00:00+23:59"),
        ("occurred_at", "1989-12-31T23:59:59Z"),
        ("occurred_at", "9999-12-31T23:59:59Z"),
        ("occurred_at", "9999-12-31T23:59:59-23:59"),
        ("occurred_at", "2126-01-01T00:00:00Z"),
        ("occurred_at", "2026-01-01T00:00:00"),
        ("occurred_at", "2026-02-30T00:00:00Z"),
        ("occurred_at", "yesterday"),
        ("occurred_at", True),
        ("occurred_at", 1e300),
        ("colour", "red"),
        ("__proto__", {}),
        ("company_id", 1),
    ],
    ids=lambda value: repr(value)[:24],
)
@pytest.mark.parametrize("mode", ["all_or_nothing", "valid_rows"])
def test_a_wrong_value_is_refused_where_it_stands(
    stocked: Api, field: str, value: Any, mode: str
) -> None:
    bad = {**_GOOD, field: value}
    if field in ("product_id", "warehouse_id"):
        del bad[{"product_id": "sku", "warehouse_id": "warehouse"}[field]]
    lines = [_GOOD, bad] if mode == "all_or_nothing" else [bad]

    pointers = _pointers(stocked, msgspec.json.encode({"lines": lines, "mode": mode}))

    assert pointers == [f"/lines/{len(lines) - 1}/{field}"]


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "01", "0x10", ".5"]
)
def test_numbers_that_are_none_are_refused(stocked: Api, number: str) -> None:
    body = msgspec.json.encode({"lines": [_GOOD]}).replace(b":1}", f":{number}}}".encode())

    assert _pointers(stocked, body)


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [
        (kind, quantity)
        for kind in ("purchase", "sale", "return", "damage", "write_off", "reserve", "release")
        for quantity in (0, -1, -0.0001)
    ]
    + [("adjustment", 0), ("manufacturing", 0), ("recount", -1), ("recount", -0.0001)],
)
def test_a_quantity_must_suit_its_type(stocked: Api, kind: str, quantity: float) -> None:
    bad = {**_GOOD, "type": kind, "quantity": quantity}

    assert _pointers(stocked, msgspec.json.encode({"lines": [bad]})) == ["/lines/0/quantity"]


@pytest.mark.parametrize(
    "change",
    [
        {"product_id": 1},
        {"sku": None},
        {"warehouse_id": 1},
        {"warehouse": None},
        {"type": "transfer_in"},
        {"type": "transfer_out"},
    ],
)
def test_a_line_names_one_product_one_warehouse_and_a_type_of_its_own(
    stocked: Api, change: dict[str, Any]
) -> None:
    body = msgspec.json.encode({"lines": [_GOOD, {**_GOOD, **change}]})

    assert _pointers(stocked, body) == ["/lines/1"]


def test_all_wrong_fields_of_all_lines_are_named_at_once(stocked: Api) -> None:
    lines = [
        {"sku": "", "warehouse": 5, "type": "theft", "quantity": "x", "reason": "\x00"},
        _GOOD,
        {"occurred_at": 5.5, "unit_cost": "x", "product_id": 0},
    ]

    pointers = _pointers(stocked, msgspec.json.encode({"lines": lines}))

    assert sorted(pointers) == [
        "/lines/0/quantity",
        "/lines/0/reason",
        "/lines/0/sku",
        "/lines/0/type",
        "/lines/0/warehouse",
        "/lines/2/occurred_at",
        "/lines/2/product_id",
        "/lines/2/quantity",
        "/lines/2/type",
        "/lines/2/unit_cost",
    ]


@pytest.mark.parametrize("mode", ["all_or_nothing", "valid_rows"])
def test_one_line_too_many_is_refused(stocked: Api, mode: str) -> None:
    body = msgspec.json.encode({"lines": [_GOOD] * 10_001, "mode": mode})

    assert _pointers(stocked, body) == ["/lines"]


def test_a_flood_of_wrong_lines_is_counted_but_not_all_listed(stocked: Api) -> None:
    body = msgspec.json.encode({"lines": [{}] * 10_000})

    assert len(_pointers(stocked, body)) == 1_000
    answer = stocked.request("POST", PATH, content=body, headers=_JSON)
    assert answer.json()["errors_total"] == 20_000


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", str(2**63), "9" * 400])
def test_an_id_that_cannot_be_one_is_refused(api: Api, number: str) -> None:
    for method, path in (
        ("GET", f"/api/stock/postings/{number}"),
        ("POST", f"/api/stock/postings/{number}/reversal"),
        ("GET", f"/api/products/{number}/stock"),
    ):
        answer = api.request(method, path)
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] == "invalid-request"


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"0e-99999999999999999999"])
def test_a_number_beyond_all_numbers_is_refused_in_both_modes(stocked: Api, number: bytes) -> None:
    for mode in (b"all_or_nothing", b"valid_rows"):
        good = msgspec.json.encode(_GOOD)
        body = b'{"mode":"%b","lines":[%b,{"sku":"A","quantity":%b}]}' % (mode, good, number)

        answer = stocked.request("POST", PATH, content=body, headers=_JSON)

        assert answer.status_code in (201, 400)


def test_more_errors_than_anyone_reads_are_not_listed(stocked: Api) -> None:
    body = msgspec.json.encode({f"field {number}": 1 for number in range(50_000)})

    problem = refused(
        stocked.request("POST", PATH, content=body, headers=_JSON), 400, "invalid-request"
    )

    assert problem["detail"] == "The request has 50001 errors."
