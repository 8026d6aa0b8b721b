"""Documents at the command line: one table a feature, no rule and no field of its own.

What a command takes and answers is what its operation takes and answers: fields are read from a JSON
document (`--file order.json`, or `--file -` for standard input), filters as `--filter status=draft`. So
these doors stay in step with the operations by themselves.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer

from stockflow.foundation.cli import AsJson, CompanyId, command, emit, print_table

if TYPE_CHECKING:
    from stockflow.foundation.routing import Command
    from stockflow.foundation.scope import ReadScope

Operation = Callable[..., Awaitable[Any]]
DocumentName = Annotated[str, typer.Argument(metavar="ID", help="Its id or its number.")]
Fields = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", help="JSON with the fields, as the API takes them; - reads them."
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="NAME=VALUE", help="As the API's query parameters; may be repeated."
    ),
]


@dataclass(frozen=True, slots=True)
class Documents:
    """The commands of one kind of document; operations are named `module:function` in `package`."""

    package: str
    help: str
    columns: tuple[str, ...]
    list: str
    show: str | None = None
    create: str | None = None
    actions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By the name of the command: the operation, and what it does."""

    def commands(self) -> typer.Typer:
        """The group of commands."""
        group = typer.Typer(help=self.help, no_args_is_help=True)
        add_list(group, "list", self, "List them, newest first.")
        if self.show is not None:
            _add_show(group, self, self.show)
        if self.create is not None:
            _add_create(group, self, self.create)
        for name, (operation, told) in self.actions.items():
            _add_action(group, self, name, operation, told)
        return group

    def operation(self, name: str) -> Operation:
        """The function behind `module:function`."""
        module, _, function = name.partition(":")
        found: Operation = getattr(import_module(f"{self.package}.{module}"), function)
        return found


def add_list(group: typer.Typer, name: str, documents: Documents, told: str) -> None:
    """Add a command that prints one page of rows."""

    @group.command(name, help=told)
    @command
    async def show_page(
        company: CompanyId, filters: Filters = None, as_json: AsJson = False
    ) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import ReadScope

        operation = documents.operation(documents.list)
        asked = _filters(operation, filters or [])
        async with operator_scope(company, ReadScope) as scope:
            page = await operation(scope, asked)
        emit(page, as_json, human=lambda page: print_table(page.items, documents.columns))


def _add_show(group: typer.Typer, documents: Documents, operation: str) -> None:
    @group.command("show", help="Show one whole.")
    @command
    async def show(document: DocumentName, company: CompanyId, as_json: AsJson = False) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import ReadScope

        async with operator_scope(company, ReadScope) as scope:
            found = await _id_of(scope, documents, document)
            row = await documents.operation(operation)(scope, found)
        emit(row, as_json, human=_print_document)


def _add_create(group: typer.Typer, documents: Documents, operation: str) -> None:
    @group.command("create", help="Make one from a JSON document.")
    @command
    async def create(company: CompanyId, file: Fields = None, as_json: AsJson = False) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import WriteScope

        run = documents.operation(operation)
        asked = _command(run, file)
        async with operator_scope(company, WriteScope) as scope:
            row = await run(scope, asked)
        emit(row, as_json, human=_print_document)


def _add_action(
    group: typer.Typer,
    documents: Documents,
    name: str,
    operation: str,
    told: str,
) -> None:
    @group.command(name, help=told)
    @command
    async def act(
        document: DocumentName, company: CompanyId, file: Fields = None, as_json: AsJson = False
    ) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import WriteScope

        run = documents.operation(operation)
        asked = _command(run, file)
        async with operator_scope(company, WriteScope) as scope:
            found = await _id_of(scope, documents, document)
            row = await run(scope, found, *([] if asked is None else [asked]), None)
        emit(row, as_json, human=_print_document)


def _command(operation: Operation, file: Path | None) -> "Command | None":
    """What the operation takes, from the file; with nothing in it where none is given."""
    from stockflow.foundation.errors import Invalid
    from stockflow.foundation.routing import Command

    for hint in get_type_hints(operation).values():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, Command):
                try:
                    body = b"{}" if file is None else _bytes(file)
                except OSError as error:
                    raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
                return kind.parse_json(body)
    if file is not None:
        raise Invalid("This takes no fields.")
    return None


def _bytes(file: Path) -> bytes:
    return typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes()


def _filters(operation: Operation, given: list[str]) -> "Command":
    from stockflow.foundation.errors import FieldError, Invalid

    kind: type[Command] = get_type_hints(operation)["filters"]
    pairs: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise Invalid(errors=[FieldError("/filter", f"{text} is not NAME=VALUE")])
        pairs[name] = value
    return kind.model_validate_strings(pairs)


async def _id_of(scope: "ReadScope", documents: Documents, name: str) -> int:
    """The id of the document called so, by its id or its number."""
    from stockflow.foundation.errors import NotFound
    from stockflow.foundation.quantity import ID_MAX

    if name.isascii() and name.isdigit() and 0 < int(name) <= ID_MAX:
        return int(name)
    operation = documents.operation(documents.list)
    page = await operation(scope, _filters(operation, [f"q={name}"]))
    for row in page.items:
        if name.upper() in {str(getattr(row, key, None)).upper() for key in ("number", "code")}:
            return int(row.id)
    raise NotFound(f"There is no {name} in this company.")


def _print_document(row: object) -> None:
    """Its fields, one a line, then each of its lists as a table."""
    assert is_dataclass(row)
    assert not isinstance(row, type)
    tables = {}
    for name in row.__dataclass_fields__:
        value = getattr(row, name)
        if isinstance(value, list) and value and is_dataclass(value[0]):
            tables[name] = value
        elif value not in (None, []):
            typer.echo(f"{name.replace('_', ' ')}: {_plain(value)}")
    for name, rows in tables.items():
        typer.echo(f"\n{name.replace('_', ' ')}")
        columns = [
            column
            for column in rows[0].__dataclass_fields__
            if any(getattr(one, column) not in (None, []) for one in rows)
        ]
        print_table(rows, columns)


def _plain(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
