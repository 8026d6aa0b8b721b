"""A deployment of its own: a temporary data directory, its PostgreSQL, and `stockflow` on it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # has no stubs here
import psycopg
from psycopg.conninfo import make_conninfo

from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.settings import Settings

STOCKFLOW = str(Path(sys.executable).with_name("stockflow"))
_STOP_SECONDS = 30
_GRACE_SECONDS = 0.5


@dataclass(frozen=True)
class Server:
    """A running `stockflow serve`."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def resident_bytes(self) -> list[int]:
        """The resident memory of each worker."""
        return [worker.memory_info().rss for worker in self._workers()]

    def cpu_seconds(self) -> float:
        """The processor time the workers have used so far."""
        times = [worker.cpu_times() for worker in self._workers()]
        return float(sum(time.user + time.system for time in times))

    def _workers(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        workers = [
            child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())
        ]
        return workers or [parent]


@dataclass(frozen=True)
class Deployment:
    """One data directory, with its PostgreSQL running, and the commands run on it."""

    data_dir: Path
    conninfo: Conninfo

    @property
    def superuser(self) -> str:
        """How to connect as the owner of the cluster, whom row-level security does not bind."""
        return make_conninfo(self.conninfo.owner, user="postgres")

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the superuser, in autocommit mode."""
        return psycopg.connect(self.superuser, autocommit=True)

    def run(self, *arguments: str, timeout: float = 600) -> Any:
        """What a `stockflow` command prints with `--json`."""
        done = subprocess.run(
            [STOCKFLOW, *arguments, "--json"],
            capture_output=True,
            text=True,
            env=environment(self.data_dir),
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            command = " ".join(arguments[:2])
            raise RuntimeError(f"stockflow {command}: {(done.stdout + done.stderr)[-500:]}")
        return json.loads(done.stdout)


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a process of this deployment, with no other setting than its place."""
    outside = {name: text for name, text in os.environ.items() if not name.startswith("STOCKFLOW_")}
    return {**outside, "STOCKFLOW_DATA_DIR": str(data_dir)}


@contextmanager
def data_directory() -> Iterator[Path]:
    """A temporary data directory; at the end nothing of it is left, and nothing runs on it."""
    with tempfile.TemporaryDirectory(prefix="stockflow-bench-") as directory:
        data_dir = Path(directory) / "data"
        try:
            yield data_dir
        except BaseException:  # also Ctrl-C
            time.sleep(_GRACE_SECONDS)  # a start that was interrupted may still bring up PostgreSQL
            raise
        finally:
            if (data_dir / "postgres" / "postmaster.pid").exists():
                with _postgres(data_dir):
                    pass  # its last user stops it


def _postgres(data_dir: Path) -> AbstractContextManager[Conninfo]:
    return running_postgres(Settings(data_dir=data_dir, database_url=None))


@contextmanager
def deployed() -> Iterator[Deployment]:
    """A deployment in a temporary directory; PostgreSQL is stopped and all removed at the end."""
    with data_directory() as data_dir, _postgres(data_dir) as conninfo:
        yield Deployment(data_dir, conninfo)


@contextmanager
def serving(data_dir: Path, *arguments: str) -> Iterator[Server]:
    """`stockflow serve` on a free port, from the moment it answers; stopped at the end."""
    log = data_dir.parent / "serve.log"
    with log.open("a") as file:
        process = subprocess.Popen(
            [STOCKFLOW, "serve", "--json", "--host", "127.0.0.1", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env=environment(data_dir),
            start_new_session=True,  # Ctrl-C stops the bench, and the bench stops this
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"stockflow serve did not start: {log.read_text()[-2000:]}")
        yield Server(process, int(json.loads(line)["url"].rpartition(":")[2]), log)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End a process and its children: politely, and after a while by force."""
    if process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in psutil.wait_procs(children, timeout=5)[1]:
            if "postgres" not in child.name():
                child.kill()
    if process.stdout is not None:
        process.stdout.close()
