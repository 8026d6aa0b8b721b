"""Files of other programs, taken in through the operations of the features they are about.

A file is a table: CSV, also compressed, or the first sheet of an XLSX workbook. It is read once, row by
row: every row is checked, good ones are put aside in a temporary file. Then they are written, all or
none, in one transaction, and the import is remembered by what its rows say, so that the same rows are
never taken in twice.
"""

from enum import StrEnum


class ImportKind(StrEnum):
    """What the rows of a file are."""

    WAREHOUSES = "warehouses"
    SUPPLIERS = "suppliers"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    PRODUCT_SUPPLIERS = "product-suppliers"
    MOVEMENTS = "movements"


class UploadStatus(StrEnum):
    """How far an upload is: a file that was sent by a browser, to be mapped, checked and imported."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    IMPORTING = "importing"
    IMPORTED = "imported"
    FAILED = "failed"
