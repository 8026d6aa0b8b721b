"""The import of a real wholesaler's year of trade, with the command an operator would use."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no stubs here

from bench.server import STOCKFLOW, Deployment, environment
from bench.table import Measured
from bench.world import World

DATA = Path(__file__).parents[2] / "shared" / "data" / "online-retail"
_FILES = {
    "warehouses": "warehouses.csv",
    "suppliers": "suppliers.csv",
    "products": "products.csv",
    "product-suppliers": "product_suppliers.csv",
}
_LIMIT_SECONDS = 900


def import_year(world: World) -> list[Measured]:
    """`stockflow import movements`, after what the movements name; then `stockflow check`."""
    deployment = world.deployment
    made = deployment.run("company", "create", "Wholesaler", "--owner-email", "bench@bench.example")
    company = str(made["company_id"])
    for kind, name in _FILES.items():
        deployment.run("import", kind, str(DATA / name), "--company", company)
    seconds, peak = _timed_import(deployment, company)
    movements = _count(deployment, made["company_id"])
    deployment.run("check", "--company", company)
    note = f"{movements:,} movements, {movements / seconds:,.0f} a second; stockflow check is clean"
    return [
        Measured("import of a year of trade", seconds, "s", note),
        Measured("import, resident memory", peak / 2**20, "MB", "the largest the command has been"),
    ]


def _timed_import(deployment: Deployment, company: str) -> tuple[float, int]:
    """How long it takes, and the most memory it and its children have held at once."""
    command = [STOCKFLOW, "import", "movements", str(DATA / "movements.csv.xz")]
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--company", company, "--json"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(deployment.data_dir),
            start_new_session=True,
        )
        try:
            peak = _watch(process, started + _LIMIT_SECONDS)
        finally:
            process.kill()
            process.wait()
        seconds = time.perf_counter() - started
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise RuntimeError(f"stockflow import movements: {text[-500:]}")
    json.loads(text)
    return seconds, peak


def _watch(process: subprocess.Popen[bytes], deadline: float) -> int:
    """Wait for the end; the peak is what the kernel says of the process, or we saw with children."""
    seen = 0
    while time.perf_counter() < deadline:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return max(seen, usage.ru_maxrss * 1024)
        seen = max(seen, _resident(process.pid))
        time.sleep(0.05)
    raise RuntimeError(f"the import took longer than {_LIMIT_SECONDS} s")


def _resident(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family if "postgres" not in one.name())
    except psutil.NoSuchProcess:
        return 0


def _count(deployment: Deployment, company_id: int) -> int:
    with deployment.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM stock_movements WHERE company_id = %s", [company_id]
        ).fetchone()
    assert row is not None
    return int(row[0])
