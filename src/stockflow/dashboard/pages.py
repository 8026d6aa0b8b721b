"""`/c/{company_id}`: the dashboard, and the search that every page has."""

from datetime import datetime

import psycopg
import structlog
from starlette.background import BackgroundTasks
from starlette.requests import Request
from starlette.responses import Response

from stockflow.companies.page_scope import opened
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.dashboard.find import find
from stockflow.dashboard.kept import FiguresName, Kept, kept_figures, want_figures
from stockflow.dashboard.presenting import items_of, todo
from stockflow.dashboard.queries import first_steps, running_out, urgencies, waiting
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.routing import json_response
from stockflow.foundation.scope import WriteScope
from stockflow.replenishment.jobs import catch_up_later
from stockflow.stock.live import position

pages = PageRouter()
_log = structlog.get_logger()


@pages.get("/")
@pages.get("")
async def dashboard(page: Page) -> Response:
    """What waits, and the kept figures; what runs out is loaded behind the page."""
    steps = await first_steps(page.scope)
    work = todo(await waiting(page.scope))
    if not steps.stock:
        return page.show("dashboard/first_steps.html", steps=steps, todo=work)
    kept = await kept_figures(page.scope, list(FiguresName))
    response = page.show(
        "dashboard/dashboard.html", todo=work, kept=kept, position=await position(page.scope)
    )
    return _renewing(page, response, kept)


@pages.get("/dashboard/urgencies")
async def urgencies_tile(page: Page) -> Response:
    return page.show("dashboard/urgencies.html", by_urgency=await urgencies(page.scope))


@pages.get("/dashboard/running-out")
async def running_out_tile(page: Page) -> Response:
    found = await running_out(page.scope)
    response = page.show("dashboard/running_out.html", found=found)
    tasks = BackgroundTasks()
    catch_up_later(tasks, page.request.app.state.pool, page.scope, found.behind)
    response.background = tasks
    return response


@pages.get("/dashboard/value")
async def value_tile(page: Page) -> Response:
    return await _tile(page, FiguresName.WORTH, "value")


@pages.get("/dashboard/trade")
async def trade_tile(page: Page) -> Response:
    return await _tile(page, FiguresName.TRADE, "trade")


@pages.get("/dashboard/top-sellers")
async def top_sellers_tile(page: Page) -> Response:
    return await _tile(page, FiguresName.TRADE, "top_sellers")


@pages.get("/dashboard/dead-stock")
async def dead_stock_tile(page: Page) -> Response:
    return await _tile(page, FiguresName.DEAD, "dead")


@pages.get("/find")
async def find_anything(page: Page) -> Response:
    """What the command palette shows for `q`, with where it leads."""
    return json_response({"items": items_of(page, await find(page.scope, page.query.get("q", "")))})


async def _tile(page: Page, name: FiguresName, part: str) -> Response:
    """One part of the dashboard, a macro of `tiles.html`: it asks for itself again until it is new."""
    kept = await kept_figures(page.scope, [name])
    return _renewing(page, page.show("dashboard/tile.html", part=part, kept=kept[name]), kept)


def _renewing(page: Page, response: Response, kept: dict[FiguresName, Kept]) -> Response:
    """The response, after which what is too old of `kept` is asked for."""
    wanted = {name: part.computed_at for name, part in kept.items() if part.wanted}
    if wanted:
        tasks = BackgroundTasks()
        tasks.add_task(_want, page.request, wanted)
        response.background = tasks
    return response


async def _want(request: Request, seen: dict[FiguresName, datetime | None]) -> None:
    """Ask for figures if it can be done: the next look asks again."""
    try:
        async with opened(request, WriteScope) as (scope, _):
            await want_figures(scope, seen)
    except (StockFlowError, psycopg.Error) as error:
        _log.warning("figures not asked for", reason=str(error) or repr(error))
