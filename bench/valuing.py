"""What stock is worth: the report over all levels, over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from statistics import median
from urllib.parse import urlencode

from bench.load import drive, get, repeated
from bench.table import Measured
from bench.world import World

_SECONDS = 300
_HALF_A_YEAR = timedelta(days=182)


def valuation(world: World) -> list[Measured]:
    """Both methods, now and half a year ago: the first page, with the totals of all."""
    shape = world.year.shape
    note = f"{shape.levels:,} levels, {shape.movements:,} movements"
    measured = []
    for method, name in (("average", "average cost"), ("fifo", "first in, first out")):
        measured += [
            _report(world, f"valuation by {name}", {"method": method}, note),
            _report(
                world,
                f"valuation by {name}, half a year ago",
                {"method": method, "as_of": f"{datetime.now(UTC) - _HALF_A_YEAR:%FT%TZ}"},
                note,
            ),
        ]
    return measured


def _report(world: World, name: str, query: dict[str, str], note: str) -> Measured:
    """The median of the turns; a first request warms up, and the next page is noted."""
    address = "/api/reports/valuation?" + urlencode({"limit": 100, **query})
    first, cursors = get(address, world.year.api_key), []

    def script(body: bytes) -> bytes | None:
        if body:
            cursors.append(json.loads(body)["next_cursor"])
        return first if len(cursors) <= world.size.turns else None

    load = drive(world.server.port, [script], seconds=_SECONDS)
    turns = [milliseconds / 1000 for milliseconds in load.milliseconds[1:]]
    following = get(f"{address}&cursor={cursors[-1]}", world.year.api_key)
    page = drive(world.server.port, [repeated([following])], seconds=_SECONDS)
    told = f"{note}; median of {len(turns)}; the next page {page.milliseconds[0]:.0f} ms"
    return Measured(name, median(turns), "s", told)
