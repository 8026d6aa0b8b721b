"""`/c/{company_id}/settings/members`: who belongs to the company, and what they may do."""

from starlette.responses import Response

from stockflow.companies.commands import ChangeMember, MemberFilters
from stockflow.companies.granting import chosen_limits, grantable_roles, limits_text
from stockflow.companies.invitations import list_invitations
from stockflow.companies.operations import change_member, remove_member
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.queries import MemberRow, get_member, list_members
from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.scope import ReadScope
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses
from stockflow.web.lists import Column, Listing

pages = PageRouter("/settings/members")
_ONE = "/{user_id:int}"


async def warehouses_of(scope: ReadScope) -> list[WarehouseRow]:
    """The warehouses to choose from."""
    return list((await list_warehouses(scope, WarehouseFilters(limit=1000))).items)


def _listing(codes: dict[int, str]) -> Listing[MemberRow]:
    return Listing[MemberRow](
        "members",
        (
            Column("name", "Name", lambda row: row.name, "text", _href, sort="name"),
            Column("email", "E-mail address", lambda row: row.email, sort="email"),
            Column("role", "Role", lambda row: str(row.role), "status", sort="role"),
            Column("warehouses", "Warehouses", lambda row: limits_text(row.warehouse_ids, codes)),
            Column(
                "created_at",
                "Member since",
                lambda row: row.created_at,
                "day",
                sort="created_at",
            ),
        ),
    )


def _href(row: MemberRow) -> str:
    return f"/settings/members/{row.user_id}"


@pages.get("")
async def members(page: Page) -> Response:
    page.require("MANAGE_MEMBERS")
    codes = {one.id: one.code for one in await warehouses_of(page.scope)}
    invitations = (await list_invitations(page.scope, PageFilters(limit=1000))).items
    limits = {one.id: limits_text(one.warehouse_ids, codes) for one in invitations}
    context = {"invitations": invitations, "limits": limits}
    return await page.show_list(
        "companies/members.html", _listing(codes), MemberFilters, list_members, **context
    )


@pages.get(_ONE)
async def member(page: Page) -> Response:
    row = await get_member(page.scope, page.id("user_id"))
    return page.show(
        "companies/member.html",
        member=row,
        roles=grantable_roles(page.scope),
        warehouses=await warehouses_of(page.scope),
    )


@pages.post(_ONE)
async def change(post: Post) -> Response:
    return await post.submit(
        ChangeMember,
        lambda scope, command: change_member(scope, post.id("user_id"), command, post.version),
        lambda row: Done(_href(row), f"{row.name} is {row.role} now."),
        member,
        **chosen_limits(post.fields),
    )


@pages.post(_ONE + "/remove")
async def remove(post: Post) -> Response:
    return await post.act(
        lambda scope: remove_member(scope, post.id("user_id")),
        lambda _: Done("/settings/members", "The member is removed."),
        member,
    )
