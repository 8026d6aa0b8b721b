"""`stockflow demo`."""

import ipaddress
import os
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from stockflow.foundation.cli import AsJson, emit, load_settings, refusals

if TYPE_CHECKING:
    from stockflow.demo.keeping import Demo
    from stockflow.foundation.postgres import Conninfo
    from stockflow.foundation.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this feature."""
    app.command("demo")(demo)


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Web processes.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the server with a demo company, made at the first start; Ctrl-C stops all of it."""
    from stockflow.serving import AddressInUse, serve

    with refusals(as_json=as_json):
        settings = load_settings()
        given = {"host": host, "port": port, "workers": workers}
        changes: dict[str, object] = {k: v for k, v in given.items() if v is not None}
        if "log_level" not in settings.model_fields_set:
            changes["log_level"] = "warning"  # or the log would bury what is printed here
        show = _Show(settings.model_copy(update=changes), as_json)
        if not as_json and not (show.settings.data_dir.expanduser() / "demo.json").exists():
            typer.echo("The first start prepares a database and a demo company.", err=True)
        try:
            serve(show.settings, announce=show.announce, prepare=show.prepare)
        except AddressInUse as error:
            hint = "Choose another port: make demo PORT=8001, or stockflow demo --port 8001."
            raise AddressInUse(f"{error.detail} {hint}", facts=error.facts) from error


@dataclass
class _Show:
    """Opens the demo company before the server starts, and presents it once the server answers."""

    settings: "Settings"
    as_json: bool
    demo: "Demo | None" = None

    def prepare(self, conninfo: "Conninfo") -> None:
        # Wait for the thread that imports the application: two threads at the same packages break them.
        import_module("stockflow.app")
        from stockflow.demo.keeping import open_demo

        started = time.perf_counter()

        def tell(line: str) -> None:
            typer.echo(f"  {time.perf_counter() - started:4.1f} s  {line}", err=True)

        self.demo = open_demo(self.settings, conninfo, tell)
        if self.demo.is_new:
            tell("the demo company is there")

    def announce(self, url: str) -> None:
        assert self.demo is not None, "prepared before"
        if self.as_json:
            emit(_document(self.demo, url), as_json=True)
            return
        typer.echo(_text(self.demo, url, self.settings))


def _document(demo: "Demo", url: str) -> dict[str, object]:
    from stockflow.demo import story

    return {
        "url": url,
        "pid": os.getpid(),
        "company_id": demo.company_id,
        "company": story.COMPANY.name,
        "api_key": demo.api_key,
        "email": story.COMPANY.owner_email,
        "password": story.PASSWORD,
        "last_movement_at": demo.last_movement_at,
        "is_new": demo.is_new,
    }


def _text(demo: "Demo", url: str, settings: "Settings") -> str:
    from stockflow.demo import story

    return f"""
StockFlow is running, with the demo company {story.COMPANY.name}.

  Open           {url}/sign-in
  Sign in as     {story.COMPANY.owner_email}, password {story.PASSWORD}
  Try the API    {url}/api/docs   (press Authorize, enter the API key)
  Company        {demo.company_id}
  API key        {demo.api_key}

In another terminal:

  URL={url}
  KEY={demo.api_key}
  COMPANY={demo.company_id}

  # what is about to run out, most urgent first, and what to order from whom
  curl -sS -H "Authorization: Bearer $KEY" "$URL/api/companies/$COMPANY/alerts/low-stock?limit=3" | python3 -m json.tool

  # what lies where
  curl -sS -H "Authorization: Bearer $KEY" "$URL/api/stock/levels?q=mug&limit=3"

  # why: the newest movements
  curl -sS -H "Authorization: Bearer $KEY" "$URL/api/stock/movements?limit=3"

  # what customers have ordered
  curl -sS -H "Authorization: Bearer $KEY" "$URL/api/sales-orders?limit=3"
{_notes(demo, settings)}
Ctrl-C stops everything. The data stays in {settings.data_dir}, and the next start is quick."""


def _notes(demo: "Demo", settings: "Settings") -> str:
    notes = []
    if _has_faded(demo):
        notes.append(
            f"The trade of this demo ends on {demo.last_movement_at:%-d %B %Y}, so the alerts fade "
            "as sales grow old.\nFor a story up to today, start with another STOCKFLOW_DATA_DIR."
        )
    if not _is_loopback(settings.host):
        notes.append(
            f"The password above is the same in every demo, and {settings.host} can be reached from "
            "other machines:\nkeep nothing real in this data directory."
        )
    return "".join(f"\n{note}\n" for note in notes)


def _has_faded(demo: "Demo") -> bool:
    """Whether the last trade is older than yesterday."""
    from datetime import UTC, datetime, timedelta

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return demo.last_movement_at.date() < yesterday


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
