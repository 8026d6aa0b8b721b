"""Reads of adjustment requests."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, any_, cast, func, literal, select

from stockflow.adjustments.commands import RequestFilters, RequestStatus
from stockflow.adjustments.errors import AdjustmentRequestNotFound
from stockflow.adjustments.models import AdjustmentRequest, AdjustmentRequestLine
from stockflow.catalog.models import Product
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.commands import MovementType
from stockflow.stock.documents import document_of, ids, list_documents
from stockflow.warehouses.models import Warehouse

SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request without its lines; `value` is what it adds and takes, as valued when asked for."""

    id: int
    number: str
    status: RequestStatus
    reason: str
    warehouse_ids: list[int]
    line_count: int
    value: MoneyOut
    requested_by_user_id: int | None
    requested_by_api_key_id: int | None
    decided_by_user_id: int | None
    decided_by_api_key_id: int | None
    decided_at: datetime | None
    decision_reason: str | None
    posting_id: int | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class RequestLineRow:
    """One movement that is asked for; `unit_value` and `value` as they were when it was."""

    id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    warehouse_id: int
    warehouse_code: str
    type: MovementType
    quantity: QuantityOut
    unit_cost: MoneyOut | None
    unit_price: MoneyOut | None
    unit_value: MoneyOut
    value: MoneyOut
    reason: str | None
    reference: str | None
    occurred_at: datetime | None
    expected_quantity: QuantityOut | None


@dataclass(frozen=True, slots=True)
class RequestDocument(RequestRow):
    """A request with its lines."""

    lines: list[RequestLineRow]


def _requests(scope: ReadScope) -> Select[Any]:
    value = func.abs(AdjustmentRequestLine.quantity) * AdjustmentRequestLine.unit_value
    total = (
        select(
            func.count().label("line_count"),
            cast(func.round(func.sum(value), 4), Text).label("value"),
        )
        .where(
            AdjustmentRequestLine.company_id == scope.company_id,
            AdjustmentRequestLine.request_id == AdjustmentRequest.id,
        )
        .lateral()
    )
    columns = [
        total.c[field.name] if field.name in total.c else getattr(AdjustmentRequest, field.name)
        for field in fields(RequestRow)
    ]
    query = (
        select(*columns)
        .join_from(AdjustmentRequest, total, literal(True))
        .where(AdjustmentRequest.company_id == scope.company_id)
    )
    limits = scope.actor.warehouse_ids
    if limits is not None:
        query = query.where(AdjustmentRequest.warehouse_ids.op("<@")(ids(limits)))
    return query


async def get_request(scope: ReadScope, request_id: int) -> RequestDocument:
    """One adjustment request with its lines.

    Raises:
        AdjustmentRequestNotFound: also where one of its warehouses is not the actor's.
    """
    scope.require(Permission.READ)
    query = _requests(scope).where(AdjustmentRequest.id == request_id)
    row = await scope.fetch_one(RequestRow, query)
    if row is None:
        raise AdjustmentRequestNotFound(facts={"adjustment_request_id": request_id})
    names = {"company_id": scope.company_id, "request_id": request_id}
    lines = await scope.fetch_all(RequestLineRow, SQL["lines"], names)
    return document_of(RequestDocument, row, lines=lines)


async def list_requests(scope: ReadScope, filters: RequestFilters) -> Page[RequestRow]:
    """Adjustment requests without their lines, newest first unless asked otherwise."""
    scope.require(Permission.READ)
    query = _with_product(scope, _with_warehouse(scope, _requests(scope), filters), filters)
    return await list_documents(scope, RequestRow, query, AdjustmentRequest, filters)


def _with_warehouse(scope: ReadScope, query: Select[Any], filters: RequestFilters) -> Select[Any]:
    if filters.warehouse_id is not None:
        wanted = ids([filters.warehouse_id])
        query = query.where(AdjustmentRequest.warehouse_ids.op("@>")(wanted))
    if filters.warehouse is not None:
        named = select(Warehouse.id).where(
            Warehouse.company_id == scope.company_id,
            Warehouse.code_key == code_key(filters.warehouse),
        )
        query = query.where(named.scalar_subquery() == any_(AdjustmentRequest.warehouse_ids))
    return query


def _with_product(scope: ReadScope, query: Select[Any], filters: RequestFilters) -> Select[Any]:
    if filters.product_id is None and filters.sku is None:
        return query
    holding = select(AdjustmentRequestLine.request_id).where(
        AdjustmentRequestLine.company_id == scope.company_id
    )
    if filters.product_id is not None:
        holding = holding.where(AdjustmentRequestLine.product_id == filters.product_id)
    if filters.sku is not None:
        named = select(Product.id).where(
            Product.company_id == scope.company_id,
            Product.sku_key == sku_key(scope.company, filters.sku),
        )
        holding = holding.where(AdjustmentRequestLine.product_id == named.scalar_subquery())
    return query.where(AdjustmentRequest.id.in_(holding))
