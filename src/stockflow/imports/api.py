"""`/api/imports`."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, UploadFile
from starlette.responses import Response

from stockflow.companies.access import OpenAside, Read, Write
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented, pointer
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, json_response
from stockflow.imports import ImportKind, operations, queries
from stockflow.imports.commands import (
    ImportFile,
    ImportFilters,
    ImportOptions,
    parse_map,
)
from stockflow.imports.forms import ImportRoute
from stockflow.imports.queries import ImportItem, ImportRow

router = APIRouter(prefix="/api/imports", tags=["Imports"], route_class=ImportRoute)

_OPTIONS = frozenset({"map", "dry_run", "shift_dates", "valid_rows"})
_MAP = "`TARGET=COLUMN`: the file's column for a field of another name; may be repeated."
_DRY_RUN = "Tell what would happen, and change nothing."
_SHIFT_DATES = "Move all dates by whole days, so that the last one is today."
_VALID_ROWS = "Leave rows that are wrong out, instead of refusing the file."
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ImportRow,
        "description": "Nothing changed: a dry run, or these rows had been imported before",
    }
}


async def _options(
    request: Request,
    *,
    map_: Annotated[list[str] | None, Query(alias="map", description=_MAP)] = None,
    dry_run: Annotated[bool, Query(description=_DRY_RUN)] = False,
    shift_dates: Annotated[bool, Query(description=_SHIFT_DATES)] = False,
    valid_rows: Annotated[bool, Query(description=_VALID_ROWS)] = False,
    map_field: Annotated[list[str] | None, Form(alias="map", description=_MAP)] = None,
    dry_run_field: Annotated[bool, Form(alias="dry_run", description=_DRY_RUN)] = False,
    shift_dates_field: Annotated[bool, Form(alias="shift_dates", description=_SHIFT_DATES)] = False,
    valid_rows_field: Annotated[bool, Form(alias="valid_rows", description=_VALID_ROWS)] = False,
) -> ImportOptions:
    """The options of an import, each a parameter of the address or a field of the form."""
    _require_known("query", request.query_params.keys(), _OPTIONS)
    form = await request.form()
    _require_known("", form.keys(), _OPTIONS | {"file"})
    if len(form.getlist("file")) > 1:
        raise Invalid(errors=[FieldError("/file", "must be there once")])
    return ImportOptions(
        columns=parse_map([*(map_ or ()), *(map_field or ())]),
        dry_run=dry_run or dry_run_field,
        shift_dates=shift_dates or shift_dates_field,
        valid_rows=valid_rows or valid_rows_field,
    )


def _require_known(place: str, names: Collection[str], known: Collection[str]) -> None:
    """A misspelt `dry_run` must not import the file."""
    unknown = [name for name in names if name not in known]
    if unknown:
        parts = (place,) if place else ()
        raise Invalid(
            errors=[
                FieldError(pointer((*parts, name[:64])), "is not a known field") for name in unknown
            ]
        )


def _answer(row: ImportRow) -> Response:
    if row.repeated or row.dry_run:
        return json_response(row)
    return json_response(Created(row, f"/api/imports/{row.id}"), 201)


@router.post(
    "/{kind}",
    summary="Import a file",
    status_code=201,
    response_model=ImportRow,
    responses={**_ANSWERS, **documented(409)},
)
async def import_file(
    scope: Write,
    aside: OpenAside,
    kind: ImportKind,
    options: Annotated[ImportOptions, Depends(_options)],
    file: UploadFile,
) -> Response:
    given = ImportFile(file.filename or "", file.file)
    return _answer(await operations.import_file(scope, aside, kind, given, options))


@router.get("", summary="List imports")
async def list_imports(scope: Read, filters: Annotated[ImportFilters, Query()]) -> Page[ImportItem]:
    return await queries.list_imports(scope, filters)


@router.get("/{import_id}", summary="Read an import", responses=documented(404))
async def get_import(scope: Read, import_id: Annotated[Id, Path()]) -> ImportRow:
    return await queries.get_import(scope, import_id)
