"""Inputs of the stock operations."""

from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from stockflow.catalog.commands import SearchText
from stockflow.foundation.errors import FieldError
from stockflow.foundation.problems import field_errors
from stockflow.foundation.quantity import (
    Id,
    Line,
    Money,
    PastMoment,
    PastQueryMoment,
    QueryMoment,
    ShortLine,
    SignedQuantity,
)
from stockflow.foundation.routing import Command, refuse_flood

LINES_MAX = 10_000
_RAW = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_NUMBERS = msgspec.json.Encoder(decimal_format="number")


class MovementType(StrEnum):
    """Why stock moved."""

    PURCHASE = "purchase"
    SALE = "sale"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    DAMAGE = "damage"
    WRITE_OFF = "write_off"
    RECOUNT = "recount"
    RESERVE = "reserve"
    RELEASE = "release"
    MANUFACTURING = "manufacturing"


class Bucket(StrEnum):
    """In which state stock is; only `available` can be sold."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    DAMAGED = "damaged"
    IN_TRANSIT = "in_transit"


class PostingKind(StrEnum):
    """What a posting was made for."""

    MOVEMENTS = "movements"
    OPENING = "opening"
    IMPORT = "import"
    REVERSAL = "reversal"
    RESERVATION = "reservation"
    RELEASE = "release"
    SHIPMENT = "shipment"
    RETURN = "return"
    RECEIPT = "receipt"
    TRANSFER_SHIPMENT = "transfer_shipment"
    TRANSFER_RECEIPT = "transfer_receipt"
    TRANSFER_CANCELLATION = "transfer_cancellation"
    COUNT = "count"
    ADJUSTMENT = "adjustment"


class DocumentType(StrEnum):
    """The documents that cause postings."""

    SALES_ORDER = "sales_order"
    PURCHASE_ORDER = "purchase_order"
    TRANSFER = "transfer"
    STOCK_COUNT = "stock_count"
    ADJUSTMENT_REQUEST = "adjustment_request"


SIGNED = frozenset({MovementType.ADJUSTMENT, MovementType.MANUFACTURING})
"""Types whose quantity may be negative; every other type has its own direction."""

_BY_DOCUMENT = frozenset({MovementType.TRANSFER_OUT, MovementType.TRANSFER_IN})


class Mode(StrEnum):
    """What becomes of a request with a line that cannot be posted."""

    ALL_OR_NOTHING = "all_or_nothing"
    VALID_ROWS = "valid_rows"


class MovementLine(Command):
    """One movement: which product, where, why, how much."""

    product_id: Id | None = None
    sku: ShortLine | None = None
    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None
    type: MovementType
    quantity: Annotated[
        SignedQuantity,
        Field(
            description="How much, positive; may be negative for adjustment and manufacturing. "
            "For a recount: the quantity counted."
        ),
    ]
    unit_cost: Money | None = None
    unit_price: Money | None = None
    reason: Line | None = None
    reference: Line | None = None
    occurred_at: PastMoment | None = None
    expected_quantity: Annotated[
        SignedQuantity | None,
        Field(description="The available quantity you saw; refused if it is another by now."),
    ] = None

    @field_validator("quantity")
    @classmethod
    def _fits_type(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("type")
        if kind is MovementType.RECOUNT:
            if value < 0:
                raise ValueError("must not be negative")
        elif value == 0:
            raise ValueError("must not be zero")
        elif value < 0 and kind is not None and kind not in SIGNED:
            raise ValueError(f"must be positive for a {kind}")
        return value

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if self.type in _BY_DOCUMENT:
            raise ValueError(f"a {self.type} is made by transfers only")
        if (self.product_id is None) == (self.sku is None):
            raise ValueError("name the product by either product_id or sku")
        if (self.warehouse_id is None) == (self.warehouse is None):
            raise ValueError("name the warehouse by either warehouse_id or warehouse (its code)")
        return self


class RecordMovements(Command):
    """1 to 10,000 movements, posted together in their order."""

    lines: Annotated[list[MovementLine], Field(min_length=1, max_length=LINES_MAX)]
    mode: Mode = Mode.ALL_OR_NOTHING
    _numbers: list[int] = PrivateAttr(default_factory=list)
    _malformed: dict[int, list[FieldError]] = PrivateAttr(default_factory=dict)

    @classmethod
    def parse_json(cls, body: bytes) -> Self:
        """Like any command; in the mode `valid_rows` a malformed line is set aside, not refused.

        Raises:
            pydantic.ValidationError: naming every wrong field at once.
        """
        try:
            return cls.model_validate_json(body, strict=True)
        except ValidationError as error:
            refuse_flood(error)
            found = error.errors(include_url=False, include_input=False)
            malformed = {place["loc"][1] for place in found if _in_line(place["loc"])}
            if not malformed or any(not _in_line(place["loc"]) for place in found):
                raise
            return cls._without(body, malformed, found, error)

    @classmethod
    def _without(
        cls, body: bytes, malformed: set[Any], found: list[Any], error: ValidationError
    ) -> Self:
        try:
            document = _RAW.decode(body)
        except (msgspec.DecodeError, ArithmeticError):
            raise error from None
        lines = document["lines"]
        if document.get("mode") != Mode.VALID_ROWS or len(malformed) == len(lines):
            raise error
        numbers = [number for number in range(len(lines)) if number not in malformed]
        document["lines"] = [lines[number] for number in numbers]
        command = cls.model_validate_json(_NUMBERS.encode(document), strict=True)
        command._numbers = numbers
        for number, own in groupby(found, key=lambda place: place["loc"][1]):
            command._malformed.setdefault(number, []).extend(field_errors(list(own)))
        return command

    @property
    def numbers(self) -> list[int]:
        """The place in the request of each of `lines`."""
        return self._numbers or list(range(len(self.lines)))

    @property
    def malformed(self) -> dict[int, list[FieldError]]:
        """Lines set aside in the mode `valid_rows`, with what is wrong with them."""
        return self._malformed


def _in_line(location: tuple[int | str, ...]) -> bool:
    return len(location) > 1 and location[0] == "lines" and isinstance(location[1], int)


class LevelFilters(Command):
    """Which levels to list, and when."""

    product_id: Id | None = None
    sku: ShortLine | None = None
    warehouse_id: Id | None = None
    warehouse: ShortLine | None = None
    category_id: Id | None = None
    q: SearchText = ""
    low: Annotated[bool | None, Field(description="Only levels that are (not) low.")] = None
    as_of: Annotated[
        PastQueryMoment | None,
        Field(description="The moment whose balances are wanted; now if absent."),
    ] = None
    sort: Annotated[
        Literal["sku", "-sku", "warehouse", "-warehouse"] | None,
        Field(
            description="By SKU or by the warehouse's code, `-` reverses; by product id if absent."
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class MovementOrder(StrEnum):
    """In which order movements were recorded."""

    NEWEST = "newest"
    OLDEST = "oldest"


class MovementFilters(Command):
    """Which movements to list."""

    product_id: Id | None = None
    sku: ShortLine | None = None
    warehouse_id: Id | None = None
    warehouse: ShortLine | None = None
    posting_id: Id | None = None
    type: MovementType | None = None
    bucket: Bucket | None = None
    reference: Line | None = None
    document_type: DocumentType | None = None
    document_id: Annotated[
        Id | None, Field(description="The document that caused them; needs `document_type`.")
    ] = None
    occurred_from: QueryMoment | None = None
    occurred_before: QueryMoment | None = None
    order: MovementOrder = MovementOrder.NEWEST
    after_id: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**63 - 1,
            description="Follow the ledger: movements recorded after this one, oldest first. None "
            "is ever skipped; one still being written holds back those after it.",
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None

    @model_validator(mode="after")
    def _names_a_document(self) -> Self:
        if self.document_id is not None and self.document_type is None:
            raise ValueError("document_id needs document_type")
        return self


class CardFilters(Command):
    """Which days of a product's stock card, and of which warehouse."""

    days: Annotated[int, Field(ge=1, le=366, description="How many days, today included.")] = 90
    warehouse_id: Id | None = None
