"""How an invitation is accepted: by somebody new, or by who is signed in with the address invited."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from stockflow.companies import audit
from stockflow.companies.account_commands import AcceptInvitation
from stockflow.companies.account_errors import InvitationNotFound, InvitedElse, SignInFirst
from stockflow.companies.accounts import SignedUp, add_user
from stockflow.companies.authentication import load_company, token_hash
from stockflow.companies.invitations import INVITATIONS
from stockflow.companies.passwords import hashed
from stockflow.companies.power import require_power_over
from stockflow.companies.sessions import Visitor, find_account, open_session
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.scope import Actor, WriteScope, transaction, utc_now

_TOKEN = re.compile(r"^([1-9][0-9]{0,18})-[A-Za-z0-9_-]{20,64}$")


@dataclass(frozen=True, slots=True)
class ShownInvitation:
    """What who has the link may know; `is_known`: the address has an account, to sign in to first."""

    company_id: int
    company_name: str
    email: str
    role: Role
    is_known: bool


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    email: str
    email_key: str
    role: Role
    warehouse_ids: list[int] | None
    created_by: int | None


async def show_invitation(pool: Pool, token: str) -> ShownInvitation:
    """What a link invites to.

    Raises:
        InvitationNotFound: the link was used, has expired, was taken back or never was.
    """
    company_id = _company_of(token)
    names = {"company_id": company_id, "secret_hash": token_hash(token)}
    async with transaction(pool, company_id, read_only=True) as connection:
        cursor = connection.cursor(row_factory=class_row(ShownInvitation))
        await cursor.execute(INVITATIONS["shown"], names)
        found = await cursor.fetchone()
    if found is None:
        raise InvitationNotFound
    return found


async def accept_as_new(
    pool: Pool, token: str, command: AcceptInvitation, visitor: Visitor
) -> SignedUp:
    """Make an account with the address invited, join the company, and sign in.

    Raises:
        InvitationNotFound: the link was used, has expired, was taken back or never was.
        SignInFirst: somebody has an account with this address.
    """
    await show_invitation(pool, token)
    password_hash = await hashed(command.password)
    async with _claimed(pool, token, visitor.request_id) as (scope, invitation):
        user_id = await add_user(scope.connection, invitation.email, command.name, password_hash)
        if user_id is None:
            raise SignInFirst
        await _join(scope, invitation, user_id, command.name)
        session = await open_session(scope.connection, user_id, visitor)
    return SignedUp(scope.company_id, session)


async def accept_signed_in(
    pool: Pool, token: str, session_token: str, now: datetime, request_id: str
) -> int:
    """Join the company as who is signed in; gives the company's id.

    Raises:
        SessionEnded: nobody is signed in.
        InvitationNotFound: the link was used, has expired, was taken back or never was.
        InvitedElse: the invitation is for another address.
        AlreadyMember: the person became a member meanwhile.
    """
    async with _claimed(pool, token, request_id) as (scope, invitation):
        user = (await find_account(scope.connection, session_token, now)).user
        if user.email.lower() != invitation.email_key:
            raise InvitedElse(facts={"invited": invitation.email, "signed_in": user.email})
        await _join(scope, invitation, user.user_id, user.name)
    return scope.company_id


@asynccontextmanager
async def _claimed(
    pool: Pool, token: str, request_id: str
) -> AsyncIterator[tuple[WriteScope, _Claimed]]:
    """An invitation marked as accepted: of two who accept at once the second finds nothing."""
    company_id = _company_of(token)
    names = {"company_id": company_id, "secret_hash": token_hash(token)}
    async with transaction(pool, company_id, read_only=False) as connection:
        company = await load_company(connection, company_id)
        if company is None:
            raise InvitationNotFound
        scope = WriteScope(connection, company, Actor(Role.VIEWER), utc_now(), request_id)
        invitation = await scope.fetch_one(_Claimed, INVITATIONS["claim"], names)
        if invitation is None:
            raise InvitationNotFound
        await _require_inviter(scope, invitation)
        yield scope, invitation


async def _require_inviter(scope: WriteScope, invitation: _Claimed) -> None:
    """Who invited must still have the power they offered: it does not outlive their own."""
    if invitation.created_by is None:
        return
    names = {"company_id": scope.company_id, "user_id": invitation.created_by}
    row = await (await scope.execute(INVITATIONS["inviter"], names)).fetchone()
    if row is None:
        raise InvitationNotFound
    limits = None if row[1] is None else frozenset(row[1])
    inviter = Actor(Role(row[0]), user_id=invitation.created_by, warehouse_ids=limits)
    theirs = WriteScope(scope.connection, scope.company, inviter, scope.now, scope.request_id)
    try:
        theirs.require(Permission.MANAGE_MEMBERS)
        require_power_over(theirs, Role(invitation.role), invitation.warehouse_ids)
    except Forbidden:
        raise InvitationNotFound from None


async def _join(scope: WriteScope, invitation: _Claimed, user_id: int, name: str) -> None:
    scope.actor = Actor(Role(invitation.role), user_id=user_id)
    names: dict[str, Any] = {
        "company_id": scope.company_id,
        "user_id": user_id,
        "email": invitation.email,
        "name": name,
        "role": invitation.role,
        "warehouse_ids": invitation.warehouse_ids,
    }
    await scope.execute(INVITATIONS["join"], names)
    changes = {field: (None, names[field]) for field in ("email", "role", "warehouse_ids")}
    await audit.record(scope, "member", "joined", {user_id: changes})


def _company_of(token: str) -> int:
    match = _TOKEN.match(token)
    if match is None or int(match[1]) > 2**63 - 1:
        raise InvitationNotFound
    return int(match[1])
