"""Documents at the command line: one table a feature, no rule and no field of its own.

What a command takes and answers is what its operation takes and answers: fields are read from a JSON
document (`--file order.json`, or `--file -` for standard input), filters as `--filter status=draft`. So
these doors stay in step with the operations by themselves. `document_text` shows them to people.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import typer

from stockflow.companies.document_text import print_document, print_page
from stockflow.foundation.cli import AsJson, CompanyId, command, emit

if TYPE_CHECKING:
    from stockflow.foundation.routing import Command
    from stockflow.foundation.scope import ReadScope

Operation = Callable[..., Awaitable[Any]]
DocumentName = Annotated[str, typer.Argument(metavar="ID", help="Its id, its number or its code.")]
Fields = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="A JSON document with the fields, as the API takes them; - is standard input.",
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="NAME=VALUE", help="As the API's query parameters; may be repeated."
    ),
]


@dataclass(frozen=True, slots=True)
class Part:
    """A list that belongs to one document: its operation, what it is, and the columns shown."""

    list: str
    told: str
    columns: tuple[str, ...]


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
    parts: Mapping[str, Part] = field(default_factory=dict)
    """By the name of the command: the lists of one document."""

    def commands(self) -> typer.Typer:
        """The group of commands."""
        group = typer.Typer(help=self.help, no_args_is_help=True)
        add_list(group, "list", self, "List them.")
        if self.show is not None:
            _add_show(group, self, self.show)
        if self.create is not None:
            _add_create(group, self, self.create)
        for name, (operation, told) in self.actions.items():
            _add_action(group, self, name, operation, told)
        for name, part in self.parts.items():
            _add_part(group, self, name, part)
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
        emit(page, as_json, human=lambda page: print_page(page, documents.columns))


def _add_part(group: typer.Typer, documents: Documents, name: str, part: Part) -> None:
    @group.command(name, help=part.told)
    @command
    async def show_part(
        document: DocumentName, company: CompanyId, filters: Filters = None, as_json: AsJson = False
    ) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import ReadScope

        operation = documents.operation(part.list)
        asked = _filters(operation, filters or [])
        async with operator_scope(company, ReadScope) as scope:
            page = await operation(scope, await _id_of(scope, documents, document), asked)
        emit(page, as_json, human=lambda page: print_page(page, part.columns))


def _add_show(group: typer.Typer, documents: Documents, operation: str) -> None:
    @group.command("show", help="Show one whole.")
    @command
    async def show(document: DocumentName, company: CompanyId, as_json: AsJson = False) -> None:
        from stockflow.companies.operator import operator_scope
        from stockflow.foundation.scope import ReadScope

        async with operator_scope(company, ReadScope) as scope:
            found = await _id_of(scope, documents, document)
            row = await documents.operation(operation)(scope, found)
        emit(row, as_json, human=print_document)


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
        emit(row, as_json, human=print_document)


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
            arguments: list[Command | None] = [] if asked is None else [asked]
            # those that never change the document take no version of it
            if "expected_version" in get_type_hints(run):
                arguments.append(None)
            row = await run(scope, found, *arguments)
        emit(row, as_json, human=print_document)


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
        raise Invalid("This takes no fields, so leave out --file.")
    return None


def _bytes(file: Path) -> bytes:
    return typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes()


def _filters(operation: Operation, given: list[str]) -> "Command":
    """The operation's filters; one that takes several values may be given several times.

    Raises:
        Invalid: what is given is not NAME=VALUE, or a name that takes one value is given twice.
    """
    from stockflow.foundation.errors import FieldError, Invalid

    kind: type[Command] = get_type_hints(operation)["filters"]
    pairs: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        known = kind.model_fields.get(name)
        if not sign:
            raise Invalid(errors=[FieldError("/filter", f"{text} is not NAME=VALUE")])
        if known is not None and get_origin(known.annotation) is list:
            pairs.setdefault(name, []).append(value)
        elif name in pairs:
            raise Invalid(errors=[FieldError("/filter", f"{name} takes one value")])
        else:
            pairs[name] = value
    return kind.model_validate(pairs)


async def _id_of(scope: "ReadScope", documents: Documents, name: str) -> int:
    """The id of the document called so, by its id, its number or its code.

    Raises:
        NotFound: the company has none.
    """
    from stockflow.foundation.errors import NotFound
    from stockflow.foundation.quantity import ID_MAX

    if name.isascii() and name.isdigit() and 0 < int(name) <= ID_MAX:
        return int(name)
    operation = documents.operation(documents.list)
    page = await operation(scope, _filters(operation, [f"q={name}", "limit=1000"]))
    for row in page.items:
        if name.upper() in {str(getattr(row, key, None)).upper() for key in ("number", "code")}:
            return int(row.id)
    raise NotFound(f"There is no {name} in this company.")
