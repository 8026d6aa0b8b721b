"""Reads of warehouses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.foundation.sorting import Sorting, sorted_page
from stockflow.warehouses.commands import WarehouseFilters, WarehouseType
from stockflow.warehouses.errors import WarehouseNotFound
from stockflow.warehouses.models import Warehouse

_RESOLVE = """
SELECT id, code, name, active
  FROM warehouses
 WHERE company_id = %(company_id)s
   AND (id = ANY(%(ids)s::bigint[]) OR code_key = ANY(%(codes)s::text[]))
"""

_SORTINGS: dict[str, Sorting] = {
    "code": (Warehouse.code_key.expression, str),
    "name": (func.lower(Warehouse.name), str),
    "id": (Warehouse.id.expression, int),
}


@dataclass(frozen=True, slots=True)
class WarehouseRow:
    """A warehouse as it is shown."""

    id: int
    code: str
    name: str
    type: WarehouseType
    address: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    priority: int
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


def _visible(scope: ReadScope) -> Select[tuple[object, ...]]:
    columns = [getattr(Warehouse, name) for name in WarehouseRow.__slots__]
    query: Select[tuple[object, ...]] = select(*columns).where(
        Warehouse.company_id == scope.company_id
    )
    if scope.actor.warehouse_ids is not None:
        query = query.where(Warehouse.id.in_(scope.actor.warehouse_ids))
    return query


async def get_warehouse(
    scope: ReadScope, warehouse_id: int, *, for_update: bool = False
) -> WarehouseRow:
    """One warehouse.

    Raises:
        WarehouseNotFound: also when the actor is limited to other warehouses.
    """
    scope.require(Permission.READ)
    query = _visible(scope).where(Warehouse.id == warehouse_id)
    row = await scope.fetch_one(
        WarehouseRow, query.with_for_update(key_share=True) if for_update else query
    )
    if row is None:
        raise WarehouseNotFound(facts={"warehouse_id": warehouse_id})
    return row


async def list_warehouses(scope: ReadScope, filters: WarehouseFilters) -> Page[WarehouseRow]:
    """Warehouses in the order asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    query = _visible(scope)
    if filters.q:
        term = filters.q.strip()
        query = query.where(
            or_(
                Warehouse.code.icontains(term, autoescape=True),
                Warehouse.name.icontains(term, autoescape=True),
                Warehouse.city.icontains(term, autoescape=True),
            )
        )
    if filters.type is not None:
        query = query.where(Warehouse.type == filters.type.value)
    if filters.active is not None:
        query = query.where(Warehouse.active.is_(filters.active))
    return await sorted_page(
        scope,
        WarehouseRow,
        query,
        filters,
        sortings=_SORTINGS,
        row_id=Warehouse.id.expression,
        name="warehouses",
    )


@dataclass(frozen=True, slots=True)
class WarehouseRef:
    """What other features need of a warehouse they were given by id or code."""

    id: int
    code: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class WarehouseRefs:
    """Warehouses by id and by the normal form of their code."""

    by_id: dict[int, WarehouseRef]
    by_code: dict[str, WarehouseRef]


async def resolve_warehouses(
    scope: ReadScope, ids: Collection[int], codes: Collection[str]
) -> WarehouseRefs:
    """The warehouses of the company with these ids or codes; others are left out."""
    rows = await scope.fetch_all(
        WarehouseRef,
        _RESOLVE,
        {
            "company_id": scope.company_id,
            "ids": sql.array_literal(list(ids)),
            "codes": sql.array_literal([code_key(code) for code in codes]),
        },
    )
    return WarehouseRefs({row.id: row for row in rows}, {code_key(row.code): row for row in rows})
