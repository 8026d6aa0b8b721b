"""Which warehouses an order may be served from, and in which order they are asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from stockflow.companies.commands import AllocationRule
from stockflow.foundation.scope import WriteScope
from stockflow.sales.commands import ReserveSalesOrder
from stockflow.sales.queries import SQL
from stockflow.sales.rows import LockedOrder, OrderLine
from stockflow.stock.errors import LineError, LinesRefused
from stockflow.warehouses.errors import WarehouseInactive, WarehouseNotFound
from stockflow.warehouses.queries import code_key, resolve_warehouses


@dataclass(frozen=True, slots=True)
class Places:
    """The warehouses in use, the best first, and those an order is limited to, if it is."""

    rule: AllocationRule
    active: tuple[int, ...]
    listed: tuple[int, ...] | None = None

    def of_line(self, line: OrderLine) -> tuple[int, ...]:
        """Where the line may come from, the best first."""
        if line.warehouse_id is not None:
            return (line.warehouse_id,)
        return self.active if self.listed is None else self.listed

    def of_order(self, order: LockedOrder) -> "Places":
        """The same warehouses, as the order was confirmed."""
        listed = order.allocation_warehouses
        return replace(
            self,
            rule=AllocationRule(order.allocation_rule or order.company_rule),
            listed=None if listed is None else tuple(listed),
        )


async def places_for(
    scope: WriteScope, order: LockedOrder, lines: Sequence[OrderLine], command: ReserveSalesOrder
) -> Places:
    """Where the order may be served from: as the command says, as before, or as the company has it.

    Raises:
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: about the command's warehouses, or
            the order's own.
        LinesRefused: lines name retired warehouses, or are for archived products.
    """
    places = await places_of(scope)
    listed = await _listed(scope, order, command, places.active)
    errors = [error for line in lines if (error := _unfit(line, places.active))]
    if errors:
        raise LinesRefused(facts={"lines": [error.facts() for error in errors]})
    if listed is None and scope.actor.warehouse_ids is not None:
        # who is limited serves an order, also later on, from nowhere else
        listed = [place for place in places.active if scope.may_use_warehouse(place)]
    rule = command.allocation_rule or order.allocation_rule or order.company_rule
    return replace(
        places, rule=AllocationRule(rule), listed=None if listed is None else tuple(listed)
    )


async def places_of(scope: WriteScope) -> Places:
    """All active warehouses, the best first."""
    cursor = await scope.execute(SQL["places"], {"company_id": scope.company_id})
    return Places(AllocationRule.PRIORITY, tuple([row[0] for row in await cursor.fetchall()]))


async def _listed(
    scope: WriteScope, order: LockedOrder, command: ReserveSalesOrder, active: Collection[int]
) -> list[int] | None:
    """The only warehouses for lines that name none, or None for any."""
    if command.warehouses is not None:
        return await _given(scope, command.warehouses, active)
    listed = order.allocation_warehouses
    if listed is None and order.warehouse_id is not None:
        listed = [order.warehouse_id]
    if listed is None:
        return None
    left = [place for place in listed if place in active]
    if not left:
        raise WarehouseInactive(facts={"warehouse_id": listed[0]})
    return left


async def _given(
    scope: WriteScope, given: Sequence[int | str], active: Collection[int]
) -> list[int]:
    found = await resolve_warehouses(
        scope,
        {one for one in given if isinstance(one, int)},
        {one for one in given if isinstance(one, str)},
    )
    listed: list[int] = []
    for one in given:
        ref = found.by_id.get(one) if isinstance(one, int) else found.by_code.get(code_key(one))
        if ref is None:
            raise WarehouseNotFound(facts={"warehouse": one})
        scope.require_warehouse(ref.id)
        if ref.id not in active:
            raise WarehouseInactive(facts={"warehouse_id": ref.id})
        listed.append(ref.id)
    return list(dict.fromkeys(listed))


def _unfit(line: OrderLine, active: Collection[int]) -> LineError | None:
    if not line.open_quantity:
        return None
    if line.archived:
        code, detail = "product-archived", "The product is archived."
    elif line.warehouse_id is not None and line.warehouse_id not in active:
        code, detail = "warehouse-inactive", "The warehouse is inactive."
    else:
        return None
    return LineError(
        line.line,
        code,
        detail,
        product_id=line.product_id,
        sku=line.sku,
        warehouse_id=line.warehouse_id,
    )
