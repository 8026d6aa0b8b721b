"""Barcode labels for products."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator
from sqlalchemy import ARRAY, BigInteger, Text, any_, cast, literal, select

from stockflow.catalog.errors import ProductNotFound
from stockflow.catalog.models import Product
from stockflow.catalog.sku import is_gtin
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope
from stockflow.web.pdf import Figures, Printed, PrintStyle, filename
from stockflow.web.pdf_labels_layout import LabelLayout

if TYPE_CHECKING:
    from stockflow.web.pdf_labels import Label

LABELS_MAX = 5_000


class ProductLabels(Command):
    """How many labels of a product."""

    product_id: Id
    copies: Annotated[int, Field(ge=1, le=1000)] = 1


class PrintLabels(Command):
    """Labels for 1 to 1,000 products, at most 5,000 in all, in the order given."""

    products: Annotated[list[ProductLabels], Field(min_length=1, max_length=1000)]
    layout: LabelLayout = LabelLayout.SHEET_3X8
    start: Annotated[
        int,
        Field(ge=1, description="The first free label of the first sheet: 1 is the top left one."),
    ] = 1
    price: Annotated[bool, Field(description="Whether the price is on them.")] = False

    @model_validator(mode="after")
    def _printable(self) -> Self:
        if self.start > self.layout.per_page:
            raise ValueError(
                f"start must be at most {self.layout.per_page}, as there are on a sheet"
            )
        if sum(one.copies for one in self.products) > LABELS_MAX:
            raise ValueError(f"at most {LABELS_MAX} labels can be printed at once")
        return self


@dataclass(frozen=True, slots=True)
class _Labelled:
    id: int
    name: str
    sku: str
    barcode: str | None
    price: str
    currency: str


async def product_labels_pdf(scope: ReadScope, command: PrintLabels, style: PrintStyle) -> Printed:
    """The labels as a PDF: the product's GTIN in bars, else its SKU in bars or as a QR code.

    Raises:
        ProductNotFound: one of the products there is not.
    """
    products = await _products(scope, [one.product_id for one in command.products])
    figures = Figures(style, scope.company.timezone)

    def label(product: _Labelled) -> "Label":
        from stockflow.web.pdf_labels import Label

        gtin = product.barcode if product.barcode and is_gtin(product.barcode) else None
        price = figures.money(product.price, product.currency) if command.price else None
        return Label(product.name, product.sku, gtin, price)

    def draw() -> bytes:
        from stockflow.web.pdf_labels import labels_pdf

        labels = [
            drawn
            for one in command.products
            for drawn in [label(products[one.product_id])] * one.copies
        ]
        return labels_pdf(labels, command.layout, command.start - 1, style.locale)

    return Printed(filename("labels", command.layout), draw)


async def _products(scope: ReadScope, product_ids: Sequence[int]) -> dict[int, _Labelled]:
    scope.require(Permission.READ)
    rows = await scope.fetch_all(
        _Labelled,
        select(
            Product.id,
            Product.name,
            Product.sku,
            Product.barcode,
            cast(Product.price, Text).label("price"),
            Product.currency,
        ).where(
            Product.company_id == scope.company_id,
            Product.id == any_(literal(list(product_ids), ARRAY(BigInteger()))),
        ),
    )
    found = {row.id: row for row in rows}
    for product_id in product_ids:
        if product_id not in found:
            raise ProductNotFound(facts={"product_id": product_id})
    return found
