"""Tables as migrations write them; they are history, so none of these may change.

A constraint is made of the table's name, and is called what the models call it.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

Constraint = Callable[[str], sa.Constraint]


def create(
    table: str, *parts: "sa.Column[Any] | sa.Constraint | Constraint", **options: Any
) -> None:
    """Create a table of these columns and constraints."""
    made = (part if isinstance(part, sa.schema.SchemaItem) else part(table) for part in parts)
    op.create_table(table, *made, **options)


def index(
    table: str, *columns: str, name: str = "", unique: bool = False, where: str | None = None
) -> None:
    """Index these columns in each company; unnamed, it is called after them."""
    indexed = ("company_id", *columns)
    op.create_index(
        op.f(name or f"{table}_{'_'.join(indexed)}_idx"),
        table,
        indexed,
        unique=unique,
        postgresql_where=None if where is None else sa.text(where),
    )


def primary_key(*columns: str) -> Constraint:
    """What tells the rows of a company apart."""
    return lambda table: sa.PrimaryKeyConstraint("company_id", *columns, name=op.f(f"{table}_pkey"))


def unique(*columns: str) -> Constraint:
    """No two rows of a company have the same values in these columns."""
    named = ("company_id", *columns)
    return lambda table: sa.UniqueConstraint(*named, name=op.f(f"{table}_{'_'.join(named)}_key"))


def check(name: str, rule: str) -> Constraint:
    """Every row keeps the rule."""
    return lambda table: sa.CheckConstraint(rule, name=op.f(f"{table}_{name}"))


def reference(target: str, *columns: str) -> Constraint:
    """These columns name a row of `target` in the same company; none of them: the company itself.

    The last of them is the id there; those before are called there as they are here.
    """
    named = ("company_id", *columns)
    targets = [f"{target}.{column}" for column in (*named[:-1], "id")]
    return lambda table: sa.ForeignKeyConstraint(
        named, targets, name=op.f(f"{table}_{'_'.join(named)}_fkey")
    )


def user(column: str) -> Constraint:
    """The column names a person, who may be of several companies."""
    return lambda table: sa.ForeignKeyConstraint(
        [column], ["users.id"], name=op.f(f"{table}_{column}_fkey")
    )
