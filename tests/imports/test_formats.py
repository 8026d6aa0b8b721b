"""Whatever packs a table, it is the same table."""

import gzip
import lzma
from datetime import date, datetime

import pytest
from starlette.testclient import TestClient

from tests.conftest import new_company
from tests.factories import Api, done, make_product, make_warehouse, refused
from tests.imports.sending import contents, imported, movements, send, workbook

PLAIN = "code,name,city\nLON,London warehouse,London\nMAN,Manchester,\n"
_SHEET = [["code", "name", "city"], ["LON", "London warehouse", "London"], ["MAN", "Manchester"]]
SAME: dict[str, bytes] = {
    "plain": PLAIN.encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "with carriage returns": PLAIN.replace("\n", "\r\n").encode(),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "quoted": b'"code";"name";"city"\n"LON";"London warehouse";"London"\n"MAN";"Manchester";""\n',
    "columns in another order": b"city,CODE, Name \nLondon,LON,London warehouse\n,MAN,Manchester\n",
    "blanks around": b" code ,name,city\n LON, London warehouse ,London\nMAN,Manchester\n",
    "blank lines": ("\n\n" + PLAIN.replace("\nMAN", "\n\n,,\n  \nMAN")).encode(),
    "no line end": PLAIN.rstrip().encode(),
    "gzip": gzip.compress(PLAIN.encode()),
    "gzip in two parts": gzip.compress(PLAIN[:20].encode()) + gzip.compress(PLAIN[20:].encode()),
    "xz": lzma.compress(PLAIN.encode()),
    "xz in two parts, padded": (
        lzma.compress(PLAIN[:20].encode()) + b"\x00" * 4 + lzma.compress(PLAIN[20:].encode())
    ),
    "workbook": workbook(*_SHEET),
    "workbook with a blank row": workbook(_SHEET[0], [], *_SHEET[1:]),
}


@pytest.mark.parametrize("packing", SAME)
def test_the_same_rows_are_the_same_import(api: Api, packing: str) -> None:
    first = imported(api, "warehouses", SAME[packing], name="misleading.pdf")
    assert (first["rows"], first["created"]) == (2, 2)
    shown = [
        (row["code"], row["name"], row["city"]) for row in done(api.get("/api/warehouses"))["items"]
    ]
    assert shown == [("LON", "London warehouse", "London"), ("MAN", "Manchester", None)]

    again = done(send(api, "warehouses", SAME["plain"]))

    assert again == {**first, "repeated": True}


def test_columns_may_have_other_names(api: Api) -> None:
    make_product(api, sku="1234")
    make_warehouse(api, code="W")
    file = "StockCode,Qty,Kind,type,Where\n1234,3,purchase,ignored,W\n"
    pairs = ["sku=stockcode", "quantity=Qty", "type=Kind", "warehouse= Where "]

    answer = done(
        api.request(
            "POST",
            "/api/imports/movements",
            files={"file": ("x.csv", file)},
            params={"map": pairs[:2]},
            data={"map": pairs[2:], "dry_run": "false"},
        ),
        201,
    )

    assert (answer["posted"], answer["ignored_columns"]) == (1, ["type"])


def test_a_spreadsheets_dates_and_numbers_become_text(http: TestClient) -> None:
    api = new_company(http, timezone="Europe/London")
    make_product(api, sku="10002")
    make_warehouse(api, code="W")
    sheet = workbook(
        ["sku", "warehouse", "type", "quantity", "unit_cost", "occurred_at", "reference"],
        [
            10002,
            "W",
            "purchase",
            5.0,
            0.1 + 0.2,
            datetime.fromisoformat("2024-01-02T03:04:05"),
            True,
        ],
        ["10002", "W", "purchase", 1.25, 3, date(2024, 7, 2), 1e21],
    )

    imported(api, "movements", sheet)

    told = [
        (row["quantity_change"], row["unit_cost"], row["occurred_at"], row["reference"])
        for row in movements(api)
    ]
    assert told == [
        (5, "0.3000", "2024-01-02T03:04:05Z", "true"),
        (1.25, "3.0000", "2024-07-01T23:00:00Z", "1000000000000000000000"),
    ]


def test_missing_columns_are_named_at_once(api: Api) -> None:
    before = contents(api)

    problem = refused(
        send(
            api, "movements", "SKU,when,type,Type\nA,now,sale,x\n", map=["reason=why", "skew=SKU"]
        ),
        400,
        "import-columns",
    )

    assert contents(api) == before
    assert problem["missing"] == ["warehouse", "quantity"]
    assert problem["found"] == ["sku", "when", "type", "type"]
    assert problem["detail"] == "The file lacks columns: warehouse, quantity."
    fields = "type, sku, warehouse, quantity, unit_cost, unit_price, reference, reason, occurred_at"
    assert problem["errors"] == [
        {"pointer": "/map/skew", "detail": f"is not a field: {fields}"},
        {"pointer": "/columns/warehouse", "detail": "is not a column of the file"},
        {"pointer": "/columns/quantity", "detail": "is not a column of the file"},
        {"pointer": "/columns/why", "detail": "is not a column of the file"},
        {"pointer": "/columns/type", "detail": "is there more than once"},
    ]


def test_a_header_alone_is_an_empty_import(api: Api) -> None:
    answer = imported(api, "products", "sku,name,price\n")

    assert (answer["rows"], answer["created"], answer["errors_total"]) == (0, 0, 0)


@pytest.mark.parametrize("pair", ["", "=", "sku", "sku=", "=x"])
def test_a_map_is_pairs(api: Api, pair: str) -> None:
    problem = refused(
        send(api, "products", "sku,name,price\n", map=["name=a", pair]), 400, "invalid-request"
    )

    assert problem["errors"] == [{"pointer": "/map/1", "detail": "must be TARGET=COLUMN"}]


def test_a_field_has_one_column(api: Api) -> None:
    problem = refused(
        send(api, "products", "sku,name,price\n", map=["name=a", "name=b"]), 400, "invalid-request"
    )

    assert problem["errors"] == [{"pointer": "/map/1", "detail": "name has a column already"}]
