"""Documents as people read them at the command line: fields, then tables of lines, then sums.

What says nothing is left out: empty fields, columns of zeros, ids of what is named beside, versions.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import typer

_SUMS = ("total", "value", "transit_value", "difference_value", "currency")
_UNSEEN = frozenset({"version", "line", "next_cursor", "warehouse_ids"})
_KEPT = frozenset({"id", "line_id", "quantity", "total"})


def print_page(page: Any, columns: Sequence[str]) -> None:
    """A page of a list as a table, what else the list tells, and how to see more of it."""
    if not page.items:
        typer.echo("Nothing found.")
    else:
        _print_table(page.items, columns)
    for name in page.__dataclass_fields__:
        value = getattr(page, name)
        if name == "items" or name in _UNSEEN or value is None:
            continue
        if _is_row(value):
            typer.echo(f"\n{_words(name)}")
            print_document(value)
        else:
            typer.echo(f"{_words(name)}: {_text(value)}")
    if page.next_cursor is not None:
        typer.echo(f"\nThere is more: --filter cursor={page.next_cursor}", err=True)


def print_document(row: Any) -> None:
    """Its fields, one a line; each of its lists as a table; its sums at the end."""
    fields = dict(_fields(row))
    tables = {name: value for name, value in fields.items() if _is_table(value)}
    sums = [name for name in _SUMS if name in fields]
    for name, value in fields.items():
        if _is_row(value):
            print_document(value)
        elif name not in tables and name not in sums:
            typer.echo(f"{_words(name)}: {_text(value)}")
    for name, rows in tables.items():
        typer.echo(f"\n{_words(name)}")
        _print_table(rows, _columns(rows))
    if tables and sums:
        typer.echo("")
    for name in sums:
        typer.echo(f"{_words(name)}: {_text(fields[name])}")


def _fields(row: Any) -> Iterator[tuple[str, Any]]:
    for name in _names(row):
        value = getattr(row, name)
        if name in _KEPT or _tells(value):
            yield name, value


def _names(row: Any) -> list[str]:
    """The fields worth reading: an id is not where what it means is named beside it."""
    found = list(row.__dataclass_fields__)
    return [
        name
        for name in found
        if name not in _UNSEEN
        and (
            name in _KEPT
            or not name.endswith(("_id", "_ids"))
            or not (_named_by(name) & set(found))
        )
    ]


def _named_by(name: str) -> set[str]:
    thing = name.removesuffix("_ids").removesuffix("_id")
    return {thing, f"{thing}_code", f"{thing}_name", f"{thing}_number"} | (
        {"sku"} if thing == "product" else set()
    )


def _columns(rows: Sequence[Any]) -> list[str]:
    return [
        name
        for name in _names(rows[0])
        if name in _KEPT or any(_tells(getattr(row, name)) for row in rows)
    ]


def _tells(value: object) -> bool:
    """Whether there is something to read in it: a text, a moment, or a number but zero."""
    if isinstance(value, Decimal | int):
        return value != 0
    return value not in (None, [], "") and str(value) != "0.0000"


def _print_table(rows: Sequence[Any], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        numbers = all(_is_number(getattr(row, name)) for row in rows)
        table.add_column(_words(name), justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(_text(getattr(row, name)) for name in columns))
    # a program or a file at the other end has no edge at which to break lines
    Console(width=None if sys.stdout.isatty() else 1000, markup=False, highlight=False).print(table)


def _is_row(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and _is_row(value[0])


def _is_number(value: object) -> bool:
    if value is None or isinstance(value, Decimal | int):
        return True
    return isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()


def _words(name: str) -> str:
    return name.removesuffix("_code").replace("_", " ")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M %Z}"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if _is_row(value):  # such as what a line has reserved, and where
        return " ".join(_text(part) for _, part in _fields(value))
    return str(value)
