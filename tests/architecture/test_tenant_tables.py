"""Isolation as PostgreSQL itself describes it, read from its catalogue."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from stockflow.foundation.postgres import APP_ROLE, Conninfo
from tests.architecture.world import World

_GLOBAL_WITH_COMPANY = {
    # holds a row per SKU where SKUs must be unique across companies; asked only for a conflict
    "platform_skus",
    # a row per form by which a person set up a company; written before there is the company
    "foundings",
}
_GLOBAL = {"users"}
_OF_USERS = {
    # what belongs to a person, whatever companies they are a member of
    "sessions",
    "password_resets",
    "recovery_codes",
    "foundings",
}
_APPEND_ONLY = ("stock_movements", "stock_postings", "audit_entries")

_POLICIES_OF_THE_OWNER = {
    # product search runs as the owner, and filters by the transaction's company itself
    ("products", "search", "SELECT"),
    # the operator's command line lists companies
    ("companies", "directory", "SELECT"),
    # people learn by a function of the owner which companies they are members of
    ("memberships", "of_user", "SELECT"),
    # a worker learns by a function of the owner which jobs of which company are due
    ("jobs", "due", "SELECT"),
}

_TENANT_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p')
"""


@pytest.fixture(scope="module")
def owner(conninfo: Conninfo) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def tables(owner: psycopg.Connection) -> list[str]:
    names = {name for name, _, _ in owner.execute(_TENANT_TABLES).fetchall()}
    return ["companies", *sorted(names - _GLOBAL_WITH_COMPANY)]


@pytest.fixture
def app_role(conninfo: Conninfo) -> Iterator[psycopg.Connection]:
    """The database as requests see it."""
    with psycopg.connect(conninfo.app, autocommit=True) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APP_ROLE)))
        yield connection


def _key_of(table: str) -> str:
    return "id" if table == "companies" else "company_id"


def test_there_are_tenant_tables(tables: list[str]) -> None:
    assert {"companies", "products", "stock_levels", "stock_movements", "api_keys"} <= set(tables)


def test_row_level_security_is_on_and_forced(owner: psycopg.Connection, tables: list[str]) -> None:
    rows = owner.execute(
        "SELECT c.relname FROM pg_class c WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"
        " AND relrowsecurity AND relforcerowsecurity",
        [tables],
    ).fetchall()
    assert {name for (name,) in rows} == set(tables)


def test_the_policy_compares_with_the_company_of_the_transaction(
    owner: psycopg.Connection, tables: list[str]
) -> None:
    rows = owner.execute(
        "SELECT tablename, qual, with_check FROM pg_policies"
        " WHERE policyname = 'company_isolation' AND cmd = 'ALL' AND roles = '{public}'"
    ).fetchall()
    found = {table: (qual, check) for table, qual, check in rows}
    for table in tables:
        own = f"({_key_of(table)} = (current_setting('stockflow.company_id'::text))::bigint)"
        assert found[table] == (own, own)


def test_no_other_policy_lets_the_application_see_more(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT tablename, policyname, cmd, roles::text[] FROM pg_policies"
        " WHERE policyname <> 'company_isolation'"
    ).fetchall()
    for table, policy, command, roles in rows:
        assert (table, policy, command) in _POLICIES_OF_THE_OWNER
        assert APP_ROLE not in roles
        assert "public" not in roles


def test_the_company_comes_first_in_every_unique_index(
    owner: psycopg.Connection, tables: list[str]
) -> None:
    rows = owner.execute(
        "SELECT t.relname, i.relname, a.attname, x.indisprimary FROM pg_index x"
        " JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " WHERE x.indisunique AND t.relname = ANY(%s)",
        [tables],
    ).fetchall()
    assert {table for table, _, _, primary in rows if primary} == set(tables)
    wrong = [index for table, index, first, _ in rows if first != _key_of(table)]
    assert wrong == []


