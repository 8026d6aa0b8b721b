"""The states of a transfer, and what may be done in each."""

from dataclasses import dataclass

from stockflow.foundation.lifecycle import Lifecycle
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope
from stockflow.transfers.commands import TransferStatus as Status
from stockflow.transfers.errors import TransferNotFound
from stockflow.transfers.queries import SQL, may_see

LIFECYCLE = Lifecycle(
    "transfer",
    {
        "change": frozenset({Status.PENDING}),
        "ship": frozenset({Status.PENDING}),
        "receive": frozenset({Status.IN_TRANSIT}),
        "cancel": frozenset({Status.PENDING, Status.IN_TRANSIT}),
    },
)


@dataclass(frozen=True, slots=True)
class LockedTransfer:
    """What decides about a transfer, as it stays until the transaction ends."""

    id: int
    number: str
    status: Status
    from_warehouse_id: int
    to_warehouse_id: int
    version: int


async def lock_for(
    scope: WriteScope, transfer_id: int, action: str, expected_version: int | None
) -> LockedTransfer:
    """The transfer, locked until the transaction ends, if the action may be taken.

    Raises:
        TransferNotFound: no such transfer, or none the actor may see.
        StaleVersion, WrongStatus: it is not as it was.
    """
    scope.require(Permission.MOVE_STOCK)
    names = {"company_id": scope.company_id, "transfer_id": transfer_id}
    transfer = await scope.fetch_one(LockedTransfer, SQL["lock"], names)
    if transfer is None or not may_see(scope, transfer.from_warehouse_id, transfer.to_warehouse_id):
        raise TransferNotFound(facts={"transfer_id": transfer_id})
    LIFECYCLE.require(action, transfer, expected_version)
    return transfer
