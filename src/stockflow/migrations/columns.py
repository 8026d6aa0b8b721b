"""Columns as migrations write them again and again; they are history, so none of these may change."""

from typing import Any

import sqlalchemy as sa


def key(name: str, **options: Any) -> "sa.Column[int]":
    """Part of a primary key that is given: `company_id`, or another table's id."""
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False, **options)


def generated_id() -> "sa.Column[int]":
    """An id the database draws."""
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def number(name: str, **options: Any) -> "sa.Column[Any]":
    """A quantity or an amount of money."""
    return sa.Column(name, sa.Numeric(precision=18, scale=4), **options)


def moment(name: str, **options: Any) -> "sa.Column[Any]":
    """A moment, with its time zone."""
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def recorded(name: str) -> "sa.Column[Any]":
    """The moment at which the row was written."""
    return moment(name, server_default=sa.text("now()"), nullable=False)


def version() -> "sa.Column[int]":
    """Counts the changes of the row."""
    return sa.Column("version", sa.Integer(), server_default="1", nullable=False)
