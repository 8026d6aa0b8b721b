"""Sales orders on paper: for the customer, for the parcel, and for who picks the goods."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from stockflow.catalog.queries import resolve_products
from stockflow.foundation.scope import ReadScope
from stockflow.sales.commands import SalesOrderStatus
from stockflow.sales.customer_queries import CustomerRow, get_customer
from stockflow.sales.queries import get_order, get_shipment
from stockflow.sales.rows import SalesOrderDocument, ShipmentLineRow
from stockflow.stock.commands import DocumentType
from stockflow.stock.reservations import Reservation, held_by
from stockflow.warehouses.queries import resolve_warehouses
from stockflow.web.pdf import (
    Box,
    Cell,
    Column,
    Document,
    Figures,
    Printed,
    PrintStyle,
    Scannable,
    Table,
    lines_of_text,
    printed_document,
    table_of,
)

_NOT_CONFIRMED = frozenset({SalesOrderStatus.DRAFT, SalesOrderStatus.CANCELLED})


async def sales_order_pdf(scope: ReadScope, order_id: int, style: PrintStyle) -> Printed:
    """The order as the customer gets it: a confirmation, once it is confirmed.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
    """
    order = await get_order(scope, order_id)
    customer = await get_customer(scope, order.customer_id)
    figures = Figures(style, scope.company.timezone)
    document = Document(
        company=scope.company.name,
        title="Sales order" if order.status in _NOT_CONFIRMED else "Order confirmation",
        number=order.number,
        parties=[
            ("Customer", _billing(customer)),
            ("Ship to", order.shipping_address or customer.shipping_address),
        ],
        facts=[
            ("Status", order.status.replace("_", " ").capitalize()),
            ("Date", figures.day(order.confirmed_at or order.created_at)),
            ("Your reference", order.reference),
            ("Expected", figures.day(order.expected_date)),
            ("Payment terms", customer.payment_terms),
            ("Currency", order.currency),
        ],
        tables=[_ordered(order, figures)],
        totals=[("Total", figures.money(order.total, order.currency))],
        notes=[("Notes", order.notes), ("Reason for cancelling", order.cancellation_reason)],
    )
    return printed_document(document, style, "sales-order")


def _billing(customer: CustomerRow) -> str | None:
    tax_id = customer.tax_id and f"Tax number {customer.tax_id}"
    return lines_of_text(
        customer.name, customer.contact_name, customer.billing_address, customer.code, tax_id
    )


def _ordered(order: SalesOrderDocument, figures: Figures) -> Table:
    """The lines; discounts and what was cancelled have a column where there are any."""
    discounts = any(line.discount_percent for line in order.lines)
    cancelled = any(line.cancelled for line in order.lines)
    return table_of(
        order.lines,
        (Column("#", 6, "end"), lambda line: str(line.line + 1)),
        (Column("SKU", 22), lambda line: line.sku),
        (Column("Product", 40), lambda line: line.product_name),
        (Column("Quantity", 14, "end"), lambda line: figures.quantity(line.quantity)),
        (Column("Cancelled", 15, "end", cancelled), lambda line: figures.quantity(line.cancelled)),
        (
            Column("Unit price", 18, "end"),
            lambda line: figures.money(line.unit_price, order.currency),
        ),
        (
            Column("Discount", 14, "end", discounts),
            lambda line: figures.percent(line.discount_percent),
        ),
        (Column("Amount", 20, "end"), lambda line: figures.money(line.line_total, order.currency)),
    )


async def packing_note_pdf(
    scope: ReadScope, order_id: int, shipment_id: int, style: PrintStyle
) -> Printed:
    """What is in one shipment, to go with it; without prices.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
        ShipmentNotFound: no such shipment of it.
    """
    shipment = await get_shipment(scope, order_id, shipment_id)
    order = await get_order(scope, order_id)
    customer = await get_customer(scope, order.customer_id)
    figures = Figures(style, scope.company.timezone)
    address = order.shipping_address or customer.shipping_address
    document = Document(
        company=scope.company.name,
        title="Packing note",
        number=f"{order.number} / {shipment.id}",
        parties=[("Ship to", lines_of_text(customer.name, address))],
        facts=[
            ("Order", order.number),
            ("Your reference", order.reference),
            ("Shipped", figures.moment(shipment.shipped_at)),
            ("Carrier", shipment.carrier),
            ("Tracking", shipment.tracking),
        ],
        tables=[_packed(shipment.lines, figures)],
        notes=[("Notes", shipment.notes)],
    )
    return printed_document(document, style, "packing-note")


def _packed(lines: Sequence[ShipmentLineRow], figures: Figures) -> Table:
    return table_of(
        lines,
        (Column("", 6, "center"), lambda _: Box()),
        (Column("#", 6, "end"), lambda line: str(line.line + 1)),
        (Column("SKU", 28), lambda line: line.sku),
        (Column("Product", 52), lambda line: line.product_name),
        (Column("From", 16), lambda line: line.warehouse_code),
        (Column("Quantity", 16, "end"), lambda line: figures.quantity(line.quantity)),
    )


async def pick_list_pdf(scope: ReadScope, order_id: int, style: PrintStyle) -> Printed:
    """What the order has reserved, by warehouse and SKU; of bundles, what they are made of.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
    """
    order = await get_order(scope, order_id)
    held = await held_by(scope, DocumentType.SALES_ORDER, [order_id])
    figures = Figures(style, scope.company.timezone)
    tables = await _to_pick(scope, order, held, figures)
    document = Document(
        company=scope.company.name,
        title="Pick list",
        number=order.number,
        facts=[
            ("Customer", order.customer_name),
            ("Expected", figures.day(order.expected_date)),
            ("Printed", figures.moment(scope.now)),
        ],
        tables=tables or [Table(_PICK, [], empty="Nothing is reserved for this order.")],
        notes=[("Notes", order.notes)],
        signatures=["Picked by", "Checked by"] if tables else [],
    )
    return printed_document(document, style, "pick-list")


_PICK = [
    Column("", 6, "center"),
    Column("SKU", 24),
    Column("Scan", 56, "center"),
    Column("Product", 38),
    Column("Line", 10),
    Column("Quantity", 16, "end"),
]


async def _to_pick(
    scope: ReadScope, order: SalesOrderDocument, held: Sequence[Reservation], figures: Figures
) -> list[Table]:
    """A table for each warehouse, in the order of their codes."""
    products = await resolve_products(scope, {row.product_id for row in held}, [])
    warehouses = await resolve_warehouses(scope, {row.warehouse_id for row in held}, [])
    places = {line.id: line.line + 1 for line in order.lines}
    quantities: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    lines: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in held:
        quantities[row.warehouse_id, row.product_id] += row.quantity
        lines[row.warehouse_id, row.product_id].add(places[row.line_id])
    by_warehouse: dict[int, list[list[Cell]]] = defaultdict(list)
    by_sku = sorted(quantities, key=lambda level: products.by_id[level[1]].sku)
    for warehouse_id, product_id in by_sku:
        product = products.by_id[product_id]
        level = warehouse_id, product_id
        by_warehouse[warehouse_id].append(
            [
                Box(),
                product.sku,
                Scannable(product.sku),
                product.name,
                ", ".join(map(str, sorted(lines[level]))),
                figures.quantity(quantities[level]),
            ]
        )
    found = sorted((warehouses.by_id[one] for one in by_warehouse), key=lambda one: one.code)
    return [Table(_PICK, by_warehouse[one.id], f"{one.code} · {one.name}") for one in found]
