"""`/sign-in`, `/sign-in/code` and `/sign-out`."""

from functools import partial
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from stockflow.companies.account_access import AccountRouter, OpenPage, SentForm
from stockflow.companies.account_commands import GiveCode, SignIn
from stockflow.companies.sessions import NewSession, SessionEnded, account_transaction, find_account
from stockflow.companies.sign_in import confirm_sign_in, sign_in, sign_out

pages = AccountRouter()


@pages.get("/sign-in")
async def sign_in_page(page: OpenPage) -> Response:
    if not page.form.sent and await page.is_signed_in():
        return RedirectResponse(page.next, 303)
    lost = page.request.query_params.get("lost") == "1"
    return page.show("companies/sign_in.html", lost=lost)


@pages.post("/sign-in")
async def enter(sent: SentForm) -> Response:
    async def operation(command: SignIn) -> NewSession:
        return await sign_in(sent.pool, command, sent.visitor)

    return await sent.submit(SignIn, operation, partial(_entered, sent), sign_in_page)


async def _entered(sent: SentForm, session: NewSession) -> Response:
    await sign_out(sent.pool, sent.token)  # the session this browser had is not used again
    place = f"/sign-in/code?{urlencode({'next': sent.next})}" if session.half_open else sent.next
    return sent.enter(sent.go(place), session)


@pages.get("/sign-in/code")
async def code_page(page: OpenPage) -> Response:
    try:
        async with account_transaction(page.pool) as connection:
            waiting = await find_account(connection, page.token, page.now, half_open=True)
    except SessionEnded:  # or it is whole: then signing in leads on, and never back to this page
        return RedirectResponse(f"/sign-in?{urlencode({'next': page.next})}", 303)
    return page.show("companies/sign_in_code.html", email=waiting.user.email)


@pages.post("/sign-in/code")
async def enter_with_code(sent: SentForm) -> Response:
    async def operation(command: GiveCode) -> NewSession:
        return await confirm_sign_in(
            sent.pool, sent.token, command, sent.visitor, sent.now, keyring=sent.keyring
        )

    return await sent.submit(GiveCode, operation, partial(_confirmed, sent), code_page)


async def _confirmed(sent: SentForm, session: NewSession) -> Response:
    return sent.enter(sent.go(sent.next), session)


@pages.post("/sign-out")
async def leave(sent: SentForm) -> Response:
    await sign_out(sent.pool, sent.token)
    return sent.leave(sent.go("/sign-in", "You are signed out."))
