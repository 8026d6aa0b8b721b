"""A small file cannot ask for much: what one row, one part and one form may hold is bounded."""

import io
import tracemalloc
import zipfile

import pytest

from stockflow.imports import files
from stockflow.imports.errors import FileUnreadable
from stockflow.imports.files import read_rows
from tests.factories import Api, done, refused
from tests.imports.sending import contents, send, workbook

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET = "xl/worksheets/sheet1.xml"
_TEXTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_TOO_LARGE = "The workbook unpacks to more than can be taken in."
_TOO_MANY = "The workbook has a row or a text of too many parts."


def _sheet(rows: str) -> str:
    return f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"


def _changed(parts: dict[str, str]) -> bytes:
    """A workbook with other parts in place of its own."""
    made, changed = io.BytesIO(workbook(["code", "name"], ["A", "A"])), io.BytesIO()
    with (
        zipfile.ZipFile(made) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "[Content_Types].xml":
                texts = f'<Override PartName="/xl/foo.xml" ContentType="{_TEXTS_TYPE}"/></Types>'
                content = content.replace("</Types>", texts)
            new.writestr(name, parts.get(name, content))
        new.writestr("xl/foo.xml", parts.get("xl/foo.xml", f"<sst {_MAIN}/>"))
    return changed.getvalue()


TRAPS: dict[str, tuple[dict[str, str], str]] = {
    "styles": ({"xl/styles.xml": "<a>" + "<b/>" * 2_200_000 + "</a>"}, _TOO_LARGE),
    "cells": ({_SHEET: _sheet("<row>" + "<c/>" * 2_000_000 + "</row>")}, _TOO_MANY),
    "rows in a row": ({_SHEET: _sheet("<row>" + "<row/>" * 200_000 + "</row>")}, _TOO_MANY),
    "a comment like a row's end": (
        {_SHEET: _sheet("<row>" + "<c/><!--</row>-->" * 200_000 + "</row>")},
        _TOO_MANY,
    ),
    "a long cell": (
        {_SHEET: _sheet(f"<row><c t='str'><v>{'x' * 5_000_000}</v></c></row>")},
        "The workbook has a row or a text that is too large.",
    ),
    "one row again and again": (
        {_SHEET: _sheet('<row r="1"/>' * 3)},
        "The sheet has row 1 after row 1.",
    ),
    "texts of any name": ({"xl/foo.xml": " " * (130 * 2**20)}, _TOO_LARGE),
    "entities": (
        {"xl/foo.xml": f'<!DOCTYPE sst [<!ENTITY a "{"a" * 1000}">]><sst {_MAIN}/>'},
        "The workbook has a part that is not plain XML.",
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_workbook_is_bounded_in_each_of_its_parts(name: str) -> None:
    parts, explanation = TRAPS[name]
    trap = io.BytesIO(_changed(parts))
    list(read_rows(io.BytesIO(_changed({}))))  # what is imported first is not the trap's
    tracemalloc.start()

    with pytest.raises(FileUnreadable) as refusal:
        list(read_rows(trap))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(refusal.value) == explanation
    assert peak < 30 * 2**20


def test_a_workbook_may_call_its_texts_anything() -> None:
    row = '<row><c t="s"><v>1</v></c><c r="C1" t="s"><v>0</v></c></row>'
    parts = {
        _SHEET: _sheet(row + '<row r="4"><c r="B4"><v>2</v></c></row>') + "\n",
        "xl/foo.xml": f"<sst {_MAIN}><si><t>name</t></si><si><r><t>co</t></r><r><t>de</t></r></si></sst>",
    }

    rows = list(read_rows(io.BytesIO(_changed(parts))))

    assert rows == [(1, ["code", "", "name"]), (4, ["", "2"])]


def test_a_row_of_many_lines_is_bounded(api: Api) -> None:
    before = contents(api)
    record = b'"\n' + b'","\n' * (files.RECORD_BYTES_MAX // 4) + b'"\n'

    problem = refused(send(api, "warehouses", b"code,name\n" + record), 400, "file-unreadable")

    assert problem["detail"] == "Row 2 is longer than 4,194,304 bytes in all its lines."
    assert contents(api) == before


def test_many_lines_of_many_rows_are_not() -> None:
    row = b'A,"' + b"x\n" * 50_000 + b'"\n'
    blank = b" \n" * 10_000

    rows = list(read_rows(io.BytesIO(blank + b"code,name\n" + (row + blank) * 45)))

    assert len(rows) == 46


_FILE = ("a.csv", "code,name\nA,A\n")


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "latin-1", "none-such", "\x00"])
def test_a_form_is_utf8(api: Api, charset: str) -> None:
    content = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\\ud800.csv"\r\n\r\n'
        b"code,name\nA,A\n\r\n--b--\r\n"
    )
    kind = f"multipart/form-data; boundary=b; charset={charset}"

    response = api.request(
        "POST", "/api/imports/warehouses", content=content, headers={"content-type": kind}
    )

    problem = refused(response, 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/header/content-type"


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"'])
def test_a_form_may_say_so(api: Api, charset: str) -> None:
    content = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        b"code,name\nA,A\n\r\n--b--\r\n"
    )
    kind = f"multipart/form-data; boundary=b; charset={charset}"

    response = api.request(
        "POST", "/api/imports/warehouses", content=content, headers={"content-type": kind}
    )

    assert response.status_code == 201, response.text


@pytest.mark.parametrize(
    ("parts", "detail"),
    [
        ([("file", _FILE), ("file", _FILE)], "Too many files"),
        ([("file", _FILE), ("other", _FILE)], "Too many files"),
        ([("file", _FILE), ("file", (None, "x"))], None),
        ([("file", _FILE), *[("map", (None, "name=name"))] * 51], "Too many fields"),
        ([("file", _FILE), ("map", (None, "x" * 20_000))], "Part exceeded maximum size"),
    ],
)
def test_a_form_is_one_file_and_a_few_fields(
    api: Api, parts: list[tuple[str, tuple[str | None, str]]], detail: str | None
) -> None:
    before = contents(api)

    response = api.request("POST", "/api/imports/warehouses", files=parts)

    problem = refused(response, 400, "invalid-request")
    if detail is None:
        assert problem["errors"] == [{"pointer": "/file", "detail": "must be there once"}]
    else:
        assert problem["detail"].startswith(f"The form cannot be read: {detail}")
    assert contents(api) == before


def test_nothing_is_read_of_who_may_not_import(api: Api) -> None:
    """What cannot be read as a form is never reached: a file may be large, and would fill the disk."""
    headers = {"content-type": "multipart/form-data; boundary=b"}
    staff = done(api.post("/api/api-keys", {"name": "staff", "role": "staff"}), 201)["api_key"]
    forged = f"sf_{api.company_id}_{'A' * 43}"
    for key, status, code in (
        (forged, 401, "unauthenticated"),
        (staff, 403, "forbidden"),
        (api.key, 400, "invalid-request"),
    ):
        answer = api.http.post(
            "/api/imports/suppliers",
            content=b"no form",
            headers={**headers, "authorization": f"Bearer {key}"},
        )
        refused(answer, status, code)
