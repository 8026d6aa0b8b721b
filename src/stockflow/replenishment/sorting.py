"""The orders alerts are listed in: the statement for each, and the cursors that go with it."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from stockflow.foundation import sql
from stockflow.foundation.pagination import decode_cursor
from stockflow.replenishment.commands import AlertSort
from stockflow.replenishment.formulas import Urgency

_SQL = sql.load(__package__, "alerts.sql")
URGENCIES: Final = tuple(Urgency)
"""Most urgent first: the place of each is its number in SQL."""

_URGENCY: LiteralString = (
    "CASE WHEN days <= %(critical_days)s THEN 0 WHEN days <= %(high_days)s THEN 1"
    " WHEN days <= %(medium_days)s THEN 2 ELSE 3 END"
)
_PRODUCT_SKU: LiteralString = (
    "(SELECT k.sku_key FROM products k"
    " WHERE k.company_id = %(company_id)s AND k.id = chosen.product_id)"
)
_WAREHOUSE_CODE: LiteralString = (
    "(SELECT k.code_key FROM warehouses k"
    " WHERE k.company_id = %(company_id)s AND k.id = chosen.warehouse_id)"
)
_BEST_SUPPLIER: LiteralString = _SQL["best_supplier"].strip()
_SUPPLIER_NAME: LiteralString = "coalesce(best.name_key, '')"
_RECOMMENDED: LiteralString = _SQL["recommended"].strip()
_BY_DAYS: LiteralString = "NULL::text"
_KEYS: dict[str, LiteralString] = {
    "urgency": _BY_DAYS,
    "stock": "chosen.available",
    "sku": _PRODUCT_SKU,
    "warehouse": _WAREHOUSE_CODE,
    "supplier": _SUPPLIER_NAME,
    "recommended": _RECOMMENDED,
}
_NUMBERS: Final = frozenset({"stock", "recommended"})
_OF_SUPPLIER: Final = frozenset({"supplier", "recommended"})
_DAYS_PLACE: tuple[LiteralString, ...] = (
    "days IS NULL",
    "coalesce(days, 0)",
    "available",
    "product_id",
    "warehouse_id",
)
_DAYS_AFTER: LiteralString = (
    "%(after_days)s::numeric IS NULL, coalesce(%(after_days)s::numeric, 0),"
    " %(after_available)s::numeric, %(after_product)s::bigint, %(after_warehouse)s::bigint"
)
_KEY_PLACE: tuple[LiteralString, ...] = ("sort_key", "product_id", "warehouse_id")


def _ranked(sort: AlertSort) -> LiteralString:
    descending = sort.startswith("-")
    name = sort.removeprefix("-")
    by_days = name == "urgency"
    place = _DAYS_PLACE if by_days else _KEY_PLACE
    key_type: LiteralString = "numeric" if name in _NUMBERS else "text"
    after: LiteralString = _DAYS_AFTER
    if not by_days:
        after = f"%(after_key)s::{key_type}, %(after_product)s::bigint, %(after_warehouse)s::bigint"
    turn: LiteralString = " DESC" if descending else ""
    joined: LiteralString = _BEST_SUPPLIER if name in _OF_SUPPLIER else ""
    return (
        _SQL["ranked"]
        .replace("{urgency}", _URGENCY)
        .replace("{key}", _KEYS[name])
        .replace("{joined}", joined)
        .replace("{place}", ", ".join(place))
        .replace("{behind}", "<" if descending else ">")
        .replace("{after}", after)
        .replace("{order}", ", ".join(part + turn for part in place))
    )


RANKED: Final = {sort: _ranked(sort) for sort in AlertSort}
"""The statement that ranks alerts, for each order."""

BY_URGENCY: Final = (
    _SQL["ranked"].partition("), chosen AS (")[0]
    + ")\n"
    + _SQL["by_urgency"].replace("{urgency}", _URGENCY)
)
"""The same alerts, counted by urgency."""


def cursor_kind(sort: AlertSort) -> str:
    """Which list and order a cursor belongs to."""
    return "low-stock" if sort is AlertSort.URGENCY else f"low-stock:{sort}"


def place_after(cursor: str | None, sort: AlertSort) -> dict[str, Any]:
    """What the statement is told of where the page before ended.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    by_days = sort.removeprefix("-") == "urgency"
    types: tuple[Any, ...] = (int | None, str, int, int) if by_days else (str, int, int)
    names = ("after_days", "after_available") if by_days else ("after_key",)
    key: Sequence[Any] | None = decode_cursor(cursor, cursor_kind(sort), types)
    found = dict.fromkeys(("after_days", "after_available", "after_key"))
    found |= dict.fromkeys(("after_product", "after_warehouse"))
    if key is not None:
        found |= dict(zip((*names, "after_product", "after_warehouse"), key, strict=True))
    return found
