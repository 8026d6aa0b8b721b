"""Reserving stock for orders: all lines of an order in one locked step, or none.

The order's row is locked first, then all levels it may be served from in one call; then it is decided
what each warehouse gives (`allocation`), and written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stockflow.catalog.queries import explode_bundles, resolve_products
from stockflow.companies import audit
from stockflow.foundation import sql
from stockflow.foundation.errors import FieldError
from stockflow.foundation.jobs import defer
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QUANTITY_LIMIT, plain
from stockflow.foundation.scope import WriteScope
from stockflow.sales.allocation import Allocation, Allocator, Demand, Part, only_itself
from stockflow.sales.commands import ConfirmSalesOrder, ReserveSalesOrder, SalesOrderStatus
from stockflow.sales.errors import ReservationInPast
from stockflow.sales.holdings import Holding, holdings_of
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.places import Places, places_as_confirmed, places_for
from stockflow.sales.queries import (
    SQL,
    confirmed_order,
    get_order,
    lines_of,
    lock_order,
    lock_orders,
    parts_of,
)
from stockflow.sales.rows import LockedOrder, OrderLine, SalesOrderDocument
from stockflow.stock import ledger, reservations
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.entries import whole_units
from stockflow.stock.errors import InsufficientStock, LineError, LinesRefused
from stockflow.stock.jobs import RELEASE_EXPIRED
from stockflow.stock.ledger import Document, Entry, LevelKey
from stockflow.stock.reservations import NewReservation

_LOOK_AGAIN = timedelta(minutes=1)
_YEARS_MAX = 10
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Need:
    """What lines of an order are to get, and from where."""

    order: LockedOrder
    lines: Mapping[int, OrderLine]
    demands: Sequence[Demand]
    places: Places


async def confirm_order(
    scope: WriteScope,
    order_id: int,
    command: ConfirmSalesOrder,
    expected_version: int | None,
) -> SalesOrderDocument:
    """Reserve the stock of a draft, all lines or (unless what is short may wait) none.

    Raises:
        SalesOrderNotFound: no such order.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is no draft.
        InsufficientStock: lines are short and must not wait; names every one of them.
        LinesRefused: products are archived, warehouses retired, or bundles have no components.
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: about the warehouses given.
        ReservationInPast: `reserved_until` is over already, or more than ten years away.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    LIFECYCLE.require("confirm", order, expected_version)
    until = _until(scope, order, command)
    lines = await lines_of(scope, [order_id])
    places = await places_for(scope, order, lines, command)
    parts = await _explode(scope, order, lines)
    wanted = {line.id: line.quantity for line in lines}
    need = _need(order, lines, wanted, parts, places)
    allocations = await _reserve(scope, need, command, until)
    got = _got(allocations)
    kept = [_with_backordered(line, line.quantity - got.get(line.id, _ZERO)) for line in lines]
    held = [Holding(one.line_id, one.warehouse_id, one.quantity, until) for one in allocations]
    return confirmed_order(scope, order, kept, held)


