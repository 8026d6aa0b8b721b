"""Columns as migrations write them again and again; they are history, so none of these may change.

A column is never null unless it says so.
"""

from typing import Any

import sqlalchemy as sa


def key(name: str, **options: Any) -> "sa.Column[int]":
    """Part of a primary key that is given: `company_id`, or another table's id."""
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False, **options)


def generated_id() -> "sa.Column[int]":
    """An id the database draws."""
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def id_of(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[int]":
    """The id of a row of another table."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **options)


def ids_of(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[Any]":
    """Ids of rows of another table."""
    return sa.Column(name, sa.ARRAY(sa.BigInteger()), nullable=nullable, **options)


def text(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[str]":
    """A text of any length."""
    return sa.Column(name, sa.Text(), nullable=nullable, **options)


def whole(
    name: str, default: int | None = None, *, nullable: bool = False, **options: Any
) -> "sa.Column[int]":
    """A whole number, such as a count of lines; `default` where nothing is said."""
    if default is not None:
        options["server_default"] = sa.text(str(default))
    return sa.Column(name, sa.Integer(), nullable=nullable, **options)


def number(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[Any]":
    """A quantity or an amount of money."""
    return sa.Column(name, sa.Numeric(precision=18, scale=4), nullable=nullable, **options)


def flag(
    name: str, default: bool | None = None, *, nullable: bool = False, **options: Any
) -> "sa.Column[bool]":
    """True or false; `default` where nothing is said."""
    if default is not None:
        options["server_default"] = sa.text(str(default).lower())
    return sa.Column(name, sa.Boolean(), nullable=nullable, **options)


def day(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[Any]":
    """A day of the calendar."""
    return sa.Column(name, sa.Date(), nullable=nullable, **options)


def moment(name: str, *, nullable: bool = False, **options: Any) -> "sa.Column[Any]":
    """A moment, with its time zone."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **options)


def recorded(name: str) -> "sa.Column[Any]":
    """The moment at which the row was written."""
    return moment(name, server_default=sa.text("now()"))


def version() -> "sa.Column[int]":
    """Counts the changes of the row."""
    return whole("version", server_default="1")  # text, as it always was
