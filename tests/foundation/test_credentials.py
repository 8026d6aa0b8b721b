"""Without a valid key there is nothing to see."""

import pytest

from tests.factories import Api, refused


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "sf_1_abc",
        "Bearer nonsense",
        "Bearer sf_",
        "Bearer sf_0_" + "a" * 43,
        "Bearer sf_01_" + "a" * 43,
        "Bearer sf_1_short",
        "Bearer sf_1_" + "a" * 43,
        "Bearer sf_9223372036854775807_" + "a" * 43,
        "Bearer sf_9223372036854775808_" + "a" * 43,
        "Bearer sf_9999999999999999999_" + "a" * 43,
        "Bearer sf_1_" + "a" * 100_000,
        "Bearer sf_1_" + "a" * 42 + "'",
        "Bearer sf_1'; DROP TABLE users; --_" + "a" * 43,
    ],
    ids=lambda header: str(header)[:30],
)
def test_a_malformed_or_unknown_credential_is_refused(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = api.http.get("/api/warehouses", headers=headers)

    refused(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_does_not_open_another_company(api: Api, other: Api) -> None:
    secret = api.key.split("_", 2)[2]

    forged = Api(api.http, other.company_id, f"sf_{other.company_id}_{secret}")

    refused(forged.get("/api/company"), 401, "unauthenticated")


def test_a_key_is_compared_to_its_last_character(api: Api) -> None:
    last = "A" if api.key[-1] != "A" else "B"

    refused(
        Api(api.http, api.company_id, api.key[:-1] + last).get("/api/company"),
        401,
        "unauthenticated",
    )
