"""SKUs, barcodes and names in the form they are compared in."""

import unicodedata

from stdnum import ean

from stockflow.foundation.scope import Company

GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def sku_key(company: Company, sku: str) -> str:
    """The normal form of a SKU: single spaces, upper case unless the company says case matters."""
    spaced = _spaced(sku)
    return spaced if company.case_sensitive_skus else spaced.upper()


def barcode_key(barcode: str) -> str:
    """A GTIN in 14 digits: the form in which an article's shorter and longer codes are equal."""
    return barcode.zfill(14)


def is_gtin(text: str) -> bool:
    """Whether it is a GTIN of 8, 12, 13 or 14 digits with the right check digit."""
    digits = text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS
    return digits and bool(ean.is_valid(text))


def category_key(name: str) -> str:
    """The normal form of a category's name."""
    return _spaced(name).lower()


def _spaced(text: str) -> str:
    # composed, so that an accent typed as a character of its own makes no difference
    return " ".join(unicodedata.normalize("NFC", text).split())
