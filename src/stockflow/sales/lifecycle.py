"""The states of a sales order, and what may be done in each."""

from stockflow.foundation.lifecycle import Lifecycle
from stockflow.sales.commands import SalesOrderStatus as Status

OPEN = frozenset({Status.CONFIRMED, Status.PARTIALLY_SHIPPED})
"""Something may still be shipped."""

LIFECYCLE = Lifecycle(
    "sales order",
    {
        "change": frozenset({Status.DRAFT}),
        "annotate": frozenset({Status.DRAFT, *OPEN}),
        "confirm": frozenset({Status.DRAFT}),
        "reserve": OPEN,
        "ship": OPEN,
        "cancel": frozenset({Status.DRAFT, *OPEN}),
        "return": frozenset({Status.PARTIALLY_SHIPPED, Status.SHIPPED}),
    },
)
"""To annotate is to change what says nothing about goods: reference, expected date, address, notes."""
