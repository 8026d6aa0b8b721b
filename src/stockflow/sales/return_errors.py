"""What can be refused about returns."""

from stockflow.foundation.errors import Conflict, NotFound


class ReturnNotFound(NotFound):
    """There is no such return of this order."""

    code = "return-not-found"
    title = "Return not found"


class MoreThanShipped(Conflict):
    """More would come back than the customer has; `lines` says what was asked and what can be."""

    code = "more-than-shipped"
    title = "More than was shipped"
