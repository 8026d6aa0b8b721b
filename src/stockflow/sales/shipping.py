"""Shipping what orders have reserved.

The order's row is locked first, then the levels of what it holds; only then is read what it holds, since
a reservation that is over is freed by whoever locks its level.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stockflow.companies import audit
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import WriteScope
from stockflow.sales.allocation import Part
from stockflow.sales.commands import SalesOrderStatus, ShippedLine, ShipSalesOrder
from stockflow.sales.drafting import net_price
from stockflow.sales.errors import MoreThanReserved
from stockflow.sales.holdings import Place, Removal, holdings_of, removals
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.queries import SQL, lines_of, lock_order, parts_of
from stockflow.sales.rows import LockedOrder, OrderLine, ShipmentDocument, ShipmentLineRow
from stockflow.stock import ledger, reservations
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.document_lines import require_lines
from stockflow.stock.errors import LineError, LinesRefused
from stockflow.stock.ledger import Document, Entry
from stockflow.stock.reservations import Reservation
from stockflow.warehouses.errors import WarehouseNotFound
from stockflow.warehouses.queries import WarehouseRefs, resolve_warehouses

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a line shall leave; None for a warehouse means wherever it is reserved."""

    line_id: int
    warehouse_id: int | None
    quantity: Decimal


async def ship_order(
    scope: WriteScope, order_id: int, command: ShipSalesOrder, expected_version: int | None
) -> ShipmentDocument:
    """Ship lines of an order, or everything it has reserved, out of what it has reserved.

    Raises:
        SalesOrderNotFound, DocumentLinesNotFound: no such order, or no such lines of it.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is not confirmed, or all of it is shipped.
        MoreThanReserved: lines ask for more than is reserved, or nothing is; names every one of them.
        WarehouseNotFound, WarehouseNotAllowed: about the warehouses given.
        LinesRefused: a bundle would leave in parts.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    LIFECYCLE.require("ship", order, expected_version)
    lines = {line.id: line for line in await lines_of(scope, [order_id])}
    parts = await parts_of(scope, list(lines.values()))
    asked = await _asked(scope, command, lines)
    held = await _lock_held(scope, order_id)
    taken = _taken(lines, parts, held, asked)
    leaving = removals(held, parts, taken)
    document = Document(DocumentType.SALES_ORDER, order_id)
    entries = [_entry(scope, order, lines[one.reservation.line_id], parts, one) for one in leaving]
    posting_id, _ = await ledger.post(scope, entries, kind=PostingKind.SHIPMENT, document=document)
    await reservations.let_go(scope, {one.reservation.id: one.quantity for one in leaving})
    shipment_id = await _record(scope, order, lines, command, taken, posting_id=posting_id)
    shown = _shown(order, lines, taken)
    return ShipmentDocument(
        shipment_id,
        order_id,
        command.carrier,
        command.tracking,
        command.notes,
        posting_id,
        scope.now,
        len(shown),
        shown,
    )


async def _asked(
    scope: WriteScope, command: ShipSalesOrder, lines: Mapping[int, OrderLine]
) -> list[Asked]:
    """What the command asks for; everything there is in a warehouse as a line without quantity."""
    found = await _warehouses(scope, command)
    everywhere = _warehouse_id(scope, command, found)
    if command.lines is None:
        return [Asked(line_id, everywhere, _ZERO) for line_id in lines]
    require_lines(command.lines, lines)
    split = [
        LineError(
            lines[line.line_id].line,
            "bundle-not-whole",
            "A bundle is shipped whole.",
            product_id=lines[line.line_id].product_id,
            sku=lines[line.line_id].sku,
        ).facts()
        for line in command.lines
        if lines[line.line_id].is_bundle and line.quantity != line.quantity.to_integral_value()
    ]
    if split:
        raise LinesRefused(facts={"lines": split})
    return [
        Asked(line.line_id, _warehouse_id(scope, line, found) or everywhere, line.quantity)
        for line in command.lines
    ]


async def _warehouses(scope: WriteScope, command: ShipSalesOrder) -> WarehouseRefs:
    named: list[ShipSalesOrder | ShippedLine] = [command, *(command.lines or ())]
    ids = {one.warehouse_id for one in named if one.warehouse_id is not None}
    codes = {one.warehouse for one in named if one.warehouse is not None}
    if not ids and not codes:
        return WarehouseRefs({}, {})
    return await resolve_warehouses(scope, ids, codes)


def _warehouse_id(
    scope: WriteScope, named: ShipSalesOrder | ShippedLine, found: WarehouseRefs
) -> int | None:
    if named.warehouse is not None:
        ref = found.by_code.get(code_key(named.warehouse))
    elif named.warehouse_id is not None:
        ref = found.by_id.get(named.warehouse_id)
    else:
        return None
    if ref is None:
        facts = {"warehouse_id": named.warehouse_id, "warehouse": named.warehouse}
        raise WarehouseNotFound(facts=facts)
    scope.require_warehouse(ref.id)
    return ref.id


async def _lock_held(scope: WriteScope, order_id: int) -> list[Reservation]:
    """What the order holds, and will until this transaction ends."""
    held = await reservations.held_by(scope, DocumentType.SALES_ORDER, [order_id])
    if all(row.reserved_until is None for row in held):
        return held  # without an end nobody else frees it: the posting will lock its levels
    await ledger.lock_levels(scope, {(row.product_id, row.warehouse_id) for row in held})
    return await reservations.held_by(scope, DocumentType.SALES_ORDER, [order_id])


def _taken(
    lines: Mapping[int, OrderLine],
    parts: Mapping[int, Sequence[Part]],
    held: Sequence[Reservation],
    asked: Iterable[Asked],
) -> dict[Place, Decimal]:
    """What leaves of each line from each warehouse, the oldest reservations first."""
    left: dict[int, dict[int, Decimal]] = {line_id: {} for line_id in lines}
    for holding in holdings_of(held, parts):
        left[holding.line_id][holding.warehouse_id] = holding.quantity
    taken: dict[Place, Decimal] = {}
    missing: dict[int, Decimal] = {}
    # those that name a warehouse first: the others can take what these leave
    for one in sorted(asked, key=lambda one: one.warehouse_id is None):
        reserved = left[one.line_id]
        wanted = one.quantity or None  # everything
        for place in [one.warehouse_id] if one.warehouse_id is not None else list(reserved):
            found = reserved.get(place, _ZERO)
            quantity = found if wanted is None else min(found, wanted)
            if quantity:
                reserved[place] -= quantity
                taken[one.line_id, place] = taken.get((one.line_id, place), _ZERO) + quantity
                wanted = None if wanted is None else wanted - quantity
        if wanted:
            missing[one.line_id] = missing.get(one.line_id, _ZERO) + wanted
    if missing or not taken:
        raise _refusal(lines, taken, missing, left)
    return taken


def _refusal(
    lines: Mapping[int, OrderLine],
    taken: Mapping[Place, Decimal],
    missing: Mapping[int, Decimal],
    left: Mapping[int, Mapping[int, Decimal]],
) -> MoreThanReserved:
    """Names the lines that ask for too much, or all that are open where nothing is reserved."""
    named = missing or {
        line.id: line.open_quantity for line in lines.values() if line.open_quantity
    }
    facts = []
    for line_id, lacking in named.items():
        line = lines[line_id]
        found = sum((taken[place] for place in taken if place[0] == line_id), _ZERO)
        reserved = found + sum(left[line_id].values(), _ZERO)
        facts.append(
            {
                "line": line.line,
                "line_id": line_id,
                "product_id": line.product_id,
                "sku": line.sku,
                "requested": plain(found + lacking),
                "reserved": plain(reserved),
                "backordered": line.backordered,
                # whatever is open was reserved or backordered once
                "expired": plain(line.open_quantity - line.backordered - reserved),
            }
        )
    return MoreThanReserved(facts={"lines": facts})


def _entry(
    scope: WriteScope,
    order: LockedOrder,
    line: OrderLine,
    parts: Mapping[int, Sequence[Part]],
    removal: Removal,
) -> Entry:
    """A sale out of reserved; the price of a bundle is the bundle's, so its components have none."""
    row = removal.reservation
    sku = next(part.sku for part in parts[line.id] if part.product_id == row.product_id)
    price = None if line.is_bundle else net_price(line.unit_price, line.discount_percent)
    return Entry(
        line=line.line,
        product_id=row.product_id,
        sku=sku,
        warehouse_id=row.warehouse_id,
        type=MovementType.SALE,
        bucket=Bucket.RESERVED,
        change=-removal.quantity,
        occurred_at=scope.now,
        sold=removal.quantity,
        unit_price=price,
        reference=order.number,
        clearing=True,  # what was promised also leaves a warehouse that was retired since
    )


