"""Which actions a count allows in which status, and what each leaves behind."""

from typing import Any

from sqlalchemy import func, update

from stockflow.companies import audit
from stockflow.counting.commands import CountStatus
from stockflow.counting.models import StockCount
from stockflow.counting.queries import CountRow, find_count
from stockflow.foundation.lifecycle import Lifecycle
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope

ENTITY = "stock_count"
_COUNTING = frozenset({CountStatus.COUNTING.value})
_SUBMITTED = frozenset({CountStatus.SUBMITTED.value})

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


async def lock_count(
    scope: WriteScope, count_id: int, action: str, expected_version: int | None
) -> CountRow:
    """The count, held until the transaction ends, in a status and version that allow the action.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: its status does not allow the action.
    """
    count = await find_count(scope, count_id, for_update=True)
    require_version(count.version, expected_version)
    LIFECYCLE.require(action, count.status)
    return count


async def set_fields(scope: WriteScope, count_id: int, **values: Any) -> None:
    """Set these fields of a count that is locked; its version counts up."""
    await scope.execute(
        update(StockCount)
        .where(StockCount.company_id == scope.company_id, StockCount.id == count_id)
        .values(**values, version=StockCount.version + 1, updated_at=func.now())
    )


async def record_move(
    scope: WriteScope,
    count_id: int,
    action: str,
    statuses: tuple[CountStatus, CountStatus],
    **facts: object,
) -> None:
    """Leave an audit entry of a count that went from one status to another."""
    changes: audit.Changes = {
        "status": (statuses[0].value, statuses[1].value),
        **{name: (None, value) for name, value in facts.items() if value is not None},
    }
    await audit.record(scope, ENTITY, action, {count_id: changes})
