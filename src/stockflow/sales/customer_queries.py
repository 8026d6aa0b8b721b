"""Reads of customers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from stockflow.companies.coded import code_key
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.sales.customer_commands import CustomerFilters
from stockflow.sales.customer_errors import CustomerNotFound
from stockflow.sales.models import Customer

_SORTED_BY: dict[str, ColumnElement[Any]] = {
    "name": func.lower(Customer.name),
    "code": func.coalesce(Customer.code_key, ""),
    "id": Customer.id.expression,
}


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as it is shown."""

    id: int
    code: str | None
    name: str
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    billing_address: str | None
    shipping_address: str | None
    payment_terms: str | None
    currency: str | None
    tax_id: str | None
    notes: str | None
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


def _customers(scope: ReadScope) -> Select[tuple[object, ...]]:
    columns = [getattr(Customer, name) for name in CustomerRow.__slots__]
    return select(*columns).where(Customer.company_id == scope.company_id)


async def get_customer(
    scope: ReadScope, customer_id: int, *, for_update: bool = False
) -> CustomerRow:
    """One customer.

    Raises:
        CustomerNotFound: no such customer.
    """
    scope.require(Permission.READ)
    query = _customers(scope).where(Customer.id == customer_id)
    if for_update:
        query = query.with_for_update(key_share=True)
    row = await scope.fetch_one(CustomerRow, query)
    if row is None:
        raise CustomerNotFound(facts={"customer_id": customer_id})
    return row


async def customer_by_code(scope: ReadScope, code: str) -> CustomerRow:
    """The customer with this code, whatever its case.

    Raises:
        CustomerNotFound: there is none.
    """
    scope.require(Permission.READ)
    query = _customers(scope).where(Customer.code_key == code_key(code))
    row = await scope.fetch_one(CustomerRow, query)
    if row is None:
        raise CustomerNotFound(facts={"customer": code})
    return row


async def list_customers(scope: ReadScope, filters: CustomerFilters) -> Page[CustomerRow]:
    """Customers in the order asked for."""
    scope.require(Permission.READ)
    query = _customers(scope)
    if filters.q:
        term = filters.q.strip()
        query = query.where(
            or_(
                Customer.code.icontains(term, autoescape=True),
                Customer.name.icontains(term, autoescape=True),
                Customer.contact_email.icontains(term, autoescape=True),
            )
        )
    if filters.active is not None:
        query = query.where(Customer.active.is_(filters.active))
    field, descending = filters.sort.removeprefix("-"), filters.sort.startswith("-")
    key = (_SORTED_BY[field], Customer.id.expression)
    kind = f"customers {filters.sort}"
    after = decode_cursor(filters.cursor, kind, (int if field == "id" else str, int))
    if after is not None:
        value, customer_id = after
        after = (func.lower(value) if field == "name" else value, customer_id)
    query = paged(query, key, after, filters.limit, descending=descending)
    rows = await scope.fetch_all(CustomerRow, query)
    return page_of(rows, filters.limit, kind, lambda row: (_sort_value(row, field), row.id))


def _sort_value(row: CustomerRow, field: str) -> object:
    return code_key(row.code or "") if field == "code" else getattr(row, field)
