"""`python -m bench`: measure the figures, print a table, write a JSON file."""

import argparse
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType

from bench import documents, importing, pages, rating, reading, starting, table, valuing, writing
from bench.table import Line, Measured, Unmeasured
from bench.world import QUICK, Size, World

FIGURES: dict[str, Callable[[World], list[Measured]]] = {
    "cold-start": starting.cold_start,
    "one-movement": writing.one_movement,
    "thousand-lines": writing.thousand_lines,
    "import": importing.import_year,
    "alerts": reading.alerts,
    "long-history": reading.alerts_long_history,
    "new-day": reading.alerts_new_day,
    "levels": reading.levels,
    "past-levels": reading.past_levels,
    "search": reading.search,
    "pages": pages.pages,
    "lighthouse": rating.lighthouse,
    "valuation": valuing.valuation,
    "sales-orders": documents.sales_orders,
    "receipt": documents.receipt,
    "count": documents.count,
    "memory": starting.memory,
}
_BYTES_PER_MOVEMENT = 450
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the figures asked for; exits with 1 when one could not be measured."""
    for number in _SIGNALS:
        signal.signal(number, _stop)
    options = _options()
    names = options.only or list(FIGURES)
    size = QUICK if options.quick else Size()
    if options.history_factor:
        size = replace(size, history_factor=options.history_factor)
    with ExitStack() as stack:
        long_history = "long-history" in names
        world = World(size, stack, long_history=long_history, verify=options.verify)
        facts = table.machine(_postgres(world))
        facts["size"] = "quick: a smoke test, not comparable" if options.quick else "full"
        lines: list[Line] = []
        for name in FIGURES:
            if name in names:
                lines += _measured(name, world)
    table.show(lines, facts)
    print(f"Written to {table.write(lines, facts, options.out)}")
    if any(isinstance(line, Unmeasured) and line.failed for line in lines):
        sys.exit(1)


def _stop(number: int, _frame: FrameType | None) -> None:
    """End with everything that was started; a second signal does not interrupt that."""
    for ignored in _SIGNALS:
        signal.signal(ignored, signal.SIG_IGN)
    sys.exit(128 + number)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(FIGURES), metavar="NAME",
                        help=f"only these figures: {', '.join(FIGURES)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="little data, for a smoke test")
    parser.add_argument("--verify", action="store_true", help="stockflow check on the loaded data")
    parser.add_argument("--history-factor", type=int, metavar="N",
                        help="years of trade in the long history [10]")  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"),
                        help="where the JSON file goes [bench/results]")  # fmt: skip
    return parser.parse_args()


def _postgres(world: World) -> str:
    with world.deployment.connect() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return str(row[0])


def _measured(name: str, world: World) -> list[Line]:
    """A figure's lines; what goes wrong with one does not keep the others from being measured."""
    reason = _reason_to_skip(name, world.size)
    if reason is not None:
        print(f"{name}: left out: {reason}", flush=True)
        return [Unmeasured(name, reason, failed=False)]
    print(f"{name} ...", flush=True)
    try:
        measured = FIGURES[name](world)
    except Exception as error:  # one figure that fails must not cost the others
        traceback.print_exc(limit=-3)
        last_line = str(error).strip().rpartition("\n")[2]
        return [Unmeasured(name, f"{type(error).__name__}: {last_line}"[:300], failed=True)]
    for line in measured:
        print(
            f"  {line.name}: {line.value:,.4g} {line.unit} {line.verdict} {line.note}", flush=True
        )
    return [*measured]


def _reason_to_skip(name: str, size: Size) -> str | None:
    if name == "import" and not importing.DATA.is_dir():
        return f"the data is not in {importing.DATA}"
    if name == "lighthouse" and rating.chromium() is None:
        return "no Chromium on this machine"
    if name == "long-history":
        rows = size.stocked * size.warehouses * 12 * (size.history_factor + 1)
        place = tempfile.gettempdir()
        free = shutil.disk_usage(place).free
        if rows * _BYTES_PER_MOVEMENT > free:
            return f"{rows:,} movements need more than the {free >> 30} GB free in {place}"
    return None


if __name__ == "__main__":
    main()
