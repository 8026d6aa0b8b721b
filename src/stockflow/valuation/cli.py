"""`stockflow report valuation`."""

import typer

from stockflow.companies.document_cli import Documents, add_list

_VALUATION = Documents(
    package="stockflow.valuation",
    help="Reports.",
    columns=("sku", "product_name", "warehouse_code", "on_hand", "unit_cost", "value"),
    list="queries:value_stock",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    reports = typer.Typer(help="Reports.", no_args_is_help=True)
    add_list(reports, "valuation", _VALUATION, "What stock is worth, now or at a past moment.")
    app.add_typer(reports, name="report")
