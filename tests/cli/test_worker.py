"""`stockflow worker`: it runs jobs, killed in the middle it has done nothing, and told to stop it ends."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.foundation.jobs import defer
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.settings import Settings
from stockflow.migrations import migrate
from stockflow.stock.jobs import RELEASE_EXPIRED
from tests.cli.conftest import STOCKFLOW, Deployment
from tests.conftest import new_company
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.scopes import in_scope
from tests.stock.holding import hold

Worker = subprocess.Popen[str]
_SECONDS = 20


def test_a_job_survives_the_kill_of_its_worker(deployment: Deployment) -> None:
    settings = Settings(data_dir=deployment.data_dir, log_level="error", jobs=False)
    with running_postgres(settings) as conninfo:
        migrate(conninfo.owner)
        with TestClient(create_app(settings, conninfo)) as http:
            api = new_company(http)
            _hold_what_is_over(api)
            with psycopg.connect(conninfo.owner, autocommit=True) as owner:
                with _held_up(conninfo, api.company_id), _worker(deployment) as killed:
                    _until(lambda: _waits_for_the_level(owner))
                    killed.kill()
                    killed.wait()
                    _until(lambda: not _waits_for_the_level(owner))
                assert _reserved(conninfo, api.company_id) == (4, 1)

                with _worker(deployment) as second:
                    _until(lambda: _reserved(conninfo, api.company_id) == (0, 0))
                    second.send_signal(signal.SIGTERM)
                    assert second.wait(_SECONDS) == 0
                    assert second.stderr is not None
                    assert '"event":"job done"' in second.stderr.read()


def _hold_what_is_over(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10))
    hold(api, product, warehouse, 4, hours=-1)
    in_scope(api, defer, RELEASE_EXPIRED)


@contextmanager
def _worker(deployment: Deployment) -> Iterator[Worker]:
    """A worker that has said that it runs."""
    with subprocess.Popen(
        [STOCKFLOW, "worker", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=deployment.environment,
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline()) == {"pid": process.pid}
            yield process
        finally:
            process.kill()


@contextmanager
def _held_up(conninfo: Conninfo, company_id: int) -> Iterator[None]:
    """Somebody else holds the levels, so that a job that needs them is in the middle of its work."""
    with psycopg.connect(conninfo.app) as connection:
        connection.execute(f"SET stockflow.company_id TO '{company_id}'")
        connection.execute(
            "SELECT 1 FROM stock_levels WHERE company_id = %s FOR UPDATE", [company_id]
        )
        yield


def _waits_for_the_level(owner: psycopg.Connection) -> bool:
    # who is not a superuser sees what others wait for by the locks
    row = owner.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row is not None and row[0] > 0


def _reserved(conninfo: Conninfo, company_id: int) -> tuple[int, int]:
    """What is reserved, and how many jobs wait."""
    with psycopg.connect(conninfo.app) as connection:
        connection.execute(f"SET stockflow.company_id TO '{company_id}'")
        row = connection.execute(
            "SELECT (SELECT sum(reserved)::int FROM stock_levels WHERE company_id = %(company_id)s),"
            " (SELECT count(*) FROM jobs WHERE company_id = %(company_id)s)",
            {"company_id": company_id},
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not true():
        if time.monotonic() > deadline:
            pytest.fail("it does not come to that")
        time.sleep(0.02)
