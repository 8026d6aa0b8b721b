"""`/c/{company_id}/settings/api-keys`: what programs sign in with."""

from starlette.responses import Response

from stockflow.companies.commands import ApiKeyFilters, CreateApiKey
from stockflow.companies.granting import chosen_limits, grantable_roles, limits_text
from stockflow.companies.operations import NewApiKey, create_api_key, revoke_api_key
from stockflow.companies.pages.members import warehouses_of
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.people import names_of
from stockflow.companies.queries import ApiKeyRow, get_api_key, list_api_keys
from stockflow.foundation.scope import WriteScope
from stockflow.web.lists import Column, Listing

pages = PageRouter("/settings/api-keys")
_AGAIN = Done("/settings/api-keys", "The key was made before; it is not shown a second time.")


def _listing(codes: dict[int, str]) -> Listing[ApiKeyRow]:
    return Listing[ApiKeyRow](
        "api-keys",
        (
            Column("name", "Name", lambda row: row.name, "text", _href, sort="name"),
            Column("hint", "Ends with", lambda row: row.hint, "code"),
            Column("role", "Role", lambda row: str(row.role), "status", sort="role"),
            Column("warehouses", "Warehouses", lambda row: limits_text(row.warehouse_ids, codes)),
            Column("created_at", "Made", lambda row: row.created_at, "day", sort="created_at"),
            Column(
                "last_used_at",
                "Last used",
                lambda row: row.last_used_at,
                "moment",
                sort="last_used_at",
            ),
            Column("status", "Status", _status, "status", sort="status"),
        ),
    )


def _href(row: ApiKeyRow) -> str:
    return f"/settings/api-keys/{row.id}"


def _status(row: ApiKeyRow) -> str:
    return "active" if row.revoked_at is None else "revoked"


@pages.get("")
async def api_keys(page: Page) -> Response:
    page.require("MANAGE_KEYS")
    codes = {one.id: one.code for one in await warehouses_of(page.scope)}
    return await page.show_list(
        "companies/api_keys.html", _listing(codes), ApiKeyFilters, list_api_keys
    )


@pages.get("/new")
async def new_api_key(page: Page) -> Response:
    page.require("MANAGE_KEYS")
    return page.show(
        "companies/api_key_new.html",
        roles=grantable_roles(page.scope),
        warehouses=await warehouses_of(page.scope),
    )


@pages.post("/new")
async def create(post: Post) -> Response:
    async def run(scope: WriteScope) -> NewApiKey:
        given = chosen_limits(post.fields)
        command = post.fields.command(CreateApiKey, scope.company.timezone, **given)
        return await create_api_key(scope, command)

    return await post.show_once(run, _made, _AGAIN, new_api_key)


async def _made(page: Page, key: NewApiKey) -> Response:
    return page.show("companies/api_key_made.html", key=key)


@pages.get("/{api_key_id:int}")
async def api_key(page: Page) -> Response:
    row = await get_api_key(page.scope, page.id("api_key_id"))
    codes = {one.id: one.code for one in await warehouses_of(page.scope)}
    author = (row.created_by, None)
    return page.show(
        "companies/api_key.html",
        key=row,
        limits=limits_text(row.warehouse_ids, codes),
        author=(await names_of(page.scope, {author}))[author],
    )


@pages.post("/{api_key_id:int}/revoke")
async def revoke(post: Post) -> Response:
    return await post.act(
        lambda scope: revoke_api_key(scope, post.id("api_key_id")),
        lambda row: Done("/settings/api-keys", f"The key {row.name} works no more."),
        api_key,
    )
