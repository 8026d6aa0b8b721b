"""Reads of purchase orders and their receipts."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import WithJsonSchema
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    not_,
    select,
)

from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.purchasing.commands import PurchaseOrderFilters, PurchaseOrderStatus
from stockflow.purchasing.errors import PurchaseOrderNotFound, PurchaseReceiptNotFound
from stockflow.purchasing.models import PurchaseOrder as Order
from stockflow.purchasing.models import PurchaseReceipt
from stockflow.purchasing.terms import TermsWarning, terms_warnings
from stockflow.stock.documents import document_of, ids, list_documents
from stockflow.suppliers.models import Supplier
from stockflow.warehouses.models import Warehouse

SQL = sql.load(__package__, "queries.sql")
_AWAITED = frozenset(
    status.value
    for status in (PurchaseOrderStatus.APPROVED, PurchaseOrderStatus.PARTIALLY_RECEIVED)
)
_WITH_WARNINGS = frozenset({PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SUBMITTED})

Level = tuple[int, int]
"""(product_id, warehouse_id)"""

LineTotal = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^\d{1,25}\.\d{4,8}$"})]
"""Quantity times unit cost, exact: only the total of the order is rounded."""


@dataclass(frozen=True, slots=True)
class PurchaseOrderRow:
    """A purchase order without its lines."""

    id: int
    number: str
    status: PurchaseOrderStatus
    supplier_id: int
    supplier_name: str
    warehouse_id: int
    warehouse_code: str
    reference: str | None
    expected_date: date | None
    currency: str
    payment_terms: str | None
    line_count: int
    total: MoneyOut
    created_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    received_at: datetime | None
    cancelled_at: datetime | None
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderHeader(PurchaseOrderRow):
    """Everything about a purchase order but its lines."""

    notes: str | None
    created_by_user_id: int | None
    created_by_api_key_id: int | None
    approved_by_user_id: int | None
    approved_by_api_key_id: int | None
    rejection_reason: str | None
    cancellation_reason: str | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderLineRow:
    """What was ordered of a product, what came of it, and what is still open."""

    id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    supplier_sku: str | None
    quantity: QuantityOut
    unit_cost: MoneyOut
    line_total: LineTotal
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut
    cancelled: QuantityOut
    open_quantity: QuantityOut
    minimum_order_quantity: QuantityOut | None
    order_multiple: QuantityOut | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderDocument(PurchaseOrderHeader):
    """A purchase order with its lines; `warnings` says what does not fit the supplier's terms."""

    lines: list[PurchaseOrderLineRow]
    warnings: list[TermsWarning]


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """What decides about an order, as it stays until the transaction ends."""

    id: int
    number: str
    status: PurchaseOrderStatus
    supplier_id: int
    warehouse_id: int
    currency: str
    payment_terms: str | None
    reference: str | None
    notes: str | None
    expected_date: date | None
    line_count: int
    total: Decimal
    author_user_ids: list[int]
    author_api_key_ids: list[int]
    approved_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class PurchaseReceiptRow:
    """A delivery without its lines."""

    id: int
    order_id: int
    posting_id: int | None
    delivery_reference: str | None
    notes: str | None
    received_at: datetime
    lead_time_days: int | None
    user_id: int | None
    api_key_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PurchaseReceiptLineRow:
    """What a delivery brought of one line of the order."""

    line_id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut
    unit_cost: MoneyOut


