"""What can be refused about customers."""

from stockflow.foundation.errors import Conflict, NotFound


class CustomerNotFound(NotFound):
    """There is no such customer in this company."""

    code = "customer-not-found"
    title = "Customer not found"


class CustomerCodeTaken(Conflict):
    """Another customer of the company has this code."""

    code = "customer-code-taken"
    title = "Customer code taken"
    constraint = "customers_company_id_code_key_key"


class CustomerInactive(Conflict):
    """The customer is retired and takes no new orders."""

    code = "customer-inactive"
    title = "Customer inactive"
