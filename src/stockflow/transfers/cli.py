"""`stockflow transfer`."""

import typer

from stockflow.companies.document_cli import Documents, Part

_TRANSFERS = Documents(
    package="stockflow.transfers",
    help="Move stock from one warehouse to another.",
    columns=("id", "number", "status", "from_warehouse_code", "to_warehouse_code", "line_count"),
    list="queries:list_transfers",
    show="queries:get_transfer",
    create="operations:create_transfer",
    actions={
        "change": ("operations:change_transfer", "Change the given fields."),
        "ship": ("operations:ship_transfer", "Send it on its way."),
        "receive": ("operations:receive_transfer", "Receive what arrived."),
        "cancel": ("operations:cancel_transfer", "Call it off; what is on its way returns."),
    },
    parts={
        "receipts": Part(
            "queries:list_receipts",
            "What arrived, delivery by delivery.",
            ("id", "received_at", "good", "damaged", "missing", "posting_id", "notes"),
        )
    },
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_TRANSFERS.commands(), name="transfer")
