"""What is required, and how what was measured is shown."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # has no stubs here
from rich.console import Console
from rich.table import Table

_LIBRARIES = ("fastapi", "starlette", "uvicorn", "uvloop", "pydantic", "psycopg", "SQLAlchemy")


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure must be: at most, or at least, a limit."""

    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def show(self, unit: str) -> str:
        return f"{'≥' if self.at_least else '≤'} {_number(self.limit)} {unit}".strip()


_RATED = ("dashboard", "product list", "product")
_MARKS = ("performance", "accessibility", "best-practices")

REQUIRED = {
    "cold start to the first 200": Bound(4),
    "one movement per request, of pgbench's rate": Bound(0.20, at_least=True),
    "one movement per request, p99": Bound(60),
    "1,000-line requests": Bound(40_000, at_least=True),
    "import of a year of trade": Bound(45),
    "import, resident memory": Bound(300),
    "low-stock alerts, p50": Bound(30),
    "low-stock alerts, p99": Bound(80),
    "low-stock alerts, long history to one year": Bound(1.2),
    "levels page, p50": Bound(10),
    "product search, p99": Bound(50),
    "slowest page, p95": Bound(100),
    "script and style of a first load": Bound(200),
    "valuation by average cost": Bound(3),
    "valuation by average cost, half a year ago": Bound(8),
    "valuation by first in, first out": Bound(3),
    "valuation by first in, first out, half a year ago": Bound(8),
    "sales orders of 20 lines, confirmed and shipped": Bound(60, at_least=True),
    "receipt of a 5,000-line purchase order": Bound(2),
    "posting of a 50,000-line count": Bound(10),
    "resident memory of a worker": Bound(180),
    **{
        f"Lighthouse {page}, {mark}": Bound(95, at_least=True) for page in _RATED for mark in _MARKS
    },
}
"""Every figure by its name; what is measured besides has no bound."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; `note` says under which circumstances."""

    name: str
    value: float
    unit: str
    note: str = ""

    @property
    def verdict(self) -> str:
        bound = REQUIRED.get(self.name)
        return "" if bound is None else "met" if bound.met_by(self.value) else "MISSED"


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A figure that could not be measured (`failed`), or that was left out for a reason."""

    name: str
    reason: str
    failed: bool


Line = Measured | Unmeasured


def machine(postgres: str) -> dict[str, Any]:
    """Where and with what this was measured."""
    model = "unknown"
    with open("/proc/cpuinfo") if Path("/proc/cpuinfo").exists() else open(os.devnull) as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "system": platform.platform(),
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "load_average_at_start": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": postgres,
        **{name.lower(): version(name) for name in _LIBRARIES},
    }


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip() or "unknown"


def show(lines: list[Line], facts: dict[str, Any]) -> None:
    """Print the facts of the machine and the table."""
    console = Console(width=None if Console().is_terminal else 140)
    console.print(", ".join(f"{name} {text}" for name, text in facts.items()), highlight=False)
    table = Table("figure", "measured", "required", "met?", "how")
    for line in lines:
        if isinstance(line, Unmeasured):
            verdict = "NOT MEASURED" if line.failed else "left out"
            table.add_row(line.name, "", "", verdict, line.reason)
            continue
        bound = REQUIRED.get(line.name)
        style = "bold red" if line.verdict == "MISSED" else None
        table.add_row(
            line.name,
            f"{_number(line.value)} {line.unit}".strip(),
            bound.show(line.unit) if bound else "",
            line.verdict,
            line.note,
            style=style,
        )
    console.print(table)


def write(lines: list[Line], facts: dict[str, Any], directory: Path) -> Path:
    """The same as a JSON file in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    document = {"machine": facts, "figures": [_document(line) for line in lines]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return path


def _document(line: Line) -> dict[str, Any]:
    if isinstance(line, Unmeasured):
        return asdict(line)
    bound = REQUIRED.get(line.name)
    required = None if bound is None else asdict(bound)
    return asdict(line) | {"required": required, "verdict": line.verdict or None}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
