"""Amounts of money: lines are exact, totals are rounded to what the currency is paid in."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

from babel.numbers import get_currency_precision

_EXACT = Context(prec=60)
"""Wide enough that no sum of lines is rounded before its total is."""


def line_total(quantity: Decimal, price: Decimal) -> Decimal:
    """Quantity times price, exact: up to 8 decimals."""
    return _EXACT.multiply(quantity, price)


def total(amounts: Iterable[Decimal], currency: str) -> Decimal:
    """The sum, rounded half-even to the minor unit of the currency (ISO 4217), once at the end."""
    exact = Decimal(0)
    for amount in amounts:
        exact = _EXACT.add(exact, amount)
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    return exact.quantize(unit, ROUND_HALF_EVEN, _EXACT)
