"""Signing in: the right password opens a session, and nobody gets many guesses at it."""

import secrets
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.requests import Request
from starlette.testclient import TestClient

from stockflow.companies import passwords
from stockflow.companies.account_commands import ChangePassword, SignIn
from stockflow.companies.account_errors import IncorrectCredentials, IncorrectPassword
from stockflow.companies.sessions import NewSession, Visitor
from stockflow.companies.sign_in import change_password, sign_in
from stockflow.foundation.errors import TooManyAttempts
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.problems import problem_response
from stockflow.foundation.scope import utc_now
from tests.companies.people import (
    PASSWORD,
    Person,
    account_of,
    as_owner,
    at_once,
    call,
    enter,
    new_address,
    new_person,
    visitor,
)

_AGES = "UPDATE sign_in_attempts SET attempted_at = ARRAY(SELECT t - %s::interval FROM unnest(attempted_at) AS t)"


def _guess(email: str, at: Visitor | None = None) -> tuple[SignIn, Visitor]:
    return SignIn(email=email, password=f"no-{secrets.token_hex(4)}"), at or visitor()


def _outcomes(http: TestClient, *guesses: tuple[SignIn, Visitor]) -> list[str]:
    return [type(outcome).__name__ for outcome in at_once(http, sign_in, *guesses)]


def _sessions(conninfo: Conninfo, person: Person) -> list[tuple[Any, ...]]:
    return as_owner(
        conninfo,
        "SELECT id, revoked_at FROM sessions WHERE user_id = %s ORDER BY id",
        person.user_id,
    )


def test_the_right_password_opens_a_session(http: TestClient) -> None:
    ada = new_person(http)

    session = enter(http, f" {ada.email.upper()} ")

    assert (session.user_id, session.half_open) == (ada.user_id, False)
    assert account_of(http, session.token) is not None


def test_a_wrong_password_an_unknown_address_and_no_password_are_refused_alike(
    http: TestClient, conninfo: Conninfo
) -> None:
    ada, without = new_person(http), new_person(http)
    as_owner(conninfo, "UPDATE users SET password_hash = NULL WHERE id = %s", without.user_id)
    before = _sessions(conninfo, ada)

    refusals = []
    for email in (ada.email, new_address(), without.email):
        with pytest.raises(IncorrectCredentials) as refused:
            enter(http, email, "wrong")
        refusals.append((refused.value.detail, refused.value.facts))

    assert refusals == [(IncorrectCredentials.__doc__, {})] * 3
    assert _sessions(conninfo, ada) == before


def test_an_address_nobody_has_takes_a_hash_like_every_other() -> None:
    assert not passwords.needs_rehash(passwords._NOBODYS)
    assert not passwords.verify_password(passwords._NOBODYS, "")


def test_ten_wrong_passwords_are_the_most_also_at_once(
    http: TestClient, conninfo: Conninfo
) -> None:
    ada = new_person(http)
    before = _sessions(conninfo, ada)

    outcomes = _outcomes(http, *(_guess(ada.email) for _ in range(25)))

    assert sorted(outcomes) == ["IncorrectCredentials"] * 10 + ["TooManyAttempts"] * 15
    with pytest.raises(TooManyAttempts) as refused:
        enter(http, ada.email)
    assert 890 < int(str(refused.value.facts["retry_after"])) <= 900
    assert refused.value.detail == "This was tried too often lately. Try again in 15 minutes."
    assert _sessions(conninfo, ada) == before


def test_too_many_attempts_say_when_to_come_again() -> None:
    request = Request({"type": "http", "path": "/api/x", "headers": []})

    answer = problem_response(request, TooManyAttempts("Wait.", facts={"retry_after": 61}))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "61")


def test_guesses_at_one_account_do_not_limit_another(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)

    _outcomes(http, *(_guess(ada.email) for _ in range(10)))

    assert not enter(http, bob.email).half_open


def test_an_unknown_address_is_limited_like_a_known_one(http: TestClient) -> None:
    email = new_address()

    outcomes = _outcomes(http, *(_guess(email) for _ in range(12)))

    assert sorted(outcomes) == ["IncorrectCredentials"] * 10 + ["TooManyAttempts"] * 2


def test_fifty_wrong_passwords_from_one_network_are_the_most(http: TestClient) -> None:
    prefix = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    places = [visitor(f"{prefix}::{number:x}") for number in range(1, 56)]

    outcomes = _outcomes(http, *(_guess(new_address(), place) for place in places))

    assert sorted(outcomes) == ["IncorrectCredentials"] * 50 + ["TooManyAttempts"] * 5


