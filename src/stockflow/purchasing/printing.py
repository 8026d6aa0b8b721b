"""Purchase orders on paper, as the supplier gets them."""

from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.commands import PurchaseOrderStatus
from stockflow.purchasing.queries import (
    PurchaseOrderDocument,
    get_purchase_order,
)
from stockflow.suppliers.queries import SupplierRow, get_supplier
from stockflow.warehouses.queries import WarehouseRow, get_warehouse
from stockflow.web.pdf import (
    Column,
    Document,
    Figures,
    Printed,
    PrintStyle,
    Table,
    lines_of_text,
    printed_document,
    table_of,
)

_UNAPPROVED = frozenset({PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SUBMITTED})


async def purchase_order_pdf(scope: ReadScope, order_id: int, style: PrintStyle) -> Printed:
    """The order to the supplier, with the supplier's own SKUs; called a draft until it is approved.

    Raises:
        PurchaseOrderNotFound: also where its warehouse is not one of the actor's.
    """
    order = await get_purchase_order(scope, order_id)
    supplier = await get_supplier(scope, order.supplier_id)
    warehouse = await get_warehouse(scope, order.warehouse_id)
    figures = Figures(style, scope.company.timezone)
    draft = order.status in _UNAPPROVED
    document = Document(
        company=scope.company.name,
        title="Purchase order (not approved)" if draft else "Purchase order",
        number=order.number,
        parties=[("Supplier", _addressed(supplier)), ("Deliver to", _delivered(warehouse))],
        facts=[
            ("Status", order.status.replace("_", " ").capitalize()),
            ("Date", figures.day(order.approved_at or order.created_at)),
            ("Reference", order.reference),
            ("Expected", figures.day(order.expected_date)),
            ("Payment terms", order.payment_terms),
            ("Currency", order.currency),
        ],
        tables=[_ordered(order, figures)],
        totals=[("Total", figures.money(order.total, order.currency))],
        notes=[("Notes", order.notes), ("Reason for cancelling", order.cancellation_reason)],
        signatures=[] if draft else ["Date", "Signature"],
    )
    return printed_document(document, style, "purchase-order")


def _addressed(supplier: SupplierRow) -> str | None:
    tax_id = supplier.tax_id and f"Tax number {supplier.tax_id}"
    return lines_of_text(
        supplier.name,
        supplier.contact_name,
        supplier.contact_email,
        supplier.contact_phone,
        tax_id,
    )


def _delivered(warehouse: WarehouseRow) -> str | None:
    town = " ".join(part for part in (warehouse.postal_code, warehouse.city) if part)
    return lines_of_text(
        f"{warehouse.code} · {warehouse.name}",
        warehouse.address,
        town,
        warehouse.region,
        warehouse.country,
        warehouse.contact_name,
        warehouse.contact_phone,
    )


def _ordered(order: PurchaseOrderDocument, figures: Figures) -> Table:
    """The lines; the supplier's SKUs and what was cancelled have a column where there are any."""
    theirs = any(line.supplier_sku for line in order.lines)
    cancelled = any(line.cancelled for line in order.lines)
    return table_of(
        order.lines,
        (Column("#", 6, "end"), lambda line: str(line.line + 1)),
        (Column("Your SKU", 22, shown=theirs), lambda line: line.supplier_sku or ""),
        (Column("Our SKU", 22), lambda line: line.sku),
        (Column("Product", 38), lambda line: line.product_name),
        (Column("Quantity", 15, "end"), lambda line: figures.quantity(line.quantity)),
        (Column("Cancelled", 15, "end", cancelled), lambda line: figures.quantity(line.cancelled)),
        (
            Column("Unit cost", 18, "end"),
            lambda line: figures.money(line.unit_cost, order.currency),
        ),
        (Column("Amount", 20, "end"), lambda line: figures.money(line.line_total, order.currency)),
    )
