"""Inputs of the supplier operations."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stockflow.foundation.quantity import (
    Currency,
    Email,
    Id,
    Line,
    LongText,
    Money,
    PositiveQuantity,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command

LeadTimeDays = Annotated[int, Field(ge=0, le=3650)]


class _Details(Command):
    code: ShortLine | None = None
    contact_name: Line | None = None
    contact_email: Email | None = None
    contact_phone: ShortLine | None = None
    lead_time_days: LeadTimeDays | None = None
    payment_terms: Line | None = None
    currency: Currency | None = None
    tax_id: ShortLine | None = None
    notes: LongText | None = None
    active: bool = True


class CreateSupplier(_Details):
    """A new supplier; `code`, where given, names it wherever its id may."""

    name: Line


class ChangeSupplier(_Details):
    """The fields to change; those left out stay. Setting `active` to false retires the supplier."""

    name: Line = ""


class SupplierFilters(Command):
    """Which suppliers to list, in which order."""

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
        Field(description="`-` reverses. By code, suppliers without one come first."),
    ] = "name"
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class Terms(Command):
    """On what terms a supplier sells a product."""

    supplier_sku: ShortLine | None = None
    cost_price: Money | None = None
    lead_time_days: Annotated[
        LeadTimeDays | None, Field(description="Null: the supplier's own.")
    ] = None
    minimum_order_quantity: Quantity | None = None
    order_multiple: PositiveQuantity | None = None
    is_preferred: Annotated[
        bool, Field(description="True takes the preference from the product's other suppliers.")
    ] = False


class SetTerms(Terms):
    """The terms as they shall be; fields left out become null."""


class ChangeTerms(Terms):
    """The terms to change; those left out stay."""


class AddTerms(Terms):
    """Terms of one more supplier of a product, named by id or by code."""

    supplier_id: Id | None = None
    supplier: Annotated[ShortLine | None, Field(description="The supplier's code.")] = None

    @model_validator(mode="after")
    def _named_once(self) -> "AddTerms":
        if (self.supplier_id is None) == (self.supplier is None):
            raise ValueError("name the supplier by either supplier_id or supplier")
        return self


class AddSuppliedProduct(Terms):
    """Terms of one more product of a supplier, named by id or by SKU."""

    product_id: Id | None = None
    sku: ShortLine | None = None

    @model_validator(mode="after")
    def _product_named_once(self) -> "AddSuppliedProduct":
        if (self.product_id is None) == (self.sku is None):
            raise ValueError("name the product by either product_id or sku")
        return self


class ProductTerms(Terms):
    """Terms of one product and supplier among many; those left out stay."""

    product_id: Id
    supplier_id: Id


class TermsFilters(Command):
    """Which page of a product's suppliers."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class SuppliedFilters(Command):
    """Which of a supplier's products to list."""

    q: Annotated[
        str | None,
        Field(
            max_length=255,
            pattern=r"^[^\x00]*$",
            description="Part of the SKU, the name or the supplier's own SKU.",
        ),
    ] = None
    supplier_sku: Annotated[
        ShortLine | None, Field(description="The supplier's own SKU, in whatever case.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None
