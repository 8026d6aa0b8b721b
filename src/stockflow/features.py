"""The features, lowest first: each may use those before it. Importing them registers their parts."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `stockflow --help` reads this module and must stay quick
    from fastapi import APIRouter
    from sqlalchemy import MetaData
    from starlette.routing import Route
    from typer import Typer


def metadata() -> "MetaData":
    """The tables of all features."""
    from stockflow.adjustments import models as _adjustments  # noqa: F401
    from stockflow.catalog import models as _catalog  # noqa: F401
    from stockflow.companies import models as _companies  # noqa: F401
    from stockflow.counting import models as _counting  # noqa: F401
    from stockflow.dashboard import models as _dashboard  # noqa: F401
    from stockflow.foundation.models import Base
    from stockflow.imports import models as _imports  # noqa: F401
    from stockflow.imports import upload_models as _uploads  # noqa: F401
    from stockflow.purchasing import models as _purchasing  # noqa: F401
    from stockflow.sales import models as _sales  # noqa: F401
    from stockflow.stock import models as _stock  # noqa: F401
    from stockflow.suppliers import models as _suppliers  # noqa: F401
    from stockflow.transfers import models as _transfers  # noqa: F401
    from stockflow.warehouses import models as _warehouses  # noqa: F401

    return Base.metadata


def routers() -> "list[APIRouter]":
    """The API routes of all features; those asked for most come first, as they are tried in order."""
    from stockflow.adjustments import api as adjustments
    from stockflow.catalog import api as catalog
    from stockflow.companies import api as companies
    from stockflow.counting import api as counting
    from stockflow.imports import api as imports
    from stockflow.purchasing import api as purchasing
    from stockflow.replenishment import api as replenishment
    from stockflow.sales import api as sales
    from stockflow.stock import api as stock
    from stockflow.suppliers import api as suppliers
    from stockflow.transfers import api as transfers
    from stockflow.valuation import api as valuation
    from stockflow.warehouses import api as warehouses

    subscribe()
    return [
        stock.router,
        replenishment.router,
        *catalog.routers,
        warehouses.router,
        *suppliers.routers,
        *sales.routers,
        *purchasing.routers,
        *transfers.routers,
        *counting.routers,
        *adjustments.routers,
        *valuation.routers,
        *companies.routers,
        imports.router,
    ]


def pages() -> "list[Route]":
    """The pages of all features; imported after the start, as no program asks for them."""
    from stockflow.adjustments import pages as adjustments
    from stockflow.catalog import pages as catalog
    from stockflow.companies import pages as companies
    from stockflow.counting import pages as counting
    from stockflow.dashboard import pages as dashboard
    from stockflow.imports import pages as imports
    from stockflow.purchasing import pages as purchasing
    from stockflow.replenishment import pages as replenishment
    from stockflow.sales import pages as sales
    from stockflow.stock import pages as stock
    from stockflow.suppliers import pages as suppliers
    from stockflow.transfers import pages as transfers
    from stockflow.warehouses import pages as warehouses
    from stockflow.web import pages as web

    return [
        *web.routes,
        *dashboard.pages.routes,
        *companies.routes,
        *catalog.routes,
        *imports.pages.routes,
        *stock.routes,
        *warehouses.pages.routes,
        *suppliers.routes,
        *purchasing.routes,
        *replenishment.pages.routes,
        *adjustments.pages.routes,
        *sales.routes,
        *transfers.routes,
        *counting.routes,
    ]


def subscribe() -> None:
    """Let the features hear each other's events, and know their jobs, before anything is changed."""
    from stockflow.adjustments import subscriptions as _adjustments  # noqa: F401
    from stockflow.counting import subscriptions as _counting  # noqa: F401
    from stockflow.dashboard import kept as _figures  # noqa: F401
    from stockflow.imports import jobs as _import_jobs  # noqa: F401
    from stockflow.purchasing import subscriptions as _purchasing  # noqa: F401
    from stockflow.sales import subscriptions as _sales  # noqa: F401
    from stockflow.stock import jobs as _stock_jobs  # noqa: F401
    from stockflow.stock import subscriptions as _stock  # noqa: F401
    from stockflow.transfers import subscriptions as _transfers  # noqa: F401


def cli() -> "list[Callable[[Typer], None]]":
    """What adds each feature's commands to the command line; these modules import nothing heavy."""
    from stockflow.adjustments import cli as adjustments
    from stockflow.companies import cli as companies
    from stockflow.counting import cli as counting
    from stockflow.demo import cli as demo
    from stockflow.imports import cli as imports
    from stockflow.purchasing import cli as purchasing
    from stockflow.sales import cli as sales
    from stockflow.stock import cli as stock
    from stockflow.transfers import cli as transfers
    from stockflow.valuation import cli as valuation

    doors = (companies, stock, sales, purchasing, transfers, counting, adjustments, valuation)
    return [door.register for door in (*doors, imports, demo)]
