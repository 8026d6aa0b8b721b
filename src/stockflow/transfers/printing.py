"""Transfers on paper: a note that goes with the goods and is filled in where they arrive."""

from stockflow.foundation.scope import ReadScope
from stockflow.transfers.queries import TransferDocument, TransferLineRow, get_transfer
from stockflow.web.pdf import (
    Box,
    Column,
    Document,
    Figures,
    Printed,
    PrintStyle,
    Table,
    printed_document,
    table_of,
)


async def transfer_note_pdf(scope: ReadScope, transfer_id: int, style: PrintStyle) -> Printed:
    """The transfer with room for what arrives; until it is shipped, with what is to be sent.

    Raises:
        TransferNotFound: also where the actor is limited to warehouses that have no part in it.
    """
    transfer = await get_transfer(scope, transfer_id)
    figures = Figures(style, scope.company.timezone)
    document = Document(
        company=scope.company.name,
        title="Transfer note",
        number=transfer.number,
        parties=[
            ("From", f"{transfer.from_warehouse_code} · {transfer.from_warehouse_name}"),
            ("To", f"{transfer.to_warehouse_code} · {transfer.to_warehouse_name}"),
        ],
        facts=[
            ("Status", transfer.status.replace("_", " ").capitalize()),
            ("Shipped", figures.moment(transfer.shipped_at)),
            ("Expected", figures.day(transfer.expected_date)),
        ],
        tables=[_sent(transfer, figures)],
        notes=[("Notes", transfer.notes), ("Reason for cancelling", transfer.cancellation_reason)],
        signatures=["Sent by", "Received by"],
    )
    return printed_document(document, style, "transfer")


def _sent(transfer: TransferDocument, figures: Figures) -> Table:
    left = transfer.shipped_at is not None

    def quantity(line: TransferLineRow) -> str:
        return figures.quantity(line.shipped if left else line.quantity)

    return table_of(
        transfer.lines,
        (Column("#", 6, "end"), lambda line: str(line.line + 1)),
        (Column("SKU", 26), lambda line: line.sku),
        (Column("Product", 46), lambda line: line.product_name),
        (Column("Shipped" if left else "To ship", 16, "end"), quantity),
        (Column("Good", 14, "center"), lambda _: Box(14)),
        (Column("Damaged", 14, "center"), lambda _: Box(14)),
        (Column("Missing", 14, "center"), lambda _: Box(14)),
    )
