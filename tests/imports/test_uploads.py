"""An import in steps: sent, mapped, checked, imported; nothing changes before the last one."""

import pytest

from stockflow.foundation.errors import TooLarge
from stockflow.imports import UploadStatus
from stockflow.imports.commands import RejectFilters
from stockflow.imports.errors import (
    ColumnsRefused,
    FileUnreadable,
    TooManyUploads,
    UploadNotFound,
    UploadNotReady,
)
from stockflow.imports.queries import Summary
from stockflow.imports.upload_queries import (
    RejectedRow,
    RejectError,
    SampleRow,
    list_rejects,
    rejects_csv,
)
from stockflow.imports.uploads import UPLOADS_MAX
from tests.factories import Api, done
from tests.imports.sending import contents, imported, send, workbook
from tests.imports.uploading import (
    ask_check,
    ask_import,
    checked,
    discard,
    mapped,
    purge,
    rejects,
    start,
    taken_in,
    upload_of,
    uploads,
    work,
    wrong,
)
from tests.scopes import in_scope, run

_PRODUCTS = "Item code;Titel;Sales price\nA-1;Anvil;9.50\nB-2;Bolt;0.10\n"
_FIELDS = ("sku", "name", "price")


def test_a_file_is_shown_mapped_checked_and_imported(api: Api) -> None:
    before = contents(api)
    upload = start(api, "products", _PRODUCTS, name="../Prod\x00ucts.csv")

    assert (upload.filename, upload.size_bytes) == ("../Products.csv", len(_PRODUCTS))
    assert upload.header == ["Item code", "Titel", "Sales price"]
    assert upload.sample == [
        SampleRow(2, ["A-1", "Anvil", "9.50"]),
        SampleRow(3, ["B-2", "Bolt", "0.10"]),
    ]
    assert upload.mapping == ["sku", None, "price"]
    assert upload.status is UploadStatus.UPLOADED

    assert mapped(api, upload, *_FIELDS).mapping == list(_FIELDS)
    now = checked(api, upload)
    assert (now.status, now.summary) == (UploadStatus.CHECKED, Summary(rows=2, created=2))
    assert contents(api) == before

    now = taken_in(api, upload)
    assert (now.status, now.summary) == (UploadStatus.IMPORTED, Summary(rows=2, created=2))
    assert (now.phase, now.problem, now.repeated) == (None, None, False)
    (row,) = done(api.get("/api/imports"))["items"]
    assert (row["id"], row["filename"]) == (now.import_id, "../Products.csv")
    items = done(api.get("/api/products", sort="sku"))["items"]
    assert [(item["sku"], item["name"], item["price"]) for item in items] == [
        ("A-1", "Anvil", "9.5000"),
        ("B-2", "Bolt", "0.1000"),
    ]
    assert not work(api), "a job is left"


def test_a_workbook_is_taken_in_too(api: Api) -> None:
    upload = start(api, "suppliers", workbook(["Vendor code", "Company"], ["S1", "Ärger & Söhne"]))
    assert upload.mapping == ["code", "name"]
    assert checked(api, upload).status is UploadStatus.CHECKED
    assert taken_in(api, upload).summary == Summary(rows=1, created=1)
    (row,) = done(api.get("/api/suppliers"))["items"]
    assert (row["code"], row["name"]) == ("S1", "Ärger & Söhne")


def test_all_errors_are_shown_by_row_and_the_good_rows_can_be_imported(api: Api) -> None:
    rows = [f"P{number},Part {number},{'x' if number <= 300 else 1}" for number in range(1, 303)]
    upload = start(api, "products", "\n".join(["sku,name,price", *rows]))
    before = contents(api)

    now = checked(api, upload)
    assert now.status is UploadStatus.REFUSED
    assert now.summary == Summary(rows=302, created=2, rejected=300, errors_total=300)
    found = rejects(api, upload)
    assert found[0] == RejectedRow(
        2,
        {"sku": "P1", "name": "Part 1", "price": "x"},
        [RejectError("price", "must be an amount of money, such as 12.50")],
    )
    assert [row.row for row in found] == list(range(2, 302))
    page = in_scope(api, list_rejects, upload.id, RejectFilters(limit=299))
    rest = in_scope(api, list_rejects, upload.id, RejectFilters(limit=299, cursor=page.next_cursor))
    assert ([row.row for row in rest.items], rest.next_cursor) == ([301], None)
    with pytest.raises(UploadNotReady):
        ask_import(api, upload)
    assert contents(api) == before

    now = taken_in(api, upload, valid_rows=True)
    assert now.status is UploadStatus.IMPORTED
    assert now.summary == Summary(rows=302, created=2, rejected=300, errors_total=300)
    assert rejects(api, upload) == found
    assert [row["sku"] for row in done(api.get("/api/products"))["items"]] == ["P301", "P302"]


