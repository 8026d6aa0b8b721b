"""`stockflow purchase-order`."""

import typer

from stockflow.companies.document_cli import Documents, Part

_ORDERS = Documents(
    package="stockflow.purchasing",
    help="Buy: draft, submit, approve and receive.",
    columns=("id", "number", "status", "supplier_name", "warehouse_code", "total", "currency"),
    list="queries:list_purchase_orders",
    show="queries:get_purchase_order",
    create="operations:create_purchase_order",
    actions={
        "change": ("operations:change_purchase_order", "Change the given fields."),
        "submit": ("operations:submit_purchase_order", "Hand a draft in for approval."),
        "approve": ("operations:approve_purchase_order", "Approve it, so that it is on order."),
        "reject": ("operations:reject_purchase_order", "Give it back to its buyer."),
        "receive": ("receiving:receive_purchase_order", "Receive a delivery."),
        "cancel": ("operations:cancel_purchase_order", "Cancel what is not received."),
    },
    parts={
        "receipts": Part(
            "queries:list_receipts",
            "What arrived, delivery by delivery.",
            ("id", "received_at", "delivery_reference", "lead_time_days", "posting_id", "notes"),
        )
    },
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_ORDERS.commands(), name="purchase-order")
