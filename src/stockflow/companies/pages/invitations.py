"""`/invitations/{token}`: joining a company."""

from functools import partial

from starlette.responses import Response

from stockflow.companies.accepting import accept_as_new, accept_signed_in, show_invitation
from stockflow.companies.account_access import (
    AccountPage,
    AccountRouter,
    OpenPage,
    SentForm,
    signed_in,
)
from stockflow.companies.account_commands import AcceptInvitation
from stockflow.companies.accounts import SignedUp
from stockflow.companies.sessions import SessionEnded
from stockflow.companies.sign_in import sign_out

pages = AccountRouter()


@pages.get("/invitations/{token}")
async def invitation(page: OpenPage) -> Response:
    try:
        return await _invitation_of(page)
    except SessionEnded:
        found = await show_invitation(page.pool, _token(page))
        return page.show("companies/invitation.html", invitation=found, email=None)


@signed_in
async def _invitation_of(page: AccountPage) -> Response:
    found = await show_invitation(page.pool, _token(page))
    return page.show("companies/invitation.html", invitation=found, email=page.user.email)


@pages.post("/invitations/{token}")
async def join_as_new(sent: SentForm) -> Response:
    async def operation(command: AcceptInvitation) -> SignedUp:
        return await accept_as_new(sent.pool, _token(sent), command, sent.visitor)

    return await sent.submit(AcceptInvitation, operation, partial(_joined_new, sent), invitation)


async def _joined_new(sent: SentForm, made: SignedUp) -> Response:
    await sign_out(sent.pool, sent.token)
    return sent.enter(_joined(sent, made.company_id), made.session)


@pages.post("/invitations/{token}/accept")
async def join(sent: SentForm) -> Response:
    company_id = await accept_signed_in(
        sent.pool, _token(sent), sent.token, sent.now, sent.visitor.request_id
    )
    return _joined(sent, company_id)


def _joined(sent: SentForm, company_id: int) -> Response:
    return sent.go(f"/c/{company_id}", "Welcome. You are a member of this company now.")


def _token(page: OpenPage) -> str:
    return str(page.request.path_params["token"])
