"""What can be refused about sales orders."""

from stockflow.foundation.errors import Conflict, Invalid, NotFound


class SalesOrderNotFound(NotFound):
    """There is no such sales order in this company."""

    code = "sales-order-not-found"
    title = "Sales order not found"


class ShipmentNotFound(NotFound):
    """There is no such shipment of this order."""

    code = "shipment-not-found"
    title = "Shipment not found"


class OrderTotalTooLarge(Invalid):
    """The lines come to more money than an order can hold."""

    code = "order-total-too-large"
    title = "Total too large"


class MoreThanReserved(Conflict):
    """Only reserved stock is shipped; `lines` says what was asked and what is reserved of each."""

    code = "more-than-reserved"
    title = "More than is reserved"


class ReservationInPast(Invalid):
    """Stock can only be reserved until a moment that is still to come."""

    code = "reservation-in-past"
    title = "Reserved until the past"


class ProductOnSalesOrders(Conflict):
    """Open sales orders have this product; `documents` names some of them."""

    code = "product-on-sales-orders"
    title = "Product is on open sales orders"
