"""Forgotten passwords: who gets the mail chooses a new one, once; who does not learns nothing."""

from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from stockflow.companies.account_commands import (
    ChangePassword,
    ForgottenPassword,
    GiveCode,
    ResetPassword,
)
from stockflow.companies.account_errors import IncorrectCredentials, ResetNotFound, UserNotFound
from stockflow.companies.password_resets import (
    request_reset,
    require_reset,
    reset_link_of,
    reset_password,
)
from stockflow.companies.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
)
from stockflow.companies.sessions import NewSession
from stockflow.companies.sign_in import change_password, confirm_sign_in
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import TooManyAttempts
from stockflow.foundation.mail import Mail
from stockflow.foundation.postgres import Conninfo
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

_BASE = "https://stock.example"
_NEW = "entirely new"


def _request(http: TestClient, email: str, **options: Any) -> Mail | None:
    at = options.get("at") or visitor()

    async def asked(pool: Pool) -> Mail | None:
        make = await request_reset(pool, ForgottenPassword(email=email), at, _BASE)
        return await make()

    return call(http, asked)


def _token(http: TestClient, email: str) -> str:
    mail = _request(http, email)
    assert mail is not None
    return mail.link.removeprefix(f"{_BASE}/reset-password/")


def _reset(http: TestClient, token: str, password: str = _NEW) -> NewSession:
    return call(http, reset_password, token, ResetPassword(password=password), visitor())


def _factor_on(ada: Person) -> pyotp.TOTP:
    totp = pyotp.TOTP(ada.in_account(begin_second_factor, ada.keyring).secret)
    now = utc_now()
    earlier = GiveCode(code=totp.at(now - timedelta(seconds=30)))
    ada.in_account(confirm_second_factor, earlier, ada.keyring, at=now)
    return totp


def test_a_mail_has_the_link(http: TestClient) -> None:
    ada = new_person(http)

    mail = _request(http, ada.email.upper())

    assert mail is not None
    assert mail.to == ada.email
    assert mail.subject == "A new password for StockFlow"
    assert mail.link.startswith(f"{_BASE}/reset-password/")
    assert len(mail.link) == len(f"{_BASE}/reset-password/") + 43
    assert mail.link in mail.text
    assert ada.is_signed_in()


def test_before_the_answer_nothing_is_done_that_tells_who_is_known(
    http: TestClient, conninfo: Conninfo
) -> None:
    """How long it takes must not tell either: the link is made behind the answer."""
    ada = new_person(http)

    call(http, request_reset, ForgottenPassword(email=ada.email), visitor(), _BASE)

    kept = "SELECT count(*) FROM password_resets WHERE user_id = %s"
    assert as_owner(conninfo, kept, ada.user_id) == [(0,)]


def test_nobody_has_no_mail(http: TestClient) -> None:
    assert _request(http, new_address()) is None


def test_a_reset_gives_a_new_password_and_ends_every_session(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)
    token = _token(http, ada.email)
    call(http, require_reset, token)

    session = _reset(http, token)

    assert not session.half_open
    assert account_of(http, session.token) is not None
    assert not ada.is_signed_in()
    assert bob.is_signed_in()
    with pytest.raises(IncorrectCredentials):
        enter(http, ada.email)
    assert not enter(http, ada.email, _NEW).half_open


def test_a_link_works_once(http: TestClient) -> None:
    ada = new_person(http)
    token, other = _token(http, ada.email), _token(http, ada.email)
    _reset(http, token)

    for used in (token, other):
        with pytest.raises(ResetNotFound):
            call(http, require_reset, used)
        with pytest.raises(ResetNotFound):
            _reset(http, used, "one more password")

    assert not enter(http, ada.email, _NEW).half_open


def test_a_link_works_once_also_at_the_same_moment(http: TestClient) -> None:
    ada = new_person(http)
    token = _token(http, ada.email)
    commands = [ResetPassword(password=f"password {number}") for number in (1, 2)]

    outcomes = at_once(http, reset_password, *((token, one, visitor()) for one in commands))

    won = [isinstance(outcome, NewSession) for outcome in outcomes]
    assert sorted(won) == [False, True]
    assert isinstance(outcomes[won.index(False)], ResetNotFound)
    assert not enter(http, ada.email, f"password {won.index(True) + 1}").half_open