async def reserve_order(
    scope: WriteScope,
    order_id: int,
    command: ReserveSalesOrder,
    expected_version: int | None,
) -> SalesOrderDocument:
    """Reserve what is neither shipped nor reserved: backordered, or reserved until a time now over.

    Raises: as `confirm_order`; `WrongStatus` where the order is not confirmed, or fully shipped.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    LIFECYCLE.require("reserve", order, expected_version)
    until = _until(scope, order, command)
    lines = await lines_of(scope, [order_id])
    parts = await parts_of(scope, lines)
    held: dict[int, Decimal] = {}
    found = await reservations.held_by(scope, DocumentType.SALES_ORDER, [order_id])
    for holding in holdings_of(found, parts):
        held[holding.line_id] = held.get(holding.line_id, _ZERO) + holding.quantity
    wanted = {line.id: line.open_quantity - held.get(line.id, _ZERO) for line in lines}
    if lacking := [line for line in lines if wanted[line.id] > 0]:
        places = await places_for(scope, order, lacking, command)
        await _reserve(scope, _need(order, lacking, wanted, parts, places), command, until)
    return await get_order(scope, order_id)


async def reserve_backorders(scope: WriteScope, most: int) -> bool:
    """Reserve what has arrived for up to `most` orders that wait for it; whether there may be more.

    The oldest confirmed order comes first: a newer one gets what the older ones could not use.
    """
    scope.require(Permission.SELL)
    names = {"company_id": scope.company_id, "most": most}
    cursor = await scope.execute(SQL["servable"], names)
    orders = await lock_orders(scope, [row[0] for row in await cursor.fetchall()])
    if not orders:
        return False
    lines = await lines_of(scope, [order.id for order in orders])
    parts = await parts_of(scope, lines)
    by_order: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    for line in lines:
        by_order[line.order_id].append(line)
    wanted = {line.id: line.backordered for line in lines}
    needs = [
        _need(order, by_order[order.id], wanted, parts, places_as_confirmed(order))
        for order in orders
    ]
    allocator = Allocator(await _lock_stock(scope, needs))
    served = False
    for need in needs:
        allocations = allocator.serve(need.demands, need.places.rule)
        if allocations:
            hours = need.order.reservation_hours
            until = None if hours is None else scope.now + timedelta(hours=hours)
            await _write(scope, need, allocations, until)
            served = True
    return served and len(orders) == most


def _until(scope: WriteScope, order: LockedOrder, command: ReserveSalesOrder) -> datetime | None:
    until = command.reserved_until
    if until is None:
        hours = order.reservation_hours
        return None if hours is None else scope.now + timedelta(hours=hours)
    if until.year > scope.now.year + _YEARS_MAX or until <= scope.now:
        detail = f"must be a moment to come, within {_YEARS_MAX} years"
        raise ReservationInPast(errors=[FieldError("/reserved_until", detail)])
    return until.astimezone(UTC)


def _need(
    order: LockedOrder,
    lines: Sequence[OrderLine],
    wanted: Mapping[int, Decimal],
    parts: Mapping[int, Sequence[Part]],
    places: Places,
) -> Need:
    demands = [
        Demand(line.id, wanted[line.id], parts[line.id], places.of_line(line), line.is_bundle)
        for line in lines
        if wanted[line.id] > 0
    ]
    return Need(order, {line.id: line for line in lines}, demands, places)


async def _explode(
    scope: WriteScope, order: LockedOrder, lines: Sequence[OrderLine]
) -> dict[int, Sequence[Part]]:
    """What each line is made of now, kept for as long as the order is open."""
    parts: dict[int, Sequence[Part]] = {
        line.id: only_itself(line.product_id, line.sku) for line in lines
    }
    bundles = [line for line in lines if line.is_bundle]
    if not bundles:
        return parts
    exploded = await explode_bundles(scope, {line.product_id for line in bundles})
    refs = await resolve_products(scope, {one for some in exploded.values() for one, _ in some}, ())
    made_of = {
        bundle: [Part(one, refs.by_id[one].sku, whole_units(quantity)) for one, quantity in some]
        for bundle, some in exploded.items()
    }
    errors = [error for line in bundles if (error := _unfit(line, made_of[line.product_id]))]
    if errors:
        raise LinesRefused(facts={"lines": [error.facts() for error in errors]})
    kept = [(line.id, part) for line in bundles for part in made_of[line.product_id]]
    names: dict[str, object] = {
        "company_id": scope.company_id,
        "id": order.id,
        "lines": sql.array_literal([line_id for line_id, _ in kept]),
        "products": sql.array_literal([part.product_id for _, part in kept]),
        "quantities": sql.array_literal([part.quantity for _, part in kept]),
    }
    await scope.execute(SQL["insert_components"], names)
    return parts | {line.id: made_of[line.product_id] for line in bundles}


def _unfit(line: OrderLine, parts: Sequence[Part]) -> LineError | None:
    if not parts:
        code, detail = "bundle-without-components", "The bundle has no components."
    elif not all(part.quantity for part in parts):
        code = "quantity-too-small"
        detail = "Of a component, it comes to less than the smallest unit, 0.0001."
    elif any(part.quantity >= QUANTITY_LIMIT for part in parts):
        code = "quantity-too-large"
        detail = "Of a component, it comes to more than can be kept."
    else:
        return None
    return LineError(line.line, code, detail, product_id=line.product_id, sku=line.sku)


async def _reserve(
    scope: WriteScope, need: Need, command: ReserveSalesOrder, until: datetime | None
) -> list[Allocation]:
    """Reserve what the need asks for, as far as it is there."""
    held = await _lock_stock(scope, [need])
    allocations = Allocator(held).serve(need.demands, need.places.rule)
    may_wait = scope.company.backorder_orders and command.backorder is not False
    short = _short(need, allocations)
    if short and not may_wait:
        raise InsufficientStock(facts={"lines": [error.facts() for error in short]})
    await _write(scope, need, allocations, until)
    if short:
        # what arrives at this moment did not see this order wait, nor did this order see it
        await defer(scope, "reserve-backorders", at=scope.now + _LOOK_AGAIN)
    return allocations


def _with_backordered(line: OrderLine, quantity: Decimal) -> OrderLine:
    return replace(line, backordered=plain(quantity)) if quantity else line


async def _lock_stock(scope: WriteScope, needs: Sequence[Need]) -> dict[LevelKey, Decimal]:
    """Lock every level that may serve one of the needs and has something; what is available there."""
    demands = [demand for need in needs for demand in need.demands]
    names = {
        "company_id": scope.company_id,
        "now": scope.now,
        "products": sql.array_literal(
            list({part.product_id for demand in demands for part in demand.parts})
        ),
        "warehouses": sql.array_literal(
            list({place for demand in demands for place in demand.warehouses})
        ),
    }
    cursor = await scope.execute(SQL["levels_with_stock"], names)
    keys = [(row[0], row[1]) for row in await cursor.fetchall()]
    if not keys:
        return {}
    balances = await ledger.locked_balances(scope, keys)
    return {level: balance.available for level, balance in balances.items()}


def _got(allocations: Iterable[Allocation]) -> dict[int, Decimal]:
    got: dict[int, Decimal] = {}
    for allocation in allocations:
        got[allocation.line_id] = got.get(allocation.line_id, _ZERO) + allocation.quantity
    return got


def _short(need: Need, allocations: Sequence[Allocation]) -> list[LineError]:
    got = _got(allocations)
    errors = []
    for demand in need.demands:
        available = got.get(demand.line_id, _ZERO)
        if available < demand.quantity:
            line = need.lines[demand.line_id]
            errors.append(
                LineError(
                    line.line,
                    InsufficientStock.code,
                    "There is too little stock.",
                    product_id=line.product_id,
                    sku=line.sku,
                    warehouse_id=line.warehouse_id or need.order.warehouse_id,
                    bucket=Bucket.AVAILABLE,
                    requested=demand.quantity,
                    available=plain(available),
                )
            )
    return errors


async def _write(
    scope: WriteScope, need: Need, allocations: Sequence[Allocation], until: datetime | None
) -> None:
    order, kept = need.order, need.places.kept
    posting_id = await _hold(scope, need, allocations, until) if allocations else None
    await _note_waiting(scope, need, _got(allocations))
    places = {allocation.warehouse_id for allocation in allocations}
    await scope.execute(
        SQL["set_reserved"],
        {
            "company_id": scope.company_id,
            "id": order.id,
            "now": scope.now,
            "rule": need.places.rule.value,
            "kept": None if kept is None else sql.array_literal(kept),
            "warehouse_ids": sql.array_literal(
                sorted({*order.warehouse_ids, *(kept or ()), *places})
            ),
        },
    )
    if posting_id is not None and until is not None:
        await defer(scope, RELEASE_EXPIRED, at=until)
    is_draft = order.status == SalesOrderStatus.DRAFT
    # what was reserved where is told by the posting
    changes: dict[str, tuple[object, object]] = {"posting_id": (None, posting_id)}
    if is_draft:
        changes["status"] = (order.status, SalesOrderStatus.CONFIRMED)
    action = "confirmed" if is_draft else "reserved"
    await audit.record(scope, "sales_order", action, {order.id: changes})


async def _hold(
    scope: WriteScope, need: Need, allocations: Sequence[Allocation], until: datetime | None
) -> int:
    """Post and note what is reserved; gives the posting's id."""
    parts = {demand.line_id: demand.parts for demand in need.demands}
    entries: list[Entry] = []
    held: list[NewReservation] = []
    document = Document(DocumentType.SALES_ORDER, need.order.id)
    for one in allocations:
        for part in parts[one.line_id]:
            quantity = plain(one.quantity * part.quantity)
            held.append(NewReservation(part.product_id, one.warehouse_id, quantity, one.line_id))
            for bucket, change in ((Bucket.AVAILABLE, -quantity), (Bucket.RESERVED, quantity)):
                entries.append(
                    Entry(
                        line=need.lines[one.line_id].line,
                        product_id=part.product_id,
                        sku=part.sku,
                        warehouse_id=one.warehouse_id,
                        type=MovementType.RESERVE,
                        bucket=bucket,
                        change=change,
                        occurred_at=scope.now,
                        reference=need.order.number,
                    )
                )
    posting_id, _ = await ledger.post(
        scope, entries, kind=PostingKind.RESERVATION, document=document
    )
    await reservations.hold(scope, document, need.order.number, held, until)
    return posting_id


async def _note_waiting(scope: WriteScope, need: Need, got: Mapping[int, Decimal]) -> None:
    """Keep what each line still waits for."""
    waiting = {
        demand.line_id: demand.quantity - got.get(demand.line_id, _ZERO) for demand in need.demands
    }
    changed = {
        line_id: quantity
        for line_id, quantity in waiting.items()
        if quantity != need.lines[line_id].backordered
    }
    if not changed:
        return
    names: dict[str, object] = {
        "company_id": scope.company_id,
        "id": need.order.id,
        "lines": sql.array_literal(list(changed)),
        "quantities": sql.array_literal([plain(quantity) for quantity in changed.values()]),
    }
    await scope.execute(SQL["set_backordered"], names)
