"""Reads of products and bundles."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    TableValuedAlias,
    Text,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
)

from stockflow.catalog.commands import ProductFilters, ProductSort, ProductType
from stockflow.catalog.errors import NotABundle, ProductNotFound
from stockflow.catalog.models import Category, Product
from stockflow.catalog.sku import barcode_key, category_key, is_gtin, sku_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope

SEARCH_RESULTS_MAX = 1000
LEVELS_MAX = 10

_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as it is shown."""

    id: int
    name: str
    sku: str
    product_type: ProductType
    category_id: int | None
    category: str | None
    description: str | None
    barcode: str | None
    unit: str
    price: MoneyOut
    cost_price: MoneyOut | None
    currency: str
    low_stock_threshold: QuantityOut | None
    reorder_quantity: QuantityOut | None
    allow_backorders: bool | None
    weight_kg: QuantityOut | None
    length_cm: QuantityOut | None
    width_cm: QuantityOut | None
    height_cm: QuantityOut | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A part of a bundle, and how many of it one bundle holds."""

    product_id: int
    sku: str
    name: str
    product_type: ProductType
    quantity: QuantityOut


@dataclass(frozen=True, slots=True)
class ComponentsRow:
    """A bundle's components; `version` is the bundle's."""

    product_id: int
    components: list[ComponentRow]
    version: int


@dataclass(frozen=True, slots=True)
class ProductRef:
    """What other features need of a product they were given by id or SKU."""

    id: int
    sku: str
    name: str
    product_type: str
    archived: bool
    allow_backorders: bool | None


@dataclass(frozen=True, slots=True)
class ProductRefs:
    """Products by id and by the normal form of their SKU."""

    by_id: dict[int, ProductRef]
    by_sku: dict[str, ProductRef]


MONEY = frozenset({"price", "cost_price"})
_QUANTITIES = frozenset(
    {
        "low_stock_threshold",
        "reorder_quantity",
        "weight_kg",
        "length_cm",
        "width_cm",
        "height_cm",
    }
)


def _shown(name: str) -> ColumnElement[Any]:
    if name == "category":
        return Category.name.label(name)
    value: ColumnElement[Any] = getattr(Product, name)
    if name in MONEY:
        return cast(value, Text).label(name)
    return func.trim_scale(value).label(name) if name in _QUANTITIES else value


_COLUMNS = [_shown(name) for name in ProductRow.__slots__]


def _products(scope: ReadScope, *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*_COLUMNS, *more)
        .select_from(Product)
        .outerjoin(
            Category,
            (Category.company_id == scope.company_id) & (Category.id == Product.category_id),
        )
        .where(Product.company_id == scope.company_id)
    )


async def get_product(scope: ReadScope, product_id: int, *, for_update: bool = False) -> ProductRow:
    """One product, archived or not.

    Raises:
        ProductNotFound: no such product in the company.
    """
    scope.require(Permission.READ)
    query = _products(scope).where(Product.id == product_id)
    row = await scope.fetch_one(
        ProductRow, query.with_for_update(of=Product) if for_update else query
    )
    if row is None:
        raise ProductNotFound(facts={"product_id": product_id})
    return row


_LIKENESS = "likeness"
Sorting = tuple[ColumnElement[Any], type]
_SORTINGS: dict[str, Sorting] = {
    _LIKENESS: (-literal_column("found.rank", Integer()), int),
    "name": (Product.name_key.expression, str),
    "sku": (Product.sku_key.expression, str),
    "id": (Product.id.expression, int),
    "created_at": (Product.created_at.expression, datetime),
    "updated_at": (Product.updated_at.expression, datetime),
}


async def list_products(scope: ReadScope, filters: ProductFilters) -> Page[ProductRow]:
    """Products by name, or the thousand most like `q`, the likest first.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    term = " ".join(filters.q.split())
    order = filters.sort or (_LIKENESS if term else ProductSort.NAME)
    key, kind = _SORTINGS[order.removeprefix("-")]
    query = _filtered(scope, _products(scope, key.label("sort_key")), filters, term)
    after = decode_cursor(filters.cursor, f"products:{order}", (kind, int))
    place = (key, Product.id.expression)
    query = paged(query, place, after, filters.limit, descending=order.startswith("-"))
    cursor = await scope.execute(query)
    records = await cursor.fetchall()
    keys = {record[0]: record[-1] for record in records}
    return page_of(
        [ProductRow(*record[:-1]) for record in records],
        filters.limit,
        f"products:{order}",
        lambda row: (keys[row.id], row.id),
    )


