"""Writes of warehouses."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ARRAY, Text, any_, func, insert, literal, select, update

from stockflow.companies import audit
from stockflow.foundation.bulk import Upserted, differences, insert_new, repeated, update_rows
from stockflow.foundation.errors import Invalid
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.warehouses.commands import ChangeWarehouse, CreateWarehouse
from stockflow.warehouses.events import WarehouseActivityChanged
from stockflow.warehouses.models import Warehouse
from stockflow.warehouses.queries import WarehouseRow, code_key, get_warehouse

_FIELDS = tuple(CreateWarehouse.model_fields)


async def create_warehouse(scope: WriteScope, command: CreateWarehouse) -> WarehouseRow:
    """Add a warehouse.

    Raises:
        WarehouseCodeTaken: another warehouse of the company has the code.
        WarehouseNotAllowed: an actor limited to some warehouses may not add others.
    """
    scope.require(Permission.EDIT_WAREHOUSES)
    _require_all_warehouses(scope)
    warehouse_id = await scope.fetch_value(
        insert(Warehouse)
        .values(
            company_id=scope.company_id,
            code_key=code_key(command.code),
            **command.model_dump(mode="json"),
        )
        .returning(Warehouse.id)
    )
    row = await get_warehouse(scope, warehouse_id)
    changes = {
        name: (None, getattr(row, name)) for name in _FIELDS if getattr(row, name) is not None
    }
    await audit.record(scope, "warehouse", "created", {row.id: changes})
    return row


def _require_all_warehouses(scope: WriteScope) -> None:
    if scope.actor.warehouse_ids is not None:
        scope.require_warehouse(0)


async def change_warehouse(
    scope: WriteScope, warehouse_id: int, command: ChangeWarehouse, expected_version: int | None
) -> WarehouseRow:
    """Change the given fields of a warehouse.

    Raises:
        WarehouseNotFound: no such warehouse.
        WarehouseCodeTaken: another warehouse of the company has the new code.
        StaleVersion: it is not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_WAREHOUSES)
    before = await get_warehouse(scope, warehouse_id, for_update=True)
    require_version(before.version, expected_version)
    values = command.model_dump(mode="json", exclude_unset=True)
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    if "code" in values:
        values["code_key"] = code_key(values["code"])
    await scope.execute(
        update(Warehouse)
        .where(Warehouse.company_id == scope.company_id, Warehouse.id == warehouse_id)
        .values(**values, version=Warehouse.version + 1, updated_at=func.now())
    )
    after = await get_warehouse(scope, warehouse_id)
    await audit.record(
        scope, "warehouse", "changed", {warehouse_id: audit.changed(before, after, _FIELDS)}
    )
    if after.active != before.active:
        await publish(scope, WarehouseActivityChanged((warehouse_id,)))
    return after


async def upsert_warehouses(scope: WriteScope, commands: Sequence[CreateWarehouse]) -> Upserted:
    """Add the warehouses whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command repeats the code of an earlier one; names all of them.
        WarehouseNotAllowed: an actor limited to some warehouses may not add others.
    """
    scope.require(Permission.EDIT_WAREHOUSES)
    _require_all_warehouses(scope)
    keys = [code_key(command.code) for command in commands]
    if errors := repeated(keys, "code"):
        raise Invalid(errors=errors)
    by_code = dict(zip(keys, commands, strict=True))
    rows = [{"code_key": key, **by_code[key].model_dump(mode="json")} for key in keys]
    inserted = await insert_new(scope, Warehouse, ["code_key"], rows, ["id", "code_key"])
    created = {
        warehouse_id: differences(dict.fromkeys(_FIELDS), by_code[key].model_dump(mode="json"))
        for warehouse_id, key in inserted
    }
    if created:
        await audit.record(scope, "warehouse", "created", created)
    known = by_code.keys() - {key for _, key in inserted}
    changed = await _change_known(scope, {key: by_code[key] for key in known})
    return Upserted(len(created), changed, len(commands) - len(created) - changed)


async def _change_known(scope: WriteScope, by_code: Mapping[str, CreateWarehouse]) -> int:
    """Change the warehouses with these codes where a given field differs; how many did."""
    rows: list[dict[str, object]] = []
    changed: dict[int, audit.Changes] = {}
    for row in await _lock_warehouses(scope, by_code.keys()):
        before = {name: getattr(row, name) for name in _FIELDS if name != "code"}
        command = by_code[code_key(row.code)]
        given = command.model_dump(mode="json", exclude_unset=True, exclude={"code"})
        if changes := differences(before, given):
            changed[row.id] = changes
            rows.append({"id": row.id, **before, **given})
    await update_rows(scope, Warehouse, ["id"], rows)
    if changed:
        await audit.record(scope, "warehouse", "changed", changed)
    if switched := tuple(i for i, changes in changed.items() if "active" in changes):
        await publish(scope, WarehouseActivityChanged(switched))
    return len(changed)


async def _lock_warehouses(scope: WriteScope, keys: Iterable[str]) -> list[WarehouseRow]:
    """The warehouses with these codes, locked in the order of ids, but not against use in stock."""
    columns = [getattr(Warehouse, name) for name in WarehouseRow.__slots__]
    asked = Warehouse.code_key == any_(literal(list(keys), ARRAY(Text())))
    return await scope.fetch_all(
        WarehouseRow,
        select(*columns)
        .where(Warehouse.company_id == scope.company_id, asked)
        .order_by(Warehouse.id)
        .with_for_update(key_share=True),
    )
