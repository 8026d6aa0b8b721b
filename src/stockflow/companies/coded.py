"""Writes of what people name by a code of their own: warehouses, suppliers and customers.

Their tables have `code` and `code_key`, their commands the fields of their rows. Whoever calls has asked
for permission, and tells others what follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ARRAY, Table, Text, any_, func, insert, literal, select, update

from stockflow.companies import audit
from stockflow.foundation.bulk import Upserted, differences, insert_new, repeated, update_rows
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.models import Base
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import WriteScope

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What an upsert did, and what it changed of which row."""

    counts: Upserted
    changed: Mapping[int, audit.Changes]


def code_key(code: str) -> str:
    """The normal form of a code: codes are compared without regard to case."""
    return code.strip().upper()


async def insert_coded(scope: WriteScope, model: type[Base], entity: str, command: Command) -> int:
    """Add what the command says and give its id; a code that is taken is refused by the table."""
    values = command.model_dump(mode="json")
    table = _table(model)
    new_id: int = await scope.fetch_value(
        insert(table).values(company_id=scope.company_id, **_with_key(values)).returning(table.c.id)
    )
    await audit.record(scope, entity, "created", {new_id: _creation(values)})
    return new_id


async def change_coded(
    scope: WriteScope, model: type[Base], entity: str, before: Any, command: Command
) -> audit.Changes:
    """Change the given fields of the locked row `before`; tells which differed."""
    values = command.model_dump(mode="json", exclude_unset=True)
    changes = differences({name: getattr(before, name) for name in values}, values)
    if changes:
        table = _table(model)
        await scope.execute(
            update(table)
            .where(table.c.company_id == scope.company_id, table.c.id == before.id)
            .values(**_with_key(values), version=table.c.version + 1, updated_at=func.now())
        )
        await audit.record(scope, entity, "changed", {before.id: changes})
    return changes


async def upsert_coded(
    scope: WriteScope, model: type[Base], entity: str, commands: Sequence[Command]
) -> Written:
    """Add those whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command has no code, or the code of an earlier one; names all of them.
    """
    values = [command.model_dump(mode="json") for command in commands]
    keys = _keys([one["code"] for one in values])
    rows = [_with_key(one) for one in values]
    inserted = await insert_new(scope, model, ["code_key"], rows, ["code_key", "id"])
    ids: dict[str, int] = dict(inserted)
    created = {
        ids[key]: _creation(one) for key, one in zip(keys, values, strict=True) if key in ids
    }
    known = {key: one for key, one in zip(keys, commands, strict=True) if key not in ids}
    changed = await _change_known(scope, model, known)
    for action, changes in (("created", created), ("changed", changed)):
        if changes:
            await audit.record(scope, entity, action, changes)
    unchanged = len(commands) - len(created) - len(changed)
    return Written(Upserted(len(created), len(changed), unchanged), changed)


def _keys(codes: Sequence[str | None]) -> list[str]:
    keys = [code_key(code or "") for code in codes]
    errors = [
        FieldError(f"/{index}/code", "is required")
        for index, code in enumerate(codes)
        if code is None
    ]
    if errors := errors or repeated(keys, "code"):
        raise Invalid(errors=errors)
    return keys


async def _change_known(
    scope: WriteScope, model: type[Base], by_key: Mapping[str, Command]
) -> dict[int, audit.Changes]:
    """Change the rows with these codes where a given field differs, locked in the order of ids.

    They are not locked against being named elsewhere, as by postings into a warehouse.
    """
    table = _table(model)
    fields = sorted({name for command in by_key.values() for name in type(command).model_fields})
    cursor = await scope.execute(
        select(table.c.id, table.c.code_key, *(table.c[name] for name in fields))
        .where(
            table.c.company_id == scope.company_id,
            table.c.code_key == any_(literal(list(by_key), ARRAY(Text()))),
        )
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )
    changed: dict[int, audit.Changes] = {}
    rows: list[Values] = []
    for row_id, key, *present in await cursor.fetchall():
        before = dict(zip(fields, present, strict=True))
        # the code is what it was found by: written otherwise it is the same one
        given = by_key[key].model_dump(mode="json", exclude_unset=True, exclude={"code"})
        if changes := differences(before, given):
            changed[row_id] = changes
            rows.append({"id": row_id, **before, **given})
    await update_rows(scope, model, ["id"], rows)
    return changed


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _with_key(values: Values) -> Values:
    """The values of the columns: those of a command, and the key of its code."""
    if "code" not in values:
        return values
    code = values["code"]
    return {**values, "code_key": None if code is None else code_key(code)}


def _creation(values: Values) -> audit.Changes:
    return {name: (None, value) for name, value in values.items() if value is not None}
