"""Seals what must be read again, such as the secret of somebody's device, while it lies in the database.

The keys are not in the database, so that who gets a dump of it, or a backup, does not get what is sealed.
See docs/decisions/0017.
"""

import base64
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stockflow.foundation.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_SEALED = "fernet:"
_KEY_BYTES = 32


class Keyring:
    """The keys of a deployment: the first seals, each opens. They are looked for at the first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def seals(self) -> bool:
        """Whether there is a key, or will be at the first use."""
        return self._settings.secret_key is not None or self._settings.database_url is None

    def seal(self, text: str, about: str) -> str:
        """The text as the database may have it; it is opened for the same `about` only."""
        if not self.seals:
            return text
        return _SEALED + self._keys[0].encrypt(f"{about}\n{text}".encode()).decode()

    def open(self, kept: str, about: str) -> str | None:
        """The text that was sealed, or was kept before there was a key; None where no key opens it."""
        from cryptography.fernet import InvalidToken

        if not kept.startswith(_SEALED):
            return kept
        for key in self._keys:
            with suppress(InvalidToken):
                owner, _, text = key.decrypt(kept.removeprefix(_SEALED)).decode().partition("\n")
                return text if owner == about else None
        return None

    @cached_property
    def _keys(self) -> Sequence["Fernet"]:
        given = self._settings.secret_key
        keys = [] if given is None else given.get_secret_value().split(",")
        own = self._settings.data_dir.expanduser() / "secret.key"
        needed = self.seals and not keys
        if needed:
            _make_once(own)
        try:
            keys.append(own.read_text(encoding="ascii"))
        except OSError:  # mostly there is none; and who is given a key may have no data directory
            if needed:
                raise
        return [_fernet(key.strip()) for key in keys]


def _fernet(key: str) -> "Fernet":
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"stockflow keyring").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _make_once(path: Path) -> None:
    """A file with a new key, unless there is one: of several processes all find the same, and whole."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