def test_attempts_are_forgotten_after_fifteen_minutes(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    _outcomes(http, *(_guess(ada.email) for _ in range(10)))

    as_owner(conninfo, _AGES, "14 minutes 50 seconds")
    with pytest.raises(TooManyAttempts) as refused:
        enter(http, ada.email)
    assert 0 < int(str(refused.value.facts["retry_after"])) <= 10

    as_owner(conninfo, _AGES, "11 seconds")
    assert not enter(http, ada.email).half_open


def test_refused_attempts_do_not_keep_a_bucket_full(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    _outcomes(http, *(_guess(ada.email) for _ in range(10)))
    as_owner(conninfo, _AGES, "10 minutes")

    _outcomes(http, *(_guess(ada.email) for _ in range(10)))
    as_owner(conninfo, _AGES, "5 minutes 1 second")

    assert not enter(http, ada.email).half_open


def test_who_gives_the_right_password_is_not_counted(http: TestClient) -> None:
    ada, office = new_person(http), visitor()

    for _ in range(11):
        enter(http, ada.email, at=office)

    assert (
        _outcomes(http, *(_guess(ada.email, office) for _ in range(11))).count("TooManyAttempts")
        == 1
    )


def test_strangers_cannot_lock_somebody_out_of_where_they_usually_sign_in(
    http: TestClient,
) -> None:
    home = visitor()
    ada = new_person(http, at=home)
    _outcomes(http, *(_guess(ada.email) for _ in range(12)))

    assert not enter(http, ada.email, at=home).half_open
    assert ada.is_signed_in()
    with pytest.raises(TooManyAttempts):
        enter(http, ada.email, at=visitor())
    outcomes = _outcomes(http, *(_guess(ada.email, home) for _ in range(12)))
    assert outcomes.count("TooManyAttempts") == 2


def test_what_was_tried_is_not_readable_in_the_database(
    http: TestClient, conninfo: Conninfo
) -> None:
    typed = f"My-Secret-{secrets.token_hex(4)}"
    with pytest.raises(IncorrectCredentials):
        enter(http, typed, "x")

    rows = as_owner(conninfo, "SELECT a::text FROM sign_in_attempts a")

    assert all(typed.lower() not in row[0].lower() for row in rows)


def test_an_old_hash_is_renewed_at_sign_in(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    as_owner(conninfo, "UPDATE users SET password_hash = %s WHERE id = %s", weak, ada.user_id)

    enter(http, ada.email)

    ((kept,),) = as_owner(conninfo, "SELECT password_hash FROM users WHERE id = %s", ada.user_id)
    assert not passwords.needs_rehash(kept)
    assert passwords.verify_password(kept, PASSWORD)


def _change(person: Person, old: str, new: str) -> NewSession:
    command = ChangePassword(old_password=old, new_password=new)
    return call(person.http, change_password, person.token, command, visitor(), utc_now())


def test_a_changed_password_ends_every_session_but_the_new_one(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)
    elsewhere = enter(http, ada.email).token

    session = _change(ada, PASSWORD, "another password")

    assert not ada.is_signed_in()
    assert account_of(http, elsewhere) is None
    assert account_of(http, session.token) is not None
    assert bob.is_signed_in()
    with pytest.raises(IncorrectCredentials):
        enter(http, ada.email)
    assert not enter(http, ada.email, "another password").half_open


def test_a_password_is_changed_only_by_who_knows_it(http: TestClient) -> None:
    ada = new_person(http)

    for _ in range(10):
        with pytest.raises(IncorrectPassword):
            _change(ada, "wrong", "another password")
    with pytest.raises(TooManyAttempts):
        _change(ada, PASSWORD, "another password")

    assert ada.is_signed_in()
    assert not enter(http, ada.email).half_open


def test_of_two_changes_at_once_one_counts(http: TestClient) -> None:
    ada = new_person(http)
    requests = [
        (
            ada.token,
            ChangePassword(old_password=PASSWORD, new_password=f"password {number}"),
            visitor(),
            utc_now(),
        )
        for number in (1, 2)
    ]

    outcomes = at_once(http, change_password, *requests)

    won = [isinstance(outcome, NewSession) for outcome in outcomes]
    assert sorted(won) == [False, True]
    assert not enter(http, ada.email, f"password {won.index(True) + 1}").half_open
