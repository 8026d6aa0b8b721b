"""What an order's quantities must be by the terms of its supplier: a minimum, and whole multiples."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from stockflow.foundation.quantity import QuantityOut, plain

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TermsWarning:
    """A line does not fit the supplier's terms.

    `code` is `below-minimum` or `not-a-multiple`. Where several lines are for one product, their sum
    counts: `ordered` is that sum, `fitting` the least sum above it that would fit.
    """

    line: int
    code: str
    detail: str
    product_id: int
    sku: str
    ordered: QuantityOut
    minimum_order_quantity: QuantityOut | None
    order_multiple: QuantityOut | None
    fitting: QuantityOut


class _Line(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def minimum_order_quantity(self) -> Decimal | None: ...
    @property
    def order_multiple(self) -> Decimal | None: ...


def terms_warnings(lines: Sequence[_Line]) -> list[TermsWarning]:
    """What does not fit, by line."""
    ordered: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        ordered[line.product_id] += line.quantity
    return [warning for line in lines for warning in _warnings(line, ordered[line.product_id])]


def _warnings(line: _Line, ordered: Decimal) -> Iterator[TermsWarning]:
    minimum, multiple = line.minimum_order_quantity or ZERO, line.order_multiple
    wanted = max(ordered, minimum)
    fitting = wanted
    if multiple is not None:
        fitting = (wanted / multiple).to_integral_value(ROUND_CEILING) * multiple
    found = []
    if ordered < minimum:
        found.append(("below-minimum", f"The supplier sells no less than {minimum}."))
    if multiple is not None and ordered % multiple:
        found.append(("not-a-multiple", f"The supplier sells multiples of {multiple}."))
    for code, detail in found:
        yield TermsWarning(
            line.line,
            code,
            detail,
            line.product_id,
            line.sku,
            plain(ordered),
            line.minimum_order_quantity,
            multiple,
            plain(fitting),
        )
