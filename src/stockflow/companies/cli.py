"""`stockflow company`, `stockflow user` and `stockflow key`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stockflow.foundation.cli import (
    AsJson,
    CompanyId,
    command,
    emit,
    load_settings,
    operator_pool,
    print_table,
    read_password,
)
from stockflow.foundation.permissions import Role

if TYPE_CHECKING:
    from stockflow.companies.operations import NewApiKey, NewCompany
    from stockflow.companies.queries import ApiKeyRow, MemberRow
    from stockflow.companies.second_factor import SealedFactors

_company = typer.Typer(help="Set up companies.", no_args_is_help=True)
_user = typer.Typer(help="Give people access to a company.", no_args_is_help=True)
_key = typer.Typer(help="Give programs access to a company.", no_args_is_help=True)

WarehouseCodes = Annotated[
    list[str] | None,
    typer.Option("--warehouse", metavar="CODE", help="Only this warehouse; may be repeated."),
]
RoleOption = Annotated[Role, typer.Option("--role", help="What it may do.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this feature."""
    app.add_typer(_company, name="company")
    app.add_typer(_user, name="user")
    app.add_typer(_key, name="key")


@_company.command("create")
@command
async def create_company(
    name: str,
    *,
    owner_email: Annotated[str, typer.Option(help="Address of the first owner.")],
    owner_name: Annotated[str | None, typer.Option(help="Name of the first owner.")] = None,
    owner_password_stdin: Annotated[
        bool,
        typer.Option("--owner-password-stdin", help="Read their password from standard input."),
    ] = False,
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "GBP",
    timezone: Annotated[str, typer.Option(help="IANA name.")] = "Europe/London",
    as_json: AsJson = False,
) -> None:
    """Set up a company with its owner and a first API key, which is shown only now."""
    from stockflow.companies import operations
    from stockflow.companies.commands import CreateCompany

    asked = CreateCompany(
        name=name,
        owner_email=owner_email,
        owner_name=owner_name,
        owner_password=read_password(owner_password_stdin),
        currency=currency,
        timezone=timezone,
    )
    async with operator_pool() as pool:
        made = await operations.create_company(pool, asked)
    emit(made, as_json, human=_show_company)


def _show_company(made: "NewCompany") -> None:
    typer.echo(f"Company {made.company_id} is set up; its owner is user {made.user_id}.")
    typer.echo("This API key is shown only now:")
    typer.echo(made.api_key)


@_user.command("create")
@command
async def create_user(
    *,
    company: CompanyId,
    email: Annotated[str, typer.Option(help="The person's address.")],
    role: RoleOption,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    warehouse: WarehouseCodes = None,
    as_json: AsJson = False,
) -> None:
    """Make a person a member. Somebody StockFlow knows already keeps their name and password."""
    from stockflow.companies import operations
    from stockflow.companies.commands import AddMember, Password
    from stockflow.companies.operator import operator_scope
    from stockflow.companies.power import warehouse_ids_of
    from stockflow.foundation.scope import WriteScope

    asked = AddMember(email=email, name=name, role=role)
    password = _checked(Password, read_password(password_stdin))
    async with operator_scope(company, WriteScope) as scope:
        ids = await warehouse_ids_of(scope, warehouse)
        member = await operations.add_member(
            scope, asked.model_copy(update={"warehouse_ids": ids}), password
        )
    emit(member, as_json, human=_show_member)


def _show_member(member: "MemberRow") -> None:
    typer.echo(f"User {member.user_id} ({member.email}) is now {member.role} of the company.")


@_user.command("reset-password")
@command
async def reset_password(email: str, as_json: AsJson = False) -> None:
    """Print a link by which a person gives themselves a new password, once and within an hour."""
    from stockflow.companies.password_resets import reset_link_of

    async with operator_pool() as pool:
        link = await reset_link_of(pool, email, load_settings().own_url)
    emit({"link": link}, as_json, human=lambda made: typer.echo(made["link"]))


