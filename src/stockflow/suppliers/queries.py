"""Reads of suppliers and their terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    Text,
    any_,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
)

from stockflow.catalog.errors import ProductNotFound
from stockflow.catalog.models import Product
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.foundation.sorting import Sorting, sorted_page
from stockflow.suppliers.commands import SupplierFilters, TermsFilters
from stockflow.suppliers.errors import SupplierNotFound, TermsNotFound
from stockflow.suppliers.models import ProductSupplier, Supplier

_SQL = sql.load(__package__, "queries.sql")
_NO_LEAD_TIME = 2**31 - 1
_SORTINGS: dict[str, Sorting] = {
    "name": (func.lower(Supplier.name), str),
    "code": (func.coalesce(Supplier.code_key, ""), str),
    "id": (Supplier.id.expression, int),
}


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier as it is shown."""

    id: int
    code: str | None
    name: str
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    lead_time_days: int | None
    payment_terms: str | None
    currency: str | None
    tax_id: str | None
    notes: str | None
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class TermsRow:
    """The terms of a supplier for a product, as they are shown."""

    product_id: int
    supplier_id: int
    supplier_code: str | None
    supplier_name: str
    supplier_active: bool
    supplier_sku: str | None
    cost_price: MoneyOut | None
    lead_time_days: int | None
    effective_lead_time_days: int | None
    minimum_order_quantity: QuantityOut | None
    order_multiple: QuantityOut | None
    is_preferred: bool
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class BestSupplier:
    """Who to order a product from; `lead_time_days` is the effective one."""

    id: int
    name: str
    contact_email: str | None
    contact_phone: str | None
    lead_time_days: int | None
    minimum_order_quantity: Decimal | None
    order_multiple: Decimal | None
    cost_price: str | None


def _suppliers(scope: ReadScope) -> Select[tuple[object, ...]]:
    columns = [getattr(Supplier, name) for name in SupplierRow.__slots__]
    return select(*columns).where(Supplier.company_id == scope.company_id)


async def get_supplier(
    scope: ReadScope, supplier_id: int, *, for_update: bool = False
) -> SupplierRow:
    """One supplier.

    Raises:
        SupplierNotFound: no such supplier.
    """
    scope.require(Permission.READ)
    query = _suppliers(scope).where(Supplier.id == supplier_id)
    if for_update:
        query = query.with_for_update(key_share=True)
    row = await scope.fetch_one(SupplierRow, query)
    if row is None:
        raise SupplierNotFound(facts={"supplier_id": supplier_id})
    return row


async def supplier_ids_by_code(scope: ReadScope, codes: Iterable[str]) -> dict[str, int]:
    """The ids of those of these codes there are, by `code_key(code)`."""
    scope.require(Permission.READ)
    keys = literal([code_key(code) for code in codes], ARRAY(Text()))
    cursor = await scope.execute(
        select(Supplier.code_key, Supplier.id).where(
            Supplier.company_id == scope.company_id, Supplier.code_key == any_(keys)
        )
    )
    return dict(await cursor.fetchall())


async def require_suppliers(scope: ReadScope, supplier_ids: Iterable[int]) -> None:
    """Raise SupplierNotFound for the first of these suppliers there is not."""
    asked = sorted(set(supplier_ids))
    cursor = await scope.execute(
        select(Supplier.id).where(
            Supplier.company_id == scope.company_id,
            Supplier.id == any_(literal(asked, ARRAY(BigInteger()))),
        )
    )
    found = {supplier_id for (supplier_id,) in await cursor.fetchall()}
    for supplier_id in asked:
        if supplier_id not in found:
            raise SupplierNotFound(facts={"supplier_id": supplier_id})


