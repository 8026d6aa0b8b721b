"""The states of a stock count, and what may be done in each."""

from stockflow.counting.commands import CountStatus
from stockflow.counting.queries import CountRow, find_count
from stockflow.foundation.lifecycle import Lifecycle
from stockflow.foundation.scope import WriteScope

ENTITY = "stock_count"
_COUNTING = frozenset({CountStatus.COUNTING})
_SUBMITTED = frozenset({CountStatus.SUBMITTED})

LIFECYCLE = Lifecycle(
    "stock count",
    {
        "change": _COUNTING,
        "count": _COUNTING,
        "submit": _COUNTING,
        "approve": _SUBMITTED,
        "reject": _SUBMITTED,
        "cancel": _COUNTING | _SUBMITTED,
    },
)


async def lock_for(
    scope: WriteScope, count_id: int, action: str, expected_version: int | None
) -> CountRow:
    """The count, held until the transaction ends, in a status and version that allow the action.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: its status does not allow the action.
    """
    count = await find_count(scope, count_id, for_update=True)
    LIFECYCLE.require(action, count, expected_version)
    return count
