"""Inputs of the catalogue's operations."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from stockflow.catalog.sku import is_gtin
from stockflow.foundation.quantity import (
    Currency,
    Id,
    Line,
    LongText,
    Money,
    PositiveQuantity,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command

COMPONENTS_MAX = 200


class ProductType(StrEnum):
    """A bundle has no stock of its own: it is made of its components when it moves."""

    STANDARD = "standard"
    BUNDLE = "bundle"


class ProductSort(StrEnum):
    """Orders of a list of products; `-` turns one round."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    SKU = "sku"
    SKU_DESCENDING = "-sku"
    ID = "id"
    ID_DESCENDING = "-id"
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESCENDING = "-updated_at"


class CategorySort(StrEnum):
    """Orders of a list of categories; `-` turns one round."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    ID = "id"
    ID_DESCENDING = "-id"


def _gtin(text: str) -> str:
    if not is_gtin(text):
        raise ValueError("must be a GTIN of 8, 12, 13 or 14 digits with the right check digit")
    return text


Barcode = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(_gtin),
    Field(json_schema_extra={"examples": ["4006381333931"]}),
]
SearchText = Annotated[
    LongText,
    StringConstraints(max_length=255),
    Field(
        description="Words of the name, SKU, barcode or description; typing errors are forgiven."
    ),
]
_Limit = Annotated[int, Field(ge=1, le=1000)]
_Cursor = Annotated[str | None, Field(max_length=2000)]


class _ProductFields(Command):
    category: Annotated[
        Line | None, Field(description="A category's name; a new one is created.")
    ] = None
    category_id: Id | None = None
    description: LongText | None = None
    barcode: Barcode | None = None
    unit: ShortLine = "each"
    cost_price: Money | None = None
    low_stock_threshold: Quantity | None = None
    reorder_quantity: Quantity | None = None
    allow_backorders: Annotated[bool | None, Field(description="null: as the company says.")] = None
    weight_kg: Quantity | None = None
    length_cm: Quantity | None = None
    width_cm: Quantity | None = None
    height_cm: Quantity | None = None

    @field_validator("category_id")
    @classmethod
    def _names_the_category_once(cls, category_id: int | None, info: ValidationInfo) -> int | None:
        if category_id is not None and info.data.get("category") is not None:
            raise ValueError("must not be given together with category")
        return category_id


class CreateProduct(_ProductFields):
    """A new product, with opening stock where a warehouse and a quantity are given."""

    name: Line
    sku: ShortLine
    price: Money
    product_type: ProductType = ProductType.STANDARD
    currency: Annotated[Currency | None, Field(description="The company's, unless given.")] = None
    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="A warehouse's code.")] = None
    initial_quantity: Annotated[Quantity | None, Field(validate_default=True)] = None

    @field_validator("warehouse")
    @classmethod
    def _names_the_warehouse_once(cls, warehouse: str | None, info: ValidationInfo) -> str | None:
        if warehouse is not None and info.data.get("warehouse_id") is not None:
            raise ValueError("must not be given together with warehouse_id")
        return warehouse

    @field_validator("initial_quantity")
    @classmethod
    def _goes_with_a_warehouse(
        cls, quantity: Decimal | None, info: ValidationInfo
    ) -> Decimal | None:
        if not {"warehouse_id", "warehouse", "product_type"} <= info.data.keys():
            return quantity  # one of them is wrong itself, which has been said
        placed = info.data["warehouse_id"] is not None or info.data["warehouse"] is not None
        if info.data["product_type"] is ProductType.BUNDLE and (placed or quantity):
            raise ValueError("a bundle has no stock of its own")
        if placed and quantity is None:
            raise ValueError("is required with a warehouse")
        if quantity and not placed:
            raise ValueError("needs warehouse_id or warehouse")
        return quantity


class ChangeProduct(_ProductFields):
    """The fields to change; those left out stay. `null` empties a field that may be empty."""

    name: Line = ""
    sku: ShortLine = ""
    price: Money = Decimal(0)
    currency: Currency = ""


class ProductFilters(Command):
    """Which products to list."""

    q: SearchText = ""
    category_id: Id | None = None
    category: Annotated[Line | None, Field(description="A category's name.")] = None
    product_type: ProductType | None = None
    barcode: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{8,14}$")] = None
    sku: ShortLine | None = None
    archived: bool = False
    sort: Annotated[
        ProductSort | None, Field(description="By name, or with q by likeness, unless given.")
    ] = None
    limit: _Limit = 100
    cursor: _Cursor = None


class CreateCategory(Command):
    """A new category; its threshold holds for products that have none."""

    name: Line
    low_stock_threshold: Quantity | None = None


class ChangeCategory(Command):
    """The fields to change; those left out stay."""

    name: Line = ""
    low_stock_threshold: Quantity | None = None


class CategoryFilters(Command):
    """Which categories to list."""

    q: Annotated[LongText, StringConstraints(max_length=255)] = ""
    archived: bool = False
    sort: CategorySort = CategorySort.NAME
    limit: _Limit = 100
    cursor: _Cursor = None


class Component(Command):
    """A part of a bundle, named by id or by SKU, and how many of it one bundle holds."""

    product_id: Id | None = None
    sku: Annotated[ShortLine | None, Field(validate_default=True)] = None
    quantity: PositiveQuantity

    @field_validator("sku")
    @classmethod
    def _names_the_product_once(cls, sku: str | None, info: ValidationInfo) -> str | None:
        if "product_id" in info.data and (sku is None) == (info.data["product_id"] is None):
            raise ValueError("give either product_id or sku")
        return sku


class SetComponents(Command):
    """All components of a bundle, in place of those it has."""

    components: Annotated[list[Component], Field(max_length=COMPONENTS_MAX)]