@_user.command("switch-off-second-factor")
@command
async def switch_off_second_factor(email: str, as_json: AsJson = False) -> None:
    """Let somebody who lost device and recovery codes sign in by their password alone."""
    from stockflow.companies.accounts import switch_off_second_factor_of

    async with operator_pool() as pool:
        await switch_off_second_factor_of(pool, email)
    emit({"email": email}, as_json, human=lambda _: typer.echo("The second factor is off."))


@_user.command("seal-second-factors")
@command
async def seal_second_factors(as_json: AsJson = False) -> None:
    """Seal the secrets of all second factors with the first key of STOCKFLOW_SECRET_KEY."""
    from stockflow.companies.second_factor import seal_second_factors
    from stockflow.foundation.keyring import Keyring

    async with operator_pool() as pool:
        sealed = await seal_second_factors(pool, Keyring(load_settings()))
    emit(sealed, as_json, human=_show_sealed)
    if sealed.unreadable:
        raise typer.Exit(1)


def _show_sealed(found: "SealedFactors") -> None:
    typer.echo(f"{found.sealed} secrets are sealed; {found.unreadable} can be read with no key.")


def _checked(kind: Any, password: str | None) -> str | None:
    from pydantic import TypeAdapter

    if password is not None:
        TypeAdapter(kind).validate_python(password)
    return password


@_key.command("create")
@command
async def create_key(
    *,
    company: CompanyId,
    role: RoleOption,
    name: Annotated[str, typer.Option(help="What it is for.")] = "Made at the command line",
    warehouse: WarehouseCodes = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key, which is shown only now."""
    from stockflow.companies import operations
    from stockflow.companies.commands import CreateApiKey
    from stockflow.companies.operator import operator_scope
    from stockflow.companies.power import warehouse_ids_of
    from stockflow.foundation.scope import WriteScope

    asked = CreateApiKey(name=name, role=role)
    async with operator_scope(company, WriteScope) as scope:
        ids = await warehouse_ids_of(scope, warehouse)
        made = await operations.create_api_key(
            scope, asked.model_copy(update={"warehouse_ids": ids})
        )
    emit(made, as_json, human=_show_key)


def _show_key(made: "NewApiKey") -> None:
    typer.echo(f"API key {made.id} ({made.name}, {made.role}). It is shown only now:")
    typer.echo(made.api_key)


@_key.command("list")
@command
async def list_keys(company: CompanyId, as_json: AsJson = False) -> None:
    """List the API keys of a company, also the revoked ones."""
    from stockflow.companies import queries
    from stockflow.companies.commands import ApiKeyFilters
    from stockflow.companies.operator import operator_scope
    from stockflow.foundation.pagination import Page
    from stockflow.foundation.scope import ReadScope

    keys: list[ApiKeyRow] = []
    async with operator_scope(company, ReadScope) as scope:
        page = await queries.list_api_keys(scope, ApiKeyFilters(limit=1000))
        keys += page.items
        while page.next_cursor is not None:
            filters = ApiKeyFilters(limit=1000, cursor=page.next_cursor)
            page = await queries.list_api_keys(scope, filters)
            keys += page.items
    emit(Page(keys, None), as_json, human=_show_keys)


def _show_keys(page: Any) -> None:
    columns = ("id", "name", "role", "warehouse_ids", "hint", "last_used_at", "revoked_at")
    print_table(page.items, columns)


@_key.command("revoke")
@command
async def revoke_key(
    company: CompanyId,
    key_id: Annotated[int, typer.Argument(metavar="KEY_ID", min=1, max=2**63 - 1)],
    as_json: AsJson = False,
) -> None:
    """End an API key at once and for good."""
    from stockflow.companies import operations
    from stockflow.companies.operator import operator_scope
    from stockflow.foundation.scope import WriteScope

    async with operator_scope(company, WriteScope) as scope:
        revoked = await operations.revoke_api_key(scope, key_id)
    emit(revoked, as_json, human=_show_revoked)


def _show_revoked(key: "ApiKeyRow") -> None:
    typer.echo(f"API key {key.id} ({key.name}, …{key.hint}) is revoked.")
