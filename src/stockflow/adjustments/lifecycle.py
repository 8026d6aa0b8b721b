"""The states of an adjustment request, and what may be done in each."""

from dataclasses import dataclass

from stockflow.adjustments.commands import RequestStatus
from stockflow.adjustments.errors import AdjustmentRequestNotFound
from stockflow.adjustments.queries import SQL
from stockflow.foundation.lifecycle import Lifecycle
from stockflow.foundation.scope import WriteScope

_WAITING = frozenset({RequestStatus.WAITING})

LIFECYCLE = Lifecycle(
    "adjustment request", {"approve": _WAITING, "reject": _WAITING, "withdraw": _WAITING}
)


@dataclass(frozen=True, slots=True)
class LockedRequest:
    """What decides about a request, as it stays until the transaction ends."""

    id: int
    number: str
    status: RequestStatus
    reason: str
    warehouse_ids: list[int]
    requested_by_user_id: int | None
    requested_by_api_key_id: int | None
    version: int


async def lock_for(
    scope: WriteScope, request_id: int, action: str, expected_version: int | None
) -> LockedRequest:
    """The request, locked until the transaction ends, if the action may be taken.

    Raises:
        AdjustmentRequestNotFound: no such request, or none the actor may see.
        StaleVersion, WrongStatus: it is not as it was, or decided on already.
    """
    names = {"company_id": scope.company_id, "request_id": request_id}
    request = await scope.fetch_one(LockedRequest, SQL["lock"], names)
    if request is None or not all(map(scope.may_use_warehouse, request.warehouse_ids)):
        raise AdjustmentRequestNotFound(facts={"adjustment_request_id": request_id})
    LIFECYCLE.require(action, request, expected_version)
    return request
