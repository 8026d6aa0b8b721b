"""The server: started, used, killed, started again, and stopped without a trace."""

import signal
import socket
import time

import httpx2
import psutil  # type: ignore[import-untyped]  # has no stubs here
import pytest

from tests.cli.conftest import Deployment, Server


def test_a_server_survives_kill_and_shares_its_data_with_commands(deployment: Deployment) -> None:
    server = deployment.serve()
    company = deployment.run(
        "company", "create", "Acme", "--owner-email", "o@acme.example", "--json"
    ).json
    here = ("--company", str(company["company_id"]))
    answer = httpx2.post(
        f"{server.url}/api/warehouses",
        json={"code": "LON", "name": "London"},
        headers={"Authorization": f"Bearer {company['api_key']}"},
    )
    assert answer.status_code == 201
    limited = deployment.run(
        "key", "create", *here, "--role", "staff", "--warehouse", "lon", "--json"
    ).json
    assert limited["warehouse_ids"] == [answer.json()["id"]]
    assert _status(server, limited["api_key"]) == 200

    server.stop(signal.SIGKILL)
    assert deployment.postgres_runs()
    again = deployment.serve(port=server.port)

    assert again.port == server.port
    assert _status(again, company["api_key"]) == 200
    deployment.run("key", "revoke", *here, str(limited["id"]))
    assert _status(again, limited["api_key"]) == 401
    assert again.stop(signal.SIGTERM) == 0
    assert not deployment.postgres_runs()
    log = server.log.read_text() + again.log.read_text()
    assert '"path":"/api/warehouses"' in log
    for secret in (company["api_key"], limited["api_key"]):
        assert secret not in log
        assert secret.split("_", 2)[2] not in log


def test_several_workers_serve_count_together_and_end_with_their_parent(
    deployment: Deployment,
) -> None:
    server = deployment.serve("--workers", "2")
    workers = server.children()
    for _ in range(20):
        assert httpx2.get(f"{server.url}/api/company").status_code == 401
    metrics = httpx2.get(f"{server.url}/metrics").text
    assert (
        'stockflow_requests_total{method="GET",route="/api/company",status="401"} 20.0' in metrics
    )

    server.stop(signal.SIGKILL)
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert (len(gone) >= 2, alive) == (True, [])
    again = deployment.serve("--workers", "2", port=server.port)
    metrics = httpx2.get(f"{again.url}/metrics").text

    assert 'route="/api/company"' not in metrics
    workers = again.children()
    assert again.stop(signal.SIGINT) == 0
    assert psutil.wait_procs(workers, timeout=10)[1] == []
    assert not deployment.postgres_runs()
    assert list(deployment.data_dir.glob("metrics-*")) == []


def test_a_taken_port_is_told_in_a_line_before_anything_starts(deployment: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for_people = deployment.run("serve", "--port", port)
        as_json = deployment.run("serve", "--port", port, "--json")

    assert (for_people.status, for_people.out) == (1, "")
    assert for_people.err.startswith(
        f"Refused: Cannot listen on 127.0.0.1 port {port}: Address already in use."
    )
    assert (as_json.status, as_json.json["code"]) == (1, "address-in-use")
    assert not deployment.data_dir.exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_running_requests_end_before_the_server_does(deployment: Deployment, workers: str) -> None:
    server = deployment.serve("--workers", workers)
    body = b'{"code": "LON", "name": "London"}'
    head = (
        f"POST /api/warehouses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sf_1_{'a' * 43}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode() + body[:10])
        assert httpx2.get(f"{server.url}/readyz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        _wait_until_nobody_listens(server)
        client.sendall(body[10:])
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 401")
    assert server.process.wait(timeout=30) == 0
    assert not deployment.postgres_runs()


def _status(server: Server, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.get(f"{server.url}/api/company", headers=headers).status_code


def _wait_until_nobody_listens(server: Server) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx2.get(f"{server.url}/healthz")
        except httpx2.TransportError:
            return
    pytest.fail("the server takes new connections although it was told to stop")
