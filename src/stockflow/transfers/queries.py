"""Reads of transfers."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    any_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from stockflow.catalog.models import Product
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.documents import document_of, ids, list_documents
from stockflow.transfers.commands import TransferFilters, TransferStatus
from stockflow.transfers.errors import TransferNotFound, TransferReceiptNotFound
from stockflow.transfers.models import (
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
)
from stockflow.warehouses.models import Warehouse

SQL = sql.load(__package__, "queries.sql")
_Source, _Destination = aliased(Warehouse), aliased(Warehouse)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer without its lines; the quantities are the sums over them."""

    id: int
    number: str
    status: TransferStatus
    from_warehouse_id: int
    from_warehouse_code: str
    from_warehouse_name: str
    to_warehouse_id: int
    to_warehouse_code: str
    to_warehouse_name: str
    expected_date: date | None
    notes: str | None
    line_count: int
    quantity: QuantityOut
    shipped: QuantityOut
    in_transit: QuantityOut
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut
    returned: QuantityOut
    shipment_posting_id: int | None
    cancellation_posting_id: int | None
    cancellation_reason: str | None
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class TransferLineRow:
    """One line: `shipped` is what is good, damaged, missing, returned and still in transit."""

    id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    quantity: QuantityOut
    shipped: QuantityOut
    in_transit: QuantityOut
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut
    returned: QuantityOut


@dataclass(frozen=True, slots=True)
class TransferDocument(TransferRow):
    """A transfer with its lines."""

    lines: list[TransferLineRow]


@dataclass(frozen=True, slots=True)
class TransferReceiptRow:
    """One delivery of a transfer; the quantities are the sums over its lines."""

    id: int
    transfer_id: int
    received_at: datetime
    notes: str | None
    posting_id: int
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut


@dataclass(frozen=True, slots=True)
class TransferReceiptLineRow:
    """What a delivery held of one line."""

    line_id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    good: QuantityOut
    damaged: QuantityOut
    missing: QuantityOut
    reason: str | None


@dataclass(frozen=True, slots=True)
class TransferReceiptDocument(TransferReceiptRow):
    """One delivery with its lines; status and version are those of the transfer."""

    transfer_status: TransferStatus
    version: int
    lines: list[TransferReceiptLineRow]


def may_see(scope: ReadScope, from_warehouse_id: int, to_warehouse_id: int) -> bool:
    """Whether the actor may see a transfer: one of its ends is theirs."""
    return scope.may_use_warehouse(from_warehouse_id) or scope.may_use_warehouse(to_warehouse_id)


_QUANTITIES = ("quantity", "shipped", "in_transit", "good", "damaged", "missing", "returned")
_IN_TRANSIT = (
    TransferLine.shipped
    - TransferLine.good
    - TransferLine.damaged
    - TransferLine.missing
    - TransferLine.returned
)


def _transfers(scope: ReadScope) -> Select[Any]:
    quantity = {name: getattr(TransferLine, name, _IN_TRANSIT) for name in _QUANTITIES}
    total = (
        select(
            func.count().label("line_count"),
            *(
                func.trim_scale(func.coalesce(func.sum(quantity[name]), 0)).label(name)
                for name in _QUANTITIES
            ),
        )
        .where(TransferLine.company_id == scope.company_id, TransferLine.transfer_id == Transfer.id)
        .lateral()
    )
    joined = {
        "from_warehouse_code": _Source.code,
        "from_warehouse_name": _Source.name,
        "to_warehouse_code": _Destination.code,
        "to_warehouse_name": _Destination.name,
        **{column.name: column for column in total.c},
    }
    columns = [
        joined[field.name].label(field.name)
        if field.name in joined
        else getattr(Transfer, field.name)
        for field in fields(TransferRow)
    ]
    query = (
        select(*columns)
        .join_from(Transfer, _Source, _is(scope, _Source, Transfer.from_warehouse_id.expression))
        .join(_Destination, _is(scope, _Destination, Transfer.to_warehouse_id.expression))
        .join(total, literal(True))
        .where(Transfer.company_id == scope.company_id)
    )
    limits = scope.actor.warehouse_ids
    return query if limits is None else query.where(_at_one_of(limits))


def _is(scope: ReadScope, warehouse: Any, warehouse_id: ColumnElement[int]) -> ColumnElement[bool]:
    both: ColumnElement[bool] = (warehouse.company_id == scope.company_id) & (
        warehouse.id == warehouse_id
    )
    return both


def _at_one_of(warehouse_ids: Collection[int]) -> ColumnElement[bool]:
    given = ids(warehouse_ids)
    return or_(Transfer.from_warehouse_id == any_(given), Transfer.to_warehouse_id == any_(given))


async def get_transfer(scope: ReadScope, transfer_id: int) -> TransferDocument:
    """One transfer with its lines.

    Raises:
        TransferNotFound: also where the actor is limited to warehouses that have no part in it.
    """
    scope.require(Permission.READ)
    row = await scope.fetch_one(TransferRow, _transfers(scope).where(Transfer.id == transfer_id))
    if row is None:
        raise TransferNotFound(facts={"transfer_id": transfer_id})
    return document_of(TransferDocument, row, lines=await lines_of(scope, transfer_id))


