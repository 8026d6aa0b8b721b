"""The `stockflow` command: its own commands run the server, the features add theirs."""

import os
from typing import Annotated

import typer

from stockflow import __version__, features
from stockflow.foundation.cli import (
    AsJson,
    command,
    emit,
    load_settings,
    prepare_database_with,
    refusals,
)

app = typer.Typer(
    name="stockflow",
    help="Inventory for companies with several warehouses.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and so secrets
    add_completion=False,
)


def main() -> None:
    """Run the command line; the entry point of the package."""
    app()


def _prepare(conninfo: str) -> None:
    """What any command needs before it acts: the newest schema, and features that hear each other."""
    from stockflow.migrations import migrate

    migrate(conninfo)
    features.subscribe()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stockflow {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True)
    ] = False,
) -> None: ...


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Web processes.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the server until it is told to stop (Ctrl-C or SIGTERM)."""
    from stockflow.serving import serve as run
    from stockflow.serving import show_address

    with refusals(as_json=as_json):
        given = {"host": host, "port": port, "workers": workers}
        settings = load_settings().model_copy(
            update={name: value for name, value in given.items() if value is not None}
        )
        run(settings, announce=lambda url: show_address(url, as_json=as_json))


@app.command()
@command
async def worker(as_json: AsJson = False) -> None:
    """Run the jobs apart from the server (set STOCKFLOW_JOBS=false there) until told to stop."""
    from stockflow.serving import work

    await work(
        load_settings(),
        lambda: emit(
            {"pid": os.getpid()},
            as_json,
            human=lambda _: typer.echo("StockFlow runs jobs", err=True),
        ),
    )


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database schema to the newest revision."""
    from stockflow.foundation.postgres import running_postgres
    from stockflow.migrations import current_revision

    with refusals(as_json=as_json), running_postgres(load_settings()) as conninfo:
        before = current_revision(conninfo.owner)
        _prepare(conninfo.owner)
        after = current_revision(conninfo.owner)
        done = {"revision": after, "previous_revision": before}
        emit(done, as_json, human=lambda _: typer.echo(f"The schema is at revision {after}."))


prepare_database_with(_prepare)
for register in features.cli():
    register(app)
