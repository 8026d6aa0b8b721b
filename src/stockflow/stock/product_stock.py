"""The stock of one product over all warehouses; for a bundle, what its components allow."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from stockflow.catalog.errors import ProductNotFound
from stockflow.catalog.queries import explode_bundles, resolve_products
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.ledger import ZERO
from stockflow.stock.queries import LevelRow, levels_of_products

_NOTHING = Decimal("0.0000")


@dataclass(frozen=True, slots=True)
class StockTotals:
    """Sums over warehouses; `average_cost` is null where nothing is on hand."""

    available: QuantityOut
    reserved: QuantityOut
    damaged: QuantityOut
    in_transit: QuantityOut
    on_hand: QuantityOut
    value: MoneyOut
    average_cost: MoneyOut | None


@dataclass(frozen=True, slots=True)
class BundleAvailability:
    """How many whole bundles the available components of one warehouse make."""

    warehouse_id: int
    warehouse_code: str
    available: QuantityOut


@dataclass(frozen=True, slots=True)
class ProductStock:
    """Levels of a product with their totals; a bundle has derived availability instead."""

    product_id: int
    sku: str
    product_name: str
    product_type: str
    totals: StockTotals
    levels: list[LevelRow]
    bundle_availability: list[BundleAvailability] | None


async def product_stock(scope: ReadScope, product_id: int) -> ProductStock:
    """What there is of a product, and where.

    Raises:
        ProductNotFound: no such product.
    """
    scope.require(Permission.READ)
    product = (await resolve_products(scope, {product_id}, ())).by_id.get(product_id)
    if product is None:
        raise ProductNotFound(facts={"product_id": product_id})
    derived = None
    levels: list[LevelRow] = []
    if product.product_type == "bundle":
        derived = await _bundle_availability(scope, product_id)
    else:
        levels = await levels_of_products(scope, [product_id])
    return ProductStock(
        product.id,
        product.sku,
        product.name,
        product.product_type,
        _totals(levels, derived),
        levels,
        derived,
    )


def _totals(levels: list[LevelRow], derived: list[BundleAvailability] | None) -> StockTotals:
    def total(bucket: str) -> Decimal:
        return sum((getattr(level, bucket) for level in levels), ZERO)

    bundles = sum((place.available for place in derived or ()), ZERO)
    on_hand = total("on_hand")
    value = sum((Decimal(level.value) for level in levels), _NOTHING)
    return StockTotals(
        total("available") + bundles,
        total("reserved"),
        total("damaged"),
        total("in_transit"),
        on_hand,
        str(value),
        str((value / on_hand).quantize(_NOTHING, ROUND_HALF_UP)) if on_hand > 0 else None,
    )


async def _bundle_availability(scope: ReadScope, bundle_id: int) -> list[BundleAvailability]:
    """Per warehouse, the least of floor(available ÷ needed) over the components."""
    parts = (await explode_bundles(scope, {bundle_id})).get(bundle_id, [])
    levels = await levels_of_products(scope, [component for component, _ in parts])
    held = {(level.warehouse_id, level.product_id): level.available for level in levels}
    codes = {level.warehouse_id: level.warehouse_code for level in levels}
    return [
        BundleAvailability(
            warehouse_id,
            code,
            max(
                min(_whole(held.get((warehouse_id, part), ZERO), need) for part, need in parts),
                ZERO,
            ),
        )
        for warehouse_id, code in sorted(codes.items())
    ]


def _whole(available: Decimal, need: Decimal) -> Decimal:
    """How often `need` fits; parts of deeply nested bundles can be tiny, so with digits to spare."""
    with localcontext(prec=60):
        return available // need