def _filtered(
    scope: ReadScope, query: Select[Any], filters: ProductFilters, term: str
) -> Select[Any]:
    archived = Product.archived_at.is_not(None)
    query = query.where(archived if filters.archived else ~archived)
    if term:
        found = search_products(scope, filters, term)
        query = query.join(found, found.c.product_id == Product.id)
    if filters.category_id is not None:
        query = query.where(Product.category_id == filters.category_id)
    if filters.category is not None:
        query = query.where(Product.category_id == _category_named(scope, filters.category))
    if filters.product_type is not None:
        query = query.where(Product.product_type == filters.product_type.value)
    if filters.barcode is not None:
        query = query.where(Product.barcode_key == barcode_key(filters.barcode))
    if filters.sku is not None:
        query = query.where(Product.sku_key == sku_key(scope.company, filters.sku))
    return query


def search_products(scope: ReadScope, filters: ProductFilters, term: str) -> TableValuedAlias:
    """The best matches by migration 0002's `search_products`, which knows the filters that are wide."""
    category: ColumnElement[Any] = literal(filters.category_id, BigInteger())
    if filters.category_id is None and filters.category is not None:
        category = func.coalesce(_category_named(scope, filters.category), 0)
    return func.search_products(
        literal(term, Text()),
        literal(sku_key(scope.company, term), Text()),
        literal(barcode_key(term) if is_gtin(term) else None, Text()),
        literal(filters.archived, Boolean()),
        category,
        literal(filters.product_type and filters.product_type.value, Text()),
        SEARCH_RESULTS_MAX,
    ).table_valued(column("product_id", BigInteger()), column("rank", Integer()), name="found")


def _category_named(scope: ReadScope, name: str) -> ScalarSelect[int]:
    return (
        select(Category.id)
        .where(Category.company_id == scope.company_id, Category.name_key == category_key(name))
        .scalar_subquery()
    )


async def resolve_products(
    scope: ReadScope, ids: Collection[int], skus: Collection[str]
) -> ProductRefs:
    """The products of the company with these ids or SKUs, archived ones too; others are left out."""
    names = {
        "company_id": scope.company_id,
        "ids": sql.array_literal(list(ids)),
        "sku_keys": sql.array_literal([sku_key(scope.company, sku) for sku in skus]),
    }
    cursor = await scope.execute(_SQL["resolve"], names)
    found = [(key, ProductRef(*columns)) for key, *columns in await cursor.fetchall()]
    return ProductRefs({ref.id: ref for _, ref in found}, dict(found))


async def explode_bundles(
    scope: ReadScope, bundle_ids: Collection[int]
) -> dict[int, list[tuple[int, Decimal]]]:
    """What one of each bundle is made of: standard products, through all nested bundles, summed.

    Every bundle has an entry, an empty one when it has no components.
    """
    parts: dict[int, list[tuple[int, Decimal]]] = {bundle_id: [] for bundle_id in bundle_ids}
    cursor = await scope.execute(
        _SQL["explode"],
        {
            "company_id": scope.company_id,
            "bundle_ids": list(bundle_ids),
            "levels_max": LEVELS_MAX,
        },
    )
    for bundle_id, component_id, quantity in await cursor.fetchall():
        parts[bundle_id].append((component_id, quantity))
    return parts


async def get_components(scope: ReadScope, bundle_id: int) -> ComponentsRow:
    """What a bundle is made of directly.

    Raises:
        ProductNotFound: no such product in the company.
        NotABundle: it is a standard product.
    """
    bundle = await get_product(scope, bundle_id)
    if bundle.product_type != ProductType.BUNDLE:
        raise NotABundle(facts={"product_id": bundle_id})
    components = await scope.fetch_all(
        ComponentRow,
        _SQL["components"],
        {"company_id": scope.company_id, "bundle_id": bundle_id},
    )
    return ComponentsRow(bundle_id, components, bundle.version)