def test_rejected_rows_are_a_file_to_be_repaired_and_sent_again(api: Api) -> None:
    upload = start(api, "products", 'Preis,Code,Was\n-,=1+1,"A ""b"",\nc"\n1,B,Bolt\n,C,\n')
    mapped(api, upload, "price", "sku", "name")
    checked(api, upload)
    content = in_scope(api, rejects_csv, upload.id)
    assert content.decode("utf-8-sig") == (
        "price,sku,name,error\r\n"
        '-,=1+1,"A ""b"",\nc","name: must not contain control characters or line breaks;'
        ' price: must be an amount of money, such as 12.50"\r\n'
        ",C,,name: is required; price: is required\r\n"
    )
    repaired = (
        content.replace(b"-,=1+1", b"2,=1+1").replace(b"\nc", b"c").replace(b",C,,", b"3,C,See,")
    )
    again = start(api, "products", repaired)
    assert again.mapping == ["price", "sku", "name", None]
    checked(api, again)
    assert taken_in(api, again).summary == Summary(rows=2, created=2, ignored_columns=["error"])


def test_a_column_that_is_ignored_changes_nothing_whatever_it_is_called(api: Api) -> None:
    imported(api, "suppliers", "code,name,notes\nS1,One,keep\n")
    upload = start(api, "suppliers", "code,name,notes\nS1,Two,lose\n")
    assert upload.mapping == ["code", "name", "notes"]
    mapped(api, upload, "code", "name", None)
    checked(api, upload)
    now = taken_in(api, upload)
    assert now.summary == Summary(rows=1, changed=1, ignored_columns=["notes"])
    (row,) = done(api.get("/api/suppliers"))["items"]
    assert (row["name"], row["notes"]) == ("Two", "keep")


def test_columns_of_any_name_can_be_mapped(api: Api) -> None:
    hostile = ['"=cmd()"', "", "name", "name", "<script>alert(1)</script>", "\u202e", "n" * 400]
    upload = start(api, "customers", ",".join(hostile) + "\n1,2,3,4,C9,6,Last\n")
    assert upload.header == [
        "=cmd()", "", "name", "name", "<script>alert(1)</script>", "\u202e", "n" * 200,
    ]  # fmt: skip
    assert upload.mapping == [None, None, "name", None, None, None, None]

    mapped(api, upload, None, None, None, None, "code", None, "name")
    checked(api, upload)
    assert taken_in(api, upload).status is UploadStatus.IMPORTED
    (row,) = done(api.get("/api/customers"))["items"]
    assert (row["code"], row["name"]) == ("C9", "Last")


def test_a_mapping_that_cannot_be_is_refused_whole(api: Api) -> None:
    upload = start(api, "products", _PRODUCTS)
    with pytest.raises(ColumnsRefused) as refused:
        mapped(api, upload, "sku", "sku", "colour", "name")
    assert [(error.pointer, error.detail.split(":")[0]) for error in refused.value.errors] == [
        ("/columns/1", "is fed by column 1 already"),
        ("/columns/2", "is not a field"),
        ("/columns/3", "is not a column of the file"),
        ("/columns", "must include name, price"),
    ]
    with pytest.raises(ColumnsRefused) as refused:
        ask_check(api, upload)
    assert [error.detail for error in refused.value.errors] == ["must include name"]
    assert upload_of(api, upload) == upload
    assert not work(api)


def test_a_mapping_is_remembered_for_columns_of_the_same_names(api: Api, other: Api) -> None:
    header = "Kode,Was,Preis,name\n"
    first = start(api, "products", header + "A,B,1,x\n")
    assert first.mapping == [None, None, "price", "name"]
    mapped(api, first, "sku", "name", "price")

    again = start(api, "products", "name,PREIS,kode ,Neu,was\nx,1,A,?,B\n")
    assert again.mapping == [None, "price", "sku", None, "name"]
    assert start(api, "suppliers", header).mapping == [None, None, None, "name"]
    assert start(other, "products", header + "A,B,1,x\n").mapping == first.mapping


def test_a_new_mapping_makes_the_check_void(api: Api) -> None:
    upload = start(api, "suppliers", "code,name,title\nS1,,Right\n")
    assert checked(api, upload).status is UploadStatus.REFUSED
    assert wrong(rejects(api, upload)) == [(2, "name", "is required")]
    now = mapped(api, upload, "code", None, "name")
    assert (now.status, now.summary, rejects(api, upload)) == (UploadStatus.UPLOADED, None, [])
    with pytest.raises(UploadNotReady):
        ask_import(api, upload)
    assert checked(api, upload).status is UploadStatus.CHECKED


def test_rows_that_build_on_wrong_ones_are_not_blamed_for_them(api: Api) -> None:
    imported(api, "warehouses", "code,name\nW,W\n")
    imported(api, "products", "sku,name,price\nA,A,1\n")
    header = "type,sku,warehouse,quantity\n"
    upload = start(api, "movements", header + "purchase,A,X,5\nsale,A,W,5\n")
    now = checked(api, upload)
    assert now.summary == Summary(rows=2, rejected=1, errors_total=1)
    assert wrong(rejects(api, upload)) == [(2, "warehouse", "There is no such warehouse.")]

    upload = start(api, "movements", header + "purchase,A,W,5\nsale,A,W,7\n")
    before = contents(api)
    assert checked(api, upload).status is UploadStatus.REFUSED
    (row,) = rejects(api, upload)
    assert (row.row, [error.column for error in row.errors]) == (3, ["quantity"])
    assert contents(api) == before


