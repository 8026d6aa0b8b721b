"""`/api/adjustment-requests`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.adjustments import operations, queries
from stockflow.adjustments.commands import (
    ApproveRequest,
    CreateAdjustmentRequest,
    RequestFilters,
    WithdrawRequest,
)
from stockflow.adjustments.queries import RequestDocument, RequestRow
from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.stock.documents import RejectDocument

router = APIRouter(
    prefix="/api/adjustment-requests", tags=["Adjustment requests"], route_class=OperationRoute
)
RequestId = Annotated[Id, Path()]
_NO_WORD = ApproveRequest()
_NO_REASON = WithdrawRequest()


@router.post("", summary="Ask for adjustments", responses=documented(404, 409))
async def create_request(
    scope: Write, command: JsonBody[CreateAdjustmentRequest]
) -> Created[RequestDocument]:
    row = await operations.create_request(scope, command)
    return Created(row, f"/api/adjustment-requests/{row.id}")


@router.get("", summary="List adjustment requests")
async def list_requests(
    scope: Read, filters: Annotated[RequestFilters, Query()]
) -> Page[RequestRow]:
    return await queries.list_requests(scope, filters)


@router.get(
    "/{adjustment_request_id}", summary="Read an adjustment request", responses=documented(404)
)
async def get_request(scope: Read, adjustment_request_id: RequestId) -> RequestDocument:
    return await queries.get_request(scope, adjustment_request_id)


@router.post(
    "/{adjustment_request_id}/approval",
    summary="Approve and post an adjustment request",
    responses=documented(404, 409, 412),
)
async def approve_request(
    scope: Write,
    adjustment_request_id: RequestId,
    expected_version: IfMatch,
    command: JsonBody[ApproveRequest] = _NO_WORD,
) -> RequestDocument:
    return await operations.approve_request(scope, adjustment_request_id, command, expected_version)


@router.post(
    "/{adjustment_request_id}/rejection",
    summary="Reject an adjustment request",
    responses=documented(404, 409, 412),
)
async def reject_request(
    scope: Write,
    adjustment_request_id: RequestId,
    command: JsonBody[RejectDocument],
    expected_version: IfMatch,
) -> RequestDocument:
    return await operations.reject_request(scope, adjustment_request_id, command, expected_version)


@router.post(
    "/{adjustment_request_id}/withdrawal",
    summary="Withdraw an adjustment request",
    responses=documented(404, 409, 412),
)
async def withdraw_request(
    scope: Write,
    adjustment_request_id: RequestId,
    expected_version: IfMatch,
    command: JsonBody[WithdrawRequest] = _NO_REASON,
) -> RequestDocument:
    return await operations.withdraw_request(
        scope, adjustment_request_id, command, expected_version
    )


routers = [router]
