"""`/c/{company_id}/imports`."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.permissions import Permission
from stockflow.imports import ImportKind
from stockflow.imports.commands import (
    EmptyFile,
    ImportFile,
    ImportFilters,
    RejectFilters,
    RunImport,
    SetMapping,
    StartImport,
)
from stockflow.imports.operations import fields_of
from stockflow.imports.presenting import (
    KINDS,
    kind_label,
    label,
    what_is_shown,
)
from stockflow.imports.queries import ImportItem, get_import, list_imports
from stockflow.imports.upload_queries import (
    Upload,
    get_upload,
    list_rejects,
    list_uploads,
    rejects_csv,
)
from stockflow.imports.uploads import check_import, discard_import, run_import, start_import
from stockflow.web.lists import Column, Listing

pages = PageRouter("/imports")
_FIELDS_MAX = 20


def _href(row: ImportItem) -> str:
    return f"/imports/{row.id}"


_LISTING = Listing[ImportItem](
    "imports",
    (
        Column("filename", "File", lambda row: row.filename, "text", _href),
        Column("kind", "Rows are", lambda row: kind_label(row.kind)),
        Column("created_at", "Imported", lambda row: row.created_at, "moment"),
        Column("rows", "Rows", lambda row: row.rows, "number"),
        Column("created", "New", lambda row: row.created, "number"),
        Column("changed", "Changed", lambda row: row.changed, "number"),
        Column("unchanged", "Unchanged", lambda row: row.unchanged, "number", shown=False),
        Column("posted", "Movements", lambda row: row.posted, "number"),
        Column("rejected", "Left out", lambda row: row.rejected, "number"),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


@pages.get("")
async def import_list(page: Page) -> Response:
    uploads = [row for row in await list_uploads(page.scope) if row.status != "imported"]
    return await page.show_list(
        "imports/list.html",
        _LISTING,
        ImportFilters,
        list_imports,
        uploads=uploads,
        kinds=KINDS,
        kind_label=kind_label,
    )


@pages.get("/new")
async def new_import(page: Page) -> Response:
    page.require("IMPORT")
    fields = [(text, fields_of(ImportKind(kind)), kind) for kind, text in KINDS]
    return page.show("imports/new.html", kinds=KINDS, fields=fields, label=label)


@pages.post("/new", fields_max=_FIELDS_MAX, large_for=Permission.IMPORT)
async def start(post: Post) -> Response:
    file = await _file(post)
    limit = post.request.app.state.settings.import_limit_bytes
    return await post.submit(
        StartImport,
        lambda scope, command: start_import(scope, command.kind, _given(file), limit_bytes=limit),
        _started,
        new_import,
    )


async def _file(post: Post) -> ImportFile | None:
    """The file that was sent with the form, if one was."""
    file = (await post.request.form()).get("file")
    if isinstance(file, UploadFile) and file.filename:
        return ImportFile(file.filename, file.file)
    return None


def _given(file: ImportFile | None) -> ImportFile:
    if file is None:
        raise Invalid(errors=[FieldError("/file", "choose a file")])
    return file


def _started(upload: Upload) -> Done:
    return Done(_upload_href(upload), f"{upload.filename} is here. Say what its columns are.")


def _upload_href(upload: Upload) -> str:
    return f"/imports/uploads/{upload.id}"


@pages.get("/template")
async def template(page: Page) -> Response:
    """An empty file with all columns of a kind."""
    page.require("IMPORT")
    kind = page.filters(EmptyFile).kind
    return _csv_file(f"{kind}.csv", (",".join(fields_of(kind).names) + "\r\n").encode())


def _csv_file(name: str, content: bytes) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, "text/csv; charset=utf-8")


@pages.get("/uploads/{upload_id:int}")
async def upload(page: Page) -> Response:
    row = await get_upload(page.scope, page.id("upload_id"))
    rejects = await list_rejects(page.scope, row.id, page.filters(RejectFilters))
    return page.show("imports/upload.html", upload=row, **what_is_shown(row, rejects))


@pages.get("/uploads/{upload_id:int}/rejects")
async def rejected_rows(page: Page) -> Response:
    upload_id = page.id("upload_id")
    return _csv_file(f"rejected-{upload_id}.csv", await rejects_csv(page.scope, upload_id))


@pages.post("/uploads/{upload_id:int}/check")
async def check(post: Post) -> Response:
    return await post.submit(
        SetMapping,
        lambda scope, command: check_import(scope, post.id("upload_id"), command),
        lambda row: Done(_upload_href(row), "The file is being checked."),
        upload,
    )


@pages.post("/uploads/{upload_id:int}/import")
async def take_in(post: Post) -> Response:
    return await post.submit(
        RunImport,
        lambda scope, command: run_import(scope, post.id("upload_id"), command),
        lambda row: Done(_upload_href(row), "The file is being imported."),
        upload,
    )


@pages.post("/uploads/{upload_id:int}/discard")
async def discard(post: Post) -> Response:
    return await post.act(
        lambda scope: discard_import(scope, post.id("upload_id")),
        lambda _: Done("/imports", "The upload is discarded."),
        upload,
    )


@pages.get("/{import_id:int}")
async def imported(page: Page) -> Response:
    row = await get_import(page.scope, page.id("import_id"))
    return page.show("imports/detail.html", row=row, kind=kind_label(row.kind), label=label)
