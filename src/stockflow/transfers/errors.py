"""What can be refused about transfers."""

from stockflow.foundation.errors import Conflict, Invalid, NotFound


class TransferNotFound(NotFound):
    """There is no such transfer in this company."""

    code = "transfer-not-found"
    title = "Transfer not found"


class TransferReceiptNotFound(NotFound):
    """The transfer has no such receipt."""

    code = "transfer-receipt-not-found"
    title = "Receipt not found"


class SameWarehouse(Invalid):
    """A transfer goes from one warehouse to another; these are the same."""

    code = "same-warehouse"
    title = "Source and destination are the same"
    constraint = "transfers_two_warehouses"


class MoreThanAsked(Conflict):
    """More than the transfer asks for cannot be shipped; `lines` names each line."""

    code = "more-than-asked"
    title = "More than was asked for"


class MoreThanInTransit(Conflict):
    """More than is still in transit cannot be received; `lines` names each line."""

    code = "more-than-in-transit"
    title = "More than is in transit"


class ProductOnTransfers(Conflict):
    """The product is on transfers that are not completed; `documents` names some of them."""

    code = "product-on-transfers"
    title = "Product is being transferred"
