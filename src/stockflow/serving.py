"""`stockflow serve`: one process holds the database and the port, and runs one or more workers.

`stockflow worker` runs jobs only.
"""

import asyncio
import gc
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import TYPE_CHECKING

import typer
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.server import Server
from uvicorn.supervisors.multiprocess import Multiprocess

from stockflow.foundation.cli import emit
from stockflow.foundation.errors import Conflict
from stockflow.foundation.logs import configure_logging
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

Announce = Callable[[str], None]
_BACKLOG = 2048
_MIGRATION = """
import sys
from stockflow.migrations import migrate
conninfo = sys.stdin.read()
if conninfo:
    migrate(conninfo)
"""
_HEALTH_SECONDS = 30


class AddressInUse(Conflict):
    """Another program listens on this address already; choose another with --port."""

    code = "address-in-use"
    title = "Address in use"


class _Stopped(BaseException):
    """Raised by SIGTERM and SIGINT, so that everything that was started is also stopped."""


def show_address(url: str, *, as_json: bool) -> None:
    """Say where the server is, once it answers."""
    if as_json:
        emit({"url": url, "pid": os.getpid()}, as_json)
    else:
        typer.echo(f"StockFlow is listening on {url}", err=True)


def serve(
    settings: Settings, announce: Announce, prepare: Callable[[Conninfo], None] | None = None
) -> None:
    """Serve until a signal says stop; then finish running requests and stop what was started.

    `announce` is called with the address once requests are answered; `prepare` after the schema is
    migrated and before the first worker starts.

    Raises:
        AddressInUse: another program listens there.
        typer.Exit: a worker could not start; the log says why.
    """
    try:
        with ExitStack() as stack:
            stack.enter_context(_stoppable())
            listener = stack.enter_context(_listen(settings.host, settings.port))
            migrate = stack.enter_context(_migrator())
            gc.disable()  # what is imported stays; looking for garbage in it takes a tenth of the start
            if settings.workers == 1:
                # while PostgreSQL starts on the other core
                threading.Thread(target=_import_application).start()
            conninfo = stack.enter_context(running_postgres(settings))
            migrate(conninfo.owner)
            if prepare is not None:
                prepare(conninfo)
            _run(settings, conninfo, listener, announce)
    except _Stopped:
        return


async def work(settings: Settings, announce: Callable[[], None]) -> None:
    """Run jobs until a signal says stop; a running one may finish."""
    from stockflow.companies.operator import job_scope
    from stockflow.foundation.cli import operator_pool
    from stockflow.foundation.jobs import running_jobs

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with operator_pool() as pool:
        configure_logging(settings)
        async with running_jobs(pool, job_scope, grace_seconds=settings.shutdown_seconds):
            announce()
            await stop.wait()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let the first SIGTERM or SIGINT unwind the stack; what unwinds is not interrupted again."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, taken first: who cannot have the port should not start a database."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = f"Cannot listen on {host} port {port}: {os.strerror(error.errno) if error.errno else error}."
        raise AddressInUse(reason, facts={"host": host, "port": port}) from error
    with listener:
        yield listener


@contextmanager
def _migrator() -> Iterator[Callable[[str], None]]:
    """Migrates in a process of its own, which loads Alembic while this one loads the application.

    So the server starts sooner, and does not keep in memory what it needs only once.
    """
    command = [sys.executable, "-P", "-c", _MIGRATION]
    with subprocess.Popen(  # noqa: S603  # nothing in it comes from outside
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process alone
    ) as process:

        def migrate(conninfo: str) -> None:
            process.communicate(conninfo)
            if process.returncode != 0:  # once more here, where it can say what is wrong
                import_module("stockflow.migrations").migrate(conninfo)

        yield migrate


def _import_application() -> None:
    import_module("stockflow.app")
    import_module("stockflow.features").routers()  # which imports what they serve


def _run(
    settings: Settings, conninfo: Conninfo, listener: socket.socket, announce: Announce
) -> None:
    config = Config(
        partial(_application, settings, conninfo),
        factory=True,
        workers=settings.workers,
        loop="auto",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        # a worker answers from the moment it is imported, which may take long on a busy machine
        timeout_worker_healthcheck=_HEALTH_SECONDS,
    )
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if settings.workers == 1:
        _SoleServer(config, lambda: announce(url)).run([listener])
        return
    configure_logging(settings)
    with _shared_metrics(settings, port):
        workers = _Workers(config, [listener], lambda: announce(url))
        workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        raise typer.Exit(1)


def _application(settings: Settings, conninfo: Conninfo) -> "FastAPI":
    """What each worker runs."""
    gc.disable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    app: FastAPI = import_module("stockflow.app").create_app(settings, conninfo)
    gc.enable()
    return app


def _end_with(parent: BaseProcess) -> None:
    """A worker whose parent was killed ends at once, so that the port is free for the next start."""
    parent.join()
    os._exit(1)


class _SoleServer(Server):
    """The only worker, in the process that holds the database."""

    def __init__(self, config: Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        except SystemExit as error:  # uvicorn's way to say that startup failed
            raise typer.Exit(1) from error


class _Workers(Multiprocess):
    """Several workers, each a process of its own."""

    def __init__(
        self, config: Config, sockets: list[socket.socket], started: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._announce: Callable[[], None] | None = started

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        if self._announce is not None and all(process.is_ready() for process in self.processes):
            self._announce()
            self._announce = None


@contextmanager
def _shared_metrics(settings: Settings, port: int) -> Iterator[None]:
    """A directory in which the workers add up their metrics; one a port, and empty at the start."""
    directory = settings.data_dir.expanduser().resolve() / f"metrics-{port}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)  # the workers inherit it
    try:
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)
