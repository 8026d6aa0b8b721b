"""What can be refused about purchase orders."""

from stockflow.foundation.errors import Conflict, Forbidden, NotFound


class PurchaseOrderNotFound(NotFound):
    """There is no such purchase order in this company."""

    code = "purchase-order-not-found"
    title = "Purchase order not found"


class PurchaseReceiptNotFound(NotFound):
    """The purchase order has no such receipt."""

    code = "purchase-receipt-not-found"
    title = "Receipt not found"


class SupplierInactive(Conflict):
    """The supplier is retired; nothing new is ordered there."""

    code = "supplier-inactive"
    title = "Supplier inactive"


class PurchaseTermsNotMet(Conflict):
    """Quantities do not fit the supplier's terms; `lines` names each, and what would fit."""

    code = "purchase-terms-not-met"
    title = "Supplier's terms not met"


class OwnOrder(Forbidden):
    """An order above the company's limit is approved by somebody who neither made nor edited it."""

    code = "own-order"
    title = "Not your own order"


class MoreThanOrdered(Conflict):
    """More would be received than the order and the company allow; `lines` names each such line."""

    code = "more-than-ordered"
    title = "More than was ordered"


class ProductOnPurchaseOrders(Conflict):
    """The product is on open purchase orders and cannot be archived; `documents` names some of them."""

    code = "product-on-purchase-orders"
    title = "Product is on purchase orders"
