"""`/api/transfers`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page, PageFilters
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.stock.documents import CancelDocument
from stockflow.transfers import operations, printing, queries
from stockflow.transfers.commands import (
    ChangeTransfer,
    CreateTransfer,
    ReceiveTransfer,
    ShipTransfer,
    TransferFilters,
)
from stockflow.transfers.queries import (
    TransferDocument,
    TransferReceiptDocument,
    TransferReceiptRow,
    TransferRow,
)
from stockflow.web.printing import PdfAnswer, PrintFilters, pdf_response

router = APIRouter(prefix="/api/transfers", tags=["Transfers"], route_class=OperationRoute)
TransferId = Annotated[Id, Path()]
TransferReceiptId = Annotated[Id, Path()]
_EVERYTHING = ShipTransfer()
_ALL_GOOD = ReceiveTransfer()
_NO_REASON = CancelDocument()


@router.post("", summary="Create a transfer", responses=documented(404, 409))
async def create_transfer(
    scope: Write, command: JsonBody[CreateTransfer]
) -> Created[TransferDocument]:
    row = await operations.create_transfer(scope, command)
    return Created(row, f"/api/transfers/{row.id}")


@router.get("", summary="List transfers")
async def list_transfers(
    scope: Read, filters: Annotated[TransferFilters, Query()]
) -> Page[TransferRow]:
    return await queries.list_transfers(scope, filters)


@router.get("/{transfer_id}", summary="Read a transfer", responses=documented(404))
async def get_transfer(scope: Read, transfer_id: TransferId) -> TransferDocument:
    return await queries.get_transfer(scope, transfer_id)


@router.patch(
    "/{transfer_id}", summary="Change a pending transfer", responses=documented(404, 409, 412)
)
async def change_transfer(
    scope: Write,
    transfer_id: TransferId,
    command: JsonBody[ChangeTransfer],
    expected_version: IfMatch,
) -> TransferDocument:
    return await operations.change_transfer(scope, transfer_id, command, expected_version)


@router.post(
    "/{transfer_id}/shipment", summary="Ship a transfer", responses=documented(404, 409, 412)
)
async def ship_transfer(
    scope: Write,
    transfer_id: TransferId,
    expected_version: IfMatch,
    command: JsonBody[ShipTransfer] = _EVERYTHING,
) -> TransferDocument:
    return await operations.ship_transfer(scope, transfer_id, command, expected_version)


@router.post(
    "/{transfer_id}/receipts", summary="Receive a transfer", responses=documented(404, 409, 412)
)
async def receive_transfer(
    scope: Write,
    transfer_id: TransferId,
    expected_version: IfMatch,
    command: JsonBody[ReceiveTransfer] = _ALL_GOOD,
) -> Created[TransferReceiptDocument]:
    row = await operations.receive_transfer(scope, transfer_id, command, expected_version)
    return Created(row, f"/api/transfers/{transfer_id}/receipts/{row.id}")


@router.get(
    "/{transfer_id}/receipts", summary="List the receipts of a transfer", responses=documented(404)
)
async def list_receipts(
    scope: Read, transfer_id: TransferId, filters: Annotated[PageFilters, Query()]
) -> Page[TransferReceiptRow]:
    return await queries.list_receipts(scope, transfer_id, filters)


@router.get(
    "/{transfer_id}/receipts/{transfer_receipt_id}",
    summary="Read a receipt of a transfer",
    responses=documented(404),
)
async def get_receipt(
    scope: Read, transfer_id: TransferId, transfer_receipt_id: TransferReceiptId
) -> TransferReceiptDocument:
    return await queries.get_receipt(scope, transfer_id, transfer_receipt_id)


@router.post(
    "/{transfer_id}/cancellation", summary="Cancel a transfer", responses=documented(404, 409, 412)
)
async def cancel_transfer(
    scope: Write,
    transfer_id: TransferId,
    expected_version: IfMatch,
    command: JsonBody[CancelDocument] = _NO_REASON,
) -> TransferDocument:
    return await operations.cancel_transfer(scope, transfer_id, command, expected_version)


@router.get(
    "/{transfer_id}/print",
    summary="Print a transfer, to go with the goods",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_transfer(
    scope: Read,
    transfer_id: TransferId,
    asked: Annotated[PrintFilters, Query()],
) -> PdfAnswer:
    return pdf_response(await printing.transfer_note_pdf(scope, transfer_id, asked.style))


routers = [router]