def test_every_foreign_key_stays_inside_the_company(
    owner: psycopg.Connection, tables: list[str]
) -> None:
    rows = owner.execute(
        "SELECT c.conname, t.relname, r.relname, a.attname, b.attname FROM pg_constraint c"
        " JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]"
        " JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1]"
        " WHERE c.contype = 'f'"
    ).fetchall()
    elsewhere = {(table, target) for _, table, target, *_ in rows if table not in tables}
    assert elsewhere == {(table, "users") for table in _OF_USERS}
    for name, _, target, first, target_first in rows:
        if target not in _GLOBAL:
            assert (first, target_first) == ("company_id", _key_of(target)), name


def test_the_application_owns_nothing_and_cannot_bypass_the_policies(
    owner: psycopg.Connection,
) -> None:
    role = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert role == (False, False, False, False)
    owned = owner.execute(
        "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", [APP_ROLE]
    ).fetchall()
    assert owned == []
    memberships = owner.execute(
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [APP_ROLE]
    ).fetchall()
    assert memberships == []


@pytest.mark.parametrize("table", _APPEND_ONLY)
def test_the_ledger_and_the_audit_log_can_only_grow(
    owner: psycopg.Connection, app_role: psycopg.Connection, table: str
) -> None:
    granted = owner.execute(
        "SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p"
        " WHERE has_table_privilege(%s, %s, p)",
        [APP_ROLE, table],
    ).fetchall()
    assert {privilege for (privilege,) in granted} == {"SELECT", "INSERT"}
    columns = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')",
        [table, APP_ROLE],
    ).fetchall()
    assert columns == []
    _enter(app_role, 1)
    for statement in ("DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET company_id = 1"):
        with pytest.raises(errors.InsufficientPrivilege):
            app_role.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_the_application_may_truncate_nothing(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace AND has_table_privilege(%s, oid, 'TRUNCATE')",
        [APP_ROLE],
    ).fetchall()
    assert rows == []


def test_the_application_may_change_of_a_session_only_that_it_is_used_or_over(
    owner: psycopg.Connection,
) -> None:
    columns = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attnum > 0"
        " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE') ORDER BY attname",
        [APP_ROLE],
    ).fetchall()
    assert columns == [("last_seen_at",), ("revoked_at",)]


def test_without_a_company_every_tenant_table_answers_with_an_error(
    app_role: psycopg.Connection, tables: list[str]
) -> None:
    for table in tables:
        with pytest.raises(errors.UndefinedObject, match=r"stockflow\.company_id"):
            app_role.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


def test_nothing_of_another_company_is_visible(
    app_role: psycopg.Connection, tables: list[str], world: World
) -> None:
    for table in tables:
        count = sql.SQL("SELECT count(*), count(*) FILTER (WHERE {} = %s) FROM {}").format(
            sql.Identifier(_key_of(table)), sql.Identifier(table)
        )
        for here in (world.mine, world.theirs):
            _enter(app_role, here.company_id)
            total, own = app_role.execute(count, [here.company_id]).fetchone()  # type: ignore[misc]
            assert total == own, table
            assert own > 0, f"the test's companies have no row in {table}"


def test_a_row_of_another_company_cannot_be_written(
    app_role: psycopg.Connection, tables: list[str], world: World
) -> None:
    for table in tables:
        name = sql.Identifier(table)
        columns = sql.SQL(", ").join(map(sql.Identifier, _insertable(app_role, table)))
        _enter(app_role, world.theirs.company_id)
        row = app_role.execute(
            sql.SQL("SELECT to_jsonb(t) FROM {} t LIMIT 1").format(name)
        ).fetchone()
        assert row is not None
        insert = sql.SQL(
            "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE"
            " SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s::jsonb)"
        ).format(name, columns)
        _enter(app_role, world.mine.company_id)
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            app_role.execute(insert, [psycopg.types.json.Jsonb(row[0])])


def _enter(connection: psycopg.Connection, company_id: int) -> None:
    connection.execute(
        sql.SQL("SET stockflow.company_id TO {}").format(sql.Literal(str(company_id)))
    )


def _insertable(connection: psycopg.Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchall()
    return [name for (name,) in rows]
