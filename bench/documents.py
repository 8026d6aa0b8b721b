"""The documents of trade over HTTP: orders confirmed and shipped, deliveries received, counts posted.

What comes before is done before the clock starts, over HTTP too; afterwards `stockflow check` must be
clean.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.data import Company
from bench.load import Load, Script, drive, post, repeated
from bench.table import Measured
from bench.world import WORKERS, World

_SECONDS = 300
_CLIENTS = 8
_SALES_LINES = 20
_SOLD_PRODUCTS = 5_000
_MOST_SOLD = 1_200_000
"""A warehouse has a million of each product at first, so that lines come to need several."""

_DRAFTS_PER_SECOND = 80
_WARM_UP_ORDERS = 2
_PURCHASE_LINES = 5_000
_BATCH = 10_000
_CLEAN = "stockflow check is clean"


@dataclass(slots=True)
class _Orders:
    """How orders went: the warehouses they were split over, and what each took from end to end."""

    splits: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def sales_orders(world: World) -> list[Measured]:
    """Orders confirmed and shipped; where the lines come from is left to the company's rule."""
    company = world.traders
    warm_up = _WARM_UP_ORDERS * _CLIENTS
    count = warm_up + round(world.size.seconds * _DRAFTS_PER_SECOND)
    orders = _drafted(world, company, count)
    _trade(world, company, orders[:warm_up], _Orders())
    went = _Orders()
    before = world.server.cpu_seconds()
    load = _trade(world, company, orders[warm_up:], went)
    cost = (world.server.cpu_seconds() - before) * 2000 / load.answered
    _check(world, company)
    took = sorted(went.milliseconds)
    note = (
        f"{len(took)} orders, {_CLIENTS} clients, {WORKERS} workers, {cost:.0f} ms of their processor"
        f" time an order; p50 {median(took):.0f} ms, p99 {took[int(0.99 * len(took))]:.0f} ms an order,"
        f" from {sum(went.splits) / len(went.splits):.1f} warehouses; {_CLEAN}"
    )
    name = "sales orders of 20 lines, confirmed and shipped"
    return [Measured(name, load.rate / 2, "orders/s", note)]


def _drafted(world: World, company: Company, count: int) -> list[int]:
    """Ids of drafts whose lines name no warehouse, and which there is enough stock for."""
    customer = _answer(world, company, "/api/customers", {"code": "C1", "name": "Customer"})["id"]
    bodies = list(_sales(_available(world, company), customer, count))
    ids: list[int] = []
    scripts = [
        _collecting(company, "/api/sales-orders", bodies[number::_CLIENTS], ids)
        for number in range(_CLIENTS)
    ]
    drive(world.server.port, scripts, seconds=_SECONDS)
    return ids


def _sales(available: dict[int, int], customer: int, count: int) -> Iterator[dict[str, Any]]:
    """Lines drawn at random, never for more than there is in all warehouses together."""
    draw = random.Random(5)
    for _ in range(count):
        lines = []
        for product in draw.sample(list(available), _SALES_LINES):
            quantity = min(draw.randrange(1, _MOST_SOLD + 1), available[product])
            available[product] -= quantity
            lines.append({"product_id": product, "quantity": quantity})
            if not available[product]:
                del available[product]
        yield {"customer_id": customer, "lines": lines}


def _available(world: World, company: Company) -> dict[int, int]:
    """What there is of the products that are sold."""
    with world.deployment.connect() as connection:
        rows = connection.execute(
            "SELECT product_id, sum(available)::int FROM stock_levels"
            " WHERE company_id = %s AND product_id < %s GROUP BY product_id HAVING sum(available) > 0"
            " ORDER BY product_id",
            [company.id, company.first_product + _SOLD_PRODUCTS],
        ).fetchall()
    return dict(rows)


def _collecting(
    company: Company, path: str, bodies: Sequence[dict[str, Any]], ids: list[int]
) -> Script:
    """Posts the bodies, and keeps the ids of what they made."""
    rest = iter(bodies)

    def script(answer: bytes) -> bytes | None:
        if answer:
            ids.append(json.loads(answer)["id"])
        body = next(rest, None)
        return None if body is None else post(path, company.api_key, json.dumps(body).encode())

    return script


def _trade(world: World, company: Company, orders: Sequence[int], went: _Orders) -> Load:
    scripts = [_trader(company, orders[number::_CLIENTS], went) for number in range(_CLIENTS)]
    return drive(world.server.port, scripts, seconds=world.size.seconds)


