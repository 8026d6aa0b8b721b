"""The features, lowest first: each may use those before it. Importing them registers their parts."""

from fastapi import APIRouter
from sqlalchemy import MetaData


def metadata() -> MetaData:
    """The tables of all features."""
    from stockflow.catalog import models as _catalog  # noqa: F401
    from stockflow.companies import models as _companies  # noqa: F401
    from stockflow.foundation.models import Base
    from stockflow.imports import models as _imports  # noqa: F401
    from stockflow.stock import models as _stock  # noqa: F401
    from stockflow.suppliers import models as _suppliers  # noqa: F401
    from stockflow.warehouses import models as _warehouses  # noqa: F401

    return Base.metadata


def routers() -> list[APIRouter]:
    """The API routes of all features."""
    from stockflow.companies import api as companies
    from stockflow.suppliers import api as suppliers
    from stockflow.warehouses import api as warehouses

    return [*companies.routers, warehouses.router, *suppliers.routers]
