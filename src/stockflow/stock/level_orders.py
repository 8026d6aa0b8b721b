"""The orders levels are listed in, each along an index, and the cursors that go with them.

No order is by a quantity: an index of one would be written with every movement.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, select, true
from sqlalchemy.orm import aliased

from stockflow.catalog.models import Product
from stockflow.foundation.pagination import decode_cursor, paged
from stockflow.foundation.quantity import ID_MAX
from stockflow.foundation.scope import ReadScope
from stockflow.stock.commands import LevelFilters
from stockflow.stock.models import StockLevel
from stockflow.warehouses.models import Warehouse

KEY_LENGTH: Final = 2
After = tuple[Any, ...] | None


def list_name(filters: LevelFilters) -> str:
    """Which list and order a cursor belongs to."""
    return "levels" if filters.sort is None else f"levels:{filters.sort}"


def in_order(scope: ReadScope, levels: Select[Any], filters: LevelFilters) -> Select[Any]:
    """A page of `levels` and one more; the last two columns are the place of each in the order.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    kind = int if filters.sort is None else str
    after = decode_cursor(filters.cursor, list_name(filters), (kind, int))
    if filters.sort is None:
        place = (StockLevel.product_id.expression, StockLevel.warehouse_id.expression)
        return paged(_with(levels, place), place, after, filters.limit)
    descending = filters.sort.startswith("-")
    if filters.sort.removeprefix("-") == "sku":
        return _by_sku(levels, after, filters.limit, descending=descending)
    return _by_warehouse(scope, levels, after, filters.limit, descending=descending)


def _with(levels: Select[Any], place: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    return levels.add_columns(*(part.label(f"place_{n}") for n, part in enumerate(place)))


def _by_sku(levels: Select[Any], after: After, limit: int, *, descending: bool) -> Select[Any]:
    key = Product.sku_key.expression
    if after is not None:  # the row comparison spans two tables, and alone would use no index
        levels = levels.where(key <= after[0] if descending else key >= after[0])
    place = (key, StockLevel.warehouse_id.expression)
    return paged(_with(levels, place), place, after, limit, descending=descending)


def _by_warehouse(
    scope: ReadScope, levels: Select[Any], after: After, limit: int, *, descending: bool
) -> Select[Any]:
    """Of each warehouse only its first levels: the index has them by product."""
    place = aliased(Warehouse, name="place")
    code, product_id = place.code_key.expression, StockLevel.product_id.expression
    held = levels.where(StockLevel.warehouse_id == place.id)
    places = select(place.id).where(place.company_id == scope.company_id)
    if after is not None:
        last, last_product = after
        behind = case((code == last, last_product), else_=ID_MAX if descending else 0)
        held = held.where(product_id < behind if descending else product_id > behind)
        places = places.where(code <= last if descending else code >= last)
    held = held.order_by(product_id.desc() if descending else product_id).limit(limit + 1)
    level = held.correlate(place).lateral("level")
    by = (code, level.c.product_id)
    return (
        places.join(level, true())
        .with_only_columns(*level.c, *by, maintain_column_froms=True)
        .order_by(*(part.desc() if descending else part for part in by))
        .limit(limit + 1)
    )
