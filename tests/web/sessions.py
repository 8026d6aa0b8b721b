"""Sessions for tests that are about what comes after signing in."""

import secrets
from typing import cast

from fastapi import FastAPI

from stockflow.companies.sessions import SESSION_COOKIE, account_transaction, open_session
from tests.factories import Api, done

__all__ = ["SESSION_COOKIE", "member_of", "open_session_of", "session_of"]


def open_session_of(api: Api, role: str = "owner") -> str:
    """The token of a new session of the company's owner, or of a new member of this role."""
    return session_of(api, member_of(api, role))


def member_of(api: Api, role: str, warehouse_ids: list[int] | None = None) -> int:
    """The user id of the company's owner, or of a new member of this role."""
    if role == "owner":
        members = done(api.get("/api/members"))["items"]
        return int(next(member["user_id"] for member in members if member["role"] == "owner"))
    email = f"{role}-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "name": f"A {role}", "role": role, "warehouse_ids": warehouse_ids}
    return int(done(api.post("/api/members", body), 201)["user_id"])


def session_of(api: Api, user_id: int) -> str:
    """The token of a new session of somebody."""

    async def opened() -> str:
        pool = cast(FastAPI, api.http.app).state.pool
        async with account_transaction(pool) as connection:
            session = await open_session(connection, user_id, "127.0.0.1", "test")
        return session.token

    assert api.http.portal is not None
    return api.http.portal.call(opened)
