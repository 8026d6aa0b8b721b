"""What the people and programs that operate a deployment look at."""

import os

import psycopg
from fastapi import APIRouter, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)
from psycopg_pool import PoolTimeout
from starlette.responses import JSONResponse, Response

from stockflow.foundation.errors import NotFound, StockFlowError
from stockflow.foundation.problems import status_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The process can serve: its database answers."""
    try:
        async with request.app.state.pool.connection(timeout=2) as connection:
            await connection.execute("SELECT 1")
    except (psycopg.Error, PoolTimeout):
        return JSONResponse({"status": "database not reachable"}, 503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus metrics of all web processes of this server."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # set by `stockflow serve --workers`
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/problems/{code}")
async def problem(code: str) -> Response:
    """What a problem's `type` means."""
    kind = StockFlowError.registry.get(code)
    if kind is None:
        raise NotFound("No problem has this code.")
    meaning = {"code": code, "title": kind.title, "meaning": (kind.__doc__ or "").strip()}
    return JSONResponse({**meaning, "status": status_of(kind())})
