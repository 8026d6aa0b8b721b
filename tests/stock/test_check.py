"""`check_company` finds what somebody changed behind the ledger's back, and calls it by its name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from stockflow.foundation.postgres import Conninfo
from stockflow.stock import check
from stockflow.stock.check import INVARIANTS
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.stock.reading import findings, picture

Tamper = Callable[[str], None]

_COMPANY = "company_id = {company}"
_LEVEL = f"UPDATE stock_levels SET {{change}} WHERE {_COMPANY}"
_FIRST_SALE = f"(SELECT min(id) FROM stock_movements WHERE {_COMPANY} AND type = 'sale')"
_OLD = "day < current_date - 30"

_ONE_INVARIANT = [
    ("level_is_sum_of_movements", _LEVEL.format(company="{company}", change=f"{b} = {b} + 1"))
    for b in ("available", "reserved", "damaged", "in_transit")
] + [
    (
        "balances_follow_each_other",
        "UPDATE stock_movements SET quantity_before = quantity_before + 1,"
        f" quantity_after = quantity_after + 1 WHERE {_COMPANY} AND id = {_FIRST_SALE}",
    ),
    (
        "days_are_sums_of_movements",
        "UPDATE stock_movements SET occurred_at = occurred_at - interval '1 day'"
        f" WHERE {_COMPANY} AND type = 'purchase'",
    ),
    (
        "days_are_sums_of_movements",
        f"UPDATE stock_days SET damaged = damaged + 1 WHERE {_COMPANY} AND {_OLD} AND sold > 0",
    ),
    (
        "days_are_sums_of_movements",
        f"DELETE FROM stock_days WHERE {_COMPANY} AND {_OLD} AND sold = 0",
    ),
    (
        "demand_is_sales_less_returns",
        f"UPDATE stock_days SET sold = sold + 1 WHERE {_COMPANY} AND {_OLD} AND sold > 0",
    ),
    (
        "demand_is_sales_less_returns",
        f"UPDATE stock_movements SET type = 'adjustment' WHERE {_COMPANY} AND id = {_FIRST_SALE}",
    ),
    (
        "demand_is_sales_less_returns",  # on another day, though the sum is right
        f"UPDATE stock_days SET sold = 10 - sold WHERE {_COMPANY} AND {_OLD}",
    ),
    ("recent_demand_is_sum_of_days", f"UPDATE stock_levels SET recent_sold = 9 WHERE {_COMPANY}"),
    (
        "recent_demand_is_sum_of_days",
        f"UPDATE stock_levels SET recent_since = current_date + 2 WHERE {_COMPANY}",
    ),
    ("levels_know_their_rules", f"UPDATE stock_levels SET threshold = 77 WHERE {_COMPANY}"),
    ("levels_know_their_rules", f"UPDATE stock_levels SET threshold = NULL WHERE {_COMPANY}"),
    ("levels_know_their_rules", f"UPDATE stock_levels SET own_threshold = 77 WHERE {_COMPANY}"),
    ("levels_know_their_rules", f"UPDATE stock_levels SET backorders = true WHERE {_COMPANY}"),
    ("levels_know_their_rules", f"UPDATE stock_levels SET active = false WHERE {_COMPANY}"),
    (
        "levels_know_their_rules",
        f"UPDATE stock_levels SET low_at_threshold = true WHERE {_COMPANY}",
    ),
    (
        "levels_know_their_rules",
        "UPDATE companies SET default_low_stock_threshold = 77 WHERE id = {company}",
    ),
    ("levels_know_their_rules", f"UPDATE warehouses SET active = false WHERE {_COMPANY}"),
    ("levels_know_their_rules", f"UPDATE products SET low_stock_threshold = 77 WHERE {_COMPANY}"),
    (
        "movements_have_postings",
        f"DELETE FROM stock_postings WHERE {_COMPANY} AND id = {_FIRST_SALE} / 100000",
    ),
    (
        "archived_products_are_empty",
        f"UPDATE stock_levels SET active = false WHERE {_COMPANY};"
        f" UPDATE products SET archived_at = now() WHERE {_COMPANY}",
    ),
    ("movements_and_days_have_levels", f"DELETE FROM stock_levels WHERE {_COMPANY}"),
    (
        "newest_day_is_known",
        f"UPDATE stock_levels SET last_day = last_day - 1 WHERE {_COMPANY}",
    ),
    ("value_is_sum_of_movements", f"UPDATE stock_levels SET value = value + 1 WHERE {_COMPANY}"),
    (
        "days_are_sums_of_movements",
        f"UPDATE stock_days SET value = value + 1 WHERE {_COMPANY} AND {_OLD} AND sold > 0",
    ),
    (
        "no_value_without_stock",  # although all sums are right
        "INSERT INTO stock_movements (company_id, id, line, product_id, warehouse_id, type, bucket,"
        " quantity_change, quantity_before, quantity_after, value_change, occurred_at)"
        " SELECT company_id, id + 50, line, product_id, warehouse_id, 'adjustment', 'in_transit',"
        f" 0, 0, 0, 7, occurred_at FROM stock_movements WHERE {_COMPANY} AND id = {_FIRST_SALE};"
        f" UPDATE stock_days SET transit_value = 7 WHERE {_COMPANY} AND {_OLD} AND sold > 0;"
        f" UPDATE stock_levels SET transit_value = 7 WHERE {_COMPANY}",
    ),
    (
        "reserved_covers_reservations",
        "INSERT INTO stock_reservations (company_id, product_id, warehouse_id, quantity,"
        " document_type, document_id, line_id, reference)"
        " SELECT company_id, product_id, warehouse_id, 4, 'sales_order', 1, 1, 'SO-1'"
        f" FROM stock_levels WHERE {_COMPANY}",
    ),
]


@pytest.fixture
def level(api: Api) -> tuple[int, int]:
    """One level with history: bought and sold long ago, sold and reserved today."""
    product, warehouse = make_product(api), make_warehouse(api)
    ago = [(datetime.now(UTC) - timedelta(days=days)).isoformat() for days in (70, 60)]
    move(api, line(product, warehouse, "purchase", 100, occurred_at=ago[0]))
    move(api, line(product, warehouse, "sale", 10, occurred_at=ago[1]))
    move(api, line(product, warehouse, "sale", 5), line(product, warehouse, "reserve", 3))
    return product["id"], warehouse["id"]


@pytest.fixture
def tamper(api: Api, conninfo: Conninfo) -> Tamper:
    """Runs SQL as the superuser, whom nothing binds, with the company's id put in."""

    def run(statements: str) -> None:
        owner = conninfo.owner.replace("user=stockflow_owner", "user=postgres")
        with psycopg.connect(owner) as connection:
            connection.execute(statements.format(company=api.company_id).encode())

    return run


