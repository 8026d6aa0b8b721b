"""Passwords are kept as argon2id hashes."""

from argon2 import PasswordHasher

from stockflow.companies.passwords import hash_password, needs_rehash, verify_password


def test_only_the_password_itself_is_accepted() -> None:
    kept = hash_password("correct horse")

    assert kept.startswith("$argon2id$")
    assert verify_password(kept, "correct horse")
    assert not verify_password(kept, "Correct horse")
    assert not verify_password("no hash", "correct horse")


def test_a_hash_of_weaker_parameters_is_renewed() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")

    assert needs_rehash(weak)
    assert not needs_rehash(hash_password("correct horse"))
