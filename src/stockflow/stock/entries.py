"""From the lines of a request to entries of the ledger: which bucket each type changes, and how."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from stockflow.catalog.queries import ProductRef
from stockflow.foundation.quantity import QUANTITY_LIMIT, plain
from stockflow.stock.commands import Bucket, MovementLine, MovementType
from stockflow.stock.errors import LineError
from stockflow.stock.ledger import ZERO, Entry
from stockflow.warehouses.queries import WarehouseRef

_EFFECTS: dict[MovementType, tuple[tuple[Bucket, int], ...]] = {
    MovementType.PURCHASE: ((Bucket.AVAILABLE, 1),),
    MovementType.SALE: ((Bucket.AVAILABLE, -1),),
    MovementType.RETURN: ((Bucket.AVAILABLE, 1),),
    MovementType.ADJUSTMENT: ((Bucket.AVAILABLE, 1),),
    MovementType.RECOUNT: ((Bucket.AVAILABLE, 1),),
    MovementType.MANUFACTURING: ((Bucket.AVAILABLE, 1),),
    MovementType.DAMAGE: ((Bucket.AVAILABLE, -1), (Bucket.DAMAGED, 1)),
    MovementType.WRITE_OFF: ((Bucket.DAMAGED, -1),),
    MovementType.RESERVE: ((Bucket.AVAILABLE, -1), (Bucket.RESERVED, 1)),
    MovementType.RELEASE: ((Bucket.RESERVED, -1), (Bucket.AVAILABLE, 1)),
}
_SMALLEST_UNIT = Decimal("0.0001")
_DEMAND = {MovementType.SALE: 1, MovementType.RETURN: -1}
_BUNDLED = frozenset(
    {MovementType.SALE, MovementType.RETURN, MovementType.RESERVE, MovementType.RELEASE}
)
_CLEARING = frozenset({MovementType.DAMAGE, MovementType.WRITE_OFF, MovementType.RELEASE})
_OUTGOING = frozenset({MovementType.ADJUSTMENT, MovementType.MANUFACTURING})


class ResolvedLine(msgspec.Struct, frozen=True, gc=False):
    """A line with the product and warehouse it names."""

    number: int
    line: MovementLine
    product: ProductRef
    warehouse: WarehouseRef
    occurred_at: datetime


def clearing(line: MovementLine) -> bool:
    """Whether the line only takes stock out of use, which inactive warehouses allow."""
    return line.type in _CLEARING or (line.type in _OUTGOING and line.quantity < 0)


def line_error(
    number: int,
    line: MovementLine,
    product: ProductRef | None,
    warehouse: WarehouseRef | None,
    may_use: Callable[[int], bool],
) -> LineError | None:
    """What forbids posting the line, as far as product and warehouse tell."""
    if product is None:
        return LineError(
            number,
            "product-not-found",
            "There is no such product.",
            product_id=line.product_id,
            sku=line.sku,
        )
    if warehouse is None:
        return LineError(number, "warehouse-not-found", "There is no such warehouse.")
    reason = _reason(line, product, warehouse, may_use)
    if reason is None:
        return None
    code, detail = reason
    return LineError(
        number, code, detail, product_id=product.id, sku=product.sku, warehouse_id=warehouse.id
    )


def _reason(
    line: MovementLine,
    product: ProductRef,
    warehouse: WarehouseRef,
    may_use: Callable[[int], bool],
) -> tuple[str, str] | None:
    if not may_use(warehouse.id):
        return "warehouse-not-allowed", "Your credentials are limited to other warehouses."
    if product.archived:
        return "product-archived", "The product is archived."
    if not warehouse.active and not clearing(line):
        return "warehouse-inactive", "The warehouse is inactive and takes no new stock."
    return _bundle_reason(line) if product.product_type == "bundle" else None


def _bundle_reason(line: MovementLine) -> tuple[str, str] | None:
    if line.type not in _BUNDLED:
        detail = f"A bundle has no stock: post the {line.type} of its components."
        return "bundle-has-no-stock", detail
    if line.expected_quantity is not None:
        detail = "A bundle has no stock whose quantity could be expected."
        return "bundle-has-no-stock", detail
    return None


def bundle_error(resolved: ResolvedLine, entries: Sequence[Entry]) -> LineError | None:
    """What forbids posting the line, as far as the components of its bundle tell."""
    if not entries:
        code, detail = "bundle-without-components", "The bundle has no components."
    elif resolved.product.product_type == "bundle" and not all(one.change for one in entries):
        code = "quantity-too-small"
        detail = "Of a component, it comes to less than the smallest unit, 0.0001."
    else:
        return None
    return LineError(
        resolved.number,
        code,
        detail,
        product_id=resolved.product.id,
        sku=resolved.product.sku,
        warehouse_id=resolved.warehouse.id,
    )


def entries_of(
    resolved: ResolvedLine, parts: list[tuple[ProductRef, Decimal]] | None
) -> Iterator[Entry]:
    """The entries of a line; `parts` are the components of one bundle, None for a plain product.

    The cost and price of a line for a bundle are the bundle's, so its components carry none.
    """
    line = resolved.line
    if parts is None:
        yield from _entries(resolved, resolved.product, line.quantity)
        return
    for component, per_bundle in parts:
        yield from _entries(resolved, component, whole_units(line.quantity * per_bundle))


def whole_units(quantity: Decimal) -> Decimal:
    """Rounded to the smallest unit the ledger keeps; what is too large for it, it refuses itself."""
    if quantity < QUANTITY_LIMIT:
        quantity = quantity.quantize(_SMALLEST_UNIT, ROUND_HALF_UP)
    return plain(quantity)


def _entries(resolved: ResolvedLine, product: ProductRef, quantity: Decimal) -> Iterator[Entry]:
    line = resolved.line
    sold = quantity * _DEMAND.get(line.type, 0)
    empties = clearing(line)
    for bucket, sign in _EFFECTS[line.type]:
        yield Entry(
            line=resolved.number,
            product_id=product.id,
            sku=product.sku,
            warehouse_id=resolved.warehouse.id,
            type=line.type,
            bucket=bucket,
            change=quantity if sign == 1 else -quantity,
            occurred_at=resolved.occurred_at,
            sold=sold or ZERO,
            unit_cost=line.unit_cost if product is resolved.product else None,
            unit_price=line.unit_price if product is resolved.product else None,
            reason=line.reason,
            reference=line.reference,
            clearing=empties,
        )
