"""The real server with a database of its own, as `stockflow serve` starts it, and its companies.

Not the database of the other tests: jobs run here as they would for a user, and those of other tests
are run where a test says so.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.settings import Settings
from tests.cli.conftest import Deployment
from tests.conftest import new_company
from tests.factories import Api


@dataclass(frozen=True)
class Site:
    """A server that browsers visit at `url`; `http` is another process's way into the same database."""

    url: str
    http: TestClient
    log: Path

    def new_company(self, **fields: object) -> Api:
        """A company of its own for a test, spoken to with its owner's key."""
        return new_company(self.http, **fields)


@contextmanager
def running_site(directory: Path) -> Iterator[Site]:
    """The site, from the moment it answers; nothing of it runs afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=directory / "data", database_url=None, jobs=False)
    with ExitStack() as stack:
        conninfo = stack.enter_context(running_postgres(settings))
        server = Deployment(settings.data_dir, stack).serve()
        app = create_app(settings.model_copy(update={"log_level": "error"}), conninfo)
        http = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        yield Site(server.url, http, server.log)
