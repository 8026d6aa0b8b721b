"""Lists come in pages that continue after a key, never by offset: every page costs the same.

A cursor is the sort key of the last row, and names the list it belongs to. It is readable on purpose:
it holds nothing that the reader was not shown, and row-level security holds whatever is written in it.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from pydantic import Field
from sqlalchemy import ColumnElement, Select, literal, tuple_

from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.routing import Command

T = TypeVar("T")


class PageFilters(Command):
    """Which page of a list; filters of lists add to it."""

    limit: Annotated[int, Field(ge=1, le=1000, description="How many to return at most.")] = 100
    cursor: Annotated[
        str | None,
        Field(max_length=2000, description="`next_cursor` of the page before, unchanged."),
    ] = None


class InvalidCursor(Invalid):
    """The cursor is not one this list gave out; start again without it."""

    code = "invalid-cursor"
    title = "The cursor is not valid"

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("/query/cursor", "is not a cursor of this list")])


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and where the next page starts (null at the end)."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(kind: str, key: Sequence[object]) -> str:
    """`kind` names the list and its order, so that a cursor is refused elsewhere."""
    return base64.urlsafe_b64encode(msgspec.json.encode([kind, *key])).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: str, types: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The key in `cursor`, checked against `types`; None without a cursor.

    Raises:
        InvalidCursor: it is malformed, or belongs to another list or order.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found, *key = msgspec.json.decode(raw, type=tuple[str, *types])  # type: ignore[valid-type]  # built at run time
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise InvalidCursor from error
    if found != kind or any(isinstance(part, int) and abs(part) > 2**63 - 1 for part in key):
        raise InvalidCursor
    if any(isinstance(part, str) and "\x00" in part for part in key):
        raise InvalidCursor
    return tuple(key)


def paged(
    query: Select[Any],
    key: Sequence[ColumnElement[Any]],
    after: Sequence[Any] | None,
    limit: int,
    *,
    descending: bool = False,
) -> Select[Any]:
    """`query` in the order of `key`, from behind `after`: the rows `page_of` makes a page of.

    `after` has a value for each part of the key, or an expression of one.
    """
    if after is not None:
        last = tuple_(
            *(
                value if isinstance(value, ColumnElement) else literal(value, part.type)
                for value, part in zip(after, key, strict=True)
            )
        )
        query = query.where(tuple_(*key) < last if descending else tuple_(*key) > last)
    by = (part.desc() if descending else part for part in key)
    return query.order_by(*by).limit(limit + 1)


def page_of(
    rows: Sequence[T], limit: int, kind: str, key: Callable[[T], Sequence[object]]
) -> Page[T]:
    """A page from up to `limit + 1` rows: one more than asked tells that another page follows."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return Page(items, encode_cursor(kind, key(items[-1])) if more and items else None)
