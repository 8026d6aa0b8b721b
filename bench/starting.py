"""How long it takes until StockFlow is there, and how much memory it keeps."""

import time
from statistics import median
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.server import data_directory, serving
from bench.table import Measured
from bench.world import WORKERS, World

_DEADLINE_SECONDS = 60


def cold_start(world: World) -> list[Measured]:
    """From the command on an empty data directory to the first 200 of `/readyz`."""
    times = [_first_answer() for _ in range(world.size.turns)]
    note = f"GET /readyz, one worker; median of {len(times)}, from {min(times):.1f} to {max(times):.1f}"
    return [Measured("cold start to the first 200", median(times), "s", note)]


def _first_answer() -> float:
    with data_directory() as data_dir:
        started = time.perf_counter()
        with serving(data_dir) as server:
            while True:
                try:
                    with urlopen(f"http://127.0.0.1:{server.port}/readyz", timeout=30):
                        return time.perf_counter() - started
                except HTTPError:
                    if time.perf_counter() - started > _DEADLINE_SECONDS:
                        raise
                    time.sleep(0.01)


def memory(world: World) -> list[Measured]:
    """The largest worker, after everything else."""
    sizes = sorted(size / 2**20 for size in world.server.resident_bytes())
    note = f"{WORKERS} workers, after the figures above: " + ", ".join(
        f"{size:.0f} MB" for size in sizes
    )
    return [Measured("resident memory of a worker", sizes[-1], "MB", note)]
