"""Inputs of the company operations."""

from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from stockflow.foundation.permissions import Role
from stockflow.foundation.quantity import Currency, Email, Id, Line
from stockflow.foundation.routing import Command


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not a time zone of the IANA database, such as Europe/London")
    return ZoneInfo(name).key


Timezone = Annotated[Line, AfterValidator(_known_timezone)]


class CreateCompany(Command):
    """A new company with its first member, the owner."""

    name: Line
    owner_email: Email
    owner_name: Line | None = None
    owner_password: Annotated[str, Field(min_length=8, max_length=1000)] | None = None
    currency: Currency = "GBP"
    timezone: Timezone = "UTC"


class CreateApiKey(Command):
    """A new API key; without `warehouse_ids` it may use all warehouses."""

    name: Line
    role: Role
    warehouse_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
