"""`kill -9` in the middle of bulk posting: what was acknowledged is there, once, and all adds up."""

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import psutil  # type: ignore[import-untyped]  # has no stubs here
import pytest

from stockflow.companies.commands import CreateCompany
from stockflow.companies.operations import NewCompany, create_company
from stockflow.foundation.database import open_pool
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.settings import Settings
from tests.cli.conftest import Deployment, Server
from tests.cli.posting import CLIENTS, LINES, PRODUCTS, Posting, Shop, make_shop

ACKNOWLEDGED = 30
POOL_TIMEOUT = "1"


class _Impatient(Deployment):
    """Requests do not wait long for a database that is gone."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "STOCKFLOW_POOL_TIMEOUT_SECONDS": POOL_TIMEOUT}


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Not in pytest's directory: another run may close that to the user PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="stockflow-kill-") as directory:
        yield Path(directory) / "data"


@pytest.fixture
def deployment(data_dir: Path) -> Iterator[Deployment]:
    """Whatever still runs on the data directory at the end of a test is stopped."""
    with ExitStack() as stack:
        made = _Impatient(data_dir, stack)
        yield made
    if made.postgres_runs():
        with running_postgres(Settings(data_dir=data_dir, database_url=None)):
            pass  # the last user stops it


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_server_keeps_what_it_acknowledged(deployment: Deployment, workers: str) -> None:
    server = deployment.serve("--workers", workers)
    shop = _shop(deployment, server)
    children = _ended_at_last(deployment, server)
    with Posting(shop, server.url) as posting:
        posting.until_acknowledged(ACKNOWLEDGED)
        server.stop(signal.SIGKILL)
        posting.until_hung_up()
    assert psutil.wait_procs(children, timeout=10)[1] == []

    assert posting.refused == []
    assert len(posting.sent) - len(posting.acknowledged) == CLIENTS
    again = deployment.serve(port=server.port)
    _prove(deployment, again, posting)


def test_a_killed_database_is_told_and_keeps_what_was_acknowledged(deployment: Deployment) -> None:
    server = deployment.serve()
    shop = _shop(deployment, server)
    with Posting(shop, server.url) as posting:
        posting.until_acknowledged(ACKNOWLEDGED)
        _kill_postgres(deployment)
        posting.until_refused(3 * CLIENTS)
        assert httpx2.get(f"{server.url}/healthz").status_code == 200
        assert httpx2.get(f"{server.url}/readyz").status_code == 503

    for answer in posting.refused:
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "busy"
    assert '"status":500' not in server.log.read_text()
    assert server.stop(signal.SIGTERM) == 0
    again = deployment.serve(port=server.port)
    _prove(deployment, again, posting)


def _shop(deployment: Deployment, server: Server) -> Shop:
    """A company with something to post to; made in this process, which is quicker than a command."""
    settings = Settings(data_dir=deployment.data_dir, database_url=None)

    async def create(conninfo: Conninfo) -> NewCompany:
        async with open_pool(conninfo.app, settings) as pool:
            return await create_company(
                pool, CreateCompany(name="Acme", owner_email="owner@acme.example")
            )

    with running_postgres(settings) as conninfo:
        company = asyncio.run(create(conninfo))
    return make_shop(server.url, company)


def _ended_at_last(deployment: Deployment, server: Server) -> list[psutil.Process]:
    """The server's workers, which end with it; by force after the test if they did not."""

    def end() -> None:
        for child in children:
            if child.is_running():  # never another process that got its number
                child.kill()

    children = server.children()
    deployment.stack.callback(end)
    return children


def _kill_postgres(deployment: Deployment) -> None:
    pid_file = deployment.data_dir / "postgres" / "postmaster.pid"
    psutil.Process(int(pid_file.read_text().splitlines()[0])).kill()


def _prove(deployment: Deployment, server: Server, posting: Posting) -> None:
    """Nothing acknowledged is lost, nothing is there twice, and whatever is sent again is there once."""
    shop = posting.shop
    with shop.connect(server.url) as client:
        before = {reference: _posting_id(shop, client, reference) for reference in posting.sent}
        acknowledged = {
            reference: answer["posting_id"] for reference, answer in posting.acknowledged.items()
        }
        assert {reference: before[reference] for reference in acknowledged} == acknowledged

        for reference in posting.sent:
            answer = shop.post(client, reference)
            assert answer.status_code == 201, answer.text
            posting_id = answer.json()["posting_id"]
            assert before[reference] in {None, posting_id}
            assert posting.acknowledged.get(reference, answer.json()) == answer.json()
            replayed = answer.headers.get("idempotent-replayed") == "true"
            assert replayed == (before[reference] is not None)
            assert _posting_id(shop, client, reference) == posting_id
        assert shop.held(client) == [2 * len(posting.sent)] * PRODUCTS

    checked = deployment.run("check", "--company", str(shop.company_id), "--json")
    assert (checked.status, checked.json["findings"]) == (0, [])
    assert server.stop(signal.SIGTERM) == 0
    assert not deployment.postgres_runs()


def _posting_id(shop: Shop, client: httpx2.Client, reference: str) -> int | None:
    """The one posting with this reference, which is there with all of its lines or not at all."""
    movements = shop.posted(client, reference)
    if not movements:
        return None
    assert [movement["line"] for movement in movements] == list(range(LINES))
    ids = {movement["posting_id"] for movement in movements}
    assert len(ids) == 1
    answer = client.get(f"/api/stock/postings/{min(ids)}")
    assert answer.status_code == 200, answer.text
    return int(min(ids))
