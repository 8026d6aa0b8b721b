"""Writes of transfers; stock moves only by the postings of shipments, receipts and cancellations.

Every action locks the transfer first and the levels after it, so that of two actions on one transfer
the second sees what the first has done.
"""

from collections.abc import Sequence

from stockflow.companies import audit
from stockflow.companies.numbering import next_numbers
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope
from stockflow.stock import ledger
from stockflow.stock.commands import Bucket, DocumentType, PostingKind
from stockflow.stock.document_lines import products_of
from stockflow.stock.documents import CancelDocument, advance, moved
from stockflow.stock.errors import InsufficientStock
from stockflow.stock.ledger import Document, Entry
from stockflow.transfers import queries
from stockflow.transfers.commands import (
    ChangeTransfer,
    CreateTransfer,
    NewTransferLine,
    ReceiveTransfer,
    ShipTransfer,
    TransferStatus,
)
from stockflow.transfers.ends import End, ends_of, require_active
from stockflow.transfers.entries import Arrival, Journey
from stockflow.transfers.lifecycle import LockedTransfer, lock_for
from stockflow.transfers.models import Transfer
from stockflow.transfers.quantities import arrivals_of, quantities_shipped
from stockflow.transfers.queries import TransferDocument, TransferReceiptDocument

_SQL = sql.load(__package__, "operations.sql")
_ENTITY = "transfer"
_FIELDS = ("number", "from_warehouse_id", "to_warehouse_id", "expected_date", "notes")
_IN_TRANSIT = TransferStatus.IN_TRANSIT


async def create_transfer(scope: WriteScope, command: CreateTransfer) -> TransferDocument:
    """Plan a transfer; no stock moves yet. An actor limited to warehouses plans only from those.

    Raises:
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: see `ends_of`.
        SameWarehouse: source and destination are one.
        LineTargetsNotFound, LinesRefused: products that are unknown, archived or bundles.
    """
    scope.require(Permission.MOVE_STOCK)
    source, destination = await ends_of(
        scope,
        End(command.from_warehouse_id, command.from_warehouse),
        End(command.to_warehouse_id, command.to_warehouse),
    )
    products = await products_of(scope, command.lines, bundles=False)
    number = (await next_numbers(scope, "TR"))[0]
    names = {
        "company_id": scope.company_id,
        "number": number,
        "from_warehouse_id": source.id,
        "to_warehouse_id": destination.id,
        "expected_date": command.expected_date,
        "notes": command.notes,
    }
    transfer_id: int = await scope.fetch_value(_SQL["create"], names)
    await _add_lines(scope, transfer_id, [ref.id for ref in products], command.lines)
    row = await queries.get_transfer(scope, transfer_id)
    changes = {name: (None, getattr(row, name)) for name in _FIELDS}
    changes["lines"] = (None, _content(row))
    await audit.record(scope, _ENTITY, "created", {transfer_id: changes})
    return row


async def change_transfer(
    scope: WriteScope, transfer_id: int, command: ChangeTransfer, expected_version: int | None
) -> TransferDocument:
    """Change the given fields of a pending transfer; its version counts up where something differs.

    Raises:
        TransferNotFound, WarehouseNotAllowed, StaleVersion, WrongStatus: see `lock_for`.
        WarehouseNotFound, WarehouseInactive, SameWarehouse: of warehouses that are given.
        LineTargetsNotFound, LinesRefused: products that are unknown, archived or bundles.
    """
    transfer = await lock_for(scope, transfer_id, "change", expected_version)
    scope.require_warehouse(transfer.from_warehouse_id)
    before = await queries.get_transfer(scope, transfer_id)
    source, destination = await ends_of(
        scope,
        End(command.from_warehouse_id, command.from_warehouse).or_else(transfer.from_warehouse_id),
        End(command.to_warehouse_id, command.to_warehouse).or_else(transfer.to_warehouse_id),
    )
    given = command.model_dump(include={"expected_date", "notes"}, exclude_unset=True)
    given |= {"from_warehouse_id": source.id, "to_warehouse_id": destination.id}
    has_new_lines = await _replace_lines(scope, before, command.lines)
    if not has_new_lines and all(getattr(before, name) == given[name] for name in given):
        return before
    await advance(scope, Transfer, transfer_id, **given)
    after = await queries.get_transfer(scope, transfer_id)
    changes = dict(audit.changed(before, after, _FIELDS))
    if has_new_lines:
        changes["lines"] = (_content(before), _content(after))
    await audit.record(scope, _ENTITY, "changed", {transfer_id: changes})
    return after


