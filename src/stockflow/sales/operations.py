"""Writes of drafts, and the end of orders; see `reserving` and `shipping` for what is between."""

from collections.abc import Iterable

from stockflow.companies import audit
from stockflow.companies.numbering import next_numbers
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope
from stockflow.sales import customer_queries
from stockflow.sales.commands import (
    ChangeSalesOrder,
    CreateSalesOrder,
    SalesOrderStatus,
)
from stockflow.sales.customer_errors import CustomerInactive
from stockflow.sales.customer_queries import CustomerRow
from stockflow.sales.drafting import DraftLine, columns_of, draft_lines, order_total
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.queries import SQL, get_order, lines_of, lock_order, parts_of
from stockflow.sales.rows import LockedOrder, SalesOrderDocument
from stockflow.stock import ledger, reservations
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.document_lines import warehouse_of
from stockflow.stock.documents import CancelDocument
from stockflow.stock.ledger import Document, Entry

_HEADER = (
    "customer_id",
    "warehouse_id",
    "reference",
    "expected_date",
    "shipping_address",
    "notes",
    "line_count",
    "total",
)
_NOTES = frozenset({"reference", "expected_date", "shipping_address", "notes"})
"""What may still be changed of an order that is confirmed."""


async def create_order(scope: WriteScope, command: CreateSalesOrder) -> SalesOrderDocument:
    """Draft an order; it moves no stock. Prices left out are the products' own.

    Raises:
        CustomerNotFound, CustomerInactive: there is no such customer, or it gets no new orders.
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: about the order's warehouse.
        LineTargetsNotFound, WarehouseNotAllowed, LinesRefused: about its lines; names all of them.
        OrderTotalTooLarge: the lines come to too much money.
    """
    scope.require(Permission.SELL)
    customer = await _customer(scope, command.customer_id, command.customer)
    warehouse_id = await _warehouse_id(scope, command.warehouse_id, command.warehouse)
    lines = await draft_lines(scope, command.lines)
    address = command.shipping_address
    if "shipping_address" not in command.model_fields_set:
        address = customer.shipping_address
    (number,) = await next_numbers(scope, "SO")
    order_id = await scope.fetch_value(
        SQL["insert_order"],
        {
            "company_id": scope.company_id,
            "number": number,
            "customer_id": customer.id,
            "warehouse_id": warehouse_id,
            "warehouse_ids": _all_warehouses(warehouse_id, lines),
            "reference": command.reference,
            "expected_date": command.expected_date,
            "shipping_address": address,
            "notes": command.notes,
            "currency": scope.company.currency,
            "line_count": len(lines),
            "total": order_total(lines, scope.company.currency),
            **columns_of(lines),
        },
    )
    order = await get_order(scope, order_id)
    changes = {"number": (None, number)} | {
        name: (None, getattr(order, name)) for name in _HEADER if getattr(order, name) is not None
    }
    await audit.record(scope, "sales_order", "created", {order_id: changes})
    return order


