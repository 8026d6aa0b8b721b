"""`/forgotten-password` and `/reset-password/{token}`."""

from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from stockflow.companies.account_access import AccountRouter, OpenPage, SentForm
from stockflow.companies.account_commands import ForgottenPassword, ResetPassword
from stockflow.companies.account_errors import ResetNotFound
from stockflow.companies.password_resets import request_reset, require_reset, reset_password
from stockflow.companies.sessions import NewSession
from stockflow.foundation.mail import MakeMail, send_soon
from stockflow.web.forms import FormState

pages = AccountRouter()
_SAID = (
    "If somebody has an account with this address, a mail with a link is on its way. "
    "The link works for an hour."
)


@pages.get("/forgotten-password")
async def forgotten_page(page: OpenPage) -> Response:
    return page.show("companies/forgotten_password.html")


@pages.post("/forgotten-password")
async def ask_for_link(sent: SentForm) -> Response:
    async def operation(command: ForgottenPassword) -> MakeMail:
        # a stranger's request must not say where a link leads that opens an account
        return await request_reset(sent.pool, command, sent.visitor, sent.settings.own_url)

    return await sent.submit(ForgottenPassword, operation, partial(_asked, sent), forgotten_page)


async def _asked(sent: SentForm, make: MakeMail) -> Response:
    send_soon(sent.settings, make)
    return sent.go("/sign-in", _SAID)


@pages.get("/reset-password/{token}")
async def reset_page(page: OpenPage) -> Response:
    try:
        await require_reset(page.pool, page.request.path_params["token"])
    except ResetNotFound as error:
        page.form = FormState(problem=error)
        response = await forgotten_page(page)
        response.status_code = 404
        return response
    return page.show("companies/reset_password.html")


@pages.post("/reset-password/{token}")
async def choose_password(sent: SentForm) -> Response:
    async def operation(command: ResetPassword) -> NewSession:
        token = sent.request.path_params["token"]
        return await reset_password(sent.pool, token, command, sent.visitor)

    return await sent.submit(ResetPassword, operation, partial(_chosen, sent), reset_page)


async def _chosen(sent: SentForm, session: NewSession) -> Response:
    said = "Your password is changed. All other sessions have ended."
    place = f"/sign-in/code?{urlencode({'next': '/'})}" if session.half_open else "/"
    return sent.enter(sent.go(place, said), session)
