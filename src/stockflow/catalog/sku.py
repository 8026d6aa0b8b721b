"""SKUs and barcodes in the form they are compared in."""

from stockflow.foundation.scope import Company


def sku_key(company: Company, sku: str) -> str:
    """The normal form of a SKU: single spaces, upper case unless the company says case matters."""
    spaced = " ".join(sku.split())
    return spaced if company.case_sensitive_skus else spaced.upper()
