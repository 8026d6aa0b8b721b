"""Writes of adjustment requests; stock moves only when one is approved, by one posting."""

from collections.abc import Sequence
from decimal import Decimal

from stockflow.adjustments import queries
from stockflow.adjustments.commands import (
    AdjustmentLine,
    ApproveRequest,
    CreateAdjustmentRequest,
    RequestStatus,
    WithdrawRequest,
)
from stockflow.adjustments.errors import NotTheRequester, OwnAdjustmentRequest
from stockflow.adjustments.lifecycle import LockedRequest, lock_for
from stockflow.adjustments.lines import StoredLine, Target, change_of, movement_of, targets_of
from stockflow.adjustments.models import AdjustmentRequest
from stockflow.adjustments.queries import RequestDocument
from stockflow.companies import audit
from stockflow.companies.numbering import next_numbers
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope
from stockflow.stock.approval import average_costs, unit_value
from stockflow.stock.commands import DocumentType, PostingKind, RecordMovements
from stockflow.stock.documents import RejectDocument, advance, moved
from stockflow.stock.ledger import Document
from stockflow.stock.operations import record_movements

_SQL = sql.load(__package__, "operations.sql")
_ENTITY = "adjustment_request"


async def create_request(scope: WriteScope, command: CreateAdjustmentRequest) -> RequestDocument:
    """Ask for adjustments; whether they are over the limits or not, they wait.

    Raises:
        LineTargetsNotFound, LinesRefused, WarehouseNotAllowed: see `targets_of`.
    """
    scope.require(Permission.MOVE_STOCK)
    targets = await targets_of(scope, command.lines)
    values = await _unit_values(scope, command.lines, targets)
    number = (await next_numbers(scope, "AR"))[0]
    warehouse_ids = sorted({target.warehouse.id for target in targets})
    names = {
        "company_id": scope.company_id,
        "number": number,
        "reason": command.reason,
        "warehouse_ids": warehouse_ids,
        "user_id": scope.actor.user_id,
        "api_key_id": scope.actor.api_key_id,
    }
    request_id: int = await scope.fetch_value(_SQL["create"], names)
    lines = _columns(command.lines, targets, values)
    await scope.execute(
        _SQL["add_lines"], {"company_id": scope.company_id, "request_id": request_id, **lines}
    )
    row = await queries.get_request(scope, request_id)
    content = [[line.product_id, line.warehouse_id, line.type, line.quantity] for line in row.lines]
    facts = {"number": number, "reason": row.reason, "value": row.value, "lines": content}
    changes = {name: (None, value) for name, value in facts.items()}
    await audit.record(scope, _ENTITY, "created", {request_id: changes})
    return row


async def approve_request(
    scope: WriteScope, request_id: int, command: ApproveRequest, expected_version: int | None
) -> RequestDocument:
    """Post what was asked for, all of it.

    Raises:
        AdjustmentRequestNotFound, StaleVersion, WrongStatus: see `lock_for`.
        OwnAdjustmentRequest: the actor made it.
        InsufficientStock, StockChanged, LinesRefused, LevelsClosed: it cannot be posted as things
            are now; the request goes on waiting.
    """
    scope.require(Permission.APPROVE_STOCK)
    request = await lock_for(scope, request_id, "approve", expected_version)
    if _made_by_actor(scope, request):
        raise OwnAdjustmentRequest(facts={"adjustment_request_id": request_id})
    names = {"company_id": scope.company_id, "request_id": request_id}
    stored = await scope.fetch_all(StoredLine, _SQL["lines_to_post"], names)
    posting = await record_movements(
        scope,
        RecordMovements(
            lines=[movement_of(line, request.reason, request.number) for line in stored]
        ),
        kind=PostingKind.ADJUSTMENT,
        document=Document(DocumentType.ADJUSTMENT_REQUEST, request_id),
    )
    return await _decide(
        scope,
        request,
        RequestStatus.APPROVED,
        decision_reason=command.reason,
        posting_id=posting.posting_id,
    )


async def reject_request(
    scope: WriteScope, request_id: int, command: RejectDocument, expected_version: int | None
) -> RequestDocument:
    """Close a request without posting; it stays to be seen, with the reason.

    Raises:
        AdjustmentRequestNotFound, StaleVersion, WrongStatus: see `lock_for`.
    """
    scope.require(Permission.APPROVE_STOCK)
    request = await lock_for(scope, request_id, "reject", expected_version)
    return await _decide(scope, request, RequestStatus.REJECTED, decision_reason=command.reason)


async def withdraw_request(
    scope: WriteScope, request_id: int, command: WithdrawRequest, expected_version: int | None
) -> RequestDocument:
    """Take one's own request back.

    Raises:
        AdjustmentRequestNotFound, StaleVersion, WrongStatus: see `lock_for`.
        NotTheRequester: somebody else made it.
    """
    scope.require(Permission.MOVE_STOCK)
    request = await lock_for(scope, request_id, "withdraw", expected_version)
    if not _made_by_actor(scope, request):
        raise NotTheRequester(facts={"adjustment_request_id": request_id})
    return await _decide(scope, request, RequestStatus.WITHDRAWN, decision_reason=command.reason)


def _made_by_actor(scope: WriteScope, request: LockedRequest) -> bool:
    """Whether the same user, or the same key, asked; the operator's own shell is nobody else."""
    made_by = (request.requested_by_user_id, request.requested_by_api_key_id)
    return made_by == (scope.actor.user_id, scope.actor.api_key_id)


async def _decide(
    scope: WriteScope, request: LockedRequest, status: RequestStatus, **decision: object
) -> RequestDocument:
    await advance(
        scope,
        AdjustmentRequest,
        request.id,
        status=status.value,
        decided_by_user_id=scope.actor.user_id,
        decided_by_api_key_id=scope.actor.api_key_id,
        decided_at=scope.now,
        **decision,
    )
    changes = moved(request.status, status, **decision)
    await audit.record(scope, _ENTITY, status.value, {request.id: changes})
    return await queries.get_request(scope, request.id)


async def _unit_values(
    scope: WriteScope, lines: Sequence[AdjustmentLine], targets: Sequence[Target]
) -> list[Decimal]:
    """What one unit of each line is worth now."""
    costs = await average_costs(scope, {target.level for target in targets})
    return [
        unit_value(change_of(line), line.unit_cost, costs[target.level])
        for line, target in zip(lines, targets, strict=True)
    ]


def _columns(
    lines: Sequence[AdjustmentLine], targets: Sequence[Target], values: list[Decimal]
) -> dict[str, str]:
    columns: dict[str, list[object]] = {
        "product_id": [target.product.id for target in targets],
        "warehouse_id": [target.warehouse.id for target in targets],
        "type": [line.type.value for line in lines],
        "unit_value": list(values),
        **{
            name: [getattr(line, name) for line in lines]
            for name in (
                "quantity",
                "unit_cost",
                "unit_price",
                "reason",
                "reference",
                "occurred_at",
                "expected_quantity",
            )
        },
    }
    return {name: sql.array_literal(column) for name, column in columns.items()}
