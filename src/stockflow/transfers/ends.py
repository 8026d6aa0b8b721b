"""The two warehouses of a transfer."""

from dataclasses import dataclass

from stockflow.companies.coded import code_key
from stockflow.foundation.errors import FieldError
from stockflow.foundation.scope import WriteScope
from stockflow.transfers.errors import SameWarehouse
from stockflow.warehouses.errors import WarehouseInactive, WarehouseNotFound
from stockflow.warehouses.queries import WarehouseRef, WarehouseRefs, resolve_warehouses


@dataclass(frozen=True, slots=True)
class End:
    """A warehouse named by id or by code; `known` where the transfer has it already."""

    warehouse_id: int | None
    code: str | None
    known: bool = False

    def or_else(self, warehouse_id: int) -> "End":
        """This, or where it names none, the one the transfer has."""
        named = self.warehouse_id is not None or self.code is not None
        return self if named else End(warehouse_id, None, known=True)


async def ends_of(
    scope: WriteScope, source: End, destination: End
) -> tuple[WarehouseRef, WarehouseRef]:
    """Source and destination. Only the source must be the actor's: stock is sent to others.

    Raises:
        WarehouseNotFound: there is no such warehouse.
        WarehouseNotAllowed: the actor is limited to warehouses other than the source.
        WarehouseInactive: the destination is retired; a retired source may be emptied.
        SameWarehouse: both are one.
    """
    ends = (source, destination)
    found = await resolve_warehouses(
        scope,
        {end.warehouse_id for end in ends if end.warehouse_id is not None},
        {end.code for end in ends if end.code is not None},
    )
    here, there = _found(source, found), _found(destination, found)
    scope.require_warehouse(here.id)
    if here.id == there.id:
        raise SameWarehouse(
            errors=[FieldError("/to_warehouse_id", "must be another than the source")],
            facts={"warehouse_id": here.id},
        )
    if not there.active and not destination.known:
        raise WarehouseInactive(facts={"warehouse_id": there.id})
    return here, there


def _found(end: End, found: WarehouseRefs) -> WarehouseRef:
    warehouse = found.by_id.get(end.warehouse_id or 0) or found.by_code.get(
        code_key(end.code or "")
    )
    if warehouse is None:
        raise WarehouseNotFound(facts={"warehouse_id": end.warehouse_id, "warehouse": end.code})
    return warehouse


async def require_active(scope: WriteScope, warehouse_id: int) -> None:
    """Refuse to let stock come to a warehouse that is retired.

    Raises:
        WarehouseInactive: it is.
    """
    found = await resolve_warehouses(scope, {warehouse_id}, ())
    if not found.by_id[warehouse_id].active:
        raise WarehouseInactive(facts={"warehouse_id": warehouse_id})