def _shown(
    order: LockedOrder, lines: Mapping[int, OrderLine], taken: Mapping[Place, Decimal]
) -> list[ShipmentLineRow]:
    """The lines of the shipment as reading it gives them: by place in the order, then warehouse."""
    codes = order.codes
    rows = [
        ShipmentLineRow(
            line.id,
            line.line,
            line.product_id,
            line.sku,
            line.product_name,
            place,
            codes[place],
            plain(quantity),
        )
        for (line_id, place), quantity in taken.items()
        for line in (lines[line_id],)
    ]
    return sorted(rows, key=lambda row: (row.line, row.warehouse_id))


async def _record(
    scope: WriteScope,
    order: LockedOrder,
    lines: Mapping[int, OrderLine],
    command: ShipSalesOrder,
    taken: Mapping[Place, Decimal],
    *,
    posting_id: int,
) -> int:
    still_open = sum((line.open_quantity for line in lines.values()), _ZERO)
    complete = still_open == sum(taken.values(), _ZERO)
    status = SalesOrderStatus.SHIPPED if complete else SalesOrderStatus.PARTIALLY_SHIPPED
    shipment_id: int = await scope.fetch_value(
        SQL["ship"],
        {
            "company_id": scope.company_id,
            "id": order.id,
            "now": scope.now,
            "carrier": command.carrier,
            "tracking": command.tracking,
            "notes": command.notes,
            "posting_id": posting_id,
            "status": status.value,
            "lines": sql.array_literal([line_id for line_id, _ in taken]),
            "warehouses": sql.array_literal([place for _, place in taken]),
            "quantities": sql.array_literal([plain(quantity) for quantity in taken.values()]),
        },
    )
    changes: dict[str, tuple[object, object]] = {"shipment": (None, shipment_id)}
    if status != order.status:
        changes["status"] = (order.status, status)
    await audit.record(scope, "sales_order", "shipped", {order.id: changes})
    return shipment_id
