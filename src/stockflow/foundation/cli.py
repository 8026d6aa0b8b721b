"""The door at the command line: what every command shares.

A feature's `cli.py` has a function `register(app)` that adds its commands. It is imported for every
command, also for `--help`, so it imports nothing heavy outside its functions. A command is a coroutine:

    @app.command("create")
    @command
    async def create(company: CompanyId, name: str, as_json: AsJson = False) -> None:
        async with operator_scope(company, WriteScope) as scope:
            row = await operations.create_thing(scope, CreateThing(name=name))
        emit(row, as_json, human=show_thing)

Exit codes: 0 done; 1 refused, with the reason on standard error, or with `--json` as a problem
document on standard output; 2 wrong use.
"""

import asyncio
import functools
import getpass
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from stockflow.foundation.database import Pool
    from stockflow.foundation.errors import StockFlowError
    from stockflow.foundation.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
CompanyId = Annotated[
    int,
    typer.Option("--company", metavar="ID", min=1, max=2**63 - 1, help="The company to act in."),
]

_POOL_SIZE = 4
_preparations: list[Callable[[str], None]] = []


def prepare_database_with(prepare: Callable[[str], None]) -> None:
    """Have `prepare` run on the owner's connection string before any command uses the database.

    So the schema is up to date, although the module that migrates it lies above this one.
    """
    _preparations.append(prepare)


def command(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A command from a coroutine; refusals are printed as its parameter `as_json` asks."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        # SIGTERM unwinds like Ctrl-C, so that an embedded PostgreSQL we started is stopped
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        with refusals(as_json=bool(kwargs.get("as_json"))):
            asyncio.run(function(*args, **kwargs))

    return run


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Print a foreseen error and exit with 1; what nobody foresaw keeps its traceback."""
    try:
        yield
    except Exception as error:  # sorted out below; what nobody foresaw goes on as it is
        refusal = _refusal(error)
        if refusal is None:
            raise
        emit(_problem(refusal), True) if as_json else _explain(refusal)
        raise typer.Exit(1) from error


def _refusal(error: Exception) -> "StockFlowError | None":
    import psycopg
    from pydantic import ValidationError

    from stockflow.foundation import problems
    from stockflow.foundation.errors import Busy, Invalid, StockFlowError

    if isinstance(error, StockFlowError):
        return error
    if isinstance(error, ValidationError):
        return Invalid("The input is not valid.", errors=problems.field_errors(error.errors()))
    if isinstance(error, psycopg.OperationalError):
        return Busy(f"The database cannot be used: {str(error).strip()}")
    return None


def _problem(error: "StockFlowError") -> dict[str, object]:
    from stockflow.foundation.problems import status_of

    document: dict[str, object] = {
        "type": f"/api/problems/{error.code}",
        "title": error.title,
        "status": status_of(error),
        "detail": error.detail,
        "code": error.code,
        **error.facts,
    }
    return document | {"errors": error.errors} if error.errors else document


def _explain(error: "StockFlowError") -> None:
    typer.echo(f"Refused: {error.detail}", err=True)
    for name, fact in error.facts.items():
        typer.echo(f"  {_words(name)}: {_told(fact)}", err=True)
    for field in error.errors:
        typer.echo(f"  {field.pointer.strip('/') or 'input'}: {field.detail}", err=True)


def _told(fact: object) -> str:
    """A fact of a refusal; of several things, such as lines, each on a line of its own."""
    if isinstance(fact, list) and fact and isinstance(fact[0], dict):
        return "".join(f"\n    {_told(one)}" for one in fact)
    if isinstance(fact, list | tuple | set | frozenset):
        return ", ".join(map(_told, fact))
    if isinstance(fact, dict):
        return ", ".join(f"{_words(name)} {_told(part)}" for name, part in fact.items())
    return str(fact)


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def emit(value: T, as_json: bool, human: Callable[[T], object] = print) -> None:
    """Print what a command answers: `value` as one JSON document, or as `human` shows it."""
    if not as_json:
        human(value)
        return
    import msgspec

    sys.stdout.buffer.write(msgspec.json.Encoder(decimal_format="number").encode(value) + b"\n")
    sys.stdout.flush()


def print_table(rows: Sequence[object], columns: Sequence[str]) -> None:
    """Rows for a person to read, one attribute a column."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*(column.replace("_", " ") for column in columns), box=None)
    for row in rows:
        values = (getattr(row, column) for column in columns)
        table.add_row(*("" if value is None else str(value) for value in values))
    Console().print(table)


def read_password(wanted: bool) -> str | None:
    """A password from the first line of standard input, asked for where that is a terminal."""
    if not wanted:
        return None
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\r\n")


def load_settings() -> "Settings":
    """The settings of this deployment.

    Raises:
        Invalid: naming each environment variable that is wrong.
    """
    from pydantic import ValidationError

    from stockflow.foundation.errors import FieldError, Invalid
    from stockflow.foundation.sentences import sentence
    from stockflow.foundation.settings import get_settings

    try:
        return get_settings()
    except ValidationError as error:
        found = [
            FieldError(f"/STOCKFLOW_{str(wrong['loc'][0]).upper()}", sentence(wrong))
            for wrong in error.errors()
        ]
        raise Invalid("A setting in the environment is not valid.", errors=found) from error


@asynccontextmanager
async def operator_pool() -> AsyncIterator["Pool"]:
    """Connections to the database of this deployment, started if needed and at the newest schema.

    It works whether or not a server is running on the same data directory.
    """
    from stockflow.foundation.database import open_pool
    from stockflow.foundation.logs import configure_logging
    from stockflow.foundation.postgres import running_postgres

    settings = load_settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    with running_postgres(settings) as conninfo:
        for prepare in _preparations:
            prepare(conninfo.owner)
        pool_settings = settings.model_copy(update={"pool_size": _POOL_SIZE})
        async with open_pool(conninfo.app, pool_settings) as pool:
            yield pool
