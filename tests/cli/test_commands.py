"""Commands without a server: what they print, how they refuse, and that they clean up."""

import re
import subprocess
import sys
from typing import Any

from tests.cli.conftest import STOCKFLOW, Deployment


def test_an_operator_sets_up_a_company_with_people_and_keys(deployment: Deployment) -> None:
    company = _json(
        deployment,
        *("company", "create", "Acme", "--owner-email", "o@acme.example"),
        *("--owner-password-stdin", "--currency", "EUR", "--timezone", "Europe/Paris"),
        stdin="correct horse\n",
    )
    assert company.keys() == {"company_id", "user_id", "api_key"}
    assert company["api_key"].startswith(f"sf_{company['company_id']}_")
    here = ("--company", str(company["company_id"]))

    user = _json(
        deployment,
        *("user", "create", *here, "--email", "jo@acme.example", "--role", "manager"),
        *("--name", "Jo", "--password-stdin"),
        stdin="battery staple\n",
    )
    assert (user["email"], user["name"], user["role"]) == ("jo@acme.example", "Jo", "manager")

    reset = _json(deployment, "user", "reset-password", "Jo@acme.example")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/reset-password/[\w-]{43}", reset["link"])
    unknown = deployment.run("user", "reset-password", "who@acme.example", "--json")
    assert (unknown.status, unknown.json["code"]) == (1, "user-not-found")

    made = _json(deployment, "key", "create", *here, "--role", "staff", "--name", "Shop")
    assert (made["role"], made["name"], made["revoked_at"]) == ("staff", "Shop", None)
    revoked = _json(deployment, "key", "revoke", *here, str(made["id"]))
    assert revoked["revoked_at"] is not None
    listed = _json(deployment, "key", "list", *here)
    assert [key["id"] for key in listed["items"]] == [made["id"] - 1, made["id"]]
    assert listed["items"][1] == revoked
    assert "api_key" not in revoked

    shown = deployment.run("key", "list", *here)
    assert shown.status == 0
    assert "Shop" in shown.out
    assert made["api_key"] not in shown.out
    assert not deployment.postgres_runs()


def test_refusals_are_explained_and_change_nothing(deployment: Deployment) -> None:
    bad = ("company", "create", " ", "--owner-email", "nobody", "--currency", "euro")

    deployment.keep_postgres()
    as_json = deployment.run(*bad, "--owner-password-stdin", "--json", stdin="short\n")
    for_people = deployment.run(*bad)
    nowhere = deployment.run("key", "create", "--company", "999999", "--role", "staff", "--json")
    company = _json(deployment, "company", "create", "Acme", "--owner-email", "o@acme.example")
    here = ("--company", str(company["company_id"]))
    unknown = deployment.run(
        *("key", "create", *here, "--role", "staff", "--warehouse", "NOPE", "--json")
    )
    again = deployment.run("user", "create", *here, "--email", "o@acme.example", "--role", "staff")

    assert (as_json.status, as_json.err) == (1, "")
    assert as_json.json["code"] == "invalid-request"
    assert [error["pointer"] for error in as_json.json["errors"]] == [
        "/name",
        "/owner_email",
        "/owner_password",
        "/currency",
    ]
    assert (for_people.status, for_people.out) == (1, "")
    assert "owner_email: " in for_people.err
    assert "currency: " in for_people.err
    assert (nowhere.status, nowhere.json["code"]) == (1, "company-not-found")
    assert nowhere.json["company_id"] == 999999
    assert (unknown.status, unknown.json["code"]) == (1, "warehouses-not-found")
    assert unknown.json["warehouses"] == ["NOPE"]
    assert (again.status, again.out) == (1, "")
    assert "member" in again.err
    keys = _json(deployment, "key", "list", *here)["items"]
    assert [key["name"] for key in keys] == ["First key"]


def test_wrong_use_is_told_from_a_refusal(deployment: Deployment) -> None:
    wrong = [
        ("nonsense",),
        ("company", "create", "Acme", "--json"),
        ("key", "create", "--company", "x", "--role", "staff"),
        ("key", "create", "--company", "1", "--role", "king"),
        ("key", "create", "--company", "0", "--role", "staff"),
        ("serve", "--port", "70000"),
    ]

    for arguments in wrong:
        done = deployment.run(*arguments)
        assert (done.status, done.out) == (2, ""), arguments
        assert done.err
    assert not deployment.data_dir.exists()


def test_migrating_twice_is_harmless(deployment: Deployment) -> None:
    deployment.keep_postgres()
    first = _json(deployment, "migrate")
    second = _json(deployment, "migrate")

    assert first["previous_revision"] is None
    assert second == {"revision": first["revision"], "previous_revision": first["revision"]}


def test_a_wrong_setting_is_named(deployment: Deployment) -> None:
    done = subprocess.run(
        [STOCKFLOW, "serve"],
        env={**deployment.environment, "STOCKFLOW_WORKERS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "STOCKFLOW_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_told_in_a_line(deployment: Deployment) -> None:
    done = subprocess.run(
        [STOCKFLOW, "migrate"],
        env={
            **deployment.environment,
            "STOCKFLOW_DATABASE_URL": "postgresql://127.0.0.1:1/x?connect_timeout=2",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Refused: The database cannot be used")
    assert "Traceback" not in done.stderr


def test_help_needs_nothing_heavy() -> None:
    """What takes long to import is imported by the commands that use it."""
    heavy = "{'alembic', 'fastapi', 'psycopg', 'pydantic', 'sqlalchemy', 'uvicorn', 'openpyxl'}"
    script = f"import sys, stockflow.main; sys.exit(str({heavy} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert done.stderr.strip() == b"set()"


def _json(deployment: Deployment, *arguments: str, stdin: str = "") -> Any:
    done = deployment.run(*arguments, "--json", stdin=stdin)
    assert (done.status, done.err) == (0, ""), done
    return done.json
