"""Writes of warehouses."""

from sqlalchemy import func, insert, update

from stockflow.companies import audit
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
    if scope.actor.warehouse_ids is not None:
        scope.require_warehouse(0)
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
    if not values:
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
        await publish(scope, WarehouseActivityChanged(warehouse_id))
    return after
