"""`stockflow customer` and `stockflow sales-order`."""

import typer

from stockflow.companies.document_cli import Documents, Part

_CUSTOMERS = Documents(
    package="stockflow.sales",
    help="Those a company sells to.",
    columns=("id", "code", "name", "contact_email", "active"),
    list="customer_queries:list_customers",
    show="customer_queries:get_customer",
    create="customer_operations:create_customer",
    actions={"change": ("customer_operations:change_customer", "Change the given fields.")},
)
_ORDERS = Documents(
    package="stockflow.sales",
    help="Sell: draft, confirm, ship and take back.",
    columns=("id", "number", "status", "customer_name", "line_count", "total", "currency"),
    list="queries:list_orders",
    show="queries:get_order",
    create="operations:create_order",
    actions={
        "change": ("operations:change_order", "Change the given fields."),
        "confirm": ("reserving:confirm_order", "Reserve the stock of a draft."),
        "reserve": ("reserving:reserve_order", "Reserve what is neither shipped nor reserved."),
        "ship": ("shipping:ship_order", "Ship what is reserved, or the lines in the file."),
        "return": ("returns:create_return", "Take back shipped goods."),
        "cancel": ("operations:cancel_order", "Cancel what is not shipped."),
    },
    parts={
        "shipments": Part(
            "queries:list_shipments",
            "What left for the customer, shipment by shipment.",
            ("id", "shipped_at", "carrier", "tracking", "posting_id", "notes"),
        ),
        "returns": Part(
            "return_queries:list_returns",
            "What the customer sent back.",
            ("id", "number", "good", "damaged", "refused"),
        ),
    },
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_CUSTOMERS.commands(), name="customer")
    app.add_typer(_ORDERS.commands(), name="sales-order")