async def ship_transfer(
    scope: WriteScope, transfer_id: int, command: ShipTransfer, expected_version: int | None
) -> TransferDocument:
    """Let a transfer leave its source, once; what is not shipped now is not part of it any more.

    Available stock never falls below zero by it, whatever the rule for backorders.

    Raises:
        TransferNotFound, WarehouseNotAllowed, StaleVersion, WrongStatus: see `lock_for`.
        Invalid, DocumentLinesNotFound, MoreThanAsked: of the lines that are given.
        WarehouseInactive: the destination is.
        InsufficientStock: naming every line that is short.
    """
    transfer = await lock_for(scope, transfer_id, "ship", expected_version)
    scope.require_warehouse(transfer.from_warehouse_id)
    shipped = quantities_shipped(await queries.lines_of(scope, transfer_id), command)
    await require_active(scope, transfer.to_warehouse_id)
    journey = Journey(transfer, scope.now)
    journey.ship(shipped)
    await _require_stock(scope, journey.entries)
    posting_id = await _post(scope, transfer, journey, PostingKind.TRANSFER_SHIPMENT)
    names = {
        "company_id": scope.company_id,
        "transfer_id": transfer_id,
        "lines": sql.array_literal([line.id for line, _ in shipped]),
        "quantities": sql.array_literal([quantity for _, quantity in shipped]),
    }
    await scope.execute(_SQL["ship_lines"], names)
    await advance(
        scope,
        Transfer,
        transfer_id,
        status=_IN_TRANSIT.value,
        shipped_at=scope.now,
        shipment_posting_id=posting_id,
    )
    await _record(scope, transfer, "shipped", _IN_TRANSIT, posting_id=posting_id)
    return await queries.get_transfer(scope, transfer_id)


async def receive_transfer(
    scope: WriteScope, transfer_id: int, command: ReceiveTransfer, expected_version: int | None
) -> TransferReceiptDocument:
    """Take in what arrived; the transfer is completed once nothing of it is in transit.

    Raises:
        TransferNotFound, WarehouseNotAllowed, StaleVersion, WrongStatus: see `lock_for`.
        Invalid, DocumentLinesNotFound, MoreThanInTransit: of the lines that are given.
        WarehouseInactive: the destination is, and not everything is missing.
    """
    transfer = await lock_for(scope, transfer_id, "receive", expected_version)
    scope.require_warehouse(transfer.to_warehouse_id)
    lines = await queries.lines_of(scope, transfer_id)
    arrivals = arrivals_of(lines, command)
    if any(arrival.good or arrival.damaged for arrival in arrivals):
        await require_active(scope, transfer.to_warehouse_id)
    journey = Journey(transfer, scope.now)
    journey.receive(arrivals)
    posting_id = await _post(scope, transfer, journey, PostingKind.TRANSFER_RECEIPT)
    receipt_id = await _keep_receipt(scope, transfer_id, command.notes, posting_id, arrivals)
    under_way = sum(line.in_transit for line in lines)
    if under_way == sum(arrival.quantity for arrival in arrivals):
        status = TransferStatus.COMPLETED
        await advance(scope, Transfer, transfer_id, status=status.value, completed_at=scope.now)
    else:
        status = _IN_TRANSIT
        await advance(scope, Transfer, transfer_id)
    await _record(scope, transfer, "received", status, posting_id=posting_id)
    return await queries.get_receipt(scope, transfer_id, receipt_id)


