"""The threshold of a product in a warehouse, and which of the four places decides."""

from dataclasses import dataclass

from stockflow.catalog.errors import ProductArchived, ProductNotFound
from stockflow.catalog.queries import ProductRef, resolve_products
from stockflow.companies import audit
from stockflow.foundation import sql
from stockflow.foundation.errors import Conflict
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.replenishment.commands import SetThreshold
from stockflow.stock.ledger import lock_levels
from stockflow.stock.subscriptions import refresh_levels
from stockflow.warehouses.queries import get_warehouse

_SQL = sql.load(__package__, "thresholds.sql")


class BundleHasNoThreshold(Conflict):
    """A bundle has no stock of its own; set the thresholds of its components."""

    code = "bundle-has-no-threshold"
    title = "A bundle has no threshold"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is set in each place; the first that is set is the effective one."""

    warehouse_id: int
    warehouse_code: str
    own: QuantityOut | None
    product: QuantityOut | None
    category: QuantityOut | None
    product_type: QuantityOut | None
    company: QuantityOut | None
    effective: QuantityOut | None


async def list_thresholds(scope: ReadScope, product_id: int) -> Page[Threshold]:
    """The thresholds of a product in every warehouse where it has a level, on one page.

    Raises:
        ProductNotFound: no such product.
    """
    scope.require(Permission.READ)
    await _product(scope, product_id)
    return Page(await _thresholds(scope, product_id, None), None)


async def set_threshold(
    scope: WriteScope, product_id: int, warehouse_id: int, command: SetThreshold
) -> Threshold:
    """Set or (with null) remove the threshold of a product in a warehouse.

    Raises:
        ProductNotFound, WarehouseNotFound: no such product or warehouse.
        ProductArchived: it is archived.
        BundleHasNoThreshold: it is a bundle.
    """
    scope.require(Permission.EDIT_THRESHOLDS)
    product = await _product(scope, product_id)
    if product.archived:
        raise ProductArchived
    if product.product_type == "bundle":
        raise BundleHasNoThreshold
    await get_warehouse(scope, warehouse_id)
    await lock_levels(scope, [(product_id, warehouse_id)])
    names = {
        "company_id": scope.company_id,
        "product_id": product_id,
        "warehouse_id": warehouse_id,
        "threshold": command.low_stock_threshold,
    }
    before = await scope.fetch_value(_SQL["own"], names)
    if before != command.low_stock_threshold:
        await scope.execute(_SQL["set_own"], names)
        await refresh_levels(scope, products=[product_id], warehouses=[warehouse_id])
        change = (before, command.low_stock_threshold)
        await audit.record(
            scope, "threshold", "changed", {product_id: {f"warehouse {warehouse_id}": change}}
        )
    return (await _thresholds(scope, product_id, warehouse_id))[0]


async def _product(scope: ReadScope, product_id: int) -> ProductRef:
    product = (await resolve_products(scope, {product_id}, ())).by_id.get(product_id)
    if product is None:
        raise ProductNotFound(facts={"product_id": product_id})
    return product


async def _thresholds(
    scope: ReadScope, product_id: int, warehouse_id: int | None
) -> list[Threshold]:
    allowed = scope.actor.warehouse_ids
    return await scope.fetch_all(
        Threshold,
        _SQL["of_product"],
        {
            "company_id": scope.company_id,
            "product_id": product_id,
            "warehouse_id": warehouse_id,
            "allowed": None if allowed is None else list(allowed),
        },
    )
