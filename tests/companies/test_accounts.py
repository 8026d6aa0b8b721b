"""Accounts: signing up sets up a company and its owner, or nothing; people change what is theirs."""

from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from stockflow.companies.account_commands import ChangeProfile, FoundCompany, SignUp
from stockflow.companies.account_errors import AddressNotConfirmed, IncorrectCredentials
from stockflow.companies.accounts import (
    SignedUp,
    change_profile,
    companies_of,
    found_another_company,
    sign_up,
)
from stockflow.companies.commands import AddMember
from stockflow.companies.operations import add_member
from stockflow.companies.sessions import SignedIn
from stockflow.demo import story
from stockflow.foundation.errors import TooManyAttempts
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import Conninfo
from tests.companies.people import (
    PASSWORD,
    account_of,
    as_owner,
    at_once,
    call,
    enter,
    new_address,
    new_person,
    visitor,
)
from tests.companies.test_sessions import access
from tests.conftest import new_company
from tests.factories import Api, refused
from tests.scopes import audit_of, in_scope


def _sign_up(http: TestClient, email: str, password: str = PASSWORD, **fields: Any) -> SignedUp:
    asked = {"company_name": "Shop", "name": "Ada", "email": email, "password": password, **fields}
    return call(http, sign_up, SignUp.model_validate(asked), visitor())


def test_signing_up_makes_a_company_with_its_owner(http: TestClient, conninfo: Conninfo) -> None:
    email = new_address()

    made = _sign_up(http, email.title(), currency="JPY", timezone="Asia/Tokyo")

    found = access(http, made.company_id, made.session.token)
    assert (found.company.name, found.company.currency) == ("Shop", "JPY")
    assert found.company.timezone.key == "Asia/Tokyo"
    assert (found.actor.role, found.actor.user_id) == (Role.OWNER, made.session.user_id)
    assert (found.user.name, found.user.email) == ("Ada", email.title())
    api = Api(http, made.company_id, "")
    assert audit_of(api, "company") == [(made.company_id, "created", {"name": [None, "Shop"]})]
    rows = as_owner(
        conninfo, "SELECT email_key, address_confirmed_at FROM users WHERE email_key = %s", email
    )
    assert rows == [(email, None)]
    assert not enter(http, email).half_open


def test_who_is_known_signs_up_another_company_with_the_same_password(http: TestClient) -> None:
    ada = new_person(http)

    made = _sign_up(http, ada.email, company_name="Second")

    assert made.session.user_id == ada.user_id
    assert [(own.company_id, own.name) for own in ada.in_account(companies_of)] == [
        (ada.company_id, "Acme"),
        (made.company_id, "Second"),
    ]


def test_a_known_address_with_another_password_is_refused(
    http: TestClient, conninfo: Conninfo
) -> None:
    ada = new_person(http)
    state = (
        "SELECT u.name, u.password_hash, (SELECT count(*) FROM sessions s WHERE s.user_id = u.id),"
        " (SELECT count(*) FROM companies WHERE name = %s) FROM users u WHERE u.id = %s"
    )
    name = f"Not {ada.email}"
    before = as_owner(conninfo, state, name, ada.user_id)

    with pytest.raises(IncorrectCredentials):
        _sign_up(http, ada.email.upper(), "another password", company_name=name, name="Eve")

    assert as_owner(conninfo, state, name, ada.user_id) == before
    assert before[0][2:] == (1, 0)


def test_of_two_who_sign_up_with_one_address_the_second_needs_the_password(
    http: TestClient, conninfo: Conninfo
) -> None:
    email = new_address()
    commands = [
        SignUp(company_name="Shop", name="Ada", email=email, password=f"password {number}")
        for number in (1, 2)
    ]

    outcomes = at_once(http, sign_up, *((command, visitor()) for command in commands))

    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["IncorrectCredentials", "SignedUp"]
    rows = as_owner(
        conninfo,
        "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id WHERE email_key = %s",
        email,
    )
    assert rows == [(1,)]


