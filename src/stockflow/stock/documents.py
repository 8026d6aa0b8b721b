"""What documents have in common: how they are listed, rejected and cancelled, and how they change."""

from collections.abc import Collection
from dataclasses import fields
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    any_,
    func,
    literal,
    or_,
    update,
)

from stockflow.companies.audit import Changes
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of, paged
from stockflow.foundation.quantity import Line, QueryMoment
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope, Statement, WriteScope

Status = TypeVar("Status", bound=StrEnum)
D = TypeVar("D")


class RejectDocument(Command):
    """Why a document is not approved."""

    reason: Line


class CancelDocument(Command):
    """Why a document is given up, where wanted."""

    reason: Line | None = None


class DocumentFilters(PageFilters, Generic[Status]):
    """Which documents of one kind to list."""

    q: Annotated[
        str | None,
        Field(
            max_length=255,
            pattern=r"^[^\x00]*$",
            description="Part of the number, or of the reference where there is one.",
        ),
    ] = None
    status: Annotated[
        list[Status], Field(default_factory=list, max_length=10, description="Any of these.")
    ]
    created_from: QueryMoment | None = None
    created_before: QueryMoment | None = None
    order: Literal["newest", "oldest"] = "newest"


async def list_documents(
    scope: ReadScope, row: type[D], query: Select[Any], table: Any, filters: DocumentFilters[Any]
) -> Page[D]:
    """A page of the documents in `table` that `query` selects as rows with an `id`.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    if filters.status:
        statuses = sorted({status.value for status in filters.status})
        query = query.where(table.status == any_(literal(statuses, ARRAY(Text()))))
    if filters.q:
        term = filters.q.strip()
        searched = [table.number, *([table.reference] if hasattr(table, "reference") else [])]
        query = query.where(or_(*(text.icontains(term, autoescape=True) for text in searched)))
    if filters.created_from is not None:
        query = query.where(table.created_at >= filters.created_from)
    if filters.created_before is not None:
        query = query.where(table.created_at < filters.created_before)
    kind = f"{table.__tablename__} {filters.order}"
    after = decode_cursor(filters.cursor, kind, (int,))
    newest = filters.order == "newest"
    query = paged(query, [table.id.expression], after, filters.limit, descending=newest)
    rows: list[Any] = await scope.fetch_all(row, query)
    return page_of(rows, filters.limit, kind, lambda last: (last.id,))


async def documents_with(
    scope: ReadScope, statement: Statement, product_id: int
) -> list[dict[str, object]]:
    """The documents `statement` finds for a product, as refusals name them: id, number and status."""
    names = {"company_id": scope.company_id, "product_id": product_id}
    cursor = await scope.execute(statement, names)
    columns = ("id", "number", "status")
    return [dict(zip(columns, row, strict=True)) for row in await cursor.fetchall()]


def ids(values: Collection[int]) -> ColumnElement[Any]:
    """An array of ids as one parameter, however many they are."""
    return literal(sorted(values), ARRAY(BigInteger()))


def document_of(whole: type[D], header: object, **more: object) -> D:
    """The whole document: the fields of its header, and `more`, such as its lines."""
    known = {field.name: getattr(header, field.name) for field in fields(header)}  # type: ignore[arg-type]  # a row
    return whole(**known, **more)


async def advance(scope: WriteScope, table: Any, document_id: int, **values: object) -> None:
    """Set columns of a document that is locked; its version counts up."""
    await scope.execute(
        update(table)
        .where(table.company_id == scope.company_id, table.id == document_id)
        .values(**values, version=table.version + 1, updated_at=func.now())
    )


def moved(before: str, after: str, **facts: object) -> Changes:
    """The audit entry of an action: the status, where it is another now, and what else it set."""
    changes = {name: (None, value) for name, value in facts.items() if value is not None}
    return changes if before == after else {"status": (before, after), **changes}
