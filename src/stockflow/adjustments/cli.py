"""`stockflow adjustment-request`."""

import typer

from stockflow.companies.document_cli import Documents

_REQUESTS = Documents(
    package="stockflow.adjustments",
    help="Adjustments that need approval.",
    columns=("id", "number", "status", "line_count", "reason", "created_at"),
    list="queries:list_requests",
    show="queries:get_request",
    create="operations:create_request",
    actions={
        "approve": ("operations:approve_request", "Post them."),
        "reject": ("operations:reject_request", "Turn them down."),
        "withdraw": ("operations:withdraw_request", "Take the request back."),
    },
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_REQUESTS.commands(), name="adjustment-request")
