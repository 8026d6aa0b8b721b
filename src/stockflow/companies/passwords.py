"""Passwords, kept as argon2id hashes."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
# Each hash takes a core and 64 MiB for a while: more at once would be no faster, only larger.
_THREADS = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="argon2")
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""The hash of no known password, to compare with where there is none: so it takes as long."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with the parameters RFC 9106 recommends."""
    return _HASHER.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether the hash is of this password."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's; renew it at the next sign-in."""
    return _HASHER.check_needs_rehash(password_hash)


async def hashed(password: str) -> str:
    """`hash_password`, without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, hash_password, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the hash is of this password; where there is no hash, as slowly no."""
    verified = await asyncio.get_running_loop().run_in_executor(
        _THREADS, verify_password, password_hash or _NOBODYS, password
    )
    return verified and password_hash is not None
