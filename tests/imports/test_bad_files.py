"""Files that are no table, or a trap: each gets a clear answer, and nothing is written."""

import gzip
import io
import lzma
import secrets
import zipfile

import pytest

from stockflow.imports import files, workbooks
from tests.factories import Api, refused
from tests.imports.sending import contents, send, workbook

HEADER = b"code,name\n"
PACKED = gzip.compress(HEADER + b"A,A\n" * 50_000)
XZ = lzma.compress(HEADER + secrets.token_hex(50_000).encode())
SHEET = workbook(["code", "name"], ["A", "A"])


def _zip(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "The file is empty."),
    "only blanks": (b"\n \n\r\n", "The file is empty."),
    "only a byte order mark": (b"\xef\xbb\xbf", "The file is empty."),
    "gzip of nothing": (gzip.compress(b""), "The file is empty."),
    "a workbook without rows": (workbook(), "The file is empty."),
    "binary": (
        b"\x7fELF" + bytes(range(256)) * 10,
        "Row 1 has a NUL character: the file is not a text.",
    ),
    "a picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        "Row 1 is not UTF-8 text (byte 0x89): save the file as CSV in UTF-8.",
    ),
    "latin-1": (
        HEADER + b"A,A\nB,Caf\xe9\n",
        "Row 3 is not UTF-8 text (byte 0xe9): save the file as CSV in UTF-8.",
    ),
    "UTF-16": (
        HEADER.decode().encode("utf-16"),
        "The file is not a table. It is UTF-16 text: save it as CSV in UTF-8.",
    ),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
        "The file is not a table. It is an old Excel workbook (.xls): save it as .xlsx or CSV.",
    ),
    "NUL": (HEADER + b"A,A\x00B\n", "Row 2 has a NUL character: the file is not a text."),
    "a cell of a megabyte": (
        HEADER + b"A," + b"x" * 1_000_000 + b"\n",
        "Row 2 has a cell of more than 131,072 characters.",
    ),
    "an endless line": (
        HEADER + b"A," + b"x," * 1_000_000,
        "Row 2 is longer than 1,048,576 bytes.",
    ),
    "an open quotation mark": (
        HEADER + b'A,"never closed\nB,B\n',
        "Row 2 has a quotation mark that is never closed.",
    ),
    "text after a quotation": (
        HEADER + b'A,"B"C\n',
        "Row 2 is not CSV: ',' expected after '\"'.",
    ),
    "carriage returns alone": (
        b"code,name\rA,A\r",
        "Row 1: lines must end with a line feed, not with a carriage return alone.",
    ),
    "gzip cut off": (PACKED[:-20], "The gzip file is cut off: its end is missing."),
    "xz cut off": (XZ[:-40_000], "The xz file is cut off: its end is missing."),
    "gzip damaged": (
        _damaged(PACKED, len(PACKED) - 5),
        "The gzip file is damaged: CRC check failed",
    ),
    "xz damaged": (_damaged(XZ, 2000), "The xz file is damaged: Corrupt input data."),
    "xz that asks for a gigabyte": (
        lzma.compress(HEADER, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**30}]),
        "The xz file is damaged: Memory usage limit exceeded.",
    ),
    "a ZIP of something else": (
        _zip(readme=b"hello"),
        "The file is a ZIP archive, but not an XLSX workbook.",
    ),
    "a workbook cut off": (SHEET[:-100], "The file is not a readable XLSX workbook (BadZipFile)."),
    "a workbook of garbage": (
        _zip(**{"xl/workbook.xml": b"<workbook", "[Content_Types].xml": b"<Types/>"}),
        "The file is not a readable XLSX workbook (",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table_is_refused(api: Api, name: str) -> None:
    content, explanation = FILES[name]
    before = contents(api)

    problem = refused(send(api, "warehouses", content, valid_rows=True), 400, "file-unreadable")

    assert problem["detail"].startswith(explanation)
    assert contents(api) == before


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_small_file_cannot_unpack_without_end(api: Api, compress: object) -> None:
    assert callable(compress)
    name = "gzip" if compress is gzip.compress else "xz"
    bomb = compress(HEADER + (b" " * 1023 + b"\n") * (files.RATIO_FREE_BYTES // 1024 + 1000))
    assert len(bomb) < 2**20

    problem = refused(send(api, "warehouses", bomb), 400, "file-unreadable")

    assert problem["detail"] == f"The {name} file unpacks to more than can be taken in."


def test_what_unpacks_is_bounded_whatever_the_ratio(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "UNPACKED_BYTES_MAX", 200_000)

    refused(send(api, "warehouses", gzip.compress(HEADER * 30_000)), 400, "file-unreadable")


def test_a_workbook_cannot_unpack_without_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = _zip(**{"xl/workbook.xml": b"<a/>", "xl/sharedStrings.xml": b" " * (130 * 2**20)})
    problem = refused(send(api, "warehouses", bomb), 400, "file-unreadable")
    assert problem["detail"] == "The workbook unpacks to more than can be taken in."

    monkeypatch.setattr(workbooks, "ROWS_MAX", 1)
    problem = refused(send(api, "warehouses", SHEET), 400, "file-unreadable")
    assert problem["detail"] == "The sheet is larger than a spreadsheet can be."


@pytest.mark.parametrize(
    "content",
    [
        HEADER + b"A,A\n" + b"," * 1000 + b"\n",
        workbook(["code", "name"], ["A", "A"], [*[None] * 1000, "far out"]),
        b"x," * 1000 + b"code\n",
    ],
)
def test_a_file_has_so_many_columns_at_most(api: Api, content: bytes) -> None:
    before = contents(api)

    problem = refused(send(api, "warehouses", content, valid_rows=True), 400, "file-unreadable")

    assert problem["detail"] == f"Row {problem['row']} has more than 1,000 columns."
    assert contents(api) == before


def test_a_file_has_so_many_rows_at_most(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS_MAX", 2)
    before = contents(api)

    problem = refused(
        send(api, "warehouses", HEADER + b"A,A\nB,B\n", valid_rows=True), 400, "file-unreadable"
    )

    assert problem["detail"] == "The file has more than 2 rows."
    assert contents(api) == before


def test_a_file_that_is_too_large_is_not_read(api: Api) -> None:
    limit = api.http.app.state.settings.import_limit_bytes  # type: ignore[attr-defined]

    response = api.request(
        "POST",
        "/api/imports/warehouses",
        content=b"x",
        headers={
            "content-type": "multipart/form-data; boundary=b",
            "content-length": f"{limit + 1}",
        },
    )

    problem = refused(response, 413, "body-too-large")
    assert problem["limit_bytes"] == limit


def test_the_request_itself_may_be_wrong(api: Api) -> None:
    before = contents(api)
    path = "/api/imports/warehouses"
    file = {"file": ("a.csv", "code,name\nA,A\n")}

    for response, pointers in [
        (api.request("POST", path, data={"file": "code,name"}), ["/file"]),
        (api.request("POST", path, data={"dry_run": "true"}), ["/file"]),
        (api.request("POST", path, json={"file": "x"}), ["/file"]),
        (api.request("POST", "/api/imports/people", files=file), ["/path/kind"]),
        (api.request("POST", path, files=file, params={"dryrun": "true"}), ["/query/dryrun"]),
        (api.request("POST", path, files=file, data={"dryrun": "true"}), ["/dryrun"]),
        (api.request("POST", path, files=file, data={"dry_run": "perhaps"}), ["/dry_run"]),
    ]:
        problem = refused(response, 400, "invalid-request")
        assert [wrong["pointer"] for wrong in problem["errors"]] == pointers
    assert contents(api) == before


@pytest.mark.parametrize("name", ["", "\x00", "a\nb", "x" * 10_000, "../../etc/passwd", "ümlaut"])
def test_a_file_may_be_called_anything(api: Api, name: str) -> None:
    response = send(api, "warehouses", b"code,name\n", name=name)

    assert response.status_code in {201, 400}, response.text
