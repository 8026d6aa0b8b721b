"""The states of a purchase order, and what may be done in each."""

from stockflow.foundation.lifecycle import Lifecycle
from stockflow.purchasing.commands import PurchaseOrderStatus as Status

_ON_ORDER = frozenset({Status.APPROVED, Status.PARTIALLY_RECEIVED})

LIFECYCLE = Lifecycle(
    "purchase order",
    {
        "edit": frozenset({Status.DRAFT}),
        "follow up": frozenset({Status.DRAFT, *_ON_ORDER}),
        "submit": frozenset({Status.DRAFT}),
        "approve": frozenset({Status.SUBMITTED}),
        "reject": frozenset({Status.SUBMITTED}),
        "receive": _ON_ORDER,
        "cancel": frozenset({Status.DRAFT, Status.SUBMITTED, *_ON_ORDER}),
    },
)
"""To follow up is to note what the supplier says: the expected date, a reference, notes."""
