"""What operators and their tools see: health, metrics, request ids, headers, the first page."""

import re

from starlette.testclient import TestClient

from stockflow.foundation.errors import StockFlowError
from tests.factories import Api, done, refused


def test_health_and_readiness_need_no_key(http: TestClient) -> None:
    assert done(http.get("/healthz")) == {"status": "ok"}
    assert done(http.get("/readyz")) == {"status": "ready"}


def test_metrics_count_requests_by_route_and_never_by_id(api: Api) -> None:
    api.get("/api/warehouses/987654321")

    text = api.http.get("/metrics").text

    assert re.search(
        r'stockflow_requests_total\{method="GET",route="/api/warehouses/\{warehouse_id\}",'
        r'status="404"\} [1-9]',
        text,
    )
    assert "987654321" not in text
    assert "stockflow_request_seconds_bucket" in text


def test_a_request_id_is_echoed(api: Api) -> None:
    answer = api.request("GET", "/api/nothing", headers={"X-Request-ID": "my-request.1"})

    assert answer.headers["x-request-id"] == "my-request.1"
    assert answer.json()["request_id"] == "my-request.1"


def test_an_unusable_request_id_is_replaced(api: Api) -> None:
    for given in ("", "a b", "x" * 65, "<script>"):
        answer = api.request("GET", "/api/company", headers={"X-Request-ID": given})

        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_every_answer_has_safe_headers(api: Api) -> None:
    answers = [
        api.get("/api/company"),
        api.get("/api/nothing"),
        api.http.get("/api/company"),
        api.http.get("/"),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_the_first_page_says_how_to_begin_and_obeys_its_own_policy(http: TestClient) -> None:
    page = http.get("/")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    links = set(re.findall(r'href="(/[^"]*)"', page.text))
    assert {"/sign-in", "/sign-up", "/api/docs", "/api/openapi.json"} <= links
    assert re.search(r"<script(?! src=)", page.text) is None
    assert re.search(r"<style|\sstyle=|\son[a-z]+=", page.text) is None
    for address in re.findall(r'(?:href|src)="(/[^"#]*)', page.text):
        assert http.get(address).status_code == 200, address


def test_the_first_page_takes_nothing_from_a_strange_host(http: TestClient) -> None:
    page = http.get("/", headers={"Host": 'x"><script>alert(1)</script>'})

    assert "alert" not in page.text


def test_problem_codes_are_explained(http: TestClient) -> None:
    explained = done(http.get("/api/problems/last-owner"))

    assert explained == {
        "code": "last-owner",
        "title": "The last owner stays",
        "meaning": "A company keeps at least one owner; make another member an owner first.",
        "status": 409,
    }
    assert done(http.get("/api/problems/unexpected"))["status"] == 500
    refused(http.get("/api/problems/unheard-of"), 404, "not-found")


def test_every_problem_code_is_explained(http: TestClient) -> None:
    for code in StockFlowError.registry:
        assert done(http.get(f"/api/problems/{code}"))["code"] == code
