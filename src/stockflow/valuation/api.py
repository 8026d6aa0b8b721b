"""The API of valuation."""

from typing import Annotated

from fastapi import APIRouter, Query

from stockflow.companies.access import Read
from stockflow.foundation.problems import documented
from stockflow.foundation.routing import OperationRoute
from stockflow.valuation import queries
from stockflow.valuation.commands import ValuationFilters
from stockflow.valuation.queries import Valuation

router = APIRouter(tags=["Reports"], route_class=OperationRoute)
routers: list[APIRouter] = [router]


@router.get(
    "/api/reports/valuation",
    summary="Value stock, now or at a past moment",
    responses=documented(404),
)
async def value_stock(scope: Read, filters: Annotated[ValuationFilters, Query()]) -> Valuation:
    return await queries.value_stock(scope, filters)