async def cancel_transfer(
    scope: WriteScope, transfer_id: int, command: CancelDocument, expected_version: int | None
) -> TransferDocument:
    """Give a transfer up; what is still in transit is available at the source again.

    Where some of it was received before, it ends `completed`, else `cancelled`.

    Raises:
        TransferNotFound, WarehouseNotAllowed, StaleVersion, WrongStatus: see `lock_for`.
        WarehouseInactive: the source is, and would take stock.
    """
    transfer = await lock_for(scope, transfer_id, "cancel", expected_version)
    scope.require_warehouse(transfer.from_warehouse_id)
    posting_id = None
    status = TransferStatus.CANCELLED
    if transfer.status == _IN_TRANSIT:
        await require_active(scope, transfer.from_warehouse_id)
        lines = await queries.lines_of(scope, transfer_id)
        journey = Journey(transfer, scope.now)
        journey.turn_back(lines, command.reason)
        posting_id = await _post(scope, transfer, journey, PostingKind.TRANSFER_CANCELLATION)
        names = {"company_id": scope.company_id, "transfer_id": transfer_id}
        await scope.execute(_SQL["return_lines"], names)
        if any(line.in_transit < line.shipped for line in lines):
            status = TransferStatus.COMPLETED
    await advance(
        scope,
        Transfer,
        transfer_id,
        status=status.value,
        cancelled_at=scope.now,
        completed_at=scope.now if status is TransferStatus.COMPLETED else None,
        cancellation_reason=command.reason,
        cancellation_posting_id=posting_id,
    )
    await _record(
        scope, transfer, "cancelled", status, posting_id=posting_id, reason=command.reason
    )
    return await queries.get_transfer(scope, transfer_id)


async def _require_stock(scope: WriteScope, entries: Sequence[Entry]) -> None:
    """Refuse to ship what is not there, also where available stock may be sold below zero."""
    balances = await ledger.locked_balances(scope, {entry.level for entry in entries})
    held = {level: balance.available for level, balance in balances.items()}
    short = []
    for entry in entries:
        if entry.bucket is Bucket.AVAILABLE:
            if held[entry.level] + entry.change < 0:
                short.append(ledger.shortage(entry, held[entry.level]).facts())
            held[entry.level] += entry.change
    if short:
        raise InsufficientStock(facts={"lines": short})


async def _post(
    scope: WriteScope, transfer: LockedTransfer, journey: Journey, kind: PostingKind
) -> int:
    document = Document(DocumentType.TRANSFER, transfer.id)
    posting_id, _ = await ledger.post(scope, journey.entries, kind=kind, document=document)
    return posting_id


async def _keep_receipt(
    scope: WriteScope,
    transfer_id: int,
    notes: str | None,
    posting_id: int,
    arrivals: Sequence[Arrival],
) -> int:
    names = {
        "company_id": scope.company_id,
        "transfer_id": transfer_id,
        "notes": notes,
        "now": scope.now,
        "posting_id": posting_id,
    }
    receipt_id: int = await scope.fetch_value(_SQL["receive"], names)
    columns: dict[str, list[object]] = {
        "lines": [arrival.line.id for arrival in arrivals],
        "good": [arrival.good for arrival in arrivals],
        "damaged": [arrival.damaged for arrival in arrivals],
        "missing": [arrival.missing for arrival in arrivals],
        "reasons": [arrival.reason for arrival in arrivals],
    }
    arrays = {name: sql.array_literal(values) for name, values in columns.items()}
    await scope.execute(_SQL["receive_lines"], {**names, "receipt_id": receipt_id, **arrays})
    return receipt_id


async def _replace_lines(
    scope: WriteScope, before: TransferDocument, lines: Sequence[NewTransferLine] | None
) -> bool:
    """Put `lines` in the place of all there are, unless they are the same; whether it did."""
    if lines is None:
        return False
    products = [ref.id for ref in await products_of(scope, lines, bundles=False)]
    wanted = [(product_id, line.quantity) for product_id, line in zip(products, lines, strict=True)]
    if wanted == [(line.product_id, line.quantity) for line in before.lines]:
        return False
    names = {"company_id": scope.company_id, "transfer_id": before.id}
    await scope.execute(_SQL["remove_lines"], names)
    await _add_lines(scope, before.id, products, lines)
    return True


async def _add_lines(
    scope: WriteScope, transfer_id: int, products: list[int], lines: Sequence[NewTransferLine]
) -> None:
    names = {
        "company_id": scope.company_id,
        "transfer_id": transfer_id,
        "products": sql.array_literal(products),
        "quantities": sql.array_literal([line.quantity for line in lines]),
    }
    await scope.execute(_SQL["add_lines"], names)


def _content(row: TransferDocument) -> list[list[object]]:
    """The lines as the audit log keeps them: product and quantity."""
    return [[line.product_id, line.quantity] for line in row.lines]


async def _record(
    scope: WriteScope,
    transfer: LockedTransfer,
    action: str,
    status: TransferStatus,
    **facts: object,
) -> None:
    changes = moved(transfer.status, status, **facts)
    await audit.record(scope, _ENTITY, action, {transfer.id: changes})
