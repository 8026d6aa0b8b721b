"""Deployments of their own, driven by the real command as an operator would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # has no stubs here
import pytest

from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.settings import Settings

STOCKFLOW = str(Path(sys.executable).with_name("stockflow"))


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


@dataclass
class Server:
    """A running `stockflow serve`."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def children(self) -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if "postgres" not in child.name()
        ]

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@dataclass(frozen=True)
class Deployment:
    """One data directory and the commands run on it."""

    data_dir: Path
    stack: ExitStack

    @property
    def environment(self) -> dict[str, str]:
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith("STOCKFLOW_")
        }
        return {**outside, "STOCKFLOW_DATA_DIR": str(self.data_dir)}

    def run(self, *arguments: str, stdin: str = "") -> Done:
        done = subprocess.run(
            [STOCKFLOW, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def serve(self, *arguments: str, port: int = 0) -> Server:
        """A server that has said that it listens; killed at the end of the test if still there."""
        log = self.data_dir.with_suffix(f".{len(list(self.data_dir.parent.glob('*.log')))}.log")
        with log.open("w") as file:
            process = subprocess.Popen(
                [STOCKFLOW, "serve", "--json", "--port", str(port), *arguments],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env=self.environment,
            )
        self.stack.callback(_end, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        return Server(process, json.loads(line)["url"], log)

    def keep_postgres(self) -> None:
        """Keep PostgreSQL running until the end of the test: commands are quicker then."""
        self.stack.enter_context(running_postgres(Settings(data_dir=self.data_dir)))

    def postgres_runs(self) -> bool:
        return (self.data_dir / "postgres" / "postmaster.pid").exists()


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            if "postgres" not in child.name():
                child.kill()
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """An empty data directory; whatever still runs on it at the end is stopped."""
    with ExitStack() as stack:
        made = Deployment(tmp_path / "data", stack)
        yield made
    if made.postgres_runs():
        with running_postgres(Settings(data_dir=made.data_dir)):
            pass  # the last user stops it
