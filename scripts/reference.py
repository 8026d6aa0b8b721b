"""Reference pages read from the code: a hook of MkDocs that fills `<!-- generated: NAME -->`.

The pages cannot fall behind the code, because every build reads it anew.
"""

import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

sys.path.insert(0, str(Path(__file__).parent))

from schema_diagram import schema_diagram

import stockflow
from stockflow import features
from stockflow.app import create_app
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import GRANTS, Permission, Role
from stockflow.foundation.problems import status_of
from stockflow.foundation.settings import Settings

_MARKER = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs for every page."""
    return _MARKER.sub(lambda match: GENERATORS[match[1]](), markdown)


def settings() -> str:
    """Every setting with its default and meaning."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _default_of(name, field)
        lines.append(f"| `STOCKFLOW_{name.upper()}` | {default} | {_cell(field.description)} |")
    return "\n".join(lines)


def _default_of(name: str, field: FieldInfo) -> str:
    if name == "data_dir":
        return "the user's data directory, `~/.local/share/stockflow` on Linux"
    return "not set" if field.default is None else f"`{field.default}`"


def problems() -> str:
    """Every problem code with its status and meaning, by status."""
    for found in pkgutil.walk_packages(stockflow.__path__, "stockflow."):
        if ".migrations." not in found.name:  # importing an error registers it
            import_module(found.name)
    kinds = sorted(StockFlowError.registry.values(), key=lambda kind: (_status(kind), kind.code))
    lines = ["| status | code | title | meaning |", "|---|---|---|---|"]
    for kind in kinds:
        meaning = _cell((kind.__doc__ or "").strip())
        lines.append(f"| {_status(kind)} | `{kind.code}` | {kind.title} | {meaning} |")
    return "\n".join(lines)


def _status(kind: type[StockFlowError]) -> int:
    return status_of(kind.__new__(kind))


def roles() -> str:
    """Which role grants which permission."""
    lines = ["| may | " + " | ".join(Role) + " |", "|---|" + ":---:|" * len(Role)]
    for permission in Permission:
        marks = ["yes" if permission in GRANTS[role] else "" for role in Role]
        lines.append(f"| {permission} | " + " | ".join(marks) + " |")
    return "\n".join(lines)


def api() -> str:
    """Every operation of the API, by tag."""
    paths = create_app(Settings(database_url="unused")).openapi()["paths"]
    by_tag: dict[str, list[str]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            row = f"| `{method.upper()}` | `{path}` | {_cell(operation.get('summary'))} |"
            by_tag.setdefault(operation.get("tags", ["Other"])[0], []).append(row)
    parts = [
        f"## {tag}\n\n| method | address | what it does |\n|---|---|---|\n" + "\n".join(rows)
        for tag, rows in by_tag.items()
    ]
    return "\n\n".join(parts)


def command_line() -> str:
    """Every command with its arguments and options."""
    return "\n\n".join(_describe(name, command) for name, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """The commands of `stockflow`, each by its full name."""
    from typer.main import get_command

    from stockflow.main import app

    yield from _walk("stockflow", get_command(app))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for key, child in inner.items():
        if not child.hidden:
            yield from _walk(f"{name} {key}", child)


def _describe(name: str, command: Any) -> str:
    words = [name]
    rows = []
    for parameter in command.params:
        shown = ", ".join(f"`{option}`" for option in parameter.opts + parameter.secondary_opts)
        if parameter.param_type_name == "argument":
            words.append(parameter.metavar or parameter.name.upper())
            shown = f"`{words[-1]}`"
        elif parameter.required:
            words.append(f"{parameter.opts[0]} {parameter.name.upper()}")
        if parameter.name != "help":
            needed = "required" if parameter.required else _option_default(parameter)
            rows.append(f"| {shown} | {needed} | {_cell(getattr(parameter, 'help', ''))} |")
    usage = f"```text\n{' '.join(words)}\n```"
    table = "\n".join(["| argument or option | default | meaning |", "|---|---|---|", *rows])
    text = " ".join((command.help or "").replace("\b", "").split("\n\n")[0].split())
    return f"## `{name}`\n\n{text}\n\n{usage}" + (f"\n\n{table}" if rows else "")


def _option_default(parameter: Any) -> str:
    default = parameter.default
    return "" if default in (None, False, (), []) or callable(default) else f"`{default}`"


def import_fields() -> str:
    """The columns of each kind of import; required ones are bold."""
    from stockflow.imports.operations import _KINDS

    lines = ["| kind | columns |", "|---|---|"]
    for kind, rows in _KINDS.items():
        names = [
            f"**`{name}`**" if name in rows.fields.required else f"`{name}`"
            for name in rows.fields.names
        ]
        lines.append(f"| `{kind}` | {', '.join(names)} |")
    return "\n".join(lines)


def schema_sql() -> str:
    """Every table and index as SQL, by feature."""
    parts = []
    for feature, tables in tables_by_feature().items():
        statements = [_create(table) for table in tables]
        parts.append(f"## {feature}\n\n```sql\n" + "\n\n".join(statements) + "\n```")
    return "\n\n".join(parts)


def tables_by_feature() -> dict[str, list[Table]]:
    """All tables, each under the feature whose `models.py` has it."""
    metadata = features.metadata()
    found: dict[str, list[Table]] = {}
    from stockflow.foundation.models import Base

    modules = {mapper.local_table: mapper.class_.__module__ for mapper in Base.registry.mappers}
    for table in metadata.tables.values():
        module = modules.get(table, "stockflow.foundation.models")
        found.setdefault(module.split(".")[1], []).append(table)
    return found


def _create(table: Table) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    text = str(CreateTable(table).compile(dialect=dialect)).strip().replace("\t", "    ")
    lines = [re.sub(r"[ ]+$", "", line) for line in text.splitlines()]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    more = [str(CreateIndex(index).compile(dialect=dialect)) + ";" for index in indexes]
    notes = [
        f"COMMENT ON COLUMN {table.name}.{column.name} IS '{column.comment}';"
        for column in table.columns
        if column.comment
    ]
    return "\n".join([*lines]) + ";" + "".join(f"\n{line}" for line in [*more, *notes])


def diagram() -> str:
    """The tables and their foreign keys as a picture."""
    return f'<div class="schema-diagram">{schema_diagram(tables_by_feature())}</div>'


def _cell(text: object) -> str:
    return " ".join(str(text or "").split()).replace("|", "\\|")


GENERATORS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "problems": problems,
    "roles": roles,
    "api": api,
    "command-line": command_line,
    "import-fields": import_fields,
    "schema-sql": schema_sql,
    "schema-diagram": diagram,
}