@dataclass(frozen=True, slots=True)
class PurchaseReceiptDocument(PurchaseReceiptRow):
    """A delivery with its lines, and what it made of the order."""

    order_number: str
    order_status: PurchaseOrderStatus
    lines: list[PurchaseReceiptLineRow]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafts and submitted orders already hold of a product for a warehouse."""

    product_id: int
    warehouse_id: int
    quantity: QuantityOut
    numbers: list[str]


_SHOWN: dict[str, Any] = {
    "supplier_name": Supplier.name,
    "warehouse_code": Warehouse.code,
    "total": cast(Order.total, Text),
}


def _shown(name: str) -> Any:
    return _SHOWN[name] if name in _SHOWN else getattr(Order, name)


def _orders(scope: ReadScope, row: type[PurchaseOrderRow]) -> Select[tuple[Any, ...]]:
    """Orders of the warehouses the actor may see."""
    names = [field.name for field in fields(row)]
    query = (
        select(*(_shown(name).label(name) for name in names))
        .select_from(Order)
        .join(
            Supplier,
            (Supplier.company_id == scope.company_id) & (Supplier.id == Order.supplier_id),
        )
        .join(
            Warehouse,
            (Warehouse.company_id == scope.company_id) & (Warehouse.id == Order.warehouse_id),
        )
        .where(Order.company_id == scope.company_id)
    )
    allowed = scope.actor.warehouse_ids
    return query if allowed is None else query.where(Order.warehouse_id == any_(ids(allowed)))


async def get_purchase_order(scope: ReadScope, order_id: int) -> PurchaseOrderDocument:
    """One order with its lines.

    Raises:
        PurchaseOrderNotFound: also where its warehouse is not one of the actor's.
    """
    header = await _header(scope, order_id)
    lines = await lines_of(scope, order_id, header.supplier_id)
    warnings = terms_warnings(lines) if header.status in _WITH_WARNINGS else []
    return document_of(PurchaseOrderDocument, header, lines=lines, warnings=warnings)


async def _header(scope: ReadScope, order_id: int) -> PurchaseOrderHeader:
    scope.require(Permission.READ)
    query = _orders(scope, PurchaseOrderHeader).where(Order.id == order_id)
    header = await scope.fetch_one(PurchaseOrderHeader, query)
    if header is None:
        raise PurchaseOrderNotFound(facts={"purchase_order_id": order_id})
    return header


async def lines_of(scope: ReadScope, order_id: int, supplier_id: int) -> list[PurchaseOrderLineRow]:
    """The lines of an order, in their order."""
    names = {"company_id": scope.company_id, "order_id": order_id, "supplier_id": supplier_id}
    return await scope.fetch_all(PurchaseOrderLineRow, SQL["lines"], names)


async def lock_order(scope: WriteScope, order_id: int) -> LockedOrder:
    """The order, locked until the transaction ends.

    Raises:
        PurchaseOrderNotFound: also where its warehouse is not one of the actor's.
    """
    allowed = scope.actor.warehouse_ids
    names = {
        "company_id": scope.company_id,
        "id": order_id,
        "allowed": None if allowed is None else list(allowed),
    }
    row = await scope.fetch_one(LockedOrder, SQL["lock"], names)
    if row is None:
        raise PurchaseOrderNotFound(facts={"purchase_order_id": order_id})
    return row


async def purchase_orders(scope: ReadScope, order_ids: Collection[int]) -> list[PurchaseOrderRow]:
    """These orders without their lines, oldest first."""
    scope.require(Permission.READ)
    query = (
        _orders(scope, PurchaseOrderRow).where(Order.id == any_(ids(order_ids))).order_by(Order.id)
    )
    return await scope.fetch_all(PurchaseOrderRow, query)


async def list_purchase_orders(
    scope: ReadScope, filters: PurchaseOrderFilters
) -> Page[PurchaseOrderRow]:
    """Orders without their lines, newest first unless asked otherwise."""
    scope.require(Permission.READ)
    query = _orders(scope, PurchaseOrderRow)
    if filters.supplier_id is not None:
        query = query.where(Order.supplier_id == filters.supplier_id)
    if filters.supplier is not None:
        query = query.where(Supplier.code_key == code_key(filters.supplier))
    if filters.warehouse_id is not None:
        query = query.where(Order.warehouse_id == filters.warehouse_id)
    if filters.warehouse is not None:
        query = query.where(Warehouse.code_key == code_key(filters.warehouse))
    if filters.overdue is not None:
        query = query.where(_overdue(scope) if filters.overdue else not_(_overdue(scope)))
    return await list_documents(scope, PurchaseOrderRow, query, Order, filters)


def _overdue(scope: ReadScope) -> ColumnElement[bool]:
    late = func.coalesce(Order.expected_date < scope.today, false())
    return and_(Order.status == any_(literal(sorted(_AWAITED), ARRAY(Text()))), late)


def is_overdue(scope: ReadScope, order: PurchaseOrderRow) -> bool:
    """Whether an order is expected before today and not received yet, as the filter `overdue` has it."""
    expected = order.expected_date
    return order.status in _AWAITED and expected is not None and expected < scope.today


def _receipts(scope: ReadScope, order_id: int) -> Select[tuple[Any, ...]]:
    columns = [getattr(PurchaseReceipt, field.name) for field in fields(PurchaseReceiptRow)]
    return select(*columns).where(
        PurchaseReceipt.company_id == scope.company_id, PurchaseReceipt.order_id == order_id
    )


async def list_receipts(
    scope: ReadScope, order_id: int, filters: PageFilters
) -> Page[PurchaseReceiptRow]:
    """The deliveries of an order without their lines, in the order they were noted.

    Raises:
        PurchaseOrderNotFound: no such order.
    """
    await _header(scope, order_id)
    after = decode_cursor(filters.cursor, "receipts", (int,))
    key = (PurchaseReceipt.id.expression,)
    query = paged(_receipts(scope, order_id), key, after, filters.limit)
    rows = await scope.fetch_all(PurchaseReceiptRow, query)
    return page_of(rows, filters.limit, "receipts", lambda row: (row.id,))


async def get_receipt(scope: ReadScope, order_id: int, receipt_id: int) -> PurchaseReceiptDocument:
    """One delivery with its lines.

    Raises:
        PurchaseOrderNotFound, PurchaseReceiptNotFound: no such order, or receipt of it.
    """
    order = await _header(scope, order_id)
    query = _receipts(scope, order_id).where(PurchaseReceipt.id == receipt_id)
    row = await scope.fetch_one(PurchaseReceiptRow, query)
    if row is None:
        raise PurchaseReceiptNotFound(facts={"purchase_receipt_id": receipt_id})
    names = {"company_id": scope.company_id, "receipt_id": receipt_id}
    lines = await scope.fetch_all(PurchaseReceiptLineRow, SQL["receipt_lines"], names)
    facts = {"order_number": order.number, "order_status": order.status}
    return document_of(PurchaseReceiptDocument, row, **facts, lines=lines)


async def on_order(scope: ReadScope, levels: Collection[Level]) -> dict[Level, Decimal]:
    """What approved orders still have to bring of each product to each warehouse; levels without are left out.

    One statement for any number of levels.
    """
    cursor = await scope.execute(SQL["on_order"], _of_levels(scope, levels))
    return {(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def drafted(scope: ReadScope, levels: Collection[Level]) -> list[Drafted]:
    """What orders that are not approved yet hold of each product for each warehouse."""
    return await scope.fetch_all(Drafted, SQL["drafted"], _of_levels(scope, levels))


def _of_levels(scope: ReadScope, levels: Collection[Level]) -> dict[str, Any]:
    return {
        "company_id": scope.company_id,
        "products": sql.array_literal([product for product, _ in levels]),
        "warehouses": sql.array_literal([warehouse for _, warehouse in levels]),
    }


async def came(scope: ReadScope, order_ids: Collection[int]) -> dict[int, Decimal]:
    """Which share of the units of each order came, good or damaged; one for all of them."""
    cursor = await scope.execute(
        SQL["came"], {"company_id": scope.company_id, "orders": sql.array_literal(list(order_ids))}
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}
