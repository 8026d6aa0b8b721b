"""A company is set up once, however often its form arrives: also at once, and also by nobody known yet."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from stockflow.companies.account_commands import FoundCompany, SignUp
from stockflow.companies.account_errors import IncorrectCredentials
from stockflow.companies.accounts import SignedUp, companies_of, found_another_company, sign_up
from stockflow.foundation.errors import Invalid, TooManyAttempts
from stockflow.foundation.idempotency import IdempotencyKeyReused
from stockflow.foundation.postgres import Conninfo
from tests.companies.people import (
    PASSWORD,
    Person,
    account_of,
    as_owner,
    at_once,
    call,
    new_address,
    new_person,
    visitor,
)
from tests.companies.visiting import Visitor, location
from tests.factories import Api
from tests.scopes import audit_of

_STATE = """
SELECT (SELECT count(*) FROM users u WHERE u.email_key = %(email)s),
       (SELECT count(*) FROM memberships m WHERE m.email = %(email)s),
       (SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email_key = %(email)s)
"""


def _asked(email: str, **fields: str) -> SignUp:
    given = {"company_name": "Shop", "name": "Ada", "email": email, "password": PASSWORD, **fields}
    return SignUp.model_validate(given)


def _state(conninfo: Conninfo, email: str) -> tuple[int, ...]:
    """How many people, memberships and sessions there are of an address."""
    (row,) = as_owner(conninfo, _STATE.replace("%(email)s", f"'{email}'"))
    return row


def _found(ada: Person, key: str, **fields: str) -> int:
    account = account_of(ada.http, ada.token)
    assert account is not None
    command = FoundCompany.model_validate({"company_name": "Second", **fields})
    made: int = call(ada.http, found_another_company, account.user, command, "test", key)
    return made


@pytest.mark.parametrize("known", [False, True])
def test_signing_up_at_once_with_one_key_ends_in_one_company(
    http: TestClient, conninfo: Conninfo, known: bool
) -> None:
    email = new_person(http).email if known else new_address()
    before = _state(conninfo, email)

    outcomes = at_once(http, sign_up, *((_asked(email), visitor(), "one") for _ in range(5)))

    made = [one for one in outcomes if isinstance(one, SignedUp)]
    assert len(made) == 5, outcomes
    (company_id,) = {one.company_id for one in made}
    assert len({one.session.token for one in made}) == 5
    assert all(account_of(http, one.session.token) is not None for one in made)
    users, memberships, sessions = before
    assert _state(conninfo, email) == (1, memberships + 1, sessions + 5)
    assert users == int(known)
    assert audit_of(Api(http, company_id, ""), "company") == [
        (company_id, "created", {"name": [None, "Shop"]})
    ]


def test_another_key_is_another_company(http: TestClient) -> None:
    email = new_address()

    made = [call(http, sign_up, _asked(email), visitor(), key) for key in ("one", "two", None)]

    assert len({one.company_id for one in made}) == 3


def test_setting_up_one_more_at_once_with_one_key_is_one_more(http: TestClient) -> None:
    ada = new_person(http)
    account = account_of(http, ada.token)
    assert account is not None
    command = FoundCompany(company_name="Second")

    outcomes = at_once(
        http,
        found_another_company,
        *((account.user, command, "test", "one") for _ in range(5)),
    )

    (company_id,) = set(outcomes)
    assert [own.company_id for own in ada.in_account(companies_of)] == [
        ada.company_id,
        company_id,
    ]


@pytest.mark.parametrize(
    "change", [{"company_name": "Other"}, {"currency": "EUR"}, {"timezone": "UTC"}]
)
def test_a_key_is_good_for_one_company(
    http: TestClient, conninfo: Conninfo, change: dict[str, str]
) -> None:
    email = new_address()
    call(http, sign_up, _asked(email), visitor(), "one")
    before = _state(conninfo, email)

    with pytest.raises(IdempotencyKeyReused):
        call(http, sign_up, _asked(email, **change), visitor(), "one")

    assert _state(conninfo, email) == before == (1, 1, 1)


def test_a_key_opens_nothing_without_the_password(http: TestClient, conninfo: Conninfo) -> None:
    email = new_address()
    call(http, sign_up, _asked(email), visitor(), "one")

    with pytest.raises(IncorrectCredentials):
        call(http, sign_up, _asked(email, password="not that one"), visitor(), "one")

    assert _state(conninfo, email) == (1, 1, 1)


def test_the_key_of_somebody_else_is_not_ones_own(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)

    assert _found(ada, "one") != _found(bob, "one")

    assert len(bob.in_account(companies_of)) == 2


def test_a_key_is_kept_for_a_day(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    first = _found(ada, "one")
    ages = "UPDATE foundings SET created_at = now() - %s::interval WHERE user_id = %s"

    as_owner(conninfo, ages, "23 hours", ada.user_id)
    assert _found(ada, "one") == first
    as_owner(conninfo, ages, "25 hours", ada.user_id)
    assert _found(ada, "one") != first


def test_what_is_no_key_is_refused(http: TestClient, conninfo: Conninfo) -> None:
    email = new_address()

    with pytest.raises(Invalid):
        call(http, sign_up, _asked(email), visitor(), "k" * 256)

    assert _state(conninfo, email) == (0, 0, 0)


def test_a_person_sets_up_twenty_companies_a_day(http: TestClient, conninfo: Conninfo) -> None:
    """Each may send invitations: the limit of those must not be got round by many companies."""
    ada, bob = new_person(http), new_person(http)
    for number in range(19):
        _found(ada, f"key-{number}")
    call(http, sign_up, _asked(ada.email), visitor(), "last")
    before = _state(conninfo, ada.email)

    with pytest.raises(TooManyAttempts):
        _found(ada, "more")
    with pytest.raises(TooManyAttempts):
        call(http, sign_up, _asked(ada.email), visitor(), "more")

    assert _state(conninfo, ada.email) == before == (1, 21, 2)
    assert _found(bob, "one") > ada.company_id


def _filled(shown: Any, **typed: str) -> dict[str, str | list[str]]:
    return {**shown.fields("form[method=post]:not([action='/sign-out'])"), **typed}


def test_the_forms_have_a_key(http: TestClient) -> None:
    """Sent again by a browser that never saw the first answer, and so is not signed in."""
    browser, email = Visitor(http), new_address()
    fields = _filled(
        browser.get("/sign-up"), company_name="Shop", name="Ada", email=email, password=PASSWORD
    )
    first = location(Visitor(http).send("/sign-up", fields))

    assert location(browser.send("/sign-up", fields)) == first
    assert browser.get(first).status == 200

    fields = _filled(browser.get("/companies/new"), company_name="Second")
    second = location(browser.send("/companies/new", fields))
    assert location(browser.send("/companies/new", fields)) == second != first
    assert browser.get("/companies").texts("main .list-group-item bdi") == ["Second", "Shop"]

    refused = browser.send("/companies/new", {**fields, "company_name": "Third"}, 409)
    sent_again = _filled(refused)
    assert sent_again["company_name"] == "Third"
    assert sent_again["_key"] != fields["_key"]
