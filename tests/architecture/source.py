"""The source of StockFlow as syntax trees, for rules about the code itself."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "stockflow"
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the package or of the tests."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its place, from the package or from the repository: `stock.queries`, `tests.factories`."""
        root = PACKAGE if self.path.is_relative_to(PACKAGE) else ROOT
        return ".".join(self.path.relative_to(root).with_suffix("").parts)

    @property
    def role(self) -> str:
        """The file's name, which says what it is for: `operations`, `queries`, `api`, …"""
        return self.path.stem

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the package."""
    return _parsed(PACKAGE)


@cache
def modules_of_tests() -> tuple[Module, ...]:
    """All modules of the tests."""
    return _parsed(ROOT / "tests")


def _parsed(folder: Path) -> tuple[Module, ...]:
    paths = sorted(folder.rglob("*.py"))
    return tuple(Module(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def lines_of(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def calls_in(function: Function) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield node


def called_name(call: ast.Call) -> str:
    """The last part of what is called: `create` for both `create()` and `operations.create()`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def is_handler(function: Function) -> bool:
    """Whether it is registered as a route: `@router.post(…)`, `@products.get(…)` and the like."""
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in _METHODS
        for decorator in function.decorator_list
    )


def takes_scope(function: Function) -> bool:
    arguments = function.args.args
    return bool(arguments) and arguments[0].arg == "scope"
