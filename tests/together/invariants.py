"""What must hold after every step, whatever happened in it: see invariants.sql."""

from dataclasses import dataclass
from datetime import datetime

from stockflow.foundation import sql
from stockflow.foundation.scope import WriteScope
from stockflow.stock.check import check_company

_INVARIANTS = " UNION ALL ".join(
    f"SELECT '{name}', finding FROM ({statement}) AS found (finding)"
    for name, statement in sql.load(__package__, "invariants.sql").items()
)
_FINGERPRINT = """
SELECT (SELECT count(*) FROM stock_movements WHERE company_id = %(company_id)s),
       (SELECT count(*) FROM audit_entries WHERE company_id = %(company_id)s),
       (SELECT coalesce(sum(quantity), 0) FROM stock_reservations WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(l::text, ' ' ORDER BY product_id, warehouse_id))
          FROM stock_levels l WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(o::text, ' ' ORDER BY id))
          FROM sales_orders o WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(l::text, ' ' ORDER BY id))
          FROM sales_order_lines l WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(o::text, ' ' ORDER BY id))
          FROM purchase_orders o WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(l::text, ' ' ORDER BY id))
          FROM purchase_order_lines l WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(t::text, ' ' ORDER BY id))
          FROM transfers t WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(l::text, ' ' ORDER BY id))
          FROM transfer_lines l WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(c::text, ' ' ORDER BY id))
          FROM stock_counts c WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(l::text, ' ' ORDER BY count_id, line))
          FROM stock_count_lines l WHERE company_id = %(company_id)s),
       (SELECT md5(string_agg(r::text, ' ' ORDER BY id))
          FROM adjustment_requests r WHERE company_id = %(company_id)s)
"""
_VERSIONS = """
SELECT 'sales_order', id, version FROM sales_orders WHERE company_id = %(company_id)s
 UNION ALL
SELECT 'purchase_order', id, version FROM purchase_orders WHERE company_id = %(company_id)s
 UNION ALL
SELECT 'transfer', id, version FROM transfers WHERE company_id = %(company_id)s
 UNION ALL
SELECT 'stock_count', id, version FROM stock_counts WHERE company_id = %(company_id)s
 UNION ALL
SELECT 'adjustment_request', id, version FROM adjustment_requests WHERE company_id = %(company_id)s
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """What is wrong in a company, and what all its stock and documents are, told in short."""

    findings: list[str]
    fingerprint: tuple[object, ...]
    versions: dict[tuple[str, int], int]


async def examine(scope: WriteScope, now: datetime) -> Examined:
    """Every violation of every invariant; `now` is the moment at which reservations are over."""
    names = {"company_id": scope.company_id, "now": now}
    findings = [str(finding) for finding in await check_company(scope)]
    # prepared, since to plan them takes longer than to run them
    cursor = await scope.connection.execute(_INVARIANTS, names, prepare=True)
    findings += [f"{invariant}: {finding}" for invariant, finding in await cursor.fetchall()]
    cursor = await scope.connection.execute(_FINGERPRINT, names, prepare=True)
    row = await cursor.fetchone()
    assert row is not None
    cursor = await scope.connection.execute(_VERSIONS, names, prepare=True)
    versions = {(kind, id_): version for kind, id_, version in await cursor.fetchall()}
    return Examined(findings, row, versions)
