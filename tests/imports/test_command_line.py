"""`stockflow import`, run as an operator runs it, while the tests' server uses the same database."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockflow.foundation.settings import Settings
from stockflow.main import app
from tests.cli.conftest import STOCKFLOW, Done
from tests.factories import Api, done, make_product, make_warehouse
from tests.imports.sending import available, contents, movements

Command = Callable[..., Done]
HEADER = "type,sku,warehouse,quantity,occurred_at,colour\n"


@pytest.fixture
def command(
    api: Api, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs the command in this process, which is much quicker than in one of its own."""
    make_warehouse(api, code="W")
    make_product(api, sku="A")
    monkeypatch.setattr("stockflow.foundation.cli.load_settings", lambda: settings)
    monkeypatch.setattr("stockflow.foundation.cli._preparations", [])

    def run(kind: str, file: str | Path, *options: str) -> Done:
        path = file
        if isinstance(file, str):
            path = tmp_path / "file.csv"
            path.write_text(file)
        here = ("--company", str(api.company_id))
        ended = CliRunner().invoke(app, ["import", kind, str(path), *here, *options])
        return Done(ended.exit_code, ended.stdout, ended.stderr)

    return run


def test_it_works_beside_a_server(api: Api, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("code,name\nW,Warehouse\n")

    ended = subprocess.run(
        [STOCKFLOW, "import", "warehouses", file, "--company", str(api.company_id), "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "STOCKFLOW_DATA_DIR": str(settings.data_dir)},
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["created"] == 1
    assert [row["code"] for row in done(api.get("/api/warehouses"))["items"]] == ["W"]


def test_a_file_is_taken_in_once(api: Api, command: Command) -> None:
    file = HEADER + "purchase,A,W,5,2011-12-09,red\nsale,A,W,2,2011-12-09,\n"
    tried = command("movements", file, "--dry-run", "--json")
    assert (tried.status, tried.json["dry_run"], tried.json["posted"]) == (0, True, 2)
    assert movements(api) == []

    first = command("movements", file, "--shift-dates")
    again = command("movements", file, "--json")

    assert (first.status, first.err) == (0, "")
    assert first.out.splitlines()[0] == "movements: 2 rows read; 2 were posted."
    assert first.out.splitlines()[2] == "Columns not used: colour."
    assert (again.status, again.err) == (0, "")
    assert (again.json["repeated"], again.json["posted"]) == (True, 2)
    assert available(api, "A", "W") == 3


def test_wrong_rows_are_explained_and_can_be_repaired(
    api: Api, command: Command, tmp_path: Path
) -> None:
    file = HEADER + "purchase,A,W,5,,\nsale,A,W,9,,\nsale,B,W,x,,\nsale,B,W,1,,\n"
    rejects = tmp_path / "rejects.csv"
    before = contents(api)

    refused = command("movements", file)
    as_json = command("movements", file, "--json")

    assert contents(api) == before
    assert (refused.status, refused.out) == (1, "")
    assert "rows/4/quantity: must be a number, such as 12.5" in refused.err
    assert (as_json.status, as_json.err) == (1, "")
    assert as_json.json["code"] == "import-refused"
    assert as_json.json["errors_total"] == 2

    partly = command("movements", file, "--valid-rows", "--rejects", str(rejects))

    assert partly.status == 0
    assert partly.out == "movements: 4 rows read; 1 were posted, 3 were rejected.\n" + (
        "Columns not used: colour.\n"
    )
    assert partly.err == (
        "  row 3, quantity: There is too little stock. Asked for: 9, available: 5.\n"
        "  row 4, quantity: must be a number, such as 12.5\n"
        "  row 5, sku: There is no such product.\n"
    )
    with rejects.open(newline="") as written:
        rows = list(csv.DictReader(written))
    assert [(row["type"], row["sku"], row["quantity"], row["error"]) for row in rows] == [
        ("sale", "B", "x", "quantity: must be a number, such as 12.5"),
        ("sale", "B", "1", "sku: There is no such product."),
        (
            *("sale", "A", "9"),
            "quantity: There is too little stock. Asked for: 9, available: 5.",
        ),
    ]

    rejects.write_text(
        rejects.read_text().replace(",B,", ",A,").replace(",x,", ",1,").replace(",9,", ",3,")
    )
    repaired = command("movements", rejects, "--json")

    assert repaired.json["posted"] == 3
    assert repaired.json["ignored_columns"] == ["error"]
    assert available(api, "A", "W") == 0


def test_columns_are_mapped(api: Api, command: Command) -> None:
    ended = command(
        *("suppliers", "Id;Firm\nS1;Alder\n", "--map", "code=id", "--map", "name=Firm", "--json")
    )

    assert (ended.status, ended.json["created"]) == (0, 1)
    assert done(api.get("/api/suppliers"))["items"][0]["code"] == "S1"


def test_what_cannot_be_read_or_written_is_said(api: Api, command: Command, tmp_path: Path) -> None:
    before = contents(api)
    missing = tmp_path / "missing.csv"

    for ended, explanation in [
        (command("products", missing), f"{missing} cannot be read: No such file or directory."),
        (command("products", tmp_path), f"{tmp_path} cannot be read: Is a directory."),
        (command("products", "sku,name\nA,A\n"), "The file lacks columns: price."),
        (command("products", "x", "--map", "sku"), "The request is not valid."),
        (
            command("products", "sku,name,price\n", "--rejects", str(tmp_path)),
            f"{tmp_path} cannot be written: Is a directory.",
        ),
    ]:
        assert (ended.status, ended.out) == (1, "")
        assert ended.err.startswith(f"Refused: {explanation}"), ended.err
    assert command("people", missing).status == 2
    assert contents(api) == before


def test_importing_is_not_loaded_before_it_is_asked_for() -> None:
    """`stockflow --help` stays quick."""
    heavy = {"openpyxl", "sqlalchemy", "pydantic", "fastapi", "rich.progress"}
    script = "import sys, stockflow.imports.cli; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert heavy & set(loaded) == set()
