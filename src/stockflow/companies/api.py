"""`/api/company`, `/api/members`, `/api/api-keys` and `/api/audit`."""

from fastapi import APIRouter

from stockflow.companies import operations
from stockflow.companies.access import Write
from stockflow.companies.commands import CreateApiKey
from stockflow.companies.operations import NewApiKey
from stockflow.foundation.routing import Created, JsonBody, OperationRoute

api_keys = APIRouter(prefix="/api/api-keys", tags=["API keys"], route_class=OperationRoute)


@api_keys.post("", summary="Create an API key")
async def create_api_key(scope: Write, command: JsonBody[CreateApiKey]) -> Created[NewApiKey]:
    made = await operations.create_api_key(scope, command)
    return Created(made, f"/api/api-keys/{made.id}")


routers = [api_keys]
