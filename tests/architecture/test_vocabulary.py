"""Names that are part of the product are unique, explained and in use."""

import ast
import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

import psycopg

import stockflow
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import Permission
from stockflow.foundation.postgres import Conninfo
from tests.architecture.source import Function, called_name, calls_in, modules, takes_scope

_INNER_STEPS = {
    # a step of operations which have asked for permission before
    "ensure_user",
    # names to ids, for the operator at the command line
    "warehouse_ids_of",
}


def _all_errors() -> Iterator[type[StockFlowError]]:
    for found in pkgutil.walk_packages(stockflow.__path__, "stockflow."):
        if ".migrations." not in found.name and not found.name.endswith("__main__"):
            import_module(found.name)
    waiting = list(StockFlowError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield kind


def test_error_codes_are_unique_and_explained() -> None:
    errors = [kind for kind in _all_errors() if "code" in kind.__dict__]

    assert [code for code, n in Counter(kind.code for kind in errors).items() if n > 1] == []
    assert [kind.__name__ for kind in errors if not (kind.__doc__ or "").strip()] == []
    assert [kind.__name__ for kind in errors if not kind.title] == []


def test_every_constraint_an_error_names_exists(conninfo: Conninfo) -> None:
    with psycopg.connect(conninfo.owner) as connection:
        rows = connection.execute(
            "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'"
        ).fetchall()
    present = {name for (name,) in rows}
    named = {kind.constraint for kind in _all_errors() if kind.constraint}
    assert named - present == set()


def test_every_permission_is_asked_for_somewhere() -> None:
    used = {
        node.attr
        for module in modules()
        if module.name != "foundation.permissions"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Permission"
    }
    assert {permission.name for permission in Permission} - used == set()


def test_every_operation_asks_for_permission() -> None:
    """Directly, or through a function it calls."""
    functions = [function for module in modules() for function in module.functions()]
    asking = {function.name for function in functions if _requires(function)}
    while more := {
        function.name
        for function in functions
        if function.name not in asking
        and takes_scope(function)
        and any(called_name(call) in asking for call in calls_in(function))
    }:
        asking |= more
    assert _entry_points() - asking - _INNER_STEPS == set()


def _requires(function: Function) -> bool:
    return any(
        called_name(call) == "require"
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "scope"
        for call in calls_in(function)
    )


def _entry_points() -> set[str]:
    """Public operations, and whatever a door gives its scope to."""
    found = set()
    for module in modules():
        for function in module.functions():
            if module.role == "operations" and takes_scope(function):
                found.add(function.name)
            if module.role in {"api", "cli", "pages"}:
                found |= {
                    called_name(call)
                    for call in calls_in(function)
                    if call.args
                    and isinstance(call.args[0], ast.Name)
                    and call.args[0].id == "scope"
                }
    return {name for name in found if not name.startswith("_")}
