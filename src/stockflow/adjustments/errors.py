"""What can be refused about adjustment requests."""

from stockflow.foundation.errors import Conflict, Forbidden, NotFound


class AdjustmentRequestNotFound(NotFound):
    """There is no such adjustment request in this company."""

    code = "adjustment-request-not-found"
    title = "Adjustment request not found"


class OwnAdjustmentRequest(Forbidden):
    """Nobody approves their own request; somebody else must look at it."""

    code = "own-adjustment-request"
    title = "Your own request"


class NotTheRequester(Forbidden):
    """Only who made a request withdraws it; who may approve it may reject it."""

    code = "not-the-requester"
    title = "Not your request"


class ProductOnAdjustmentRequests(Conflict):
    """The product is on adjustment requests that wait; `documents` names some of them."""

    code = "product-on-adjustment-requests"
    title = "Product waits for an adjustment"
