"""`stockflow demo` as a newcomer runs it: started, tried, stopped, started again."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx2

from stockflow.demo import story
from tests.cli.conftest import STOCKFLOW, Deployment, deployment

__all__ = ["deployment"]


def test_a_newcomer_tries_the_demo_and_finds_it_again(deployment: Deployment) -> None:
    with _running(deployment) as (text, log):
        url, key, company = (_assigned(text, name) for name in ("URL", "KEY", "COMPANY"))
        assert f"{url}/api/docs" in text
        assert f"{story.COMPANY.owner_email}, password {story.PASSWORD}" in text
        calls = re.findall(r'^  curl -sS -H "Authorization: Bearer \$KEY" "(\S+)"', text, re.M)
        answers = [
            _get(call.replace("$URL", url).replace("$COMPANY", company), key) for call in calls
        ]
        assert httpx2.get(f"{url}/api/docs").status_code == 200
        first_log = log.read_text()

    alerts, levels, movements, orders = answers
    assert [alert["urgency"] for alert in alerts["alerts"]] == ["critical"] * 3
    assert alerts["total_alerts"] == 42
    assert len(levels["items"]) == len(movements["items"]) == len(orders["items"]) == 3
    assert "three months of trade" in first_log
    assert not deployment.postgres_runs()
    checked = deployment.run("check", "--json")
    assert (checked.status, checked.json["findings"]) == (0, [])

    with _running(deployment, "--json") as (text, log):
        again = json.loads(text)
        assert (again["api_key"], again["company_id"]) == (key, int(company))
        assert (again["email"], again["password"]) == (story.COMPANY.owner_email, story.PASSWORD)
        assert again["is_new"] is False
        page = _get(f"{again['url']}/api/stock/movements?limit=3", key)
    assert page == movements
    assert "three months of trade" not in log.read_text()
    assert not deployment.postgres_runs()


def test_a_taken_port_is_told_with_a_way_out(deployment: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = deployment.run("demo", "--port", str(taken.getsockname()[1]))

    assert (done.status, done.out) == (1, "")
    assert "Address already in use. Choose another port: make demo PORT=8001" in done.err
    assert not deployment.data_dir.exists()


@contextmanager
def _running(deployment: Deployment, *options: str) -> Iterator[tuple[str, Path]]:
    """What a demo prints and where it says the rest; stopped with Ctrl-C, which must be clean."""
    log = deployment.data_dir.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            [STOCKFLOW, "demo", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env=deployment.environment,
        )
    assert process.stdout is not None
    with process.stdout:
        try:
            text = _until_ready(process.stdout, as_json="--json" in options)
            assert text, log.read_text()
            yield text, log
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(timeout=60)
    assert status == 0, log.read_text()
    assert "Traceback" not in log.read_text()


def _until_ready(stream: IO[str], *, as_json: bool) -> str:
    text = ""
    for line in stream:
        text += line
        if as_json or line.startswith("Ctrl-C"):
            break
    return text


def _assigned(text: str, name: str) -> str:
    match = re.search(rf"^  {name}=(\S+)$", text, re.M)
    assert match is not None, text
    return match[1]


def _get(url: str, key: str) -> Any:
    answer = httpx2.get(url, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.json()