def test_an_honest_ledger_has_no_findings(api: Api, level: tuple[int, int]) -> None:
    assert level
    assert findings(api) == []


@pytest.mark.parametrize("case", _ONE_INVARIANT)
def test_tampering_is_found_and_named(
    api: Api, other: Api, level: tuple[int, int], tamper: Tamper, case: tuple[str, str]
) -> None:
    invariant, statements = case
    tamper(statements)

    found = findings(api)

    assert {finding.invariant for finding in found} == {invariant}
    assert {(f.company_id, f.product_id, f.warehouse_id) for f in found} == {
        (api.company_id, *level)
    }
    assert all(finding.finding for finding in found)
    assert findings(other) == []


def test_every_invariant_is_put_to_the_test() -> None:
    assert {invariant for invariant, _ in _ONE_INVARIANT} == set(INVARIANTS)


@pytest.mark.usefixtures("level")
def test_a_movement_that_is_taken_away_is_missed_everywhere(api: Api, tamper: Tamper) -> None:
    tamper(f"DELETE FROM stock_movements WHERE {_COMPANY} AND id = {_FIRST_SALE}")

    assert {finding.invariant for finding in findings(api)} == {
        "level_is_sum_of_movements",
        "balances_follow_each_other",
        "days_are_sums_of_movements",
        "demand_is_sales_less_returns",
    }


@pytest.mark.usefixtures("level")
def test_the_finding_says_what_differs(api: Api, tamper: Tamper) -> None:
    tamper(f"UPDATE stock_levels SET available = available + 0.5 WHERE {_COMPANY}")

    (finding,) = findings(api)

    assert finding.finding == "available 82.5, movements add up to 82"


@pytest.mark.usefixtures("level")
def test_it_stops_at_the_most_it_lists(
    api: Api, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "FINDINGS_MAX", 1)
    tamper(f"UPDATE stock_levels SET available = 0, recent_sold = 9 WHERE {_COMPANY}")

    assert [finding.invariant for finding in findings(api)] == ["level_is_sum_of_movements"]


@pytest.mark.usefixtures("level")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_movements SET reason = 'x'",
        "DELETE FROM stock_movements",
        "TRUNCATE stock_movements",
        "UPDATE stock_postings SET kind = 'import'",
        "DELETE FROM stock_postings",
        "TRUNCATE stock_postings",
        "DELETE FROM stock_levels",
        "DELETE FROM stock_days",
        "ALTER TABLE stock_movements DISABLE ROW LEVEL SECURITY",
        "DROP TABLE stock_movements",
    ],
)
def test_the_application_cannot_edit_the_ledger(
    api: Api, conninfo: Conninfo, statement: Any
) -> None:
    before = picture(api)

    with psycopg.connect(conninfo.app) as connection:
        connection.execute(
            "SELECT set_config('stockflow.company_id', %s, true)", [str(api.company_id)]
        )
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)

    assert picture(api) == before


@pytest.mark.usefixtures("level")
def test_the_database_itself_refuses_what_cannot_be(api: Api, conninfo: Conninfo) -> None:
    with psycopg.connect(conninfo.app) as connection:
        connection.execute(
            "SELECT set_config('stockflow.company_id', %s, true)", [str(api.company_id)]
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE stock_levels SET available = -1")