def _trader(company: Company, orders: Sequence[int], went: _Orders) -> Script:
    """Confirms each order and then ships all of it."""
    steps = iter([(order, step) for order in orders for step in ("confirmation", "shipments")])
    started = 0.0
    last = ""

    def script(answer: bytes) -> bytes | None:
        nonlocal started, last
        now = time.perf_counter()
        if last == "shipments":
            went.milliseconds.append((now - started) * 1000)
            lines = json.loads(answer)["lines"]
            went.splits.append(len({line["warehouse_id"] for line in lines}))
        order, last = next(steps, (0, ""))
        if last == "confirmation":
            started = now
        return post(f"/api/sales-orders/{order}/{last}", company.api_key, b"{}") if last else None

    return script


def receipt(world: World) -> list[Measured]:
    """Deliveries of a large order each, some units of every tenth line damaged."""
    company = world.traders
    count = min(_PURCHASE_LINES, company.shape.stocked)
    load = _timed(
        world, [_delivery(world, company, count, turn) for turn in range(world.size.turns)]
    )
    _check(world, company)
    seconds = [milliseconds / 1000 for milliseconds in load.milliseconds]
    slowest = f"slowest {max(seconds):.2f} s"
    note = f"{count:,} lines; median of {len(seconds)}, {slowest}; {_CLEAN}"
    return [Measured("receipt of a 5,000-line purchase order", median(seconds), "s", note)]


def _delivery(world: World, company: Company, count: int, turn: int) -> bytes:
    """The request that receives all of an order, which is drafted, submitted and approved for it."""
    products = random.Random(turn).sample(range(company.shape.stocked), count)
    order = _answer(
        world,
        company,
        "/api/purchase-orders",
        {
            "supplier": "S1",
            "warehouse_id": company.first_warehouse + turn % company.shape.warehouses,
            "lines": [
                {
                    "product_id": company.first_product + product,
                    "quantity": 12 + product % 60,
                    "unit_cost": f"{1 + product % 4000 / 100:.2f}",
                }
                for product in products
            ],
        },
    )
    path = f"/api/purchase-orders/{order['id']}"
    for action in ("submission", "approval"):
        order = _answer(world, company, f"{path}/{action}", {})
    lines = [
        {
            "line_id": line["id"],
            "good": line["quantity"] - damaged,
            "damaged": damaged,
        }
        for line in order["lines"]
        for damaged in (2 if line["line"] % 10 == 0 else 0,)
    ]
    return post(f"{path}/receipts", company.api_key, json.dumps({"lines": lines}).encode())


def count(world: World) -> list[Measured]:
    """The submission that posts the differences of a whole warehouse: every line has one."""
    company = world.traders
    opened = _answer(world, company, "/api/stock-counts", {"warehouse": "W1"})
    path = f"/api/stock-counts/{opened['id']}"
    lines = _counted(world, company)
    for start in range(0, len(lines), _BATCH):
        _answer(world, company, f"{path}/lines", {"lines": lines[start : start + _BATCH]})
    load = _timed(world, [post(f"{path}/submission", company.api_key, b"{}")])
    _require_posted(world, company, opened["id"], len(lines))
    _check(world, company)
    name = "posting of a 50,000-line count"
    note = f"{len(lines):,} lines, all of which differ; {_CLEAN}"
    return [Measured(name, load.milliseconds[0] / 1000, "s", note)]


def _counted(world: World, company: Company) -> list[dict[str, Any]]:
    """One more or one less than lies at each level of the first warehouse."""
    with world.deployment.connect() as connection:
        rows = connection.execute(
            "SELECT product_id, (available + reserved)::float, available > 0 FROM stock_levels"
            " WHERE company_id = %s AND warehouse_id = %s ORDER BY product_id",
            [company.id, company.first_warehouse],
        ).fetchall()
    return [
        {"product_id": product, "quantity": held - 1 if product % 2 and some else held + 1}
        for product, held, some in rows
    ]


def _require_posted(world: World, company: Company, count_id: int, lines: int) -> None:
    """The figure counts only if every line became a movement."""
    with world.deployment.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM stock_movements m"
            "  JOIN stock_counts c ON c.company_id = m.company_id"
            "   AND m.id / 100000 = c.posting_id AND c.status = 'posted'"
            " WHERE m.company_id = %s AND c.id = %s AND m.quantity_change <> 0",
            [company.id, count_id],
        ).fetchone()
    assert row == (lines,), f"{row} of {lines} lines are posted"


def _answer(world: World, company: Company, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What one POST answers."""
    answers: list[dict[str, Any]] = []
    request = post(path, company.api_key, json.dumps(body).encode())

    def script(answer: bytes) -> bytes | None:
        if not answer:
            return request
        answers.append(json.loads(answer))
        return None

    drive(world.server.port, [script], seconds=_SECONDS)
    return answers[0]


def _timed(world: World, requests: Sequence[bytes]) -> Load:
    """One client, one request after the other."""
    return drive(world.server.port, [repeated(requests)], seconds=_SECONDS)


def _check(world: World, company: Company) -> None:
    world.deployment.run("check", "--company", str(company.id))