async def lines_of(scope: ReadScope, transfer_id: int) -> list[TransferLineRow]:
    """The lines of a transfer, in their order."""
    names = {"company_id": scope.company_id, "transfer_id": transfer_id}
    return await scope.fetch_all(TransferLineRow, SQL["lines"], names)


async def list_transfers(scope: ReadScope, filters: TransferFilters) -> Page[TransferRow]:
    """Transfers without their lines, newest first unless asked otherwise."""
    scope.require(Permission.READ)
    query = _with_product(scope, _between(_transfers(scope), filters), filters)
    return await list_documents(scope, TransferRow, query, Transfer, filters)


def _between(query: Select[Any], filters: TransferFilters) -> Select[Any]:
    if filters.warehouse_id is not None:
        query = query.where(_at_one_of([filters.warehouse_id]))
    if filters.warehouse is not None:
        code = code_key(filters.warehouse)
        query = query.where(or_(_Source.code_key == code, _Destination.code_key == code))
    if filters.from_warehouse_id is not None:
        query = query.where(Transfer.from_warehouse_id == filters.from_warehouse_id)
    if filters.from_warehouse is not None:
        query = query.where(_Source.code_key == code_key(filters.from_warehouse))
    if filters.to_warehouse_id is not None:
        query = query.where(Transfer.to_warehouse_id == filters.to_warehouse_id)
    if filters.to_warehouse is not None:
        query = query.where(_Destination.code_key == code_key(filters.to_warehouse))
    return query


def _with_product(scope: ReadScope, query: Select[Any], filters: TransferFilters) -> Select[Any]:
    if filters.product_id is None and filters.sku is None:
        return query
    holding = select(TransferLine.transfer_id).where(TransferLine.company_id == scope.company_id)
    if filters.product_id is not None:
        holding = holding.where(TransferLine.product_id == filters.product_id)
    if filters.sku is not None:
        named = select(Product.id).where(
            Product.company_id == scope.company_id,
            Product.sku_key == sku_key(scope.company, filters.sku),
        )
        holding = holding.where(TransferLine.product_id == named.scalar_subquery())
    return query.where(Transfer.id.in_(holding))


def _receipts(scope: ReadScope, transfer_id: int) -> Select[Any]:
    parts = ("good", "damaged", "missing")
    total = (
        select(
            *(func.trim_scale(func.sum(getattr(TransferReceiptLine, n))).label(n) for n in parts)
        )
        .where(
            TransferReceiptLine.company_id == scope.company_id,
            TransferReceiptLine.transfer_id == transfer_id,
            TransferReceiptLine.receipt_id == TransferReceipt.id,
        )
        .lateral()
    )
    columns = [
        total.c[field.name] if field.name in parts else getattr(TransferReceipt, field.name)
        for field in fields(TransferReceiptRow)
    ]
    return (
        select(*columns)
        .join_from(TransferReceipt, total, literal(True))
        .where(
            TransferReceipt.company_id == scope.company_id,
            TransferReceipt.transfer_id == transfer_id,
        )
    )


async def list_receipts(
    scope: ReadScope, transfer_id: int, filters: PageFilters
) -> Page[TransferReceiptRow]:
    """The deliveries of a transfer, oldest first.

    Raises:
        TransferNotFound: no such transfer.
    """
    scope.require(Permission.READ)
    await _require_transfer(scope, transfer_id)
    kind = f"transfer {transfer_id} receipts"
    after = decode_cursor(filters.cursor, kind, (int,))
    query = paged(
        _receipts(scope, transfer_id), [TransferReceipt.id.expression], after, filters.limit
    )
    rows = await scope.fetch_all(TransferReceiptRow, query)
    return page_of(rows, filters.limit, kind, lambda row: (row.id,))


async def get_receipt(
    scope: ReadScope, transfer_id: int, receipt_id: int
) -> TransferReceiptDocument:
    """One delivery of a transfer with its lines.

    Raises:
        TransferNotFound: no such transfer.
        TransferReceiptNotFound: it has no such receipt.
    """
    scope.require(Permission.READ)
    status, version = await _require_transfer(scope, transfer_id)
    row = await scope.fetch_one(
        TransferReceiptRow, _receipts(scope, transfer_id).where(TransferReceipt.id == receipt_id)
    )
    if row is None:
        raise TransferReceiptNotFound(facts={"receipt_id": receipt_id})
    names = {
        "company_id": scope.company_id,
        "transfer_id": transfer_id,
        "receipt_id": receipt_id,
    }
    lines = await scope.fetch_all(TransferReceiptLineRow, SQL["receipt_lines"], names)
    facts = {"transfer_status": status, "version": version}
    return document_of(TransferReceiptDocument, row, **facts, lines=lines)


async def _require_transfer(scope: ReadScope, transfer_id: int) -> tuple[TransferStatus, int]:
    cursor = await scope.execute(
        select(
            Transfer.status, Transfer.version, Transfer.from_warehouse_id, Transfer.to_warehouse_id
        ).where(Transfer.company_id == scope.company_id, Transfer.id == transfer_id)
    )
    row = await cursor.fetchone()
    if row is None or not may_see(scope, row[2], row[3]):
        raise TransferNotFound(facts={"transfer_id": transfer_id})
    return TransferStatus(row[0]), row[1]
