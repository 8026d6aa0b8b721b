"""The repository works for everybody: it names no machine and no package registry."""

import re
import subprocess

from tests.architecture.source import ROOT

_HOSTS = ["pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs.org", "npm" + "js.com"]
_PATHS = [r"(?<![\w.])/" + "work/", r"(?<![\w.])/" + "root/", "/home" + r"/\w"]
_FORBIDDEN = re.compile("|".join([*map(re.escape, _HOSTS), *_PATHS]))
_BINARY = {".png", ".ico", ".woff2", ".xlsx", ".xz", ".gz"}


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix not in _BINARY and path.is_file():
            text = path.read_text(encoding="utf-8")
            found += [f"{name}: {match[0]}" for match in _FORBIDDEN.finditer(text)]
    assert found == []


def test_every_requirement_is_pinned_by_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        requirements = path.read_text().replace("\\\n", " ").splitlines()
        assert [line for line in requirements if "==" not in line or "--hash=" not in line] == []


def test_all_sets_of_requirements_agree_on_versions() -> None:
    chosen: dict[str, set[str]] = {}
    for path in (ROOT / "requirements").glob("*.txt"):
        pins = re.findall(r"^([\w.-]+)==(\S+)(.*?) \\$", path.read_text(), re.MULTILINE)
        for name, version, condition in pins:
            chosen.setdefault(name + condition, set()).add(version)
    assert {name: versions for name, versions in chosen.items() if len(versions) > 1} == {}
