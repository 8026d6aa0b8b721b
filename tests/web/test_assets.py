"""Style, script and icons: built when their sources change, small, and kept by browsers for good."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from hatch_build import WEB, build_assets, sources_hash
from stockflow.foundation.errors import NotFound
from stockflow.web.assets import FOREVER, asset_url, built, icon, static_routes

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / WEB
STATIC = SOURCES / "static"
FIRST_LOAD_MAX = (
    110 * 1024
)  # bytes of compressed style and script, on all pages but those with charts
STYLE_MAX = 60 * 1024
CHARTS_MAX = 200 * 1024


@pytest.fixture
def web() -> Iterator[TestClient]:
    async def not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001
        return Response(status_code=404)

    handlers = {NotFound: not_found, HTTPException: not_found}
    with TestClient(Starlette(routes=list(static_routes), exception_handlers=handlers)) as client:
        yield client


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources in another place, with the packages of this one."""
    web = tmp_path / "web"
    web.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, web / name)
    shutil.copytree(SOURCES / "browser", web / "browser")
    (web / "node_modules").symlink_to(SOURCES / "node_modules")
    return web


def test_what_is_served_comes_from_the_present_sources() -> None:
    assert (STATIC / "built-from").read_text() == sources_hash(SOURCES)


def test_the_manifest_names_every_file_and_its_compressed_forms() -> None:
    names = built().files

    assert set(names) == {
        "app.css",
        "app.js",
        "charts.js",
        "favicon.svg",
        "icons.svg",
        "theme.js",
    }
    for hashed in names.values():
        assert re.fullmatch(r"[a-z]+\.[0-9a-f]{16}\.(css|js|svg)", hashed)
        assert {(STATIC / (hashed + ending)).is_file() for ending in ("", ".br", ".gz")} == {True}
    served = {path.name for path in STATIC.iterdir() if path.is_file()}
    expected = {name + ending for name in names.values() for ending in ("", ".br", ".gz")}
    assert served == expected | {"manifest.json", "built-from", "licences.txt"}


def test_first_load_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    size = {name: (STATIC / f"{file}.br").stat().st_size for name, file in built().files.items()}
    gzipped = {name: (STATIC / f"{file}.gz").stat().st_size for name, file in built().files.items()}

    with capsys.disabled():
        sys.stdout.write(f"\ncompressed bytes (brotli): {size}\n")
    assert size["app.css"] + size["app.js"] + size["theme.js"] <= FIRST_LOAD_MAX
    assert gzipped["app.css"] + gzipped["app.js"] + gzipped["theme.js"] <= FIRST_LOAD_MAX
    assert size["app.css"] <= STYLE_MAX
    assert size["charts.js"] <= CHARTS_MAX


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_files_are_kept_for_good_in_the_encoding_that_is_accepted(
    web: TestClient, accepted: str, encoding: str | None
) -> None:
    answer = web.get(asset_url("theme.js"), headers={"accept-encoding": accepted})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == FOREVER
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers.get("content-encoding") == encoding
    ending = {"br": ".br", "gzip": ".gz", None: ""}[encoding]
    file = STATIC / (built().files["theme.js"] + ending)
    assert int(answer.headers["content-length"]) == file.stat().st_size


def test_what_a_browser_has_is_not_sent_again(web: TestClient) -> None:
    first = web.get(asset_url("app.css"))

    again = web.get(asset_url("app.css"), headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == FOREVER


@pytest.mark.parametrize(
    "path",
    [
        "/assets/app.css",
        "/assets/manifest.json",
        "/assets/built-from",
        "/assets/fonts/DejaVuSans.ttf",
        "/assets/../assets.py",
        "/assets/%2e%2e/assets.py",
        "/assets/..%2fassets.py",
        "/assets/..%2f..%2f..%2f..%2fpyproject.toml",
        "/assets/%00",
        "/assets/",
    ],
)
def test_nothing_else_is_served(web: TestClient, path: str) -> None:
    assert web.get(path).status_code == 404


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in icon("search")
    assert icon("search").endswith(f'<use href="{asset_url("icons.svg")}#search"/></svg>')
    assert 'role="img" aria-label="&lt;b&gt;"' in icon("x", "<b>")
    with pytest.raises(LookupError, match=r"icons\.txt"):
        icon("no-such-icon")


def test_packages_have_exact_versions_and_come_from_wherever_the_reader_gets_them() -> None:
    lock = (SOURCES / "package-lock.json").read_text()
    wanted = json.loads((SOURCES / "package.json").read_text())["devDependencies"]

    assert '"resolved"' not in lock
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_the_script_obeys_a_policy_without_eval_and_inline_style() -> None:
    forbidden = re.compile(
        r"\beval\(|new Function|style=|setAttribute\(.style|\bonclick=\"|https?://"
    )

    for path in (SOURCES / "browser" / "js").iterdir():
        source = path.read_text()
        assert not forbidden.search(source), path.name
        assert source.count("\n") <= 150, path.name


def test_a_build_happens_when_a_source_changes_and_not_otherwise(copy: Path) -> None:
    assert build_assets(copy) is True
    first = _manifest(copy)
    assert first["files"] == built().files  # the same sources give the same files anywhere
    written = (copy / "static" / "manifest.json").stat().st_mtime_ns
    assert build_assets(copy) is False
    assert (copy / "static" / "manifest.json").stat().st_mtime_ns == written

    with (copy / "browser" / "js" / "theme.js").open("a") as script:
        script.write('document.documentElement.dataset.more = "1";\n')
    assert build_assets(copy) is True

    changed = _manifest(copy)
    assert changed["files"]["theme.js"] != first["files"]["theme.js"]
    assert changed["files"]["app.js"] == first["files"]["app.js"]
    assert not (copy / "static" / first["files"]["theme.js"]).exists()
    assert not (copy / "static.new").exists()


def _manifest(web: Path) -> dict[str, dict[str, str]]:
    manifest: dict[str, dict[str, str]] = json.loads((web / "static" / "manifest.json").read_text())
    return manifest
