"""What a supplier sells: products with their terms, read from the supplier's side."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select

from stockflow.catalog.errors import ProductNotFound
from stockflow.catalog.models import Product
from stockflow.catalog.queries import resolve_products
from stockflow.catalog.sku import sku_key
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.suppliers.commands import AddSuppliedProduct, AddTerms, SuppliedFilters, Terms
from stockflow.suppliers.models import ProductSupplier, Supplier
from stockflow.suppliers.operations import add_terms
from stockflow.suppliers.queries import TermsRow, require_suppliers

_ALIKE_MAX = 10


@dataclass(frozen=True, slots=True)
class SuppliedRow:
    """A product a supplier sells, and on what terms."""

    product_id: int
    sku: str
    product_name: str
    unit: str
    archived: bool
    supplier_sku: str | None
    cost_price: MoneyOut | None
    lead_time_days: int | None
    effective_lead_time_days: int | None
    minimum_order_quantity: QuantityOut | None
    order_multiple: QuantityOut | None
    is_preferred: bool
    version: int


_SHOWN: dict[str, Any] = {
    "product_id": ProductSupplier.product_id,
    "sku": Product.sku,
    "product_name": Product.name,
    "unit": Product.unit,
    "archived": Product.archived_at.is_not(None),
    "cost_price": cast(ProductSupplier.cost_price, Text),
    "effective_lead_time_days": func.coalesce(
        ProductSupplier.lead_time_days, Supplier.lead_time_days
    ),
    "minimum_order_quantity": func.trim_scale(ProductSupplier.minimum_order_quantity),
    "order_multiple": func.trim_scale(ProductSupplier.order_multiple),
}


def _supplied(scope: ReadScope, supplier_id: int) -> Select[tuple[Any, ...]]:
    names = [field.name for field in fields(SuppliedRow)]
    columns = [
        (_SHOWN[name] if name in _SHOWN else getattr(ProductSupplier, name)).label(name)
        for name in names
    ]
    return (
        select(*columns)
        .select_from(ProductSupplier)
        .join(
            Product,
            (Product.company_id == scope.company_id) & (Product.id == ProductSupplier.product_id),
        )
        .join(
            Supplier,
            (Supplier.company_id == scope.company_id)
            & (Supplier.id == ProductSupplier.supplier_id),
        )
        .where(
            ProductSupplier.company_id == scope.company_id,
            ProductSupplier.supplier_id == supplier_id,
        )
    )


def _called(supplier_sku: str) -> ColumnElement[bool]:
    return func.lower(ProductSupplier.supplier_sku) == func.lower(supplier_sku)


async def list_supplied(
    scope: ReadScope, supplier_id: int, filters: SuppliedFilters
) -> Page[SuppliedRow]:
    """The products of a supplier, by SKU.

    Raises:
        SupplierNotFound: no such supplier.
    """
    scope.require(Permission.READ)
    await require_suppliers(scope, [supplier_id])
    query = _supplied(scope, supplier_id)
    if filters.q:
        term = filters.q.strip()
        searched = (Product.sku, Product.name, ProductSupplier.supplier_sku)
        query = query.where(or_(*(text.icontains(term, autoescape=True) for text in searched)))
    if filters.supplier_sku is not None:
        query = query.where(_called(filters.supplier_sku))
    after = decode_cursor(filters.cursor, "supplied", (str,))
    query = paged(query, [Product.sku_key.expression], after, filters.limit)
    rows = await scope.fetch_all(SuppliedRow, query)
    return page_of(rows, filters.limit, "supplied", lambda row: (sku_key(scope.company, row.sku),))


async def supplied_as(scope: ReadScope, supplier_id: int, supplier_sku: str) -> list[SuppliedRow]:
    """The products not archived that a supplier calls so, in whatever case."""
    scope.require(Permission.READ)
    query = _supplied(scope, supplier_id).where(
        _called(supplier_sku), Product.archived_at.is_(None)
    )
    return await scope.fetch_all(SuppliedRow, query.order_by(Product.sku_key).limit(_ALIKE_MAX))


async def add_supplied_product(
    scope: WriteScope, supplier_id: int, command: AddSuppliedProduct
) -> TermsRow:
    """Note that a supplier sells a product, named by id or SKU.

    Raises:
        ProductNotFound, ProductArchived: no such product, or it takes no changes.
        SupplierNotFound: no such supplier.
        TermsExist: the supplier sells the product already.
    """
    scope.require(Permission.EDIT_PARTNERS)
    product_id = command.product_id
    if product_id is None:
        named = await resolve_products(scope, (), [command.sku or ""])
        if not named.by_id:
            raise ProductNotFound(facts={"sku": command.sku})
        product_id = next(iter(named.by_id))
    terms = command.model_dump(include=set(Terms.model_fields))
    return await add_terms(scope, product_id, AddTerms(supplier_id=supplier_id, **terms))
