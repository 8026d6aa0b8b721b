"""The schema's history, applied under a lock: any number of processes may start at once."""

from importlib.resources import files

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from stockflow.features import metadata
from stockflow.foundation.errors import Conflict
from stockflow.foundation.postgres import APP_ROLE

_LOCK = 727302
_LOCK_TIMEOUT = "10s"


def migrate(conninfo: str) -> None:
    """Bring the schema to the newest revision; returns at once when it is there.

    Raises:
        MissingRole: the application's role is not there and may not be made by this one.
    """
    if current_revision(conninfo) == _head():
        return
    with _connected(conninfo) as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        try:
            _ensure_app_role(connection)
            connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


def current_revision(conninfo: str) -> str | None:
    """The revision the database is at; None before the first."""
    with psycopg.connect(conninfo) as connection:
        present = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if present is None or present[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def drift(conninfo: str) -> list[object]:
    """What the models say and the migrated database does not, or the other way round."""
    with _connected(conninfo) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata()))


class MissingRole(Conflict):
    """The role `stockflow_app` is missing and this database user may not create it."""

    code = "missing-role"
    title = "A role of the database is missing"

    def __init__(self) -> None:
        super().__init__(
            f"An administrator of the server must run: CREATE ROLE {APP_ROLE} NOLOGIN; "
            f"GRANT {APP_ROLE} TO <the user of STOCKFLOW_DATABASE_URL>;"
        )


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(__package__)))
    return config


def _connected(conninfo: str) -> Connection:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=NullPool
    )
    return engine.connect()


def _ensure_app_role(connection: Connection) -> None:
    """The embedded cluster has the role; on another server the owner makes it where it may."""
    row = connection.exec_driver_sql(
        f"SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}'"
    ).one_or_none()
    if row is None:
        try:
            connection.exec_driver_sql(f"CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS")
            connection.exec_driver_sql(f"GRANT {APP_ROLE} TO CURRENT_USER")
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise MissingRole from error
            raise
    connection.commit()
