"""A form sent again with its Idempotency-Key is the same only with the same fields and files."""

from typing import Any

import pytest
from httpx2 import Response

from tests.factories import Api, done, refused

FILE = b"code,name\nLON,London\n"


def _send(api: Api, content: bytes = FILE, name: str = "a.csv", **fields: str) -> Response:
    return api.request(
        "POST",
        "/api/imports/warehouses",
        files={"file": (name, content)},
        data=fields,
        headers={"Idempotency-Key": "one"},
    )


def test_the_same_form_is_answered_as_before(api: Api) -> None:
    first, again = _send(api), _send(api)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert _codes(api) == ["LON"]


def test_a_large_file_is_compared_as_well(api: Api) -> None:
    """One that lies on disk, as those over a megabyte do."""
    large = FILE + b"\n" * 2_000_000
    first, again = _send(api, large), _send(api, large)

    assert again.content == first.content
    refused(_send(api, large + b"PAR,Paris\n"), 409, "idempotency-key-reused")
    assert _codes(api) == ["LON"]


@pytest.mark.parametrize(
    "change",
    [
        {"content": b"code,name\nPAR,Paris\n"},
        {"name": "b.csv"},
        {"dry_run": "true"},
        {"map": "name=code"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_form_needs_another_key(api: Api, change: dict[str, Any]) -> None:
    first = _send(api)

    refused(_send(api, **change), 409, "idempotency-key-reused")

    assert _codes(api) == ["LON"]
    assert _send(api).content == first.content


def test_a_dry_run_does_not_answer_for_the_import(api: Api) -> None:
    tried = done(_send(api, dry_run="true"))

    refused(_send(api), 409, "idempotency-key-reused")

    assert (tried["dry_run"], tried["created"]) == (True, 1)
    assert _codes(api) == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "Multipart/Form-Data"])
def test_a_form_without_a_file_is_refused(api: Api, kind: str) -> None:
    answer = api.request(
        "POST",
        "/api/imports/warehouses",
        content=b"dry_run=true",
        headers={"Idempotency-Key": "one", "Content-Type": kind},
    )

    refused(answer, 400, "invalid-request")


def _codes(api: Api) -> list[str]:
    return [warehouse["code"] for warehouse in done(api.get("/api/warehouses"))["items"]]
