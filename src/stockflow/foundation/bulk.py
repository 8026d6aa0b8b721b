"""Many rows in one statement: what imports and other set-based writes are made of.

The rows travel as one JSON document, so a statement has the same text for one row and for a hundred
thousand, and PostgreSQL gives each value the type of its column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import Table, TableValuedAlias, Text, column, func, literal, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, insert

from stockflow.foundation.errors import FieldError
from stockflow.foundation.models import Base
from stockflow.foundation.scope import WriteScope

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many of the given rows were new, differed from what was there, or did not."""

    created: int
    changed: int
    unchanged: int


def differences(before: Row, after: Row) -> dict[str, tuple[object, object]]:
    """The fields of `after` that differ, as field → (before, after)."""
    return {name: (before[name], value) for name, value in after.items() if before[name] != value}


def repeated(keys: Sequence[object], field: str) -> list[FieldError]:
    """An error for each row whose key an earlier row has: `/<index>/<field>`."""
    first: dict[object, int] = {}
    return [
        FieldError(f"/{index}/{field}", "is given in an earlier row too")
        for index, key in enumerate(keys)
        if first.setdefault(key, index) != index
    ]


async def insert_new(
    scope: WriteScope,
    model: type[Base],
    key: Sequence[str],
    rows: Sequence[Row],
    returning: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Insert the rows whose `key` the company does not have yet; gives `returning` of those.

    All rows have the same fields. Two such inserts cannot deadlock: both go in the order of the keys,
    and each waits until the other's rows of the same keys are committed or gone.
    """
    if not rows:
        return []
    table = cast(Table, model.__table__)
    given = _rows_of(table, rows)
    names = list(rows[0])
    source = select(
        literal(scope.company_id, table.c.company_id.type), *(given.c[n] for n in names)
    )
    cursor = await scope.execute(
        insert(table)
        .from_select(["company_id", *names], source.order_by(*(given.c[name] for name in key)))
        .on_conflict_do_nothing(index_elements=["company_id", *key])
        .returning(*(table.c[name] for name in returning))
    )
    return await cursor.fetchall()


async def update_rows(
    scope: WriteScope, model: type[Base], key: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set all fields of `rows`, found by `key`, and count their versions up.

    The caller holds the locks of the rows, taken in one order: an update of many takes them in any.
    """
    if not rows:
        return
    table = cast(Table, model.__table__)
    given = _rows_of(table, rows)
    values = {name: given.c[name] for name in rows[0] if name not in key}
    await scope.execute(
        update(table)
        .where(table.c.company_id == scope.company_id, *(table.c[n] == given.c[n] for n in key))
        .values({**values, "version": table.c.version + 1, "updated_at": func.now()})
    )


def _rows_of(table: Table, rows: Sequence[Row]) -> TableValuedAlias:
    document = sql_cast(literal(msgspec.json.encode(rows).decode(), Text()), JSONB)
    columns = [column(name, table.c[name].type) for name in rows[0]]
    return (
        func.jsonb_to_recordset(document)
        .table_valued(*columns, name="given")
        .render_derived(with_types=True)
    )
