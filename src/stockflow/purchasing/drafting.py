"""How a draft gets its supplier, its lines with their costs, its total and its number."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stockflow.companies.numbering import next_numbers
from stockflow.foundation import sql
from stockflow.foundation.bulk import insert_new
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.money import line_total, total
from stockflow.foundation.quantity import MONEY_LIMIT
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.purchasing.commands import OrderedProduct
from stockflow.purchasing.errors import SupplierInactive
from stockflow.purchasing.models import PurchaseOrder
from stockflow.purchasing.queries import SQL
from stockflow.stock.document_lines import products_of
from stockflow.suppliers.errors import SupplierNotFound
from stockflow.suppliers.queries import SupplierRow, get_supplier, supplier_ids_by_code


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line whose product and cost are known."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """An order before it has a number."""

    supplier_id: int
    warehouse_id: int
    expected_date: date | None
    payment_terms: str | None
    reference: str | None
    notes: str | None
    lines: Sequence[DraftLine]


async def supplier_of(scope: WriteScope, supplier_id: int | None, code: str | None) -> SupplierRow:
    """The supplier with this id or code, which must be active.

    Raises:
        SupplierNotFound, SupplierInactive: there is none, or it is retired.
    """
    if supplier_id is None:
        found = await supplier_ids_by_code(scope, [code or ""])
        if not found:
            raise SupplierNotFound(facts={"supplier": code})
        supplier_id = next(iter(found.values()))
    supplier = await get_supplier(scope, supplier_id)
    if not supplier.active:
        raise SupplierInactive(facts={"supplier_id": supplier.id})
    return supplier


async def draft_lines(
    scope: WriteScope, supplier_id: int, lines: Sequence[OrderedProduct], currency: str
) -> list[DraftLine]:
    """Lines with their products, which are held, and their costs.

    Raises:
        LineTargetsNotFound, LinesRefused: products are unknown, archived, or bundles.
        Invalid: lines say no cost, and neither terms nor product know one; names all of them.
    """
    products = await products_of(scope, lines, bundles=False)
    known = await costs(scope, {(product.id, supplier_id) for product in products}, currency)
    drafted: list[DraftLine] = []
    errors: list[FieldError] = []
    for number, (line, product) in enumerate(zip(lines, products, strict=True)):
        cost = known.get((product.id, supplier_id)) if line.unit_cost is None else line.unit_cost
        if cost is None:
            detail = f"is required: neither the supplier's terms nor {product.sku} name a cost"
            errors.append(FieldError(f"/lines/{number}/unit_cost", detail))
        else:
            drafted.append(DraftLine(product.id, line.quantity, abs(cost)))
    if errors:
        raise Invalid(errors=errors)
    return drafted


async def costs(
    scope: ReadScope, pairs: Collection[tuple[int, int]], currency: str
) -> dict[tuple[int, int], Decimal | None]:
    """What each product costs at each supplier, as far as it is known in this currency."""
    cursor = await scope.execute(
        SQL["costs"],
        {
            "company_id": scope.company_id,
            "products": sql.array_literal([product for product, _ in pairs]),
            "suppliers": sql.array_literal([supplier for _, supplier in pairs]),
            "currency": currency,
        },
    )
    return {(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def payment_terms_of(
    scope: ReadScope, supplier_ids: Collection[int]
) -> dict[int, str | None]:
    """The payment terms of suppliers."""
    names = {
        "company_id": scope.company_id,
        "suppliers": sql.array_literal(sorted(supplier_ids)),
    }
    cursor = await scope.execute(SQL["payment_terms"], names)
    return {row[0]: row[1] for row in await cursor.fetchall()}


def total_of(lines: Sequence[DraftLine], currency: str) -> Decimal:
    """What the lines come to, rounded once.

    Raises:
        Invalid: it is more than an amount of money can be.
    """
    amount = total((line_total(line.quantity, line.unit_cost) for line in lines), currency)
    if amount >= MONEY_LIMIT:
        detail = f"come to {amount}, which is more than an amount can be"
        raise Invalid(errors=[FieldError("/lines", detail)])
    return amount


async def insert_orders(scope: WriteScope, drafts: Sequence[Draft]) -> list[int]:
    """Write drafts with their lines; gives their ids. The number of statements is constant."""
    currency = scope.company.currency
    totals = [total_of(draft.lines, currency) for draft in drafts]
    numbers = await next_numbers(scope, "PO", len(drafts))
    actor = scope.actor
    rows: list[dict[str, object]] = [
        {
            "number": number,
            "supplier_id": draft.supplier_id,
            "warehouse_id": draft.warehouse_id,
            "currency": currency,
            "payment_terms": draft.payment_terms,
            "reference": draft.reference,
            "notes": draft.notes,
            "expected_date": draft.expected_date,
            "line_count": len(draft.lines),
            "total": amount,
            "created_by_user_id": actor.user_id,
            "created_by_api_key_id": actor.api_key_id,
            "author_user_ids": [] if actor.user_id is None else [actor.user_id],
            "author_api_key_ids": [] if actor.api_key_id is None else [actor.api_key_id],
        }
        for draft, number, amount in zip(drafts, numbers, totals, strict=True)
    ]
    inserted = await insert_new(scope, PurchaseOrder, ["number"], rows, ["id", "number"])
    by_number = {number: order_id for order_id, number in inserted}
    order_ids = [by_number[number] for number in numbers]
    await add_lines(
        scope, {order_id: draft.lines for order_id, draft in zip(order_ids, drafts, strict=True)}
    )
    return order_ids


async def add_lines(scope: WriteScope, lines_by_order: dict[int, Sequence[DraftLine]]) -> None:
    """Write the lines of orders that have none."""
    rows = [
        (order_id, number, line)
        for order_id, lines in lines_by_order.items()
        for number, line in enumerate(lines)
    ]
    await scope.execute(
        SQL["add_lines"],
        {
            "company_id": scope.company_id,
            "orders": sql.array_literal([order_id for order_id, _, _ in rows]),
            "lines": sql.array_literal([number for _, number, _ in rows]),
            "products": sql.array_literal([line.product_id for _, _, line in rows]),
            "quantities": sql.array_literal([line.quantity for _, _, line in rows]),
            "unit_costs": sql.array_literal([line.unit_cost for _, _, line in rows]),
        },
    )
