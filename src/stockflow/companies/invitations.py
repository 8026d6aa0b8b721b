"""Invitations: a membership offered to an address, by a link that is good once and for seven days.

The link is mailed, and shown to who invites. So it proves who was invited, but not who reads the mail
of the address: by it somebody new may take an address nobody has, and never one that somebody has.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select

from stockflow.companies import audit
from stockflow.companies.account_commands import Invite
from stockflow.companies.account_errors import InvitationNotFound, TooManyInvitations
from stockflow.companies.attempts import Limit, count_attempt
from stockflow.companies.authentication import token_hash
from stockflow.companies.errors import AlreadyMember
from stockflow.companies.models import Invitation
from stockflow.companies.power import require_known_warehouses, require_power_over
from stockflow.foundation import sql
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import TooManyAttempts
from stockflow.foundation.mail import Mail
from stockflow.foundation.pagination import Page, PageFilters, decode_cursor, page_of
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.scope import ReadScope, WriteScope

INVITATIONS = sql.load(__package__, "invitations.sql")
_log = structlog.get_logger()
INVITATIONS_A_DAY_MAX = 200
"""Anybody may set up a company: without a limit, they could send mails from this server without one."""

_MAILS_A_DAY_MAX = 10
_TEXT = """\
You are invited to {company} in StockFlow, as {role}.

Accept within seven days:

{link}
"""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that was neither accepted nor taken back; it may have expired."""

    id: int
    email: str
    role: Role
    warehouse_ids: list[int] | None
    created_by: int | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """An invitation with its link, which is known only now, and the mail to be sent after the commit."""

    invitation: InvitationRow
    link: str
    mail: Mail


async def invite(scope: WriteScope, command: Invite, address: str) -> SentInvitation:
    """Offer a membership; an open invitation of the same person is replaced by this one.

    `address` is this server's, for the link.

    Raises:
        AlreadyMember: change the membership instead.
        AlreadyInvited: somebody else invites the same person at this moment.
        UnknownWarehouses: a warehouse is not one of this company.
        MorePowerThanOwn, WarehouseNotAllowed: the member could do what the actor may not.
        TooManyInvitations: the company has sent 200 within a day.
    """
    scope.require(Permission.MANAGE_MEMBERS)
    await require_known_warehouses(scope, command.warehouse_ids)
    require_power_over(scope, command.role, command.warehouse_ids)
    await _require_few(scope)
    token = _new_token(scope)
    names = {
        "company_id": scope.company_id,
        "email": command.email,
        "email_key": command.email.lower(),
        "role": command.role.value,
        "warehouse_ids": command.warehouse_ids,
        "secret_hash": token_hash(token),
        "created_by": scope.actor.user_id,
    }
    if await scope.fetch_value(INVITATIONS["is_member"], names):
        raise AlreadyMember
    await scope.execute(INVITATIONS["withdraw"], names)
    row = await _get(scope, await scope.fetch_value(INVITATIONS["add"], names))
    changes = {name: (None, getattr(row, name)) for name in ("email", "role", "warehouse_ids")}
    await audit.record(scope, "invitation", "created", {row.id: changes})
    return _sent(scope, row, token, address)


async def resend_invitation(scope: WriteScope, invitation_id: int, address: str) -> SentInvitation:
    """A new link for another seven days; the old one works no more.

    Raises:
        InvitationNotFound: it was accepted or taken back, or is another company's.
        MorePowerThanOwn, WarehouseNotAllowed: the member could do what the actor may not.
        TooManyInvitations: the company has sent 200 within a day.
    """
    row = await _held(scope, invitation_id)
    await _require_few(scope)
    token = _new_token(scope)
    names = {
        "company_id": scope.company_id,
        "id": row.id,
        "secret_hash": token_hash(token),
        "created_by": scope.actor.user_id,
    }
    await scope.execute(INVITATIONS["renew"], names)
    after = await _get(scope, row.id)
    changes = audit.changed(row, after, ("expires_at",))
    await audit.record(scope, "invitation", "sent again", {row.id: changes})
    return _sent(scope, after, token, address)