def test_a_link_ends_when_the_password_is_changed_otherwise(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)
    token, other = _token(http, ada.email), _token(http, bob.email)

    command = ChangePassword(old_password=PASSWORD, new_password=_NEW)
    call(http, change_password, ada.token, command, visitor(), utc_now())

    with pytest.raises(ResetNotFound):
        _reset(http, token, "one more password")
    assert not enter(http, ada.email, _NEW).half_open
    call(http, require_reset, other)


def test_a_link_works_for_an_hour(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    token = _token(http, ada.email)
    kept = (
        "SELECT expires_at - created_at = interval '1 hour' FROM password_resets WHERE user_id = %s"
    )
    assert as_owner(conninfo, kept, ada.user_id) == [(True,)]
    as_owner(
        conninfo, "UPDATE password_resets SET expires_at = now() WHERE user_id = %s", ada.user_id
    )

    with pytest.raises(ResetNotFound):
        _reset(http, token)

    assert ada.is_signed_in()
    assert not enter(http, ada.email).half_open


def test_the_database_has_no_link(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    token = _token(http, ada.email)

    rows = as_owner(
        conninfo, "SELECT r::text FROM password_resets r WHERE user_id = %s", ada.user_id
    )

    assert len(rows) == 1
    assert token not in rows[0][0]


@pytest.mark.parametrize("token", ["", "x", "é" * 43])
def test_a_link_that_was_never_sent_does_nothing(http: TestClient, token: str) -> None:
    with pytest.raises(ResetNotFound):
        _reset(http, token)


def test_a_mailbox_gets_five_mails_an_hour(http: TestClient) -> None:
    ada = new_person(http)

    mails = [_request(http, ada.email) for _ in range(7)]

    assert [mail is not None for mail in mails] == [True] * 5 + [False] * 2


def test_fifty_links_an_hour_are_asked_for_from_one_place(http: TestClient) -> None:
    place = visitor()
    for _ in range(50):
        assert _request(http, new_address(), at=place) is None

    with pytest.raises(TooManyAttempts):
        _request(http, new_address(), at=place)


def test_a_reset_is_the_way_in_for_who_was_locked_out(http: TestClient) -> None:
    ada = new_person(http)
    for _ in range(10):
        with pytest.raises(IncorrectCredentials):
            enter(http, ada.email, "guess")

    assert not _reset(http, _token(http, ada.email)).half_open


def test_a_reset_keeps_the_second_factor(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    as_owner(conninfo, "UPDATE users SET address_confirmed_at = now() WHERE id = %s", ada.user_id)
    totp = _factor_on(ada)

    session = _reset(http, _token(http, ada.email))

    assert session.half_open
    assert account_of(http, session.token) is None
    code = GiveCode(code=totp.at(utc_now()))
    confirm = partial(confirm_sign_in, keyring=ada.keyring)
    assert not call(http, confirm, session.token, code, visitor(), utc_now()).half_open


def test_a_stranger_who_took_an_address_loses_it_to_who_gets_its_mail(
    http: TestClient, conninfo: Conninfo
) -> None:
    eve = new_person(http)
    _factor_on(eve)

    session = _reset(http, _token(http, eve.email))

    assert not session.half_open
    assert not eve.is_signed_in()
    owner = Person(http, eve.email, eve.user_id, eve.company_id, session.token)
    assert owner.in_account(count_recovery_codes) == 0
    rows = as_owner(
        conninfo,
        "SELECT totp_secret, address_confirmed_at IS NOT NULL FROM users WHERE id = %s",
        eve.user_id,
    )
    assert rows == [(None, True)]


def test_the_operator_makes_a_link(http: TestClient) -> None:
    ada = new_person(http)

    link = call(http, reset_link_of, ada.email, _BASE)

    assert not _reset(http, link.removeprefix(f"{_BASE}/reset-password/")).half_open
    with pytest.raises(UserNotFound):
        call(http, reset_link_of, new_address(), _BASE)
