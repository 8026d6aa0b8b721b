"""Runs operations on accounts, which belong to no company, as the application does."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

import psycopg
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.companies.account_commands import SignIn, SignUp
from stockflow.companies.accounts import SignedUp, sign_up
from stockflow.companies.sessions import AccountScope, NewSession, Visitor, account_scope
from stockflow.companies.sign_in import sign_in
from stockflow.foundation.database import Pool
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import utc_now

T = TypeVar("T")
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Person:
    """Somebody who signed up, with their first session."""

    http: TestClient
    email: str
    user_id: int
    company_id: int
    token: str

    @property
    def keyring(self) -> Keyring:
        """The application's."""
        keyring: Keyring = cast(FastAPI, self.http.app).state.keyring
        return keyring

    def in_account(
        self, operation: Callable[..., Awaitable[T]], *args: Any, at: datetime | None = None
    ) -> T:
        """What an operation on the own account gives, now or at another moment."""

        async def run(pool: Pool) -> T:
            async with account_scope(pool, self.token, at or utc_now()) as scope:
                return await operation(scope, *args)

        return call(self.http, run)

    def is_signed_in(self) -> bool:
        """Whether the session still is one."""
        return account_of(self.http, self.token) is not None


def call(http: TestClient, operation: Callable[..., Awaitable[T]], *args: Any, **options: Any) -> T:
    """What an operation that begins with the pool gives, in the application's event loop."""
    assert http.portal is not None
    pool = cast(FastAPI, http.app).state.pool
    return http.portal.call(partial(operation, pool, *args, **options))


def at_once(
    http: TestClient, operation: Callable[..., Awaitable[T]], *requests: tuple[Any, ...]
) -> list[T | BaseException]:
    """What the same operation gives for each of several requests at the same time, or raises."""

    async def run(pool: Pool) -> list[T | BaseException]:
        calls = (operation(pool, *arguments) for arguments in requests)
        return await asyncio.gather(*calls, return_exceptions=True)

    return call(http, run)


def new_address() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def visitor(address: str | None = None) -> Visitor:
    """Somebody at an address nobody else is at, unless told otherwise."""
    place = address or f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
    return Visitor(place, "Mozilla/5.0 (X11) Firefox/140.0", "test")


def new_person(http: TestClient, at: Visitor | None = None, **fields: str) -> Person:
    asked = {
        "company_name": "Acme",
        "timezone": "UTC",
        "name": "Ada",
        "email": new_address(),
        "password": PASSWORD,
        **fields,
    }
    command = SignUp.model_validate(asked)
    made: SignedUp = call(http, sign_up, command, at or visitor())
    session = made.session
    return Person(http, command.email, session.user_id, made.company_id, session.token)


def enter(
    http: TestClient, email: str, password: str = PASSWORD, at: Visitor | None = None
) -> NewSession:
    return call(http, sign_in, SignIn(email=email, password=password), at or visitor())


def account_of(http: TestClient, token: str) -> AccountScope | None:
    """The account a token opens, if it is one of a session."""
    from stockflow.companies.sessions import SessionEnded

    async def run(pool: Pool) -> AccountScope:
        async with account_scope(pool, token, utc_now()) as scope:
            return scope

    try:
        return call(http, run)
    except SessionEnded:
        return None


def as_owner(
    conninfo: Conninfo, statement: str, *values: object, company_id: int = 0
) -> list[tuple[Any, ...]]:
    """What a statement gives the owner of the schema, such as to let time pass."""
    with psycopg.connect(conninfo.owner, autocommit=True) as connection:
        connection.execute(f"SET stockflow.company_id TO '{company_id}'".encode())
        cursor = connection.execute(cast(Any, statement), values)
        return cursor.fetchall() if cursor.description else []
