"""`/api/stock-counts`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.counting import (
    entering,
    finding,
    operations,
    posting,
    printing,
    queries,
    recording,
)
from stockflow.counting.commands import (
    ChangeCount,
    CountFilters,
    CreateCount,
    EnterLine,
    FindFilters,
    LineFilters,
    PrintSheet,
    RecordLines,
    SubmitCount,
    TakeBack,
)
from stockflow.counting.entering import Entered
from stockflow.counting.finding import Found
from stockflow.counting.queries import CountedLines, CountRow, LineRow
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.stock.documents import CancelDocument, RejectDocument
from stockflow.web.printing import PdfAnswer, pdf_response

router = APIRouter(prefix="/api/stock-counts", tags=["Stock counts"], route_class=OperationRoute)
CountId = Annotated[Id, Path(alias="stock_count_id")]
_NO_REASON = CancelDocument()
_SUBMITTED = SubmitCount()


@router.post("", summary="Open a stock count", responses=documented(404, 409))
async def create_count(scope: Write, command: JsonBody[CreateCount]) -> Created[CountRow]:
    row = await operations.create_count(scope, command)
    return Created(row, f"/api/stock-counts/{row.id}")


@router.get("", summary="List stock counts")
async def list_counts(scope: Read, filters: Annotated[CountFilters, Query()]) -> Page[CountRow]:
    return await queries.list_counts(scope, filters)


@router.get("/{stock_count_id}", summary="Read a stock count", responses=documented(404))
async def get_count(scope: Read, count_id: CountId) -> CountRow:
    return await queries.get_count(scope, count_id)


@router.patch(
    "/{stock_count_id}", summary="Change a stock count", responses=documented(404, 409, 412)
)
async def change_count(
    scope: Write, count_id: CountId, command: JsonBody[ChangeCount], expected_version: IfMatch
) -> CountRow:
    return await operations.change_count(scope, count_id, command, expected_version)


@router.get(
    "/{stock_count_id}/lines", summary="List the lines of a stock count", responses=documented(404)
)
async def list_lines(
    scope: Read, count_id: CountId, filters: Annotated[LineFilters, Query()]
) -> Page[LineRow]:
    return await queries.list_lines(scope, count_id, filters)


@router.post(
    "/{stock_count_id}/lines",
    summary="Record what was counted",
    responses=documented(404, 409, 412),
)
async def record_lines(
    scope: Write, count_id: CountId, command: JsonBody[RecordLines], expected_version: IfMatch
) -> CountedLines:
    return await recording.record_lines(scope, count_id, command, expected_version)


@router.get(
    "/{stock_count_id}/matches",
    summary="Find what was scanned or typed while counting",
    responses=documented(404),
)
async def find(
    scope: Read, count_id: CountId, filters: Annotated[FindFilters, Query()]
) -> Page[Found]:
    return await finding.find(scope, count_id, filters)


@router.post(
    "/{stock_count_id}/entries",
    summary="Enter what was counted of one product",
    responses=documented(404, 409),
)
async def enter(scope: Write, count_id: CountId, command: JsonBody[EnterLine]) -> Entered:
    return await entering.enter(scope, count_id, command)


@router.post(
    "/{stock_count_id}/entries/withdrawal",
    summary="Take the last entry of a product back",
    responses=documented(404, 409),
)
async def take_back(scope: Write, count_id: CountId, command: JsonBody[TakeBack]) -> CountedLines:
    return await entering.take_back(scope, count_id, command)


@router.post(
    "/{stock_count_id}/submission",
    summary="Submit a stock count",
    responses=documented(404, 409, 412),
)
async def submit_count(
    scope: Write,
    count_id: CountId,
    expected_version: IfMatch,
    command: JsonBody[SubmitCount] = _SUBMITTED,
) -> CountRow:
    return await posting.submit_count(scope, count_id, command, expected_version)


@router.post(
    "/{stock_count_id}/approval",
    summary="Approve a stock count",
    responses=documented(404, 409, 412),
)
async def approve_count(scope: Write, count_id: CountId, expected_version: IfMatch) -> CountRow:
    return await posting.approve_count(scope, count_id, expected_version)


@router.post(
    "/{stock_count_id}/rejection",
    summary="Reject a stock count",
    responses=documented(404, 409, 412),
)
async def reject_count(
    scope: Write, count_id: CountId, command: JsonBody[RejectDocument], expected_version: IfMatch
) -> CountRow:
    return await operations.reject_count(scope, count_id, command, expected_version)


@router.post(
    "/{stock_count_id}/cancellation",
    summary="Cancel a stock count",
    responses=documented(404, 409, 412),
)
async def cancel_count(
    scope: Write,
    count_id: CountId,
    expected_version: IfMatch,
    command: JsonBody[CancelDocument] = _NO_REASON,
) -> CountRow:
    return await operations.cancel_count(scope, count_id, command, expected_version)


@router.get(
    "/{stock_count_id}/sheet",
    summary="Print a stock count, to count or with its results",
    response_class=PdfAnswer,
    responses=documented(404, 409),
)
async def print_sheet(
    scope: Read,
    count_id: CountId,
    asked: Annotated[PrintSheet, Query()],
) -> PdfAnswer:
    return pdf_response(
        await printing.count_sheet_pdf(scope, count_id, asked.style, results=asked.results)
    )


routers = [router]
