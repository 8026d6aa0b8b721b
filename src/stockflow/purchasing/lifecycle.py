"""The states of a purchase order, and what may be done in each."""

from stockflow.foundation.lifecycle import Lifecycle
from stockflow.foundation.scope import WriteScope
from stockflow.purchasing.commands import PurchaseOrderStatus as Status
from stockflow.purchasing.queries import LockedOrder, lock_order

_ON_ORDER = frozenset({Status.APPROVED, Status.PARTIALLY_RECEIVED})

LIFECYCLE = Lifecycle(
    "purchase order",
    {
        "change": frozenset({Status.DRAFT}),
        "annotate": frozenset({Status.DRAFT, *_ON_ORDER}),
        "submit": frozenset({Status.DRAFT}),
        "approve": frozenset({Status.SUBMITTED}),
        "reject": frozenset({Status.SUBMITTED}),
        "receive": _ON_ORDER,
        "cancel": frozenset({Status.DRAFT, Status.SUBMITTED, *_ON_ORDER}),
    },
)
"""To annotate is to note what the supplier says: the expected date, a reference, notes."""


async def lock_for(
    scope: WriteScope, order_id: int, action: str, expected_version: int | None
) -> LockedOrder:
    """The order, locked until the transaction ends, if the action may be taken.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
    """
    order = await lock_order(scope, order_id)
    LIFECYCLE.require(action, order, expected_version)
    return order