def test_what_is_no_table_is_refused_at_once(api: Api) -> None:
    for content in (b"", b"\xff\xfea,b", b"%PDF-1.7", b"PK\x03\x04junk", b"a,b\n\xff\n"):
        with pytest.raises(FileUnreadable):
            start(api, "products", content)
    with pytest.raises(TooLarge):
        start(api, "products", _PRODUCTS, limit_bytes=len(_PRODUCTS) - 1)
    assert uploads(api) == []


def test_what_is_no_table_further_down_is_refused_by_the_check(api: Api) -> None:
    rows = "".join(f"S{number},Name\n" for number in range(60))
    upload = start(api, "suppliers", f"code,name\n{rows}".encode() + b'S99,"open\n')
    now = checked(api, upload)
    assert (now.status, now.summary) == (UploadStatus.REFUSED, None)
    assert now.problem == "Row 62 has a quotation mark that is never closed."


def test_rows_imported_before_are_told_by_the_check_and_not_taken_in_again(api: Api) -> None:
    first = imported(api, "suppliers", "code,name\nS1,One\n")
    upload = start(api, "suppliers", "name,code\nOne,S1\n")
    before = contents(api)
    now = checked(api, upload)
    assert (now.status, now.repeated, now.import_id) == (UploadStatus.CHECKED, True, first["id"])
    now = taken_in(api, upload)
    assert (now.status, now.repeated, now.import_id) == (UploadStatus.IMPORTED, True, first["id"])
    assert contents(api) == before


def test_a_company_keeps_so_many_uploads_at_once(api: Api) -> None:
    files = [start(api, "suppliers", f"code,name\nS{n},N\n") for n in range(UPLOADS_MAX)]
    with pytest.raises(TooManyUploads):
        start(api, "suppliers", "code,name\nS,N\n")
    discard(api, files[0])
    with pytest.raises(UploadNotFound):
        upload_of(api, files[0])
    checked(api, files[1])
    taken_in(api, files[1])
    for n in range(2):
        start(api, "suppliers", f"code,name\nT{n},N\n")
    with pytest.raises(TooManyUploads):
        start(api, "suppliers", "code,name\nS,N\n")
    assert len(uploads(api)) == UPLOADS_MAX + 1  # one of them is imported


def test_an_upload_is_given_up_after_a_day(api: Api) -> None:
    old, kept, working = (start(api, "suppliers", f"code,name\nS{n},N\n") for n in range(3))
    ask_check(api, working)

    async def age(scope: object) -> None:
        await scope.execute(  # type: ignore[attr-defined]
            "UPDATE import_uploads SET expires_at = now() WHERE company_id = %s AND id = ANY(%s)",
            (api.company_id, [old.id, working.id]),
        )
        await scope.execute(  # type: ignore[attr-defined]
            "UPDATE jobs SET due_at = now() WHERE company_id = %s", (api.company_id,)
        )

    run(api, age)
    with pytest.raises(UploadNotFound):
        upload_of(api, old)
    assert purge(api)
    assert rows(api, "import_uploads") == 2
    assert rows(api, "import_upload_chunks") == 2
    assert work(api)
    assert {item.id for item in uploads(api)} == {kept.id, working.id}
    assert upload_of(api, working).expires_at > kept.created_at
    assert not purge(api), "it comes again when the next one ends"


def rows(api: Api, table: str) -> int:
    async def count(scope: object) -> object:
        return await scope.fetch_value(  # type: ignore[attr-defined]
            f"SELECT count(*) FROM {table} WHERE company_id = %s", (api.company_id,)
        )

    found = run(api, count).result
    assert isinstance(found, int)
    return found


def test_the_bytes_of_an_imported_file_are_not_kept(api: Api) -> None:
    upload = start(api, "suppliers", "code,name\nS1,One\n")
    checked(api, upload)
    assert rows(api, "import_upload_chunks") == 1
    taken_in(api, upload)
    assert rows(api, "import_upload_chunks") == 0


def test_a_file_of_several_chunks_arrives_whole(api: Api) -> None:
    lines = (f"S{number},{'x' * 200},{'y' * 900}" for number in range(9000))
    text = "code,name,notes\n" + "\n".join(lines)
    upload = start(api, "suppliers", text)
    assert upload.size_bytes == len(text) > 9 * 1024**2
    assert rows(api, "import_upload_chunks") == 3
    assert checked(api, upload).summary == Summary(rows=9000, created=9000)


def test_the_api_says_the_same_of_the_same_file(api: Api, other: Api) -> None:
    content = "sku,name,price\nA,,x\nB,Bolt,1\nB,Bolt,2\n"
    upload = start(api, "products", content)
    checked(api, upload)
    problem = send(other, "products", content, dry_run=True).json()
    assert wrong(rejects(api, upload)) == [
        (error["row"], error["column"], error["detail"]) for error in problem["errors"]
    ]
