"""`/account`: the own name and locale, password, and sessions."""

from functools import partial

from starlette.responses import Response

from stockflow.companies.account_access import AccountPage, AccountRouter, SentForm, signed_in
from stockflow.companies.account_commands import ChangePassword, ChangeProfile
from stockflow.companies.accounts import (
    change_profile,
    list_sessions,
    revoke_other_sessions,
    revoke_session,
)
from stockflow.companies.choices import locales, with_present
from stockflow.companies.page_scope import path_id
from stockflow.companies.sessions import NewSession, SignedIn, account_scope
from stockflow.companies.sign_in import change_password
from stockflow.companies.user_agents import browser_in_words

pages = AccountRouter()


@pages.get("/account")
@signed_in
async def account(page: AccountPage) -> Response:
    sessions = await list_sessions(page.scope)
    browsers = {session.id: browser_in_words(session.user_agent) for session in sessions}
    offered = with_present(locales(), page.user.locale)
    return page.show(
        "companies/account.html", sessions=sessions, browsers=browsers, locales=offered
    )


@pages.post("/account")
async def change(sent: SentForm) -> Response:
    return await sent.change(ChangeProfile, change_profile, partial(_changed, sent), account)


async def _changed(sent: SentForm, _: SignedIn) -> Response:
    return sent.go("/account", "Your name and locale are saved.")


@pages.post("/account/sessions/{session_id:int}/revoke")
async def end_one(sent: SentForm) -> Response:
    async with account_scope(sent.pool, sent.token, sent.now) as scope:
        await revoke_session(scope, path_id(sent.request, "session_id"))
    return sent.go("/account", "The session has ended.")


@pages.post("/account/sessions/revoke-others")
async def end_others(sent: SentForm) -> Response:
    async with account_scope(sent.pool, sent.token, sent.now) as scope:
        await revoke_other_sessions(scope)
    return sent.go("/account", "All other sessions have ended.")


@pages.get("/account/password")
@signed_in
async def password_page(page: AccountPage) -> Response:
    return page.show("companies/change_password.html")


@pages.post("/account/password")
async def replace_password(sent: SentForm) -> Response:
    async def operation(command: ChangePassword) -> NewSession:
        return await change_password(sent.pool, sent.token, command, sent.visitor, sent.now)

    return await sent.submit(ChangePassword, operation, partial(_replaced, sent), password_page)


async def _replaced(sent: SentForm, session: NewSession) -> Response:
    said = "Your password is changed. All other sessions have ended."
    return sent.enter(sent.go("/account", said), session)
