"""The documentation builds, is complete, and loads nothing from another host."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stockflow.foundation.settings import Settings

ROOT = Path(__file__).parents[2]
_LOADED = re.compile(
    r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?((?:https?:)?//[^\s\">]+)"
)
_CODE_PATH = re.compile(r"`((?:src|tests|docs|scripts|requirements)/[\w./-]+)`")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    directory = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return directory


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_load_nothing_from_another_host(site: Path) -> None:
    found = {
        (str(page.relative_to(site)), address)
        for page in site.rglob("*.html")
        for address in _LOADED.findall(page.read_text(encoding="utf-8"))
    }
    assert found == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert [text for text in styles if re.search(r"url\(['\"]?(https?:)?//|@import", text)] == []


def test_every_setting_problem_and_table_is_documented(reference: ModuleType, site: Path) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (site / "reference").iterdir()}
    for name in Settings.model_fields:
        assert f"STOCKFLOW_{name.upper()}" in pages["settings"]
        assert Settings.model_fields[name].description
    from stockflow.foundation.errors import StockFlowError

    for code in StockFlowError.registry:
        assert f"<code>{code}</code>" in pages["problems"], code
    for tables in reference.tables_by_feature().values():
        for table in tables:
            assert f"CREATE TABLE {table.name} (" in re.sub(r"<[^>]+>", "", pages["schema"])
            assert 'class="table-name" x="' in pages["schema"]
            assert f">{table.name}</text>" in pages["schema"]


def test_every_command_and_option_is_explained(reference: ModuleType, site: Path) -> None:
    page = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    missing = []
    for name, command in reference.commands():
        assert f"<code>{name}</code>" in page
        if not command.help:
            missing.append(name)
        missing += [
            f"{name} {parameter.name}"
            for parameter in command.params
            if parameter.param_type_name == "option" and not getattr(parameter, "help", None)
        ]
    assert missing == []


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page not in navigation] == []


def test_files_named_in_texts_exist() -> None:
    texts = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    named = {name for path in texts for name in _CODE_PATH.findall(path.read_text())}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_decisions_have_the_four_parts() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        parts = re.findall(r"^## (\w+)", path.read_text(), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert path.read_text().count("\n> ") == 1, path.name
