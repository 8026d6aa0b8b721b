"""Reads of categories."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from stockflow.catalog.commands import CategoryFilters
from stockflow.catalog.errors import CategoryNotFound
from stockflow.catalog.models import Category
from stockflow.catalog.sku import category_key
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.foundation.sorting import Sorting, sorted_page

_SORTINGS: dict[str, Sorting] = {
    "name": (Category.name_key.expression, str),
    "id": (Category.id.expression, int),
}


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category as it is shown."""

    id: int
    name: str
    low_stock_threshold: QuantityOut | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def _categories(scope: ReadScope) -> Select[Any]:
    return select(
        Category.id,
        Category.name,
        func.trim_scale(Category.low_stock_threshold).label("low_stock_threshold"),
        Category.archived_at,
        Category.created_at,
        Category.updated_at,
        Category.version,
    ).where(Category.company_id == scope.company_id)


async def get_category(
    scope: ReadScope, category_id: int, *, for_update: bool = False
) -> CategoryRow:
    """One category, archived or not.

    Raises:
        CategoryNotFound: no such category in the company.
    """
    scope.require(Permission.READ)
    query = _categories(scope).where(Category.id == category_id)
    row = await scope.fetch_one(CategoryRow, query.with_for_update() if for_update else query)
    if row is None:
        raise CategoryNotFound(facts={"category_id": category_id})
    return row


async def list_categories(scope: ReadScope, filters: CategoryFilters) -> Page[CategoryRow]:
    """Categories by name.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    archived = Category.archived_at.is_not(None)
    query = _categories(scope).where(archived if filters.archived else ~archived)
    if term := category_key(filters.q):
        query = query.where(Category.name_key.contains(term, autoescape=True))
    return await sorted_page(
        scope,
        CategoryRow,
        query,
        filters,
        sortings=_SORTINGS,
        row_id=Category.id.expression,
        name="categories",
    )
