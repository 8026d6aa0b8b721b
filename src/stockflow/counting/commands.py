"""Inputs of the counting operations."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stockflow.catalog.commands import SearchText
from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.quantity import (
    Id,
    Line,
    LongText,
    PastMoment,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX
from stockflow.stock.document_lines import WarehouseNamed
from stockflow.stock.documents import DocumentFilters
from stockflow.web.printing import PrintFilters


class CountStatus(StrEnum):
    """Where a count stands; differences are in the ledger once it is posted."""

    COUNTING = "counting"
    SUBMITTED = "submitted"
    POSTED = "posted"
    CANCELLED = "cancelled"


class LineStatus(StrEnum):
    """Whether a line of a count is done; `recount` is counted, and is to be counted again."""

    UNCOUNTED = "uncounted"
    COUNTED = "counted"
    RECOUNT = "recount"


class AbcClass(StrEnum):
    """By the value a warehouse sold of its products: A makes up 80 % of it, B the next 15 %."""

    A = "A"
    B = "B"
    C = "C"


class Uncounted(StrEnum):
    """What becomes of lines nobody counted: their stock is left as it is, or there is nothing."""

    LEAVE = "leave"
    ZERO = "zero"


class CountMode(StrEnum):
    """Whether a quantity is all that lies there, or comes on top of what was counted before."""

    SET = "set"
    ADD = "add"


_Notes = Annotated[LongText | None, Field(description="For the people who count.")]


class CreateCount(WarehouseNamed):
    """A count of a warehouse. Category, class and products narrow it; a product must meet all."""

    category_id: Id | None = None
    category: Annotated[Line | None, Field(description="A category's name.")] = None
    abc_class: AbcClass | None = None
    product_ids: Annotated[list[Id], Field(default_factory=list, max_length=LINES_MAX)]
    skus: Annotated[list[ShortLine], Field(default_factory=list, max_length=LINES_MAX)]
    blind: Annotated[
        bool,
        Field(
            description="Whether expected quantities are hidden, while it is being counted, from "
            "roles that may not approve."
        ),
    ] = False
    notes: _Notes = None

    @model_validator(mode="after")
    def _category_named_once(self) -> Self:
        if self.category_id is not None and self.category is not None:
            raise ValueError("name the category by either category_id or category")
        return self

    @property
    def is_narrowed(self) -> bool:
        """Whether it is of some products only: then no others can be added."""
        category = self.category_id is not None or self.category is not None
        return category or self.abc_class is not None or self.is_listed

    @property
    def is_listed(self) -> bool:
        """Whether products are named."""
        return bool(self.product_ids or self.skus)


class ChangeCount(Command):
    """The fields to change; those left out stay."""

    blind: bool = False
    notes: _Notes = None


class CountedLine(Command):
    """What was counted of one product."""

    product_id: Id | None = None
    sku: ShortLine | None = None
    barcode: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{8,14}$")] = None
    quantity: Annotated[Quantity, Field(description="Available and reserved; not the damaged.")]
    mode: Annotated[
        CountMode,
        Field(
            description="`set`: this is all of it, in place of what was counted before; may be sent "
            "again. `add`: this comes on top, as from a scanner; needs an Idempotency-Key to be "
            "sent again."
        ),
    ] = CountMode.SET
    recount: Annotated[
        bool,
        Field(
            description="This is the second count, which is accepted however much it differs. "
            "Without it, the first count is replaced or continued."
        ),
    ] = False
    counted_at: Annotated[
        PastMoment | None,
        Field(
            description="When it was counted, if not now: what is expected is reckoned back to it."
        ),
    ] = None

    @model_validator(mode="after")
    def _product_named_once(self) -> Self:
        if sum(name is not None for name in (self.product_id, self.sku, self.barcode)) != 1:
            raise ValueError("name the product by one of product_id, sku and barcode")
        return self


class RecordLines(Command):
    """1 to 10,000 counted lines, recorded together; a product more than once only to `add`."""

    lines: Annotated[list[CountedLine], Field(min_length=1, max_length=LINES_MAX)]


class EnterLine(CountedLine):
    """What somebody counted who has the line before them."""

    seen: Annotated[
        Quantity | None,
        Field(description="What the line said was counted; `set` replaces only that."),
    ] = None


class TakeBack(Command):
    """The last entry of a line, to be as if it had not been made."""

    product_id: Id
    counted: Annotated[Quantity, Field(description="What the entry left.")]
    counted_before: Annotated[
        Quantity | None, Field(description="What was counted before it, in the same count of it.")
    ] = None
    counted_before_at: Annotated[
        PastMoment | None,
        Field(description="When that was counted: what is expected is reckoned back to it."),
    ] = None


class SubmitCount(Command):
    """The end of counting. What becomes of uncounted lines must be said where there are any."""

    uncounted: Uncounted | None = None


class CountFilters(DocumentFilters[CountStatus]):
    """Which counts to list."""

    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None


class LineFilters(PageFilters):
    """Which lines of a count to list, in their order."""

    status: Annotated[
        Literal["uncounted", "counted", "recount", "different"] | None,
        Field(description="`different`: counted, and not what is expected."),
    ] = None
    product_id: Id | None = None
    sku: ShortLine | None = None
    q: SearchText = ""


class FindFilters(Command):
    """What was scanned or typed of a product: its barcode, its SKU, or part of its name."""

    q: SearchText = ""


class PrintSheet(PrintFilters):
    """How to print a count, and whether with what was counted so far."""

    results: bool = False
