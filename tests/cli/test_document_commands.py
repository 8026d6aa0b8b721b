"""The tables of commands for documents name what there is."""

from dataclasses import fields
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest

from stockflow.companies.document_cli import Documents

_TABLES = [
    pytest.param(table, id=f"{feature}{name.lower()}")
    for feature in ("adjustments", "counting", "purchasing", "sales", "transfers", "valuation")
    for name, table in vars(import_module(f"stockflow.{feature}.cli")).items()
    if isinstance(table, Documents)
]


def _item_of(page: Any) -> Any:
    """What a page is of: of `Page[Row]`, or of a report with `items`."""
    found = get_args(page) or get_args(get_type_hints(page)["items"])
    return found[0]


@pytest.mark.parametrize("table", _TABLES)
def test_the_columns_of_a_list_are_fields_of_its_rows(table: Documents) -> None:
    listed = get_type_hints(table.operation(table.list))["return"]

    assert set(table.columns) - {field.name for field in fields(_item_of(listed))} == set()


@pytest.mark.parametrize("table", _TABLES)
def test_every_command_has_its_operation(table: Documents) -> None:
    named = [table.show, table.create, *(operation for operation, _ in table.actions.values())]

    assert all(callable(table.operation(name)) for name in named if name is not None)
