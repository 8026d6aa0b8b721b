"""Inputs of the customer operations."""

from typing import Annotated, Literal

from pydantic import Field

from stockflow.foundation.quantity import Currency, Email, Line, LongText, ShortLine
from stockflow.foundation.routing import Command


class _Details(Command):
    code: ShortLine | None = None
    contact_name: Line | None = None
    contact_email: Email | None = None
    contact_phone: ShortLine | None = None
    billing_address: LongText | None = None
    shipping_address: LongText | None = None
    payment_terms: Line | None = None
    currency: Currency | None = None
    tax_id: ShortLine | None = None
    notes: LongText | None = None
    active: bool = True


class CreateCustomer(_Details):
    """A new customer; `code`, where given, names it wherever its id may."""

    name: Line


class ChangeCustomer(_Details):
    """The fields to change; those left out stay. Setting `active` to false retires the customer."""

    name: Line = ""


class CustomerFilters(Command):
    """Which customers to list, in which order."""

    q: Annotated[
        str | None,
        Field(
            max_length=255,
            pattern=r"^[^\x00]*$",
            description="Part of the code, name or contact's e-mail address.",
        ),
    ] = None
    active: bool | None = None
    sort: Annotated[
        Literal["name", "-name", "code", "-code", "id", "-id"],
        Field(description="`-` reverses. By code, customers without one come first."),
    ] = "name"
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None