def test_companies_are_set_up_fifty_at_a_time_from_one_place(http: TestClient) -> None:
    ada, place = new_person(http), visitor()
    command = SignUp(company_name="Shop", name="Ada", email=ada.email, password="not that one")

    outcomes = at_once(http, sign_up, *((command, place) for _ in range(51)))

    assert [type(one).__name__ for one in outcomes].count("SignedUp") == 0
    with pytest.raises(TooManyAttempts):
        new_person(http, at=place)


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "short"},
        {"email": "nobody"},
        {"currency": "euro"},
        {"timezone": "Mars/Base"},
        {"company_name": " "},
        {"name": "A\nB"},
        {"role": "owner"},
    ],
)
def test_what_is_wrong_with_a_sign_up_is_named(fields: dict[str, str]) -> None:
    good = {"company_name": "A", "name": "A", "email": "a@b.example", "password": PASSWORD}

    with pytest.raises(ValidationError) as refusal:
        SignUp.model_validate(good | fields)

    assert [error["loc"][0] for error in refusal.value.errors()] == list(fields)


def test_who_is_signed_in_sets_up_another_company(http: TestClient) -> None:
    ada = new_person(http)
    account = account_of(http, ada.token)
    assert account is not None

    command = FoundCompany(company_name="Second", currency="EUR", timezone="Europe/Berlin")
    company_id = call(http, found_another_company, account.user, command, "test")

    found = access(http, company_id, ada.token)
    assert (found.company.name, found.actor.role) == ("Second", Role.OWNER)


def test_people_see_only_companies_they_are_members_of(http: TestClient) -> None:
    ada = new_person(http)
    new_person(http)

    assert [own.company_id for own in ada.in_account(companies_of)] == [ada.company_id]


def test_name_and_locale_are_ones_own(http: TestClient, conninfo: Conninfo) -> None:
    ada, bob = new_person(http), new_person(http)

    changed = ada.in_account(change_profile, ChangeProfile(name="Ada L.", locale="pt-BR"))

    account = account_of(http, ada.token)
    assert account is not None
    assert account.user == changed
    assert (changed.name, changed.locale) == ("Ada L.", "pt_BR")
    ada.in_account(change_profile, ChangeProfile(locale=None))
    account = account_of(http, ada.token)
    assert account is not None
    assert (account.user.name, account.user.locale) == ("Ada L.", None)
    other = account_of(http, bob.token)
    assert other is not None
    assert isinstance(other.user, SignedIn)
    assert other.user.name == "Ada"
    rows = as_owner(conninfo, "SELECT name FROM memberships WHERE user_id = %s", ada.user_id)
    assert rows == [("Ada",)]


@pytest.mark.parametrize("locale", ["xx", "english", "en_XX_YY", "de_DE@euro", "", "e", "../de"])
def test_a_locale_nobody_knows_is_refused(locale: str) -> None:
    with pytest.raises(ValidationError):
        ChangeProfile(locale=locale)


def test_an_address_somebody_only_claims_is_not_made_a_member(http: TestClient, api: Api) -> None:
    """Who signs up with the address of another must not get what is given to that other."""
    eve = new_person(http)

    refused(
        api.post("/api/members", {"email": eve.email.upper(), "role": "admin"}),
        409,
        "address-not-confirmed",
    )
    with pytest.raises(AddressNotConfirmed):
        new_company(http, owner_email=eve.email)

    assert [own.company_id for own in eve.in_account(companies_of)] == [eve.company_id]


def test_who_is_only_known_by_address_cannot_be_signed_up_for(http: TestClient, api: Api) -> None:
    email = new_address()
    in_scope(api, add_member, AddMember(email=email, role=Role.ADMIN))

    with pytest.raises(IncorrectCredentials):
        _sign_up(http, email)


def test_the_owner_of_the_demo_signs_in(http: TestClient) -> None:
    owner = story.COMPANY.model_copy(update={"owner_email": new_address()})
    made = new_company(http, **owner.model_dump())

    session = enter(http, owner.owner_email, story.PASSWORD)

    assert access(http, made.company_id, session.token).actor.role == Role.OWNER