async def change_order(
    scope: WriteScope, order_id: int, command: ChangeSalesOrder, expected_version: int | None
) -> SalesOrderDocument:
    """Change the given fields; `lines`, where given, replace all lines.

    Raises:
        SalesOrderNotFound: no such order.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is no draft, and more than notes would change; or nothing may.
        CustomerNotFound, WarehouseNotFound, LinesRefused and others: as for a new order.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    given = command.model_fields_set
    LIFECYCLE.require("annotate" if given <= _NOTES else "change", order, expected_version)
    before = await get_order(scope, order_id)
    values: dict[str, object] = {
        name: getattr(command if name in given else order, name) for name in _NOTES
    }
    values |= await _whom_and_where(scope, order, command)
    lines = await draft_lines(scope, command.lines) if "lines" in given else None
    if lines is None and all(getattr(order, name) == value for name, value in values.items()):
        return before
    await _write(scope, order, before, values, lines)
    after = await get_order(scope, order_id)
    changes = dict(audit.changed(before, after, _HEADER))
    if lines is not None:
        changes["lines"] = (_told(before), _told(after))
    await audit.record(scope, "sales_order", "changed", {order_id: changes})
    return after


async def _whom_and_where(
    scope: WriteScope, order: LockedOrder, command: ChangeSalesOrder
) -> dict[str, object]:
    given = command.model_fields_set
    values: dict[str, object] = {
        "customer_id": order.customer_id,
        "warehouse_id": order.warehouse_id,
    }
    if given & {"customer", "customer_id"}:
        customer = await _customer(scope, command.customer_id or None, command.customer or None)
        values["customer_id"] = customer.id
    if given & {"warehouse", "warehouse_id"}:
        values["warehouse_id"] = await _warehouse_id(scope, command.warehouse_id, command.warehouse)
    return values


async def _write(
    scope: WriteScope,
    order: LockedOrder,
    before: SalesOrderDocument,
    values: dict[str, object],
    lines: list[DraftLine] | None,
) -> None:
    names = {"company_id": scope.company_id, "id": order.id}
    places: Iterable[int | None] = (line.warehouse_id for line in before.lines)
    figures: dict[str, object] = {"line_count": before.line_count, "total": before.total}
    if lines is not None:
        await scope.execute(SQL["delete_lines"], names)
        await scope.execute(SQL["insert_lines"], {**names, **columns_of(lines)})
        places = (line.warehouse_id for line in lines)
        figures = {"line_count": len(lines), "total": order_total(lines, order.currency)}
    named = {values["warehouse_id"], *places} - {None}
    # what a confirmed order has reserved elsewhere stays among its warehouses
    kept = named if order.status == SalesOrderStatus.DRAFT else {*order.warehouse_ids, *named}
    await scope.execute(
        SQL["change_order"], {**names, **values, **figures, "warehouse_ids": sorted(kept)}
    )


def _told(order: SalesOrderDocument) -> list[dict[str, object]]:
    """The lines as the audit log tells them."""
    return [
        {"sku": line.sku, "quantity": str(line.quantity), "unit_price": line.unit_price}
        for line in order.lines
    ]


def _all_warehouses(warehouse_id: int | None, lines: Iterable[DraftLine]) -> list[int]:
    named = {warehouse_id, *(line.warehouse_id for line in lines)}
    return sorted(place for place in named if place is not None)


async def _customer(scope: WriteScope, customer_id: int | None, code: str | None) -> CustomerRow:
    if customer_id is not None:
        customer = await customer_queries.get_customer(scope, customer_id)
    else:
        customer = await customer_queries.customer_by_code(scope, code or "")
    if not customer.active:
        raise CustomerInactive(facts={"customer_id": customer.id})
    return customer


async def _warehouse_id(
    scope: WriteScope, warehouse_id: int | None, code: str | None
) -> int | None:
    if warehouse_id is None and code is None:
        return None
    return (await warehouse_of(scope, warehouse_id, code)).id


async def cancel_order(
    scope: WriteScope, order_id: int, command: CancelDocument, expected_version: int | None
) -> SalesOrderDocument:
    """Ship nothing more of an order: what it has reserved becomes available again.

    An order of which something was shipped already is then shipped; its lines say what was cancelled.

    Raises:
        SalesOrderNotFound: no such order.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is shipped or cancelled.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    LIFECYCLE.require("cancel", order, expected_version)
    await _release(scope, order, command.reason)
    partly = order.status == SalesOrderStatus.PARTIALLY_SHIPPED
    status = SalesOrderStatus.SHIPPED if partly else SalesOrderStatus.CANCELLED
    names = {"company_id": scope.company_id, "id": order.id}
    await scope.execute(SQL["cancel_lines"], names)
    await scope.execute(
        SQL["cancel_order"], {**names, "status": status.value, "reason": command.reason}
    )
    changes = {"status": (order.status, status), "cancellation_reason": (None, command.reason)}
    await audit.record(scope, "sales_order", "cancelled", {order.id: changes})
    return await get_order(scope, order_id)


async def _release(scope: WriteScope, order: LockedOrder, reason: str | None) -> None:
    """Make what an order has reserved available again."""
    found = await reservations.held_by(scope, DocumentType.SALES_ORDER, [order.id])
    if not found:
        return
    await ledger.lock_levels(scope, {(row.product_id, row.warehouse_id) for row in found})
    # again: locking may have freed what was over
    found = await reservations.held_by(scope, DocumentType.SALES_ORDER, [order.id])
    if not found:
        return
    lines = await lines_of(scope, [order.id])
    parts = await parts_of(scope, lines)
    skus = {part.product_id: part.sku for some in parts.values() for part in some}
    places = {line.id: line.line for line in lines}
    entries = [
        Entry(
            line=places[row.line_id],
            product_id=row.product_id,
            sku=skus[row.product_id],
            warehouse_id=row.warehouse_id,
            type=MovementType.RELEASE,
            bucket=bucket,
            change=change,
            occurred_at=scope.now,
            reason=reason,
            reference=order.number,
            clearing=True,
        )
        for row in found
        for bucket, change in ((Bucket.RESERVED, -row.quantity), (Bucket.AVAILABLE, row.quantity))
    ]
    document = Document(DocumentType.SALES_ORDER, order.id)
    await ledger.post(scope, entries, kind=PostingKind.RELEASE, document=document)
    await reservations.let_go(scope, {row.id: row.quantity for row in found})
