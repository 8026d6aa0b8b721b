"""What is sealed is opened by the keys of the deployment, for what it was sealed for, and by nothing else."""

import stat
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from stockflow.app import create_app
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.logs import configure_logging
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.settings import Settings

_FIRST, _SECOND = "first" * 8, "second" * 8
_SECRET = "JBSWY3DPEHPK3PXP"


def _given(tmp_path: Path, *keys: str) -> Keyring:
    url = "postgresql://elsewhere/stockflow"
    given = SecretStr(", ".join(keys)) if keys else None
    return Keyring(Settings(data_dir=tmp_path, database_url=url, secret_key=given))


def test_what_is_sealed_cannot_be_read_and_can_be_opened(tmp_path: Path) -> None:
    keyring = _given(tmp_path, _FIRST)

    sealed = keyring.seal(_SECRET, "user 1")

    assert _SECRET not in sealed
    assert keyring.seal(_SECRET, "user 1") != sealed
    assert _given(tmp_path, _FIRST).open(sealed, "user 1") == _SECRET
    assert list(tmp_path.iterdir()) == []


def test_it_is_opened_for_what_it_was_sealed_for_only(tmp_path: Path) -> None:
    keyring = _given(tmp_path, _FIRST)

    assert keyring.open(keyring.seal(_SECRET, "user 1"), "user 2") is None


def test_of_several_keys_the_first_seals_and_each_opens(tmp_path: Path) -> None:
    before, after = _given(tmp_path, _FIRST), _given(tmp_path, _SECOND, _FIRST)

    old, new = before.seal(_SECRET, "user 1"), after.seal(_SECRET, "user 1")

    assert after.open(old, "user 1") == after.open(new, "user 1") == _SECRET
    assert before.open(new, "user 1") is None
    assert _given(tmp_path, _SECOND).open(old, "user 1") is None


@pytest.mark.parametrize("kept", ["fernet:", "fernet:x", f"fernet:{'A' * 43}="])
def test_what_nobody_sealed_is_not_opened(tmp_path: Path, kept: str) -> None:
    assert _given(tmp_path, _FIRST).open(kept, "user 1") is None


def test_what_was_kept_before_there_was_a_key_is_read_as_it_is(tmp_path: Path) -> None:
    assert _given(tmp_path, _FIRST).open(_SECRET, "user 1") == _SECRET


def test_the_embedded_server_gets_a_key_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    keyring = Keyring(Settings(data_dir=tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []

    sealed = keyring.seal(_SECRET, "user 1")

    (file,) = (tmp_path / "new").iterdir()
    assert file.name == "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) == 43
    assert Keyring(Settings(data_dir=tmp_path / "new")).open(sealed, "user 1") == _SECRET
    moved = Settings(
        database_url="postgresql://elsewhere/stockflow", secret_key=SecretStr(file.read_text())
    )
    assert Keyring(moved).open(sealed, "user 1") == _SECRET


def test_a_key_that_is_given_takes_the_place_of_the_file_which_still_opens(tmp_path: Path) -> None:
    sealed = Keyring(Settings(data_dir=tmp_path)).seal(_SECRET, "user 1")
    given = Keyring(Settings(data_dir=tmp_path, secret_key=SecretStr(_FIRST)))

    assert given.open(sealed, "user 1") == _SECRET
    assert (
        _given(tmp_path / "none", _FIRST).open(given.seal(_SECRET, "user 1"), "user 1") == _SECRET
    )


def test_who_is_given_a_key_needs_no_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service may be kept out of all home directories."""

    def refused(*_: object, **__: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", refused)
    monkeypatch.setattr(Path, "stat", refused)

    keyring = _given(tmp_path, _FIRST)
    assert keyring.open(keyring.seal(_SECRET, "user 1"), "user 1") == _SECRET
    with pytest.raises(PermissionError):
        Keyring(Settings(data_dir=tmp_path)).seal(_SECRET, "user 1")


def test_processes_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    sealed: list[str] = []

    def start() -> None:
        keyring = Keyring(Settings(data_dir=tmp_path))
        together.wait()
        sealed.append(keyring.seal(_SECRET, "user 1"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    keyring = Keyring(Settings(data_dir=tmp_path))
    assert [keyring.open(one, "user 1") for one in sealed] == [_SECRET] * 8


def test_with_another_server_and_no_key_nothing_is_sealed(tmp_path: Path) -> None:
    """A key made here might be gone with the machine, or be another on the next one."""
    keyring = _given(tmp_path)

    assert not keyring.seals
    assert keyring.seal(_SECRET, "user 1") == _SECRET
    assert keyring.open(_SECRET, "user 1") == _SECRET
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", ["", "short", f"{_FIRST},", f"{_FIRST},short", f"{' ' * 40}"])
def test_a_key_that_could_be_guessed_is_refused_without_being_told(keys: str) -> None:
    with pytest.raises(ValidationError, match="needs keys of at least 32 characters") as refusal:
        Settings(secret_key=SecretStr(keys))

    assert "short" not in str(refusal.value)


def test_a_server_that_seals_nothing_says_so_at_its_start(
    settings: Settings, conninfo: Conninfo
) -> None:
    said = []
    for key in (None, SecretStr(_FIRST)):
        changes = {"database_url": conninfo.app, "secret_key": key, "log_level": "warning"}
        app = create_app(settings.model_copy(update=changes), conninfo)
        with capture_logs() as lines, TestClient(app):
            pass
        said.append([line["event"] for line in lines if "STOCKFLOW_SECRET_KEY" in line["event"]])
    configure_logging(settings)

    assert said == [
        ["secrets of second factors are not sealed: STOCKFLOW_SECRET_KEY is not set"],
        [],
    ]
