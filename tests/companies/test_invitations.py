"""Invitations: who has the link becomes a member once, and nobody gives more than they have."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from stockflow.companies.accepting import accept_as_new, accept_signed_in, show_invitation
from stockflow.companies.account_commands import AcceptInvitation, Invite
from stockflow.companies.account_errors import (
    InvitationNotFound,
    InvitedElse,
    SignInFirst,
    TooManyInvitations,
)
from stockflow.companies.accounts import SignedUp
from stockflow.companies.commands import AddMember
from stockflow.companies.errors import AlreadyMember, MorePowerThanOwn, UnknownWarehouses
from stockflow.companies.invitations import (
    INVITATIONS_A_DAY_MAX,
    InvitationRow,
    SentInvitation,
    invite,
    list_invitations,
    mail_within_limit,
    resend_invitation,
    revoke_invitation,
)
from stockflow.companies.operations import add_member, remove_member
from stockflow.companies.sessions import SessionEnded
from stockflow.companies.sign_in import sign_out
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.mail import Mail
from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import Actor, WriteScope, utc_now
from tests.companies.people import (
    PASSWORD,
    Person,
    as_owner,
    at_once,
    call,
    enter,
    new_address,
    new_person,
    visitor,
)
from tests.companies.test_sessions import access
from tests.factories import Api, done, make_warehouse
from tests.scopes import audit_of, in_scope, run

_BASE = "https://stock.example"
_COMMAND = AcceptInvitation(name="Nina", password=PASSWORD)


def _invite(api: Api, email: str, actor: Actor | None = None, **fields: Any) -> SentInvitation:
    command = Invite.model_validate({"email": email, "role": "staff", **fields})
    sent = run(api, invite, command, _BASE, actor=actor).result
    assert isinstance(sent, SentInvitation)
    return sent


def _token(sent: SentInvitation) -> str:
    return sent.link.removeprefix(f"{_BASE}/invitations/")


def _open(api: Api) -> list[InvitationRow]:
    return in_scope(api, list_invitations, PageFilters()).items


def _members(api: Api) -> list[tuple[str, str]]:
    return [(row["email"], row["role"]) for row in done(api.get("/api/members"))["items"]]


def _accept(http: TestClient, token: str) -> SignedUp:
    return call(http, accept_as_new, token, _COMMAND, visitor())


def _accept_as(person: Person, token: str) -> int:
    return call(person.http, accept_signed_in, token, person.token, utc_now(), "test")


def test_an_invitation_is_mailed_and_shown_to_who_invites(api: Api) -> None:
    email = new_address()

    sent = _invite(api, email)

    assert sent.link.startswith(f"{_BASE}/invitations/{api.company_id}-")
    assert (sent.mail.to, sent.mail.link) == (email, sent.link)
    assert sent.mail.subject == "Invitation to Acme"
    assert sent.link in sent.mail.text
    assert _open(api) == [sent.invitation]
    assert (sent.invitation.email, sent.invitation.role) == (email, "staff")
    changes = {"email": [None, email], "role": [None, "staff"], "warehouse_ids": [None, None]}
    assert audit_of(api, "invitation") == [(sent.invitation.id, "created", changes)]


def test_somebody_new_accepts_with_a_name_and_a_password(http: TestClient, api: Api) -> None:
    email = new_address()
    warehouse = make_warehouse(api)
    sent = _invite(api, email, role="manager", warehouse_ids=[warehouse["id"]])
    shown = call(http, show_invitation, _token(sent))
    assert (shown.company_id, shown.company_name) == (api.company_id, "Acme")
    assert (shown.email, shown.role, shown.is_known) == (email, "manager", False)

    made = _accept(http, _token(sent))

    found = access(http, api.company_id, made.session.token)
    assert (found.actor.role, found.actor.warehouse_ids) == (
        Role.MANAGER,
        frozenset([warehouse["id"]]),
    )
    assert (found.user.name, found.user.email) == ("Nina", email)
    assert _open(api) == []
    assert not enter(http, email).half_open
    changes = {
        "email": [None, email],
        "role": [None, "manager"],
        "warehouse_ids": [None, [warehouse["id"]]],
    }
    assert audit_of(api, "member")[-1] == (made.session.user_id, "joined", changes)


def test_somebody_known_accepts_signed_in(http: TestClient, api: Api) -> None:
    ada = new_person(http)
    sent = _invite(api, ada.email.upper())
    assert call(http, show_invitation, _token(sent)).is_known

    assert _accept_as(ada, _token(sent)) == api.company_id

    assert access(http, api.company_id, ada.token).actor.role == Role.STAFF
    assert (ada.email.upper(), "staff") in _members(api)


def test_a_link_makes_no_password_for_an_account_that_is_there(
    http: TestClient, api: Api, other: Api, conninfo: Conninfo
) -> None:
    """Who invites sees the link, and must not get into the account of who is invited."""
    ada, email = new_person(http), new_address()
    in_scope(other, add_member, AddMember(email=email, role=Role.OWNER))

    for address in (ada.email, email):
        sent = _invite(api, address)
        with pytest.raises(SignInFirst):
            _accept(http, _token(sent))

    rows = as_owner(conninfo, "SELECT password_hash FROM users WHERE email_key = %s", email)
    assert rows == [(None,)]
    assert len(_open(api)) == 2
    assert len(_members(api)) == 1


def test_an_invitation_is_for_its_address_alone(http: TestClient, api: Api) -> None:
    ada, eve = new_person(http), new_person(http)
    sent = _invite(api, ada.email)

    with pytest.raises(InvitedElse):
        _accept_as(eve, _token(sent))
    call(http, sign_out, ada.token)
    with pytest.raises(SessionEnded):
        _accept_as(ada, _token(sent))

    assert len(_members(api)) == 1
    assert _open(api) == [sent.invitation]


def test_two_who_accept_at_once_are_one_member(http: TestClient, api: Api) -> None:
    email = new_address()
    token = _token(_invite(api, email))

    outcomes = at_once(http, accept_as_new, *((token, _COMMAND, visitor()) for _ in range(2)))

    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["InvitationNotFound", "SignedUp"]
    assert [row for row in _members(api) if row[0] == email] == [(email, "staff")]


def test_an_invitation_accepted_twice_at_once_signed_in_counts_once(
    http: TestClient, api: Api
) -> None:
    ada = new_person(http)
    token = _token(_invite(api, ada.email))

    request = (token, ada.token, utc_now(), "test")
    outcomes = at_once(http, accept_signed_in, request, request)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvitationNotFound", "int"]


def test_a_link_is_over_when_used_expired_revoked_or_sent_again(
    http: TestClient, api: Api, conninfo: Conninfo
) -> None:
    used, expired, revoked, renewed = (_invite(api, new_address()) for _ in range(4))
    _accept(http, _token(used))
    as_owner(
        conninfo,
        "UPDATE invitations SET expires_at = now() WHERE id = %s",
        expired.invitation.id,
        company_id=api.company_id,
    )
    in_scope(api, revoke_invitation, revoked.invitation.id)
    again = in_scope(api, resend_invitation, renewed.invitation.id, _BASE)
    before = _members(api)

    for sent in (used, expired, revoked, renewed):
        with pytest.raises(InvitationNotFound):
            call(http, show_invitation, _token(sent))
        with pytest.raises(InvitationNotFound):
            _accept(http, _token(sent))

    assert _members(api) == before
    assert [row.id for row in _open(api)] == [expired.invitation.id, renewed.invitation.id]
    assert _accept(http, _token(again)).company_id == api.company_id
    assert [action for _, action, _ in audit_of(api, "invitation")][4:] == ["revoked", "sent again"]


def test_an_invitation_lasts_seven_days(api: Api, conninfo: Conninfo) -> None:
    _invite(api, new_address())

    days = "SELECT expires_at - created_at = interval '7 days' FROM invitations"
    assert as_owner(conninfo, days, company_id=api.company_id) == [(True,)]


@pytest.mark.parametrize("token", ["", "x", "0-" + "a" * 43, f"{2**63}-" + "a" * 43, "1-é"])
def test_what_is_no_link_leads_nowhere(http: TestClient, token: str) -> None:
    with pytest.raises(InvitationNotFound):
        call(http, show_invitation, token)


def test_a_link_works_in_no_other_company(http: TestClient, api: Api, other: Api) -> None:
    sent = _invite(api, new_address())
    token = _token(sent).replace(f"{api.company_id}-", f"{other.company_id}-", 1)

    with pytest.raises(InvitationNotFound):
        call(http, show_invitation, token)
    with pytest.raises(InvitationNotFound):
        _accept(http, token)
    for operation in (revoke_invitation, resend_invitation):
        arguments = [sent.invitation.id, _BASE][: 1 if operation is revoke_invitation else 2]
        with pytest.raises(InvitationNotFound):
            run(other, operation, *arguments)

    assert _open(other) == []
    assert _open(api) == [sent.invitation]


def test_a_new_invitation_replaces_the_open_one(http: TestClient, api: Api) -> None:
    email = new_address()
    first = _invite(api, email)
    second = _invite(api, email.upper(), role="viewer")

    with pytest.raises(InvitationNotFound):
        _accept(http, _token(first))

    assert [(row.id, row.role) for row in _open(api)] == [(second.invitation.id, "viewer")]


def test_a_member_is_not_invited(http: TestClient, api: Api) -> None:
    ada = new_person(http)
    _accept_as(ada, _token(_invite(api, ada.email)))

    with pytest.raises(AlreadyMember):
        _invite(api, ada.email.title())

    assert _open(api) == []


def test_who_became_a_member_otherwise_does_not_accept_any_more(
    http: TestClient, api: Api, conninfo: Conninfo
) -> None:
    ada = new_person(http)
    token = _token(_invite(api, ada.email))
    as_owner(conninfo, "UPDATE users SET address_confirmed_at = now() WHERE id = %s", ada.user_id)
    in_scope(api, add_member, AddMember(email=ada.email, role=Role.VIEWER))

    with pytest.raises(AlreadyMember):
        _accept_as(ada, token)

    assert (ada.email, "viewer") in _members(api)


def test_nobody_offers_more_than_they_have(api: Api) -> None:
    mine, others = make_warehouse(api)["id"], make_warehouse(api)["id"]
    limited = Actor(Role.ADMIN, warehouse_ids=frozenset([mine]))
    owners = _invite(api, new_address(), role="owner")

    with pytest.raises(MorePowerThanOwn):
        _invite(api, new_address(), Actor(Role.ADMIN), role="owner")
    for limits in (None, [others]):
        with pytest.raises(Forbidden):
            _invite(api, new_address(), limited, warehouse_ids=limits)
    with pytest.raises(UnknownWarehouses):
        _invite(api, new_address(), warehouse_ids=[2**40])
    with pytest.raises(Forbidden):
        _invite(api, new_address(), Actor(Role.MANAGER))
    with pytest.raises(MorePowerThanOwn):
        run(api, resend_invitation, owners.invitation.id, _BASE, actor=Actor(Role.ADMIN))
    with pytest.raises(MorePowerThanOwn):
        run(api, revoke_invitation, owners.invitation.id, actor=Actor(Role.ADMIN))
    with pytest.raises(Forbidden):
        run(api, list_invitations, PageFilters(), actor=Actor(Role.MANAGER))

    assert _open(api) == [owners.invitation]


def test_what_somebody_offered_does_not_outlive_their_own_power(http: TestClient, api: Api) -> None:
    ada = new_person(http)
    _accept_as(ada, _token(_invite(api, ada.email, role="admin")))
    sent = _invite(api, new_address(), Actor(Role.ADMIN, user_id=ada.user_id))
    lesser = _invite(api, new_address(), Actor(Role.ADMIN, user_id=ada.user_id))
    assert _accept(http, _token(lesser)).company_id == api.company_id
    in_scope(api, remove_member, ada.user_id)
    before = _members(api)

    with pytest.raises(InvitationNotFound):
        _accept(http, _token(sent))

    assert _members(api) == before


def test_the_database_has_no_link(api: Api, conninfo: Conninfo) -> None:
    sent = _invite(api, new_address())

    rows = as_owner(conninfo, "SELECT i::text FROM invitations i", company_id=api.company_id)

    assert len(rows) == 1
    assert _token(sent).partition("-")[2] not in rows[0][0]


def test_invitations_come_in_pages(api: Api) -> None:
    rows = [_invite(api, new_address()).invitation for _ in range(3)]

    first = in_scope(api, list_invitations, PageFilters(limit=2))
    second = in_scope(api, list_invitations, PageFilters(limit=2, cursor=first.next_cursor))

    assert [*first.items, *second.items] == rows
    assert second.next_cursor is None


def test_a_company_sends_only_so_many_invitations_a_day(api: Api, other: Api) -> None:
    async def many(scope: WriteScope) -> None:
        for number in range(INVITATIONS_A_DAY_MAX - 1):
            command = Invite(email=f"p{number}@many.example", role=Role.VIEWER)
            await invite(scope, command, _BASE)

    first = _invite(api, "first@many.example")
    in_scope(api, many)

    with pytest.raises(TooManyInvitations):
        _invite(api, "one-more@many.example")
    with pytest.raises(TooManyInvitations):
        run(api, resend_invitation, first.invitation.id, _BASE)
    assert done(api.get("/api/audit", entity="invitation", limit=1000))["items"][0]["changes"][
        "email"
    ] == [None, f"p{INVITATIONS_A_DAY_MAX - 2}@many.example"]
    _invite(other, "one-more@many.example")


def test_a_mailbox_gets_ten_invitations_a_day_of_whatever_companies(http: TestClient) -> None:
    mail, other = (Mail(new_address(), "Invitation", "text", "link") for _ in range(2))
    shouted = Mail(mail.to.upper(), mail.subject, mail.text, mail.link)

    assert [call(http, mail_within_limit, mail) for _ in range(10)] == [mail] * 10
    assert call(http, mail_within_limit, mail) is None
    assert call(http, mail_within_limit, shouted) is None
    assert call(http, mail_within_limit, other) == other
