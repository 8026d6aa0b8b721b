"""Exact numbers and safe text: the field types every command and row is made of.

Inputs refuse what cannot be kept exactly: more than 4 decimals, NaN, infinities, numbers beyond
their column. Quantities stay below 10^11, so that they survive programs which read JSON numbers as
64-bit floats; amounts of money travel as strings.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
)

QUANTITY_LIMIT = 10**11
MONEY_LIMIT = 10**14
ID_MAX = 2**63 - 1
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(minutes=5)

_NUMBER = re.compile(r"^\s*+[-+]?[\d_]*+(\.\d*+)?([eE][-+]?\d++)?\s*+$")
"""Never tries what it has matched in another way, which would take hours for a long text."""
_EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s.\x00-\x1f\x7f-\x9f]+(\.[^@\s.\x00-\x1f\x7f-\x9f]+)+$"
_CURRENCY = r"^[A-Z]{3}$"
COUNTRY = r"^[A-Z]{2}$"
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
"""Free of control characters and line breaks; checked by pydantic's own engine, which is fast."""

PATTERNS = {
    PRINTABLE: "must not contain control characters or line breaks",
    _EMAIL: "must be an e-mail address, such as name@company.example",
    _CURRENCY: "must be a currency's code of three capital letters, such as EUR",
    COUNTRY: "must be a country's code of two capital letters, such as DE",
    r"^[^\x00]*$": "must not contain control characters",
    r"^[0-9]{8,14}$": "must be a barcode of 8 to 14 digits",
    r"^[A-Za-z0-9_-]+$": "must have only letters, digits, _ and -, such as en_GB",
    r"^https?://[^/\s?#]+$": "must be an address without a path, such as https://stock.example.com",
}
"""What is said of a text that does not match."""

_UNPRINTABLE_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_AMOUNT = re.compile(r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$")
_QUANTITY_SCHEMA = {"type": "number", "multipleOf": 0.0001}
_MONEY_PATTERN = r"^-?\d{1,14}(\.\d{1,4})?$"


def _printable_lines(text: str) -> str:
    if _UNPRINTABLE_BUT_LINES.search(text):
        raise ValueError("must not contain control characters")
    return text


def _exact(value: object) -> object:
    """An amount from a string or a number; a JSON number past 15 digits has lost digits already."""
    if isinstance(value, float) and abs(value) >= QUANTITY_LIMIT:
        raise ValueError("write amounts this large as a string, to keep them exact")
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("must be an amount of money, such as 12.50")
    text = str(value)
    if not _AMOUNT.match(text):
        raise ValueError("must be an amount of money, such as 12.50")
    return Decimal(text)


def _not_a_number(value: object) -> object:
    """In a query, pydantic would take a number for seconds since 1970; JSON is read strictly."""
    if isinstance(value, str) and _NUMBER.match(value):
        raise ValueError("must be a moment with its time zone, such as 2026-01-31T18:00:00Z")
    return value


def _plausible_moment(moment: datetime) -> datetime:
    if moment < EARLIEST:
        raise ValueError("must not be before 1990")
    if moment > datetime.now(UTC) + CLOCK_TOLERANCE:
        raise ValueError("must not lie in the future")
    return moment.astimezone(UTC)


def _within(limit: int) -> Any:
    return Field(decimal_places=4, allow_inf_nan=False, lt=limit, gt=-limit)


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent: 5.0000 → 5."""
    whole = number.to_integral_value()
    return whole + 0 if whole == number else number.normalize()  # + 0 writes 1E+2 as 100


Id = Annotated[int, Field(ge=1, le=ID_MAX)]
"""A 64-bit identifier."""


def id_of(text: str) -> int | None:
    """The identifier a text says; None where it says none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(ID_MAX))):
        return None
    return int(text) if 1 <= int(text) <= ID_MAX else None


SignedQuantity = Annotated[Decimal, _within(QUANTITY_LIMIT), AfterValidator(plain)]
Quantity = Annotated[SignedQuantity, Field(ge=0)]
PositiveQuantity = Annotated[SignedQuantity, Field(gt=0)]

Money = Annotated[
    Decimal,
    BeforeValidator(_exact),
    _within(MONEY_LIMIT),
    Field(ge=0),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d{1,14}(\.\d{1,4})?$"},
                {"type": "number", "minimum": 0, "exclusiveMaximum": QUANTITY_LIMIT},
            ],
            "examples": ["12.5000"],
        },
        mode="validation",
    ),
]
"""An amount of money going in: a string (best) or a JSON number."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=PRINTABLE),
]
"""One line of text, trimmed, 1 to 255 characters."""

ShortLine = Annotated[Line, StringConstraints(max_length=64)]
"""One line of at most 64 characters: codes, SKUs, units."""

LongText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=10_000),
    AfterValidator(_printable_lines),
]
"""Text of several lines, up to 10,000 characters."""

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=_EMAIL,
    ),
]

Currency = Annotated[str, StringConstraints(pattern=_CURRENCY)]
"""An ISO 4217 code."""

PastMoment = Annotated[AwareDatetime, AfterValidator(_plausible_moment)]
"""A moment with its time zone, from 1990 up to now."""

QueryMoment = Annotated[AwareDatetime, BeforeValidator(_not_a_number)]
"""Any moment with its time zone, in a query."""

PastQueryMoment = Annotated[QueryMoment, AfterValidator(_plausible_moment)]
"""A moment with its time zone, from 1990 up to now, in a query."""

QuantityOut = Annotated[Decimal, WithJsonSchema(_QUANTITY_SCHEMA)]
"""A quantity going out: a JSON number of at most 4 decimals, an integer when whole."""

MoneyOut = Annotated[str, WithJsonSchema({"type": "string", "pattern": _MONEY_PATTERN})]
"""An amount of money going out: a string with 4 decimals."""
