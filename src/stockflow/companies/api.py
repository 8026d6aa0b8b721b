"""`/api/company`, `/api/members`, `/api/api-keys` and `/api/audit`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from stockflow.companies import audit, operations, queries
from stockflow.companies.access import MakeKey, Read, Write
from stockflow.companies.audit import AuditFilters, AuditRow
from stockflow.companies.commands import (
    AddMember,
    ApiKeyFilters,
    ChangeCompany,
    ChangeMember,
    CreateApiKey,
    MemberFilters,
)
from stockflow.companies.operations import NewApiKey
from stockflow.companies.queries import ApiKeyRow, CompanyRow, MemberRow
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute

company = APIRouter(prefix="/api/company", tags=["Company"], route_class=OperationRoute)
members = APIRouter(prefix="/api/members", tags=["Members"], route_class=OperationRoute)
api_keys = APIRouter(prefix="/api/api-keys", tags=["API keys"], route_class=OperationRoute)
audit_log = APIRouter(prefix="/api/audit", tags=["Audit log"], route_class=OperationRoute)
routers = [company, members, api_keys, audit_log]

UserId = Annotated[Id, Path()]
ApiKeyId = Annotated[Id, Path()]


@company.get("", summary="Read the company and its rules")
async def get_company(scope: Read) -> CompanyRow:
    return await queries.get_company(scope)


@company.patch("", summary="Change the company's rules", responses=documented(409, 412))
async def change_company(
    scope: Write, command: JsonBody[ChangeCompany], expected_version: IfMatch
) -> CompanyRow:
    return await operations.change_company(scope, command, expected_version)


@members.get("", summary="List members")
async def list_members(scope: Read, filters: Annotated[MemberFilters, Query()]) -> Page[MemberRow]:
    return await queries.list_members(scope, filters)


@members.post("", summary="Add a member", responses=documented(404, 409))
async def add_member(scope: Write, command: JsonBody[AddMember]) -> Created[MemberRow]:
    row = await operations.add_member(scope, command)
    return Created(row, f"/api/members/{row.user_id}")


@members.get("/{user_id}", summary="Read a member", responses=documented(404))
async def get_member(scope: Read, user_id: UserId) -> MemberRow:
    return await queries.get_member(scope, user_id)


@members.patch(
    "/{user_id}", summary="Change a member's role or limits", responses=documented(404, 409, 412)
)
async def change_member(
    scope: Write, user_id: UserId, command: JsonBody[ChangeMember], expected_version: IfMatch
) -> MemberRow:
    return await operations.change_member(scope, user_id, command, expected_version)


@members.delete(
    "/{user_id}", summary="Remove a member", status_code=204, responses=documented(404, 409)
)
async def remove_member(scope: Write, user_id: UserId) -> Response:
    await operations.remove_member(scope, user_id)
    return Response(status_code=204)


@api_keys.post("", summary="Create an API key", responses=documented(404, 409))
async def create_api_key(making: MakeKey, command: JsonBody[CreateApiKey]) -> Created[NewApiKey]:
    made = await operations.create_api_key(making.scope, command, making.make_token)
    return Created(made, f"/api/api-keys/{made.id}")


@api_keys.get("", summary="List API keys")
async def list_api_keys(scope: Read, filters: Annotated[ApiKeyFilters, Query()]) -> Page[ApiKeyRow]:
    return await queries.list_api_keys(scope, filters)


@api_keys.get("/{api_key_id}", summary="Read an API key", responses=documented(404))
async def get_api_key(scope: Read, api_key_id: ApiKeyId) -> ApiKeyRow:
    return await queries.get_api_key(scope, api_key_id)


@api_keys.delete("/{api_key_id}", summary="Revoke an API key", responses=documented(404))
async def revoke_api_key(scope: Write, api_key_id: ApiKeyId) -> ApiKeyRow:
    return await operations.revoke_api_key(scope, api_key_id)


@audit_log.get("", summary="List what was changed, by whom and when")
async def list_audit_entries(
    scope: Read, filters: Annotated[AuditFilters, Query()]
) -> Page[AuditRow]:
    return await audit.list_entries(scope, filters)
