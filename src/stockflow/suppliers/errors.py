"""What can be refused about suppliers and their terms."""

from stockflow.foundation.errors import Conflict, NotFound


class SupplierNotFound(NotFound):
    """There is no such supplier in this company."""

    code = "supplier-not-found"
    title = "Supplier not found"


class SupplierCodeTaken(Conflict):
    """Another supplier of the company has this code."""

    code = "supplier-code-taken"
    title = "Supplier code taken"
    constraint = "suppliers_company_id_code_key_key"


class TermsNotFound(NotFound):
    """This supplier does not sell this product."""

    code = "terms-not-found"
    title = "Terms not found"


class TermsExist(Conflict):
    """This supplier has terms for this product already; change or replace them."""

    code = "terms-exist"
    title = "Terms exist already"
    constraint = "product_suppliers_pkey"
