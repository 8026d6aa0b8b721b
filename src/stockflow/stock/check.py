"""Proves that the ledger and everything derived from it agree; `stockflow check` runs it."""

from dataclasses import dataclass

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope

_SQL = sql.load(__package__, "check.sql")
FINDINGS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where an invariant does not hold."""

    company_id: int
    invariant: str
    product_id: int
    warehouse_id: int
    finding: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Which companies were looked at, and what was found."""

    companies: list[int]
    findings: list[Finding]

    def add(self, company_id: int, findings: list[Finding]) -> None:
        """Note the outcome of one company."""
        self.companies.append(company_id)
        self.findings.extend(findings)


INVARIANTS = tuple(_SQL)
"""The names of what is checked, each a statement of check.sql that lists its violations."""


async def check_company(scope: ReadScope) -> list[Finding]:
    """Every violation of every invariant in the company, up to 1,000; empty when all holds."""
    scope.require(Permission.READ)
    await scope.execute("SET LOCAL statement_timeout = 0")
    findings: list[Finding] = []
    for invariant, statement in _SQL.items():
        if len(findings) == FINDINGS_MAX:
            break  # to fetch 0 rows would fetch one
        cursor = await scope.execute(
            statement,
            {"company_id": scope.company_id, "timezone": scope.company.timezone.key},
        )
        rows = await cursor.fetchmany(FINDINGS_MAX - len(findings))
        findings.extend(Finding(scope.company_id, invariant, *row) for row in rows)
    return findings
