"""`/c/{company_id}/settings/invitations`: who is asked to join, with the link to hand over."""

from functools import partial

from starlette.responses import Response

from stockflow.companies.account_commands import Invite
from stockflow.companies.granting import chosen_limits, grantable_roles
from stockflow.companies.invitations import (
    SentInvitation,
    invite,
    mail_within_limit,
    resend_invitation,
    revoke_invitation,
)
from stockflow.companies.pages.members import members, warehouses_of
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.mail import send_soon
from stockflow.foundation.scope import WriteScope
from stockflow.web.cookies import public_url

pages = PageRouter("/settings/invitations")
_AGAIN = Done(
    "/settings/members", "This was done before; its link is not shown again. Send it again for one."
)


@pages.get("/new")
async def new_invitation(page: Page) -> Response:
    page.require("MANAGE_MEMBERS")
    return page.show(
        "companies/invite.html",
        roles=grantable_roles(page.scope),
        warehouses=await warehouses_of(page.scope),
    )


@pages.post("/new")
async def create(post: Post) -> Response:
    async def run(scope: WriteScope) -> SentInvitation:
        given = chosen_limits(post.fields)
        command = post.fields.command(Invite, scope.company.timezone, **given)
        return await invite(scope, command, public_url(post.request))

    return await post.show_once(run, _sent, _AGAIN, new_invitation)


@pages.post("/{invitation_id:int}/resend")
async def resend(post: Post) -> Response:
    async def run(scope: WriteScope) -> SentInvitation:
        address = public_url(post.request)
        return await resend_invitation(scope, post.id("invitation_id"), address)

    return await post.show_once(run, _sent, _AGAIN, members)


@pages.post("/{invitation_id:int}/revoke")
async def revoke(post: Post) -> Response:
    return await post.act(
        lambda scope: revoke_invitation(scope, post.id("invitation_id")),
        lambda _: Done("/settings/members", "The invitation is revoked; its link works no more."),
        members,
    )


async def _sent(page: Page, sent: SentInvitation) -> Response:
    state = page.request.app.state
    send_soon(state.settings, partial(mail_within_limit, state.pool, sent.mail))
    mailed = state.settings.smtp_host is not None
    return page.show("companies/invited.html", sent=sent, mailed=mailed)
