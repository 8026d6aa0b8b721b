"""`stockflow check`."""

from typing import TYPE_CHECKING, Annotated

import typer

from stockflow.foundation.cli import AsJson, command, emit

if TYPE_CHECKING:
    from stockflow.stock.check import Checked


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.command("check")(check)


@command
async def check(
    company: Annotated[
        int | None,
        typer.Option("--company", metavar="ID", min=1, max=2**63 - 1, help="Only this company."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that every level equals the sum of its movements and every invariant holds."""
    from stockflow.companies.operator import company_ids, company_scope
    from stockflow.foundation.cli import operator_pool
    from stockflow.foundation.scope import ReadScope
    from stockflow.stock.check import Checked, check_company

    checked = Checked([], [])
    async with operator_pool() as pool:
        for company_id in [company] if company is not None else company_ids():
            async with company_scope(pool, company_id, ReadScope) as scope:
                checked.add(company_id, await check_company(scope))
    emit(checked, as_json, human=_show)
    if checked.findings:
        raise typer.Exit(1)


def _show(checked: "Checked") -> None:
    for finding in checked.findings:
        place = f"company {finding.company_id}, product {finding.product_id}"
        typer.echo(f"{place}, warehouse {finding.warehouse_id}: {finding.finding}")
    state = f"{len(checked.findings)} findings" if checked.findings else "every invariant holds"
    typer.echo(f"{len(checked.companies)} companies checked: {state}.")
