"""What the lines of a draft name, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from stockflow.catalog.queries import ProductRef
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.money import line_total, total
from stockflow.foundation.quantity import MONEY_LIMIT
from stockflow.foundation.scope import WriteScope
from stockflow.sales.commands import SoldProduct
from stockflow.sales.errors import OrderTotalTooLarge
from stockflow.sales.queries import SQL
from stockflow.stock.document_lines import products_of
from stockflow.stock.errors import LineError, refusal
from stockflow.warehouses.queries import WarehouseRef, WarehouseRefs, resolve_warehouses

_SMALLEST_PRICE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line with the ids and the price it is kept with."""

    product_id: int
    warehouse_id: int | None
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal


async def draft_lines(scope: WriteScope, lines: Sequence[SoldProduct]) -> list[DraftLine]:
    """The lines with what they name; products are held so that none is archived meanwhile.

    Raises:
        LineTargetsNotFound: lines name products or warehouses the company does not have.
        WarehouseNotAllowed: lines name warehouses the actor may not use.
        LinesRefused: lines are for archived products, retired warehouses, parts of bundles, or
            products without a price in the company's currency.
    """
    products = await products_of(scope, lines, bundles=True)
    warehouses = await _warehouses(scope, lines)
    prices = await _prices(scope, {product.id for product in products})
    drafted: list[DraftLine] = []
    errors: list[LineError] = []
    for number, (line, product) in enumerate(zip(lines, products, strict=True)):
        warehouse = _named(line, warehouses)
        price = prices.get(product.id) if line.unit_price is None else line.unit_price
        reason = _reason(scope, line, product, warehouse, price)
        if reason is not None:
            errors.append(_error(number, product, warehouse, *reason))
        elif price is not None:
            place = None if warehouse is None else warehouse.id
            drafted.append(
                DraftLine(product.id, place, line.quantity, price, line.discount_percent)
            )
    if errors:
        raise refusal(errors)
    return drafted


def order_total(lines: Iterable[DraftLine], currency: str) -> Decimal:
    """What the lines come to, less their discounts, in minor units of the currency.

    Raises:
        OrderTotalTooLarge: it has more than 14 digits.
    """
    amounts = (
        line_total(
            line_total(line.quantity, line.unit_price),
            (100 - line.discount_percent).scaleb(-2),
        )
        for line in lines
    )
    found = total(amounts, currency)
    if found >= MONEY_LIMIT:
        raise OrderTotalTooLarge
    return found


def net_price(unit_price: str, discount_percent: Decimal) -> Decimal:
    """What one unit is sold for, rounded half-even to what the ledger keeps."""
    price = line_total(Decimal(unit_price), (100 - discount_percent).scaleb(-2))
    return price.quantize(_SMALLEST_PRICE, ROUND_HALF_EVEN)


def columns_of(lines: Sequence[DraftLine]) -> dict[str, object]:
    """The lines as the arrays the statements take."""
    return {
        "products": sql.array_literal([line.product_id for line in lines]),
        "warehouses": sql.array_literal([line.warehouse_id for line in lines]),
        "quantities": sql.array_literal([line.quantity for line in lines]),
        "prices": sql.array_literal([line.unit_price for line in lines]),
        "discounts": sql.array_literal([line.discount_percent for line in lines]),
    }


async def _warehouses(scope: WriteScope, lines: Sequence[SoldProduct]) -> WarehouseRefs:
    ids = {line.warehouse_id for line in lines if line.warehouse_id is not None}
    codes = {line.warehouse for line in lines if line.warehouse is not None}
    if not ids and not codes:
        return WarehouseRefs({}, {})
    return await resolve_warehouses(scope, ids, codes)


def _named(line: SoldProduct, found: WarehouseRefs) -> WarehouseRef | None:
    if line.warehouse is not None:
        return found.by_code.get(code_key(line.warehouse))
    return found.by_id.get(line.warehouse_id or 0)


async def _prices(scope: WriteScope, product_ids: Iterable[int]) -> Mapping[int, Decimal]:
    """The products' own prices, as far as they are in the company's currency."""
    names = {"company_id": scope.company_id, "ids": list(product_ids)}
    cursor = await scope.execute(SQL["prices"], names)
    return {
        product_id: price
        for product_id, price, currency in await cursor.fetchall()
        if currency == scope.company.currency
    }


def _reason(
    scope: WriteScope,
    line: SoldProduct,
    product: ProductRef,
    warehouse: WarehouseRef | None,
    price: Decimal | None,
) -> tuple[str, str] | None:
    if warehouse is None and (line.warehouse_id is not None or line.warehouse is not None):
        return "warehouse-not-found", "There is no such warehouse."
    if warehouse is not None and not scope.may_use_warehouse(warehouse.id):
        return "warehouse-not-allowed", "Your credentials are limited to other warehouses."
    if warehouse is not None and not warehouse.active:
        return "warehouse-inactive", "The warehouse is inactive."
    if product.product_type == "bundle" and line.quantity != line.quantity.to_integral_value():
        return "bundle-not-whole", "A bundle is sold whole."
    if price is None:
        return "price-needed", "The product's price is in another currency than the order."
    return None


def _error(
    number: int, product: ProductRef, warehouse: WarehouseRef | None, code: str, detail: str
) -> LineError:
    place = None if warehouse is None else warehouse.id
    return LineError(
        number, code, detail, product_id=product.id, sku=product.sku, warehouse_id=place
    )
