"""Lists in the order that is asked for: by something of each row, then by its id."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select

from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.scope import ReadScope

R = TypeVar("R")
Sorting = tuple[ColumnElement[Any], type]
"""What rows are sorted by, never null, and what it is in a cursor."""


class SortedFilters(Protocol):
    """The part of a list's filters that says which page, and in which order; `-` turns one round."""

    @property
    def sort(self) -> str: ...
    @property
    def limit(self) -> int: ...
    @property
    def cursor(self) -> str | None: ...


async def sorted_page(
    scope: ReadScope,
    row: type[R],
    query: Select[Any],
    filters: SortedFilters,
    *,
    sortings: Mapping[str, Sorting],
    row_id: ColumnElement[Any],
    name: str,
) -> Page[R]:
    """A page of the rows that `query` selects, in the order of their fields; `name` is the list's.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    order = filters.sort
    key, kind = sortings[order.removeprefix("-")]
    place = (key, row_id)
    after = decode_cursor(filters.cursor, f"{name}:{order}", (kind, int))
    query = query.add_columns(key.label("sort_key"), row_id.label("sort_id"))
    query = paged(query, place, after, filters.limit, descending=order.startswith("-"))
    records = await (await scope.execute(query)).fetchall()
    found = page_of(records, filters.limit, f"{name}:{order}", lambda record: record[-2:])
    return Page([row(*record[:-2]) for record in found.items], found.next_cursor)