async def list_suppliers(scope: ReadScope, filters: SupplierFilters) -> Page[SupplierRow]:
    """Suppliers in the order asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    query = _suppliers(scope)
    if filters.q:
        term = filters.q.strip()
        query = query.where(
            or_(
                Supplier.code.icontains(term, autoescape=True),
                Supplier.name.icontains(term, autoescape=True),
                Supplier.contact_email.icontains(term, autoescape=True),
            )
        )
    if filters.active is not None:
        query = query.where(Supplier.active.is_(filters.active))
    return await sorted_page(
        scope,
        SupplierRow,
        query,
        filters,
        sortings=_SORTINGS,
        row_id=Supplier.id.expression,
        name="suppliers",
    )


_EFFECTIVE = func.coalesce(ProductSupplier.lead_time_days, Supplier.lead_time_days)
_TERMS: dict[str, Any] = {
    "supplier_code": Supplier.code,
    "supplier_name": Supplier.name,
    "supplier_active": Supplier.active,
    "cost_price": cast(ProductSupplier.cost_price, Text),
    "effective_lead_time_days": _EFFECTIVE,
    "minimum_order_quantity": func.trim_scale(ProductSupplier.minimum_order_quantity),
    "order_multiple": func.trim_scale(ProductSupplier.order_multiple),
}


def _terms(scope: ReadScope, product_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    columns = [
        (_TERMS[name] if name in _TERMS else getattr(ProductSupplier, name)).label(name)
        for name in TermsRow.__slots__
    ]
    return (
        select(*columns)
        .join_from(
            ProductSupplier,
            Supplier,
            (Supplier.company_id == scope.company_id)
            & (Supplier.id == ProductSupplier.supplier_id),
        )
        .where(
            ProductSupplier.company_id == scope.company_id,
            ProductSupplier.product_id == any_(literal(list(product_ids), ARRAY(BigInteger()))),
        )
    )


async def all_terms(scope: ReadScope, product_ids: Sequence[int]) -> list[TermsRow]:
    """The terms of all suppliers of these products."""
    return await scope.fetch_all(TermsRow, _terms(scope, product_ids))


async def find_terms(scope: ReadScope, product_id: int, supplier_id: int) -> TermsRow | None:
    """The terms of one supplier for one product, if there are any."""
    query = _terms(scope, [product_id]).where(ProductSupplier.supplier_id == supplier_id)
    return await scope.fetch_one(TermsRow, query)


async def get_terms(scope: ReadScope, product_id: int, supplier_id: int) -> TermsRow:
    """The terms of one supplier for one product.

    Raises:
        ProductNotFound: no such product.
        SupplierNotFound: no such supplier.
        TermsNotFound: the supplier does not sell the product.
    """
    scope.require(Permission.READ)
    row = await find_terms(scope, product_id, supplier_id)
    if row is None:
        await _require_product(scope, product_id)
        await require_suppliers(scope, [supplier_id])
        raise TermsNotFound(facts={"product_id": product_id, "supplier_id": supplier_id})
    return row


async def list_terms(scope: ReadScope, product_id: int, filters: TermsFilters) -> Page[TermsRow]:
    """The suppliers of a product: the preferred first, then by effective lead time, then by id.

    Raises:
        ProductNotFound: no such product.
    """
    scope.require(Permission.READ)
    await _require_product(scope, product_id)
    key = (
        not_(ProductSupplier.is_preferred),
        func.coalesce(_EFFECTIVE, _NO_LEAD_TIME),
        ProductSupplier.supplier_id.expression,
    )
    query = _terms(scope, [product_id])
    after = decode_cursor(filters.cursor, "terms", (bool, int, int))
    rows = await scope.fetch_all(TermsRow, paged(query, key, after, filters.limit))
    return page_of(rows, filters.limit, "terms", _terms_key)


def _terms_key(row: TermsRow) -> tuple[object, ...]:
    lead_time = row.effective_lead_time_days
    return (
        not row.is_preferred,
        _NO_LEAD_TIME if lead_time is None else lead_time,
        row.supplier_id,
    )


async def _require_product(scope: ReadScope, product_id: int) -> None:
    found = await scope.fetch_value(
        select(Product.id).where(Product.company_id == scope.company_id, Product.id == product_id)
    )
    if found is None:
        raise ProductNotFound(facts={"product_id": product_id})


async def best_suppliers(scope: ReadScope, product_ids: Sequence[int]) -> dict[int, BestSupplier]:
    """Who to order each product from; products no active supplier sells are left out.

    The preferred supplier, else the one with the shortest lead time (unknown ones last), else the
    oldest. One statement for any number of products.
    """
    scope.require(Permission.READ)
    cursor = await scope.execute(
        _SQL["best_suppliers"],
        {"company_id": scope.company_id, "product_ids": list(product_ids)},
    )
    return {row[0]: BestSupplier(*row[1:]) for row in await cursor.fetchall()}
