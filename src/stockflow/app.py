"""The web application: the features' routes inside one envelope."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from stockflow import __version__, features
from stockflow.companies.operator import job_scope
from stockflow.foundation import operating, problems
from stockflow.foundation.api_docs import install_api_docs
from stockflow.foundation.database import open_pool
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.jobs import running_jobs
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.logs import configure_logging
from stockflow.foundation.middleware import Envelope
from stockflow.foundation.postgres import Conninfo, running_postgres
from stockflow.foundation.scope import utc_now
from stockflow.foundation.settings import Settings, get_settings
from stockflow.stock.live import live_stock
from stockflow.web.later import LaterRoutes

_PAGES_AFTER_SECONDS = 0.2
_log = structlog.get_logger()


def create_app(
    settings: Settings | None = None,
    conninfo: Conninfo | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The application; it finds its own database unless given one.

    Not from `settings`, but from the environment comes `sku_scope`: the rule is the same for every door
    to a database, so `catalog` reads it from the settings of the process.
    """
    settings = settings or get_settings()
    configure_logging(settings)
    pages = LaterRoutes(features.pages)
    app = FastAPI(
        title="StockFlow",
        version=__version__,
        lifespan=partial(_running, settings=settings, conninfo=conninfo, pages=pages),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.settings = settings
    app.state.keyring = Keyring(settings)
    app.state.clock = clock
    for router in (operating.router, *features.routers()):
        # as they are: included, each route would be made a second time, which is a third of the start
        app.router.routes.extend(router.routes)
    app.router.routes.append(pages)
    app.state.error_page = _error_page
    problems.install(app)
    install_api_docs(app)
    app.add_middleware(Envelope, settings=settings)
    return app


@asynccontextmanager
async def _running(
    app: FastAPI, *, settings: Settings, conninfo: Conninfo | None, pages: LaterRoutes
) -> AsyncIterator[None]:
    """What the application needs from its start to its end."""
    if not app.state.keyring.seals:
        _log.warning("secrets of second factors are not sealed: STOCKFLOW_SECRET_KEY is not set")
    async with AsyncExitStack() as stack:
        found = conninfo or stack.enter_context(running_postgres(settings))
        app.state.pool = await stack.enter_async_context(open_pool(found.app, settings))
        app.state.live_stock = await stack.enter_async_context(live_stock(app.state.pool))
        if settings.jobs:
            grace = settings.shutdown_seconds
            await stack.enter_async_context(
                running_jobs(app.state.pool, job_scope, grace_seconds=grace)
            )
        _settle_garbage_collector()
        # a moment later, so that the start does not wait for what programs never ask for
        asyncio.get_running_loop().call_later(_PAGES_AFTER_SECONDS, pages.load)
        yield


def _error_page(request: Request, error: StockFlowError) -> Response:
    """A refusal for somebody who looks at pages; these are not imported before."""
    from stockflow.web.errors import error_page

    return error_page(request, error)


def _settle_garbage_collector() -> None:
    """Leave what was made at start out of every collection, and collect seldom.

    Requests of thousands of lines make many short-lived objects, none of them in cycles. To collect
    before would take a twentieth of the start, to find little.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
