"""Whatever is sent, the answer is a problem document and nothing has changed."""

from collections.abc import Iterator

import pytest

from tests.factories import Api, done, refused
from tests.foundation.conftest import MakeApi

_JSON = {"Content-Type": "application/json"}
_GOOD = b'{"code": "LON", "name": "London"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe\x00",
        b'{"code": "LON", "name": "London"} trailing',
        b'{"code": "LON", "name": "Lon\\u0000don"}',
        b'{"code": "LON", "name": "Lon\x00don"}',
        b'{"code": "LON", "name": "\\ud800"}',
        b'{"code": "LON", "name": "\xed\xa0\x80"}',
        b'{"code": "LON", "name": "\\u202e\\u0007"}',
        b'{"code": "LON", "name": 1e400}',
        b'{"code": "LON", "name": NaN}',
        b'{"code": "LON", "name": "London", "active": "yes"}',
        b'{"code": "LON", "name": "London", "active": 1}',
        b'{"code": "LON", "name": "' + b"x" * 1_000_000 + b'"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"code": "LON", "name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"null",
        b"[]",
        b'"text"',
        b"1",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_bad_body_is_refused(api: Api, body: bytes) -> None:
    answer = api.request("POST", "/api/warehouses", content=body, headers=_JSON)

    problem = refused(answer, 400, "invalid-request")

    assert problem["errors"]
    assert len(answer.content) < 10_000
    assert done(api.get("/api/warehouses"))["items"] == []


@pytest.mark.parametrize(
    "number",
    [
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "1" + "0" * 400,
        "0.00001",
        "1e11",
        "-0.1",
        '"1e999999"',
    ],
)
def test_a_number_that_cannot_be_kept_is_refused(api: Api, number: str) -> None:
    before = done(api.get("/api/company"))
    body = b'{"default_low_stock_threshold": ' + number.encode() + b"}"

    refused(
        api.request("PATCH", "/api/company", content=body, headers=_JSON), 400, "invalid-request"
    )

    assert done(api.get("/api/company")) == before


@pytest.mark.parametrize("number", ["30.5", "1e400", "9" * 400, "true", '"30"', "null"])
def test_a_whole_number_is_a_whole_number(api: Api, number: str) -> None:
    before = done(api.get("/api/company"))
    body = b'{"sales_period_days": ' + number.encode() + b"}"

    refused(
        api.request("PATCH", "/api/company", content=body, headers=_JSON), 400, "invalid-request"
    )

    assert done(api.get("/api/company")) == before


def test_of_duplicate_keys_the_last_one_counts(api: Api) -> None:
    body = b'{"code": "LON", "name": "Paris", "name": "London"}'

    made = done(api.request("POST", "/api/warehouses", content=body, headers=_JSON), 201)

    assert made["name"] == "London"


def test_every_bad_field_is_named_at_once(api: Api) -> None:
    problem = refused(
        api.post("/api/warehouses", {"name": "", "country": "gb", "colour": "red"}),
        400,
        "invalid-request",
    )

    assert {error["pointer"]: error["detail"] for error in problem["errors"]}.keys() == {
        "/code",
        "/name",
        "/country",
        "/colour",
    }


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png"])
def test_a_body_that_is_not_called_json_is_refused(api: Api, kind: str) -> None:
    answer = api.request("POST", "/api/warehouses", content=_GOOD, headers={"Content-Type": kind})

    refused(answer, 400, "invalid-request")

    assert done(api.get("/api/warehouses"))["items"] == []


@pytest.mark.parametrize("identifier", ["0", "-1", "x", str(2**63), "9" * 400, "1.5", "%00"])
def test_a_bad_id_in_the_address_is_refused(api: Api, identifier: str) -> None:
    refused(api.get(f"/api/warehouses/{identifier}"), 400, "invalid-request")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "cursor=%00", "cursor=AAAA", "colour=red", "q=%00"],
)
def test_a_bad_query_is_refused(api: Api, query: str) -> None:
    answer = api.request("GET", f"/api/warehouses?{query}")

    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_address_is_not_found(api: Api) -> None:
    refused(api.get("/api/nothing"), 404, "not-found")
    refused(api.delete("/api/warehouses"), 405, "method-not-allowed")


def test_a_body_over_the_limit_is_refused_by_its_length(make_api: MakeApi) -> None:
    api = make_api(body_limit_bytes=1024)
    padding = b" " * 1024

    answer = api.request("POST", "/api/warehouses", content=_GOOD + padding, headers=_JSON)

    problem = refused(answer, 413, "body-too-large")
    assert problem["limit_bytes"] == 1024
    assert answer.headers["x-request-id"] == problem["request_id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert done(api.get("/api/warehouses"))["items"] == []


def test_a_body_over_the_limit_is_refused_where_no_length_is_given(make_api: MakeApi) -> None:
    api = make_api(body_limit_bytes=1024)

    def chunks() -> Iterator[bytes]:
        yield _GOOD
        for _ in range(8):
            yield b" " * 256

    answer = api.request("POST", "/api/warehouses", content=chunks(), headers=_JSON)

    refused(answer, 413, "body-too-large")
    assert done(api.get("/api/warehouses"))["items"] == []


def test_a_body_at_the_limit_is_taken(make_api: MakeApi) -> None:
    api = make_api(body_limit_bytes=1024)

    body = _GOOD.ljust(1024)

    done(api.request("POST", "/api/warehouses", content=body, headers=_JSON), 201)
