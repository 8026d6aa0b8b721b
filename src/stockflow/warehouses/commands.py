"""Inputs of the warehouse operations."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stockflow.foundation.quantity import COUNTRY, Email, Line, ShortLine
from stockflow.foundation.routing import Command


class WarehouseType(StrEnum):
    """What a warehouse is for."""

    FULFILMENT = "fulfilment"
    RETAIL = "retail"
    DROP_SHIP = "drop_ship"
    VIRTUAL = "virtual"


Country = Annotated[str, StringConstraints(pattern=COUNTRY)]
"""An ISO 3166-1 alpha-2 code."""


class _Details(Command):
    address: Line | None = None
    city: Line | None = None
    region: Line | None = None
    postal_code: ShortLine | None = None
    country: Country | None = None
    contact_name: Line | None = None
    contact_email: Email | None = None
    contact_phone: ShortLine | None = None
    priority: Annotated[
        int, Field(ge=1, le=1000, description="Orders are served from low ones first.")
    ] = 100


class CreateWarehouse(_Details):
    """A new warehouse; `code` names it wherever its id may."""

    code: ShortLine
    name: Line
    type: WarehouseType = WarehouseType.FULFILMENT
    active: bool = True


class ChangeWarehouse(_Details):
    """The fields to change; those left out stay. Setting `active` to false retires the warehouse."""

    code: ShortLine = ""
    name: Line = ""
    type: WarehouseType = WarehouseType.FULFILMENT
    active: bool = True


class WarehouseFilters(Command):
    """Which warehouses to list."""

    q: Annotated[
        str | None,
        Field(max_length=255, pattern=r"^[^\x00]*$", description="Part of the code, name or city."),
    ] = None
    type: WarehouseType | None = None
    active: bool | None = None
    sort: Annotated[
        Literal["code", "-code", "name", "-name", "id", "-id"], Field(description="`-` reverses.")
    ] = "code"
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None