async def mail_within_limit(pool: Pool, mail: Mail) -> Mail | None:
    """The mail of an invitation, unless its mailbox got ten within a day, of whatever companies.

    So nobody's mailbox is filled from here, be it by many companies. The link works all the same.
    """
    mailbox = Limit(_MAILS_A_DAY_MAX, ("invitation mail", mail.to.lower()))
    try:
        await count_attempt(pool, [mailbox], timedelta(days=1))
    except TooManyAttempts:
        _log.warning("invitation not mailed: too many to this address", to=mail.to)
        return None
    return mail


async def revoke_invitation(scope: WriteScope, invitation_id: int) -> None:
    """Take an invitation back; its link works no more.

    Raises:
        InvitationNotFound: it was accepted or taken back before, or is another company's.
        MorePowerThanOwn, WarehouseNotAllowed: the member could do what the actor may not.
    """
    row = await _held(scope, invitation_id)
    names = {"company_id": scope.company_id, "id": row.id}
    await scope.execute(INVITATIONS["revoke"], names)
    changes = {"email": (row.email, None)}
    await audit.record(scope, "invitation", "revoked", {row.id: changes})


async def list_invitations(scope: ReadScope, filters: PageFilters) -> Page[InvitationRow]:
    """Invitations that were neither accepted nor taken back, oldest first."""
    scope.require(Permission.MANAGE_MEMBERS)
    query = _open(scope)
    after = decode_cursor(filters.cursor, "invitations", (int,))
    if after is not None:
        query = query.where(Invitation.id > after[0])
    rows = await scope.fetch_all(
        InvitationRow, query.order_by(Invitation.id).limit(filters.limit + 1)
    )
    return page_of(rows, filters.limit, "invitations", lambda row: (row.id,))


def _open(scope: ReadScope) -> Select[tuple[object, ...]]:
    columns = [getattr(Invitation, name) for name in InvitationRow.__slots__]
    return select(*columns).where(
        Invitation.company_id == scope.company_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


async def _get(scope: ReadScope, invitation_id: int) -> InvitationRow:
    row = await scope.fetch_one(InvitationRow, _open(scope).where(Invitation.id == invitation_id))
    assert row is not None, "it was written in this transaction"
    return row


async def _held(scope: WriteScope, invitation_id: int) -> InvitationRow:
    """An open invitation within the actor's power, held until the transaction ends."""
    scope.require(Permission.MANAGE_MEMBERS)
    query = _open(scope).where(Invitation.id == invitation_id).with_for_update()
    row = await scope.fetch_one(InvitationRow, query)
    if row is None:
        raise InvitationNotFound(facts={"invitation_id": invitation_id})
    require_power_over(scope, Role(row.role), row.warehouse_ids)
    return row


async def _require_few(scope: WriteScope) -> None:
    """Raise TooManyInvitations when as many were sent within a day as may be; two at once may be one more."""
    names = {"company_id": scope.company_id, "most": INVITATIONS_A_DAY_MAX}
    if await scope.fetch_value(INVITATIONS["sent_lately"], names) >= INVITATIONS_A_DAY_MAX:
        raise TooManyInvitations(facts={"limit": INVITATIONS_A_DAY_MAX})


def _new_token(scope: WriteScope) -> str:
    return f"{scope.company_id}-{secrets.token_urlsafe(32)}"


def _sent(scope: WriteScope, row: InvitationRow, token: str, address: str) -> SentInvitation:
    link = f"{address}/invitations/{token}"
    text = _TEXT.format(company=scope.company.name, role=row.role, link=link)
    subject = f"Invitation to {scope.company.name}"
    return SentInvitation(row, link, Mail(row.email, subject, text, link))
