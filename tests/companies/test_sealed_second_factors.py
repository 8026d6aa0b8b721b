"""The secrets of devices are sealed in the database; without the key recovery codes still open."""

from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from stockflow.companies.account_commands import GiveCode
from stockflow.companies.account_errors import (
    NoSecretKey,
    SecondFactorOff,
    SecondFactorUnreadable,
    UserNotFound,
)
from stockflow.companies.accounts import switch_off_second_factor_of
from stockflow.companies.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    offered_second_factor,
    seal_second_factors,
)
from stockflow.companies.sessions import NewSession
from stockflow.companies.sign_in import confirm_sign_in
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import utc_now
from stockflow.foundation.settings import Settings
from tests.companies.people import Person, as_owner, call, enter, new_address, new_person, visitor


def _keyring(tmp_path: Path, *keys: str) -> Keyring:
    return Keyring(Settings(data_dir=tmp_path, secret_key=SecretStr(",".join(keys))))


_OLD, _NEW = "old-" * 8, "new-" * 8


class _Sealed:
    """Somebody with a second factor, its secret sealed with one key."""

    def __init__(self, http: TestClient, keyring: Keyring) -> None:
        self.person = new_person(http)
        self.secret = self.person.in_account(begin_second_factor, keyring).secret
        now = utc_now()
        code = GiveCode(code=self.code(now - timedelta(seconds=30)))
        self.recovery_codes = self.person.in_account(confirm_second_factor, code, keyring, at=now)

    def code(self, at: object) -> str:
        return str(pyotp.TOTP(self.secret).at(at))  # type: ignore[arg-type]  # its stubs know less

    def signs_in(self, keyring: Keyring, code: str | None = None) -> NewSession:
        http, now = self.person.http, utc_now()
        token = enter(http, self.person.email).token
        given = GiveCode(code=code or self.code(now))
        return call(http, confirm_sign_in, token, given, visitor(), now, keyring=keyring)


def _kept(conninfo: Conninfo, person: Person) -> str:
    (row,) = as_owner(conninfo, "SELECT totp_secret FROM users WHERE id = %s", person.user_id)
    return str(row[0])


def test_the_database_has_no_secret_of_a_device(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    keyring, ada = _keyring(tmp_path, _OLD), new_person(http)

    offered = ada.in_account(begin_second_factor, keyring)

    kept = _kept(conninfo, ada)
    assert offered.secret not in kept
    assert keyring.open(kept, f"second factor of user {ada.user_id}") == offered.secret
    assert ada.in_account(offered_second_factor, keyring) == offered
    with pytest.raises(SecondFactorOff):
        ada.in_account(offered_second_factor, _keyring(tmp_path, _NEW))


def test_one_that_was_kept_before_is_sealed_at_its_next_use(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    keyring = _keyring(tmp_path, _NEW)
    ada = _Sealed(http, _keyring(tmp_path, _OLD))
    as_owner(
        conninfo,
        "UPDATE users SET totp_secret = %s WHERE id = %s",
        ada.secret,
        ada.person.user_id,
    )

    assert not ada.signs_in(keyring).half_open

    about = f"second factor of user {ada.person.user_id}"
    assert _kept(conninfo, ada.person).startswith("fernet:")
    assert keyring.open(_kept(conninfo, ada.person), about) == ada.secret


def test_without_the_key_a_recovery_code_still_opens_and_nothing_else_does(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    ada, lost = _Sealed(http, _keyring(tmp_path, _OLD)), _keyring(tmp_path, _NEW)
    kept = _kept(conninfo, ada.person)

    with pytest.raises(SecondFactorUnreadable):
        ada.signs_in(lost)
    assert not ada.signs_in(lost, ada.recovery_codes[0]).half_open

    assert _kept(conninfo, ada.person) == kept
    assert ada.person.in_account(count_recovery_codes) == 9
    assert not ada.signs_in(_keyring(tmp_path, _OLD)).half_open


def test_the_secret_of_one_person_is_of_no_use_in_the_row_of_another(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    keyring = _keyring(tmp_path, _OLD)
    ada, eve = _Sealed(http, keyring), _Sealed(http, keyring)
    as_owner(
        conninfo,
        "UPDATE users SET totp_secret = %s WHERE id = %s",
        _kept(conninfo, eve.person),
        ada.person.user_id,
    )

    with pytest.raises(SecondFactorUnreadable):
        ada.signs_in(keyring, eve.code(utc_now()))


def test_all_are_sealed_anew_for_a_new_key(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    ada = _Sealed(http, _keyring(tmp_path, _OLD))
    eve = _Sealed(http, _keyring(tmp_path, "lost" * 8))
    unreadable = _kept(conninfo, eve.person)
    both, new = _keyring(tmp_path, _NEW, _OLD), _keyring(tmp_path, _NEW)

    first = call(http, seal_second_factors, both)

    assert first.sealed >= 1
    assert first.unreadable >= 1
    about = f"second factor of user {ada.person.user_id}"
    assert new.open(_kept(conninfo, ada.person), about) == ada.secret
    assert _kept(conninfo, eve.person) == unreadable
    assert not ada.signs_in(new).half_open


def test_without_a_key_nothing_is_sealed_anew(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    ada = _Sealed(http, _keyring(tmp_path, _OLD))
    kept = _kept(conninfo, ada.person)
    url = "postgresql://elsewhere/stockflow"

    with pytest.raises(NoSecretKey):
        call(http, seal_second_factors, Keyring(Settings(data_dir=tmp_path, database_url=url)))

    assert _kept(conninfo, ada.person) == kept


def test_the_operator_switches_off_the_second_factor_of_who_lost_everything(
    http: TestClient, conninfo: Conninfo, tmp_path: Path
) -> None:
    ada = _Sealed(http, _keyring(tmp_path, _OLD))

    call(http, switch_off_second_factor_of, ada.person.email.upper())

    assert not enter(http, ada.person.email).half_open
    assert ada.person.in_account(count_recovery_codes) == 0
    assert _kept(conninfo, ada.person) == "None"
    with pytest.raises(SecondFactorOff):
        call(http, switch_off_second_factor_of, ada.person.email)
    with pytest.raises(UserNotFound):
        call(http, switch_off_second_factor_of, new_address())
