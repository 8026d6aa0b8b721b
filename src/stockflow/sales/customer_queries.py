"""Reads of customers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from stockflow.companies.coded import code_key
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.foundation.sorting import Sorting, sorted_page
from stockflow.sales.customer_commands import CustomerFilters
from stockflow.sales.customer_errors import CustomerNotFound
from stockflow.sales.models import Customer

_SORTINGS: dict[str, Sorting] = {
    "name": (func.lower(Customer.name), str),
    "code": (func.coalesce(Customer.code_key, ""), str),
    "id": (Customer.id.expression, int),
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
    """Customers in the order asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
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
    return await sorted_page(
        scope,
        CustomerRow,
        query,
        filters,
        sortings=_SORTINGS,
        row_id=Customer.id.expression,
        name="customers",
    )
