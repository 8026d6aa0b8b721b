"""The second factor: codes of six digits that a device makes from a secret and the time (RFC 6238).

A code is good in its half minute and in the one before and after, and only once. Recovery codes stand in
for it when the device is lost; each is good once, and the database has only hashes of them. The secrets are
sealed there with a key it does not have.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from stockflow.companies.account_commands import GiveCode
from stockflow.companies.account_errors import (
    IncorrectCode,
    NoSecretKey,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorUnreadable,
)
from stockflow.companies.authentication import token_hash
from stockflow.companies.sessions import AccountScope, account_transaction
from stockflow.foundation import sql
from stockflow.foundation.database import Connection, Pool
from stockflow.foundation.keyring import Keyring

ISSUER = "StockFlow"
RECOVERY_CODES = 10
STEP_SECONDS = 30
_SECRET_BYTES = 20
_RECOVERY_CODE_BYTES = 10
_AT_ONCE = 1000
_SQL = sql.load(__package__, "second_factor.sql")
_SEPARATORS = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class OfferedFactor:
    """A secret for a device, to be confirmed with its first code: as text, as URI and as a picture.

    `qr` is an SVG image as a `data:` address.
    """

    secret: str
    uri: str
    qr: str


@dataclass(frozen=True, slots=True)
class SealedFactors:
    """How many secrets of devices were sealed anew, and how many no key opens."""

    sealed: int
    unreadable: int


async def begin_second_factor(scope: AccountScope, keyring: Keyring) -> OfferedFactor:
    """Make a new secret; it counts for nothing until it is confirmed.

    Raises:
        SecondFactorOn: there is a second factor.
    """
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    user_id = scope.user.user_id
    names = {"user_id": user_id, "secret": keyring.seal(secret, _about(user_id))}
    if (await scope.connection.execute(_SQL["offer"], names)).rowcount == 0:
        raise SecondFactorOn
    return _offered(secret, scope.user.email)


async def offered_second_factor(scope: AccountScope, keyring: Keyring) -> OfferedFactor:
    """The secret that was begun and waits for its first code.

    Raises:
        SecondFactorOff: none was begun, or it cannot be read any more.
        SecondFactorOn: it is on already, and its secret is not shown again.
    """
    return _offered(await _begun(scope, keyring), scope.user.email)


async def _begun(scope: AccountScope, keyring: Keyring) -> str:
    user_id = scope.user.user_id
    cursor = await scope.connection.execute(_SQL["secret"], {"user_id": user_id})
    kept, since, _ = await cursor.fetchone() or (None, None, None)
    if since is not None:
        raise SecondFactorOn
    secret = None if kept is None else keyring.open(kept, _about(user_id))
    if secret is None:
        raise SecondFactorOff
    return secret


def _offered(secret: str, email: str) -> OfferedFactor:
    import pyotp
    import segno

    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return OfferedFactor(
        secret, uri, segno.make(uri, error="m").svg_data_uri(border=4, scale=4, light="white")
    )


async def confirm_second_factor(
    scope: AccountScope, command: GiveCode, keyring: Keyring
) -> list[str]:
    """Switch the second factor on; gives ten recovery codes, which are shown only now.

    Raises:
        SecondFactorOff: none was begun, or it cannot be read any more.
        SecondFactorOn: it is on already.
        IncorrectCode: the device shows another code.
    """
    secret = await _begun(scope, keyring)
    step = _step_of(secret, _bare(command.code), scope.now, None)
    names = {"user_id": scope.user.user_id, "step": step}
    await scope.connection.execute(_SQL["confirm"], names)
    return await _new_recovery_codes(scope.connection, scope.user.user_id)


async def renew_recovery_codes(
    scope: AccountScope, command: GiveCode, keyring: Keyring
) -> list[str]:
    """Ten new recovery codes in place of all old ones, for a code of the device or an old one.

    Raises:
        SecondFactorOff: there is no second factor to recover.
        IncorrectCode, SecondFactorUnreadable: as for using a code.
    """
    await use_code(scope.connection, scope.user.user_id, command.code, scope.now, keyring)
    return await _new_recovery_codes(scope.connection, scope.user.user_id)


async def count_recovery_codes(scope: AccountScope) -> int:
    """How many recovery codes are left."""
    names = {"user_id": scope.user.user_id}
    row = await (await scope.connection.execute(_SQL["count_recovery_codes"], names)).fetchone()
    return 0 if row is None else int(row[0])


async def use_code(
    connection: Connection, user_id: int, code: str, now: datetime, keyring: Keyring
) -> None:
    """Use up a code of the device, or a recovery code, which needs no key of the server.

    The secret of the device is sealed anew, with the first key of today.

    Raises:
        SecondFactorOff: there is no second factor.
        IncorrectCode: the code is wrong or was used before.
        SecondFactorUnreadable: it is no recovery code, and the server has not the key for any other.
    """
    bare = _bare(code)
    names = {"user_id": user_id, "code_hash": token_hash(bare)}
    row = await (await connection.execute(_SQL["secret"], names)).fetchone()
    kept, since, last_step = row or (None, None, None)
    if since is None:
        raise SecondFactorOff
    if (await connection.execute(_SQL["use_recovery_code"], names)).rowcount:
        return
    secret = keyring.open(kept, _about(user_id))
    if secret is None:
        raise SecondFactorUnreadable
    step = _step_of(secret, bare, now, last_step)
    sealed = keyring.seal(secret, _about(user_id))
    await connection.execute(_SQL["use_step"], {**names, "step": step, "secret": sealed})


async def forget_second_factor(connection: Connection, user_id: int) -> None:
    """Switch the second factor off, without asking.

    Raises:
        SecondFactorOff: it is off.
    """
    names = {"user_id": user_id}
    if (await connection.execute(_SQL["switch_off"], names)).rowcount == 0:
        raise SecondFactorOff
    await connection.execute(_SQL["forget_recovery_codes"], names)


async def seal_second_factors(pool: Pool, keyring: Keyring) -> SealedFactors:
    """Seal the secrets of all devices anew with the first key; those no key opens stay as they are.

    Raises:
        NoSecretKey: there is nothing to seal with.
    """
    if not keyring.seals:
        raise NoSecretKey
    sealed = unreadable = last = 0
    while True:
        async with account_transaction(pool) as connection:
            cursor = await connection.execute(_SQL["some"], {"after": last, "limit": _AT_ONCE})
            rows = await cursor.fetchall()
            opened = [(user_id, keyring.open(kept, _about(user_id))) for user_id, kept in rows]
            anew = [(one, keyring.seal(text, _about(one))) for one, text in opened if text]
            names = {"ids": [one for one, _ in anew], "secrets": [text for _, text in anew]}
            await connection.execute(_SQL["seal"], names)
        sealed, unreadable = sealed + len(anew), unreadable + len(rows) - len(anew)
        if len(rows) < _AT_ONCE:
            return SealedFactors(sealed, unreadable)
        last = rows[-1][0]


def _about(user_id: int) -> str:
    """What a secret is sealed for: copied to another person's row it opens nothing."""
    return f"second factor of user {user_id}"


def _bare(code: str) -> str:
    return _SEPARATORS.sub("", code).lower()


def _step_of(secret: str, code: str, now: datetime, last_step: int | None) -> int:
    """The period a code belongs to, later than that of the last one used."""
    import pyotp

    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        made = totp.generate_otp(step)
        if hmac.compare_digest(made.encode(), code.encode("utf-8", "replace")) and (
            last_step is None or step > last_step
        ):
            return step
    raise IncorrectCode


async def _new_recovery_codes(connection: Connection, user_id: int) -> list[str]:
    codes = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_CODE_BYTES)).decode().lower()
        for _ in range(RECOVERY_CODES)
    ]
    names = {"user_id": user_id, "code_hashes": [token_hash(code) for code in codes]}
    await connection.execute(_SQL["forget_recovery_codes"], names)
    await connection.execute(_SQL["keep_recovery_codes"], names)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]
