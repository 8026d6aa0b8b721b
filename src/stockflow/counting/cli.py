"""`stockflow stock-count`."""

import typer

from stockflow.companies.document_cli import Documents, Part

_COUNTS = Documents(
    package="stockflow.counting",
    help="Count what is there, and post the differences.",
    columns=("id", "number", "status", "warehouse_code", "line_count", "counted_count"),
    list="queries:list_counts",
    show="queries:get_count",
    create="operations:create_count",
    actions={
        "change": ("operations:change_count", "Change the given fields."),
        "record": ("recording:record_lines", "Write down what was counted."),
        "submit": ("posting:submit_count", "Finish counting; posts what needs no approval."),
        "approve": ("posting:approve_count", "Post the differences."),
        "reject": ("operations:reject_count", "Have it counted on."),
        "cancel": ("operations:cancel_count", "Call it off."),
    },
    parts={
        "lines": Part(
            "queries:list_lines",
            "What is to be counted, and what was found.",
            ("sku", "product_name", "status", "counted", "expected", "difference", "unit"),
        )
    },
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_COUNTS.commands(), name="stock-count")
