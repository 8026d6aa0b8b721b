"""Writes of warehouses."""

from collections.abc import Sequence

from stockflow.companies.coded import change_coded, insert_coded, upsert_coded
from stockflow.foundation.bulk import Upserted
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.warehouses.commands import ChangeWarehouse, CreateWarehouse
from stockflow.warehouses.events import WarehouseActivityChanged
from stockflow.warehouses.models import Warehouse
from stockflow.warehouses.queries import WarehouseRow, get_warehouse


async def create_warehouse(scope: WriteScope, command: CreateWarehouse) -> WarehouseRow:
    """Add a warehouse.

    Raises:
        WarehouseCodeTaken: another warehouse of the company has the code.
        WarehouseNotAllowed: an actor limited to some warehouses may not add others.
    """
    scope.require(Permission.EDIT_WAREHOUSES)
    _require_all_warehouses(scope)
    return await get_warehouse(scope, await insert_coded(scope, Warehouse, "warehouse", command))


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
    changes = await change_coded(scope, Warehouse, "warehouse", before, command)
    if "active" in changes:
        await publish(scope, WarehouseActivityChanged((warehouse_id,)))
    return await get_warehouse(scope, warehouse_id) if changes else before


async def upsert_warehouses(scope: WriteScope, commands: Sequence[CreateWarehouse]) -> Upserted:
    """Add the warehouses whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command repeats the code of an earlier one; names all of them.
        WarehouseNotAllowed: an actor limited to some warehouses may not add others.
    """
    scope.require(Permission.EDIT_WAREHOUSES)
    _require_all_warehouses(scope)
    written = await upsert_coded(scope, Warehouse, "warehouse", commands)
    if switched := tuple(i for i, changes in written.changed.items() if "active" in changes):
        await publish(scope, WarehouseActivityChanged(switched))
    return written.counts
