"""The second factor: no session without its code, and every code opens one session at most."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast
from urllib.parse import unquote

import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.companies.account_commands import GiveCode, SignUp, SwitchOffSecondFactor
from stockflow.companies.account_errors import (
    IncorrectCode,
    IncorrectPassword,
    SecondFactorOff,
    SecondFactorOn,
    SignInFirst,
)
from stockflow.companies.accounts import sign_up, switch_off_second_factor
from stockflow.companies.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    renew_recovery_codes,
)
from stockflow.companies.sessions import NewSession, SessionEnded
from stockflow.companies.sign_in import confirm_sign_in
from stockflow.foundation.errors import TooManyAttempts
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
    new_person,
    visitor,
)

_NOW = datetime(2100, 1, 1, 12, 0, 15, tzinfo=UTC)
_STEP = timedelta(seconds=30)


class Device:
    """A person's device, and their recovery codes."""

    def __init__(self, ada: Person) -> None:
        self.totp = pyotp.TOTP(ada.in_account(begin_second_factor, ada.keyring).secret)
        # by the code before, so that the present one is still unused
        now = utc_now()
        code = GiveCode(code=self.code(now - _STEP))
        self.recovery_codes = ada.in_account(confirm_second_factor, code, ada.keyring, at=now)

    def code(self, at: datetime) -> str:
        return self.totp.at(at)

    @property
    def wrong(self) -> str:
        near = {self.code(_NOW + step * _STEP) for step in range(-2, 3)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def _sign_in_at(http: TestClient) -> Callable[..., Awaitable[NewSession]]:
    return partial(confirm_sign_in, keyring=cast(FastAPI, http.app).state.keyring)


def _confirm(http: TestClient, token: str, code: str, now: datetime = _NOW) -> NewSession:
    return call(http, _sign_in_at(http), token, GiveCode(code=code), visitor(), now)


def test_a_secret_is_offered_as_text_as_uri_and_as_picture(http: TestClient) -> None:
    ada = new_person(http)

    offered = ada.in_account(begin_second_factor, ada.keyring)

    assert re.fullmatch(r"[A-Z2-7]{32}", offered.secret)
    parsed = pyotp.parse_uri(offered.uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.issuer, unquote(parsed.name)) == (
        offered.secret,
        "StockFlow",
        ada.email,
    )
    assert offered.qr.startswith("data:image/svg+xml")


def test_a_secret_counts_for_nothing_until_it_is_confirmed(http: TestClient) -> None:
    ada = new_person(http)
    first = ada.in_account(begin_second_factor, ada.keyring).secret
    second = ada.in_account(begin_second_factor, ada.keyring).secret

    with pytest.raises(IncorrectCode):
        ada.in_account(confirm_second_factor, GiveCode(code=pyotp.TOTP(first).now()), ada.keyring)
    assert not enter(http, ada.email).half_open

    codes = ada.in_account(
        confirm_second_factor, GiveCode(code=pyotp.TOTP(second).now()), ada.keyring
    )
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    assert enter(http, ada.email).half_open


def test_a_second_factor_is_neither_begun_nor_confirmed_twice(http: TestClient) -> None:
    ada = new_person(http)
    with pytest.raises(SecondFactorOff):
        ada.in_account(confirm_second_factor, GiveCode(code="123456"), ada.keyring)
    device = Device(ada)

    with pytest.raises(SecondFactorOn):
        ada.in_account(begin_second_factor, ada.keyring)
    with pytest.raises(SecondFactorOn):
        ada.in_account(confirm_second_factor, GiveCode(code=device.code(utc_now())), ada.keyring)


def test_the_password_alone_opens_nothing(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)

    half_open = enter(http, ada.email)

    assert half_open.half_open
    assert account_of(http, half_open.token) is None
    session = _confirm(http, half_open.token, device.code(_NOW))
    assert not session.half_open
    assert session.token != half_open.token
    assert account_of(http, session.token) is not None
    with pytest.raises(SessionEnded):
        _confirm(http, half_open.token, device.code(_NOW + _STEP), _NOW + _STEP)


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_is_good_in_its_half_minute_and_next_to_it(
    http: TestClient, steps: int, good: bool
) -> None:
    ada = new_person(http)
    device = Device(ada)
    token = enter(http, ada.email).token

    code = device.code(_NOW + steps * _STEP)

    if good:
        assert not _confirm(http, token, f" {code[:3]} {code[3:]} ").half_open
    else:
        with pytest.raises(IncorrectCode):
            _confirm(http, token, code)


def test_a_code_is_good_once_also_at_the_same_moment(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)
    tokens = [enter(http, ada.email).token for _ in range(3)]
    code = GiveCode(code=device.code(_NOW))

    outcomes = at_once(
        http, _sign_in_at(http), *((token, code, visitor(), _NOW) for token in tokens[:2])
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IncorrectCode", "NewSession"]
    with pytest.raises(IncorrectCode):
        _confirm(http, tokens[2], device.code(_NOW - _STEP))
    assert not _confirm(http, tokens[2], device.code(_NOW + _STEP)).half_open


def test_a_half_open_session_opens_one_session(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)
    token = enter(http, ada.email).token
    codes = [device.recovery_codes[0], device.recovery_codes[1]]

    outcomes = at_once(
        http, _sign_in_at(http), *((token, GiveCode(code=code), visitor(), _NOW) for code in codes)
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NewSession", "SessionEnded"]
    assert ada.in_account(count_recovery_codes) == 9


def test_a_recovery_code_stands_in_once(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)
    code = device.recovery_codes[4]
    tokens = [enter(http, ada.email).token for _ in range(2)]

    assert not _confirm(http, tokens[0], code.upper().replace("-", " ")).half_open

    with pytest.raises(IncorrectCode):
        _confirm(http, tokens[1], code)
    assert ada.in_account(count_recovery_codes) == 9


def test_nobody_uses_the_recovery_code_of_another(http: TestClient) -> None:
    ada, eve = new_person(http), new_person(http)
    device = Device(ada)
    Device(eve)

    with pytest.raises(IncorrectCode):
        _confirm(http, enter(http, eve.email).token, device.recovery_codes[0])

    assert ada.in_account(count_recovery_codes) == 10


def test_new_recovery_codes_replace_the_old_ones(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)

    old = device.recovery_codes[0]
    renewed = ada.in_account(
        renew_recovery_codes, GiveCode(code=device.code(utc_now())), ada.keyring
    )

    assert set(renewed).isdisjoint(device.recovery_codes)
    with pytest.raises(IncorrectCode):
        _confirm(http, enter(http, ada.email).token, old)
    assert not _confirm(http, enter(http, ada.email).token, renewed[0]).half_open


def test_ten_wrong_codes_are_the_most_also_at_once(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)
    tokens = [enter(http, ada.email).token for _ in range(14)]

    wrong = GiveCode(code=device.wrong)
    outcomes = at_once(
        http, _sign_in_at(http), *((token, wrong, visitor(), _NOW) for token in tokens)
    )

    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["IncorrectCode"] * 10 + ["TooManyAttempts"] * 4
    with pytest.raises(TooManyAttempts):
        _confirm(http, tokens[0], device.code(_NOW))


def test_a_half_open_session_waits_ten_minutes(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    device = Device(ada)
    token = enter(http, ada.email).token
    as_owner(
        conninfo,
        "UPDATE sessions SET expires_at = now() WHERE user_id = %s AND half_open",
        ada.user_id,
    )

    with pytest.raises(SessionEnded):
        _confirm(http, token, device.code(_NOW))


def test_the_database_has_no_recovery_code(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    device = Device(ada)

    rows = as_owner(
        conninfo, "SELECT r::text FROM recovery_codes r WHERE user_id = %s", ada.user_id
    )

    assert len(rows) == 10
    bare = [code.replace("-", "") for code in device.recovery_codes]
    assert not any(code in row[0] for code in bare for row in rows)


def _switch_off(ada: Person, **given: str) -> None:
    command = SwitchOffSecondFactor.model_validate(given)
    call(ada.http, switch_off_second_factor, ada.token, command, utc_now(), ada.keyring)


def test_the_password_or_a_code_switches_it_off(http: TestClient, conninfo: Conninfo) -> None:
    for given in ("password", "code"):
        ada = new_person(http)
        device = Device(ada)
        what = {"password": PASSWORD} if given == "password" else {"code": device.code(utc_now())}

        _switch_off(ada, **what)

        assert not enter(http, ada.email).half_open
        assert ada.in_account(count_recovery_codes) == 0
        with pytest.raises(SecondFactorOff):
            _switch_off(ada, password=PASSWORD)
        rows = as_owner(conninfo, "SELECT totp_secret FROM users WHERE id = %s", ada.user_id)
        assert rows == [(None,)]


def test_without_password_or_code_it_stays_on(http: TestClient) -> None:
    ada = new_person(http)
    device = Device(ada)

    with pytest.raises(IncorrectPassword):
        _switch_off(ada, password="wrong")
    for given in ({"code": device.wrong}, {}):
        with pytest.raises(IncorrectCode):
            _switch_off(ada, **given)

    assert enter(http, ada.email).half_open
    assert ada.in_account(count_recovery_codes) == 10


def test_signing_up_is_no_way_around_it(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    Device(ada)
    count = "SELECT count(*) FROM memberships WHERE user_id = %s"
    command = SignUp(company_name="Second", name="Ada", email=ada.email, password=PASSWORD)

    with pytest.raises(SignInFirst):
        call(http, sign_up, command, visitor())

    assert as_owner(conninfo, count, ada.user_id) == [(1,)]
