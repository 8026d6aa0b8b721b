"""Which warehouses an order may be served from, and in which order they are asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stockflow.companies.coded import code_key
from stockflow.companies.commands import AllocationRule
from stockflow.foundation.scope import WriteScope
from stockflow.sales.commands import ReserveSalesOrder, SalesOrderStatus
from stockflow.sales.rows import LockedOrder, OrderLine
from stockflow.stock.errors import LineError, LinesRefused
from stockflow.warehouses.errors import WarehouseInactive, WarehouseNotFound
from stockflow.warehouses.queries import resolve_warehouses


@dataclass(frozen=True, slots=True)
class Places:
    """The warehouses in use, the best first, and those an order is limited to, if it is.

    `kept` are those it stays limited to from now on.
    """

    rule: AllocationRule
    usable: tuple[int, ...]
    listed: tuple[int, ...] | None
    kept: Sequence[int] | None

    def of_line(self, line: OrderLine) -> tuple[int, ...]:
        """Where the line may come from, the best first."""
        if line.warehouse_id is not None:
            return (line.warehouse_id,)
        return self.usable if self.listed is None else self.listed


async def places_for(
    scope: WriteScope, order: LockedOrder, lines: Sequence[OrderLine], command: ReserveSalesOrder
) -> Places:
    """Where the order may be served from: as the command says, as before, or as the company has it.

    Raises:
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: about the command's warehouses, or
            the order's own.
        LinesRefused: lines name retired warehouses, or are for archived products.
    """
    usable = _usable(order)
    if command.warehouses is None:
        listed = _listed(order, usable)
    else:
        listed = await _given(scope, command.warehouses, usable)
    errors = [error for line in lines if (error := _unfit(line, usable))]
    if errors:
        raise LinesRefused(facts={"lines": [error.facts() for error in errors]})
    kept = listed
    if listed is None and scope.actor.warehouse_ids is not None:
        listed = tuple(place for place in usable if scope.may_use_warehouse(place))
        # an order confirmed by who is limited stays within their sight
        kept = listed if order.status == SalesOrderStatus.DRAFT else None
    rule = command.allocation_rule or order.allocation_rule or order.company_rule
    return Places(AllocationRule(rule), usable, listed, kept)


def places_as_confirmed(order: LockedOrder) -> Places:
    """Where an order that is confirmed may be served from, without those retired since."""
    usable = _usable(order)
    listed = order.allocation_warehouses
    return Places(
        AllocationRule(order.allocation_rule or order.company_rule),
        usable,
        None if listed is None else tuple(place for place in listed if place in usable),
        listed,
    )


def _usable(order: LockedOrder) -> tuple[int, ...]:
    places = zip(order.place_ids, order.place_active, strict=True)
    return tuple(place for place, active in places if active)


def _listed(order: LockedOrder, usable: Collection[int]) -> tuple[int, ...] | None:
    """The only warehouses for lines that name none, or None for any."""
    listed = order.allocation_warehouses
    if listed is None and order.warehouse_id is not None:
        listed = [order.warehouse_id]
    if listed is None:
        return None
    left = tuple(place for place in listed if place in usable)
    if not left:
        raise WarehouseInactive(facts={"warehouse_id": listed[0] if listed else None})
    return left


async def _given(
    scope: WriteScope, given: Sequence[int | str], usable: Collection[int]
) -> tuple[int, ...]:
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
        if ref.id not in usable:
            raise WarehouseInactive(facts={"warehouse_id": ref.id})
        listed.append(ref.id)
    return tuple(dict.fromkeys(listed))


def _unfit(line: OrderLine, usable: Collection[int]) -> LineError | None:
    if line.archived:
        code, detail = "product-archived", "The product is archived."
    elif line.warehouse_id is not None and line.warehouse_id not in usable:
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
