"""Reads of sales orders and their shipments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Text, any_, cast, select

from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.sales.allocation import Part, only_itself
from stockflow.sales.commands import SalesOrderFilters, SalesOrderStatus
from stockflow.sales.errors import SalesOrderNotFound, ShipmentNotFound
from stockflow.sales.holdings import Holding, holdings_of
from stockflow.sales.lifecycle import OPEN
from stockflow.sales.models import Customer, SalesOrderLine
from stockflow.sales.models import SalesOrder as Order
from stockflow.sales.rows import (
    AllocationRow,
    LockedOrder,
    OrderLine,
    SalesOrderDocument,
    SalesOrderLineRow,
    SalesOrderRow,
    ShipmentDocument,
    ShipmentLineRow,
    ShipmentRow,
)
from stockflow.stock.commands import DocumentType
from stockflow.stock.documents import document_of, ids, list_documents
from stockflow.stock.reservations import held_by
from stockflow.warehouses.models import Warehouse

SQL = sql.load(__package__, "orders.sql")
_EMPTY = Decimal(0)


def _names(scope: ReadScope, **more: object) -> dict[str, object]:
    allowed = scope.actor.warehouse_ids
    return {
        "company_id": scope.company_id,
        "allowed": None if allowed is None else sql.array_literal(list(allowed)),
        **more,
    }


async def get_order(scope: ReadScope, order_id: int) -> SalesOrderDocument:
    """One order with its lines, and what they have reserved by now.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
    """
    scope.require(Permission.READ)
    cursor = await scope.execute(SQL["order"], _names(scope, id=order_id))
    row: Sequence[Any] | None = await cursor.fetchone()
    if row is None:
        raise SalesOrderNotFound(facts={"sales_order_id": order_id})
    lines = await lines_of(scope, [order_id])
    holdings: list[Holding] = []
    if row[2] in OPEN:
        held = await held_by(scope, DocumentType.SALES_ORDER, [order_id])
        holdings = holdings_of(held, await parts_of(scope, lines))
    codes = await _codes(scope, {holding.warehouse_id for holding in holdings})
    return SalesOrderDocument(*(*row, shown_lines(lines, holdings, codes)))


def shown_lines(
    lines: Iterable[OrderLine], holdings: Iterable[Holding], codes: Mapping[int, str]
) -> list[SalesOrderLineRow]:
    """The lines as they are shown, with what they have reserved where."""
    by_line: dict[int, list[Holding]] = defaultdict(list)
    for holding in holdings:
        by_line[holding.line_id].append(holding)
    return [
        SalesOrderLineRow(
            line.id,
            line.line,
            line.product_id,
            line.sku,
            line.product_name,
            line.warehouse_id,
            line.quantity,
            line.unit_price,
            line.discount_percent,
            line.line_total,
            sum((holding.quantity for holding in by_line[line.id]), _EMPTY),
            line.backordered,
            line.shipped,
            line.returned,
            line.cancelled,
            [
                AllocationRow(
                    holding.warehouse_id,
                    codes[holding.warehouse_id],
                    holding.quantity,
                    holding.reserved_until,
                )
                for holding in by_line[line.id]
            ],
        )
        for line in lines
    ]


def confirmed_order(
    scope: WriteScope,
    order: LockedOrder,
    lines: Iterable[OrderLine],
    holdings: Iterable[Holding],
) -> SalesOrderDocument:
    """A draft as it is shown once it is confirmed, without reading it again."""
    codes = order.codes
    return SalesOrderDocument(
        id=order.id,
        number=order.number,
        status=SalesOrderStatus.CONFIRMED,
        customer_id=order.customer_id,
        customer_code=order.customer_code,
        customer_name=order.customer_name,
        warehouse_id=order.warehouse_id,
        warehouse_code=None if order.warehouse_id is None else codes[order.warehouse_id],
        reference=order.reference,
        expected_date=order.expected_date,
        shipping_address=order.shipping_address,
        notes=order.notes,
        currency=order.currency,
        line_count=order.line_count,
        total=order.total,
        cancellation_reason=None,
        confirmed_at=scope.now,
        created_at=order.created_at,
        updated_at=scope.now,
        version=order.version + 1,
        lines=shown_lines(lines, holdings, codes),
    )


async def lock_order(scope: WriteScope, order_id: int) -> LockedOrder:
    """An order, locked until the transaction ends; the first thing an operation on it locks.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
    """
    cursor = await scope.execute(
        SQL["lock_orders"], _names(scope, ids=sql.array_literal([order_id]))
    )
    row = await cursor.fetchone()
    if row is None:
        raise SalesOrderNotFound(facts={"sales_order_id": order_id})
    return LockedOrder(*row)


async def lock_orders(scope: WriteScope, order_ids: Collection[int]) -> list[LockedOrder]:
    """Those of these orders that may still be shipped, locked; the oldest confirmed first."""
    cursor = await scope.execute(
        SQL["lock_orders"], _names(scope, ids=sql.array_literal(list(order_ids)))
    )
    orders = [
        order for row in await cursor.fetchall() if (order := LockedOrder(*row)).status in OPEN
    ]
    return sorted(orders, key=lambda order: (order.confirmed_at or scope.now, order.id))


async def lines_of(scope: ReadScope, order_ids: Sequence[int]) -> list[OrderLine]:
    """The lines of orders in their places; true to the end of a transaction that locked the orders."""
    names = {"company_id": scope.company_id, "ids": sql.array_literal(list(order_ids))}
    cursor = await scope.execute(SQL["lines"], names)
    return [OrderLine(*row) for row in await cursor.fetchall()]


async def parts_of(scope: ReadScope, lines: Sequence[OrderLine]) -> dict[int, Sequence[Part]]:
    """What one unit of each line is made of, by line id; bundles as they were when confirmed."""
    parts: dict[int, Sequence[Part]] = {
        line.id: only_itself(line.product_id, line.sku) for line in lines
    }
    ids = sorted({line.order_id for line in lines if line.is_bundle})
    if not ids:
        return parts
    names = {"company_id": scope.company_id, "ids": sql.array_literal(ids)}
    components: dict[int, list[Part]] = defaultdict(list)
    cursor = await scope.execute(SQL["components"], names)
    for line_id, product_id, sku, quantity in await cursor.fetchall():
        components[line_id].append(Part(product_id, sku, quantity))
    return {line_id: components.get(line_id, itself) for line_id, itself in parts.items()}


async def _codes(scope: ReadScope, warehouse_ids: Collection[int]) -> dict[int, str]:
    if not warehouse_ids:
        return {}
    names = {"company_id": scope.company_id, "ids": sql.array_literal(list(warehouse_ids))}
    cursor = await scope.execute(SQL["codes"], names)
    return dict(await cursor.fetchall())


_SHOWN: dict[str, Any] = {
    "customer_code": Customer.code,
    "customer_name": Customer.name,
    "warehouse_code": Warehouse.code,
    "total": cast(Order.total, Text),
}


def _orders(scope: ReadScope) -> Select[Any]:
    """The orders that have only to do with warehouses the actor may use."""
    names = [field.name for field in fields(SalesOrderRow)]
    columns = [_SHOWN[name] if name in _SHOWN else getattr(Order, name) for name in names]
    warehouse = (Warehouse.company_id == scope.company_id) & (Warehouse.id == Order.warehouse_id)
    query = (
        select(*(column.label(name) for column, name in zip(columns, names, strict=True)))
        .select_from(Order)
        .join(
            Customer, (Customer.company_id == scope.company_id) & (Customer.id == Order.customer_id)
        )
        .outerjoin(Warehouse, warehouse)
        .where(Order.company_id == scope.company_id)
    )
    if scope.actor.warehouse_ids is not None:
        query = query.where(Order.warehouse_ids.contained_by(ids(scope.actor.warehouse_ids)))
    return query


async def list_orders(scope: ReadScope, filters: SalesOrderFilters) -> Page[SalesOrderRow]:
    """Orders without their lines, newest first unless asked otherwise."""
    scope.require(Permission.READ)
    query = _orders(scope)
    if filters.customer_id is not None:
        query = query.where(Order.customer_id == filters.customer_id)
    if filters.customer is not None:
        query = query.where(Customer.code_key == code_key(filters.customer))
    if filters.warehouse_id is not None:
        query = query.where(Order.warehouse_ids.contains([filters.warehouse_id]))
    if filters.warehouse is not None:
        named = select(Warehouse.id).where(
            Warehouse.company_id == scope.company_id,
            Warehouse.code_key == code_key(filters.warehouse),
        )
        query = query.where(named.scalar_subquery() == any_(Order.warehouse_ids))
    if filters.backordered is not None:
        waiting = Order.id.in_(
            select(SalesOrderLine.order_id).where(
                SalesOrderLine.company_id == scope.company_id, SalesOrderLine.backordered > 0
            )
        )
        query = query.where(waiting if filters.backordered else ~waiting)
    return await list_documents(scope, SalesOrderRow, query, Order, filters)


async def list_shipments(
    scope: ReadScope, order_id: int, filters: PageFilters
) -> Page[ShipmentRow]:
    """The shipments of an order without their lines, oldest first.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
    """
    scope.require(Permission.READ)
    kind = f"shipments {order_id}"
    (after,) = decode_cursor(filters.cursor, kind, (int,)) or (0,)
    await _require_visible(scope, order_id)
    rows = await _shipments(scope, order_id, after=after, limit=filters.limit + 1)
    return page_of(rows, filters.limit, kind, lambda row: (row.id,))


async def get_shipment(scope: ReadScope, order_id: int, shipment_id: int) -> ShipmentDocument:
    """One shipment of an order with its lines.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
        ShipmentNotFound: no such shipment of it.
    """
    scope.require(Permission.READ)
    await _require_visible(scope, order_id)
    rows = await _shipments(scope, order_id, only=shipment_id)
    if not rows:
        raise ShipmentNotFound(facts={"shipment_id": shipment_id})
    names = {"company_id": scope.company_id, "id": order_id, "shipment_id": shipment_id}
    lines = await scope.fetch_all(ShipmentLineRow, SQL["shipment_lines"], names)
    return document_of(ShipmentDocument, rows[0], lines=lines)


async def _require_visible(scope: ReadScope, order_id: int) -> None:
    cursor = await scope.execute(SQL["order"], _names(scope, id=order_id))
    if await cursor.fetchone() is None:
        raise SalesOrderNotFound(facts={"sales_order_id": order_id})


async def _shipments(
    scope: ReadScope, order_id: int, *, only: int | None = None, after: int = 0, limit: int = 1
) -> list[ShipmentRow]:
    names: dict[str, object] = {"company_id": scope.company_id, "id": order_id}
    names |= {"only": only, "after": after, "limit": limit}
    return await scope.fetch_all(ShipmentRow, SQL["shipments"], names)
