"""Writes of receipts: what came of an order, and what it makes of stock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stockflow.companies import audit
from stockflow.companies.queries import get_company
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import WriteScope
from stockflow.purchasing.commands import PurchaseOrderStatus as Status
from stockflow.purchasing.commands import ReceivedProduct, ReceivePurchaseOrder
from stockflow.purchasing.errors import MoreThanOrdered
from stockflow.purchasing.lifecycle import lock_for
from stockflow.purchasing.models import PurchaseOrder
from stockflow.purchasing.queries import (
    SQL,
    LockedOrder,
    PurchaseOrderLineRow,
    PurchaseReceiptDocument,
    get_receipt,
    lines_of,
)
from stockflow.stock import calendar, ledger
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.document_lines import require_each_once, require_lines
from stockflow.stock.documents import advance, moved


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What came of a line."""

    ordered: PurchaseOrderLineRow
    good: Decimal
    damaged: Decimal
    missing: Decimal
    unit_cost: Decimal


async def receive_purchase_order(
    scope: WriteScope, order_id: int, command: ReceivePurchaseOrder, expected_version: int | None
) -> PurchaseReceiptDocument:
    """Note a delivery: good units become available, damaged ones damaged stock, at their cost.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
        Invalid: a line is given twice.
        DocumentLinesNotFound: lines are not of this order; names all of them.
        MoreThanOrdered: more than was ordered and the company tolerates; names every such line.
        LevelsClosed: the warehouse is inactive.
    """
    scope.require(Permission.MOVE_STOCK)
    order = await lock_for(scope, order_id, "receive", expected_version)
    ordered = await lines_of(scope, order_id, order.supplier_id)
    tolerated = Decimal((await get_company(scope)).over_receipt_percent)
    arrivals = _arrivals(ordered, command.lines)
    _refuse_too_much(arrivals, tolerated)
    received_at = command.received_at or scope.now
    entries = list(_entries(order, arrivals, received_at))
    posting_id = None
    if entries:
        cause = ledger.Document(DocumentType.PURCHASE_ORDER, order_id)
        posting_id, _ = await ledger.post(scope, entries, kind=PostingKind.RECEIPT, document=cause)
    receipt_id = await _insert_receipt(scope, order, command, received_at, posting_id)
    await _account(scope, receipt_id, arrivals)
    await _advance(scope, order, receipt_id)
    return await get_receipt(scope, order_id, receipt_id)


def _arrivals(
    ordered: Sequence[PurchaseOrderLineRow], given: Sequence[ReceivedProduct] | None
) -> list[_Arrival]:
    if given is None:
        return [
            _Arrival(line, line.open_quantity, ledger.ZERO, ledger.ZERO, Decimal(line.unit_cost))
            for line in ordered
            if line.open_quantity
        ]
    by_id = {line.id: line for line in ordered}
    require_each_once(given)
    require_lines(given, by_id)
    return [
        _Arrival(
            by_id[line.line_id],
            line.good,
            line.damaged,
            line.missing,
            Decimal(by_id[line.line_id].unit_cost)
            if line.unit_cost is None
            else abs(line.unit_cost),
        )
        for line in given
    ]


def _refuse_too_much(arrivals: Sequence[_Arrival], tolerated_percent: Decimal) -> None:
    """Good, damaged and missing units together, of this delivery and all before."""
    errors = []
    for arrival in arrivals:
        line = arrival.ordered
        before = line.good + line.damaged + line.missing
        most = line.quantity * (100 + tolerated_percent) / 100
        now = arrival.good + arrival.damaged + arrival.missing
        if before + now > most:
            errors.append(
                {
                    "line": line.line,
                    "line_id": line.id,
                    "product_id": line.product_id,
                    "sku": line.sku,
                    "ordered": line.quantity,
                    "received_before": before,
                    "requested": now,
                    "allowed": plain(most - before),
                }
            )
    if errors:
        raise MoreThanOrdered(facts={"lines": errors})


def _entries(
    order: LockedOrder, arrivals: Sequence[_Arrival], received_at: datetime
) -> Iterator[ledger.Entry]:
    for arrival in arrivals:
        for bucket, quantity in (
            (Bucket.AVAILABLE, arrival.good),
            (Bucket.DAMAGED, arrival.damaged),
        ):
            if quantity:
                yield ledger.Entry(
                    line=arrival.ordered.line,
                    product_id=arrival.ordered.product_id,
                    sku=arrival.ordered.sku,
                    warehouse_id=order.warehouse_id,
                    type=MovementType.PURCHASE,
                    bucket=bucket,
                    change=quantity,
                    occurred_at=received_at,
                    unit_cost=arrival.unit_cost,
                    reference=order.number,
                )


async def _insert_receipt(
    scope: WriteScope,
    order: LockedOrder,
    command: ReceivePurchaseOrder,
    received_at: datetime,
    posting_id: int | None,
) -> int:
    assert order.approved_at is not None, "only approved orders are received"
    days = (
        calendar.local_day(scope, received_at) - calendar.local_day(scope, order.approved_at)
    ).days
    receipt_id = await scope.fetch_value(
        SQL["add_receipt"],
        {
            "company_id": scope.company_id,
            "order_id": order.id,
            "posting_id": posting_id,
            "delivery_reference": command.delivery_reference,
            "notes": command.notes,
            "received_at": received_at,
            "lead_time_days": days if days >= 0 else None,
            "user_id": scope.actor.user_id,
            "api_key_id": scope.actor.api_key_id,
        },
    )
    return int(receipt_id)


async def _account(scope: WriteScope, receipt_id: int, arrivals: Sequence[_Arrival]) -> None:
    """Write the lines of the receipt, and count them into those of the order."""
    names: dict[str, Any] = {
        "company_id": scope.company_id,
        "receipt_id": receipt_id,
        "ids": sql.array_literal([arrival.ordered.id for arrival in arrivals]),
        "good": sql.array_literal([arrival.good for arrival in arrivals]),
        "damaged": sql.array_literal([arrival.damaged for arrival in arrivals]),
        "missing": sql.array_literal([arrival.missing for arrival in arrivals]),
        "unit_costs": sql.array_literal([arrival.unit_cost for arrival in arrivals]),
    }
    await scope.execute(SQL["add_receipt_lines"], names)
    await scope.execute(SQL["account"], names)


async def _advance(scope: WriteScope, order: LockedOrder, receipt_id: int) -> None:
    names = {"company_id": scope.company_id, "order_id": order.id}
    is_open = await scope.fetch_value(SQL["is_open"], names)
    status = Status.PARTIALLY_RECEIVED if is_open else Status.RECEIVED
    received_at = None if is_open else scope.now
    await advance(scope, PurchaseOrder, order.id, status=status.value, received_at=received_at)
    changes = moved(order.status, status, receipt_id=receipt_id)
    await audit.record(scope, "purchase_order", "received", {order.id: changes})
