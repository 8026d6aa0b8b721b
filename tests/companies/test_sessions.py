"""Sessions: a token opens what its person may see, and nothing once it is over."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from stockflow.companies.account_errors import SessionNotFound
from stockflow.companies.accounts import (
    SessionRow,
    companies_of,
    list_sessions,
    revoke_other_sessions,
    revoke_session,
)
from stockflow.companies.commands import AddMember
from stockflow.companies.operations import add_member
from stockflow.companies.sessions import (
    NewSession,
    NotAMember,
    SessionAccess,
    SessionEnded,
    account_transaction,
    authenticate_session,
    note_session_use,
    open_session,
)
from stockflow.companies.sign_in import sign_out
from stockflow.foundation.database import Pool
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import transaction
from stockflow.migrations import drift
from tests.companies.people import Person, account_of, as_owner, call, enter, new_person, visitor
from tests.factories import Api, make_warehouse
from tests.scopes import in_scope


def access(http: TestClient, company_id: int, token: str) -> SessionAccess:
    async def run(pool: Pool) -> SessionAccess:
        async with transaction(pool, company_id, read_only=True) as connection:
            return await authenticate_session(connection, company_id, token)

    return call(http, run)


def _open_half(http: TestClient, user_id: int) -> NewSession:
    async def run(pool: Pool) -> NewSession:
        async with account_transaction(pool) as connection:
            return await open_session(connection, user_id, visitor(), half_open=True)

    return call(http, run)


def test_the_models_are_what_the_migrations_make(conninfo: Conninfo) -> None:
    assert drift(conninfo.owner) == []


def test_a_session_is_its_person_as_a_member_of_the_company(http: TestClient) -> None:
    ada = new_person(http)

    found = access(http, ada.company_id, ada.token)

    assert (found.company.id, found.company.name) == (ada.company_id, "Acme")
    assert (found.actor.role, found.actor.user_id) == (Role.OWNER, ada.user_id)
    assert (found.actor.warehouse_ids, found.actor.api_key_id) == (None, None)
    assert (found.user.name, found.user.email, found.user.locale) == ("Ada", ada.email, None)
    assert not found.touch


def test_a_session_has_the_role_and_the_warehouses_of_its_member(
    http: TestClient, api: Api, conninfo: Conninfo
) -> None:
    warehouse = make_warehouse(api)
    ada = new_person(http)
    as_owner(conninfo, "UPDATE users SET address_confirmed_at = now() WHERE id = %s", ada.user_id)
    limits = [warehouse["id"]]
    in_scope(api, add_member, AddMember(email=ada.email, role=Role.STAFF, warehouse_ids=limits))

    found = access(http, api.company_id, ada.token)

    assert (found.actor.role, found.actor.warehouse_ids) == (Role.STAFF, frozenset(limits))
    assert [(own.company_id, own.role) for own in ada.in_account(companies_of)] == [
        (api.company_id, "staff"),
        (ada.company_id, "owner"),
    ]


def test_a_session_opens_no_company_its_person_is_not_a_member_of(
    http: TestClient, api: Api
) -> None:
    ada = new_person(http)

    for company_id in (api.company_id, 2**62):
        with pytest.raises(NotAMember):
            access(http, company_id, ada.token)


@pytest.mark.parametrize(
    "end",
    [
        "expires_at = now()",
        "last_seen_at = now() - interval '14 days'",
        "revoked_at = now()",
        "half_open = true",
    ],
)
def test_a_session_that_is_over_opens_nothing(
    http: TestClient, conninfo: Conninfo, end: str
) -> None:
    ada = new_person(http)

    as_owner(conninfo, f"UPDATE sessions SET {end} WHERE user_id = %s", ada.user_id)

    with pytest.raises(SessionEnded):
        access(http, ada.company_id, ada.token)
    assert not ada.is_signed_in()


@pytest.mark.parametrize("token", ["", "x", "ÿ" * 43, "'; DROP TABLE sessions --"])
def test_what_is_no_token_opens_nothing(http: TestClient, api: Api, token: str) -> None:
    with pytest.raises(SessionEnded):
        access(http, api.company_id, token)
    assert account_of(http, token) is None


def test_the_database_has_no_token(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)

    (row,) = as_owner(conninfo, "SELECT s::text FROM sessions s WHERE user_id = %s", ada.user_id)

    assert ada.token not in row[0]
    assert len(ada.token) == 43


def test_a_session_lasts_ninety_days_and_a_half_open_one_ten_minutes(
    http: TestClient, conninfo: Conninfo
) -> None:
    ada = new_person(http)
    _open_half(http, ada.user_id)

    rows = as_owner(
        conninfo,
        "SELECT half_open, expires_at - created_at FROM sessions WHERE user_id = %s ORDER BY id",
        ada.user_id,
    )

    assert rows == [(False, timedelta(days=90)), (True, timedelta(minutes=10))]


def test_use_is_noted_a_minute_after_the_last_time(http: TestClient, conninfo: Conninfo) -> None:
    ada = new_person(http)
    earlier = "UPDATE sessions SET last_seen_at = now() - interval '61 seconds' WHERE user_id = %s"
    as_owner(conninfo, earlier, ada.user_id)
    found = access(http, ada.company_id, ada.token)
    assert found.touch

    call(http, note_session_use, found.user.session_id)

    assert not access(http, ada.company_id, ada.token).touch


def test_signing_in_gives_a_new_token_each_time(http: TestClient) -> None:
    ada = new_person(http)

    tokens = {ada.token, enter(http, ada.email).token, enter(http, ada.email).token}

    assert len(tokens) == 3


def test_who_signs_out_is_out_here_alone(http: TestClient) -> None:
    ada = new_person(http)
    elsewhere = enter(http, ada.email).token

    call(http, sign_out, ada.token)
    call(http, sign_out, ada.token)
    call(http, sign_out, "unknown")

    assert not ada.is_signed_in()
    assert account_of(http, elsewhere) is not None


def _sessions(ada: Person) -> list[SessionRow]:
    return ada.in_account(list_sessions)


def test_people_see_their_own_sessions_and_which_one_they_use(http: TestClient) -> None:
    ada = new_person(http, at=visitor("192.0.2.7"))
    enter(http, ada.email, at=visitor("192.0.2.8"))
    new_person(http)
    _open_half(http, ada.user_id)

    rows = _sessions(ada)

    assert [(row.address, row.is_current) for row in rows] == [
        ("192.0.2.8", False),
        ("192.0.2.7", True),
    ]
    assert rows[0].user_agent == "Mozilla/5.0 (X11) Firefox/140.0"


def test_a_session_can_be_ended_from_elsewhere(http: TestClient) -> None:
    ada = new_person(http)
    lost = enter(http, ada.email)

    ada.in_account(revoke_session, lost.session_id)

    assert account_of(http, lost.token) is None
    assert ada.is_signed_in()
    with pytest.raises(SessionNotFound):
        ada.in_account(revoke_session, lost.session_id)


def test_nobody_ends_the_session_of_another(http: TestClient) -> None:
    ada, eve = new_person(http), new_person(http)

    with pytest.raises(SessionNotFound):
        eve.in_account(revoke_session, _sessions(ada)[0].id)

    assert ada.is_signed_in()


def test_all_other_sessions_can_be_ended_at_once(http: TestClient) -> None:
    ada, bob = new_person(http), new_person(http)
    others = [enter(http, ada.email).token for _ in range(2)]

    ada.in_account(revoke_other_sessions)

    assert [account_of(http, token) for token in others] == [None, None]
    assert ada.is_signed_in()
    assert bob.is_signed_in()
