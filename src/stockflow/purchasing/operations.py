"""Writes of purchase orders: drafting, submitting, approving, rejecting, cancelling."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from stockflow.companies import audit
from stockflow.companies.commands import PurchaseTermsRule
from stockflow.companies.queries import get_company
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import Actor, WriteScope
from stockflow.purchasing.approval import require_approver
from stockflow.purchasing.commands import ChangePurchaseOrder, CreatePurchaseOrder
from stockflow.purchasing.commands import PurchaseOrderStatus as Status
from stockflow.purchasing.drafting import (
    Draft,
    DraftLine,
    add_lines,
    draft_lines,
    insert_orders,
    supplier_of,
    total_of,
)
from stockflow.purchasing.errors import PurchaseTermsNotMet
from stockflow.purchasing.lifecycle import lock_for
from stockflow.purchasing.models import PurchaseOrder
from stockflow.purchasing.queries import (
    SQL,
    LockedOrder,
    PurchaseOrderDocument,
    PurchaseOrderLineRow,
    get_purchase_order,
    lines_of,
)
from stockflow.purchasing.terms import terms_warnings
from stockflow.stock.document_lines import warehouse_of
from stockflow.stock.documents import CancelDocument, RejectDocument, advance

_ENTITY = "purchase_order"
_ANNOTATED = frozenset({"expected_date", "reference", "notes"})
"""What the supplier tells after the order was approved, and what is noted about it."""

_NAMED = frozenset({"supplier_id", "supplier", "warehouse_id", "warehouse", "lines"})


async def create_purchase_order(
    scope: WriteScope, command: CreatePurchaseOrder
) -> PurchaseOrderDocument:
    """Draft an order.

    Raises:
        SupplierNotFound, SupplierInactive: nothing can be ordered there.
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: it cannot be delivered there.
        LineTargetsNotFound, LinesRefused: products are unknown, archived, or bundles.
        Invalid: lines without a cost that is known.
    """
    scope.require(Permission.BUY)
    supplier = await supplier_of(scope, command.supplier_id, command.supplier)
    warehouse = await warehouse_of(scope, command.warehouse_id, command.warehouse)
    lines = await draft_lines(scope, supplier.id, command.lines, scope.company.currency)
    given = "payment_terms" in command.model_fields_set
    draft = Draft(
        supplier.id,
        warehouse.id,
        command.expected_date,
        command.payment_terms if given else supplier.payment_terms,
        command.reference,
        command.notes,
        lines,
    )
    (order_id,) = await create_drafts(scope, [draft])
    return await get_purchase_order(scope, order_id)


async def create_drafts(scope: WriteScope, drafts: Sequence[Draft]) -> list[int]:
    """Write drafts whose products are held; gives their ids, in their order."""
    scope.require(Permission.BUY)
    order_ids = await insert_orders(scope, drafts)
    await audit.record(
        scope,
        _ENTITY,
        "created",
        {order_id: _created(draft) for order_id, draft in zip(order_ids, drafts, strict=True)},
    )
    return order_ids


def _created(draft: Draft) -> audit.Changes:
    fields = ("supplier_id", "warehouse_id", "expected_date", "payment_terms", "reference", "notes")
    changes: dict[str, tuple[object, object]] = {
        name: (None, _plain(getattr(draft, name)))
        for name in fields
        if getattr(draft, name) is not None
    }
    return changes | _line_changes([], [_shown(line) for line in draft.lines])


def _plain(value: object) -> object:
    return value if isinstance(value, int | str) or value is None else str(value)


def _shown(line: DraftLine | PurchaseOrderLineRow) -> dict[str, object]:
    """A line as the audit log shows it, in a form that can be compared."""
    return {
        "product_id": line.product_id,
        "quantity": f"{Decimal(line.quantity).normalize():f}",
        "unit_cost": f"{Decimal(line.unit_cost):.4f}",
    }


def _line_changes(
    before: Sequence[Mapping[str, object]], after: Sequence[Mapping[str, object]]
) -> dict[str, tuple[object, object]]:
    """The lines that differ, by their place."""
    places = range(max(len(before), len(after)))
    pairs = {
        place: (
            before[place] if place < len(before) else None,
            after[place] if place < len(after) else None,
        )
        for place in places
    }
    return {f"lines/{place}": pair for place, pair in pairs.items() if pair[0] != pair[1]}


async def change_purchase_order(
    scope: WriteScope, order_id: int, command: ChangePurchaseOrder, expected_version: int | None
) -> PurchaseOrderDocument:
    """Change a draft; of an approved order, what the supplier tells about it.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
        and what `create_purchase_order` raises.
    """
    scope.require(Permission.BUY)
    given = command.model_fields_set
    action = "annotate" if given <= _ANNOTATED else "change"
    order = await lock_for(scope, order_id, action, expected_version)
    values = await _values(scope, command)
    changes: dict[str, tuple[object, object]] = {
        name: (_plain(getattr(order, name)), _plain(value))
        for name, value in values.items()
        if getattr(order, name) != value
    }
    if "lines" in given:
        supplier_id = values.get("supplier_id", order.supplier_id)
        lines = await draft_lines(scope, supplier_id, command.lines, order.currency)
        found = await _replace_lines(scope, order, lines)
        if found:
            changes |= found
            values |= {"line_count": len(lines), "total": total_of(lines, order.currency)}
    if changes:
        await _record(
            scope, order, "changed", changes, **values, **_with_author(order, scope.actor)
        )
    return await get_purchase_order(scope, order_id)


async def _values(scope: WriteScope, command: ChangePurchaseOrder) -> dict[str, Any]:
    """The columns to set, with the supplier and the warehouse the command names."""
    given = command.model_fields_set
    values = {name: getattr(command, name) for name in given - _NAMED}
    if given & {"supplier_id", "supplier"}:
        supplier = await supplier_of(scope, command.supplier_id or None, command.supplier)
        values["supplier_id"] = supplier.id
    if given & {"warehouse_id", "warehouse"}:
        named = (command.warehouse_id or None, command.warehouse)
        values["warehouse_id"] = (await warehouse_of(scope, *named)).id
    return values


async def _replace_lines(
    scope: WriteScope, order: LockedOrder, lines: Sequence[DraftLine]
) -> dict[str, tuple[object, object]]:
    """Put these lines in place of the draft's; nothing where they are the same."""
    before = await lines_of(scope, order.id, order.supplier_id)
    changes = _line_changes([_shown(line) for line in before], [_shown(line) for line in lines])
    if changes:
        names = {"company_id": scope.company_id, "order_id": order.id}
        await scope.execute(SQL["remove_lines"], names)
        await add_lines(scope, {order.id: lines})
    return changes


def _with_author(order: LockedOrder, actor: Actor) -> dict[str, list[int]]:
    users, keys = {*order.author_user_ids}, {*order.author_api_key_ids}
    if actor.user_id is not None:
        users.add(actor.user_id)
    if actor.api_key_id is not None:
        keys.add(actor.api_key_id)
    return {"author_user_ids": sorted(users), "author_api_key_ids": sorted(keys)}


async def _record(
    scope: WriteScope,
    order: LockedOrder,
    action: str,
    changes: audit.Changes,
    **values: Any,
) -> None:
    """Write what became of an order, with its version and its audit entry."""
    await advance(scope, PurchaseOrder, order.id, **values)
    await audit.record(scope, _ENTITY, action, {order.id: changes})


async def submit_purchase_order(
    scope: WriteScope, order_id: int, expected_version: int | None
) -> PurchaseOrderDocument:
    """Ask for the approval of a draft.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
        PurchaseTermsNotMet: quantities do not fit the supplier's terms, and the company refuses that.
    """
    scope.require(Permission.BUY)
    order = await lock_for(scope, order_id, "submit", expected_version)
    company = await get_company(scope)
    if company.purchase_terms_rule == PurchaseTermsRule.REFUSE:
        warnings = terms_warnings(await lines_of(scope, order_id, order.supplier_id))
        if warnings:
            raise PurchaseTermsNotMet(facts={"lines": warnings})
    change = {"status": (order.status, Status.SUBMITTED)}
    await _record(
        scope,
        order,
        "submitted",
        change,
        status=Status.SUBMITTED.value,
        submitted_at=scope.now,
        rejection_reason=None,
    )
    return await get_purchase_order(scope, order_id)


async def approve_purchase_order(
    scope: WriteScope, order_id: int, expected_version: int | None
) -> PurchaseOrderDocument:
    """Approve a submitted order: from now on what is open of it is on order.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
        Forbidden: it is above the company's limit, and the actor's role may not approve that.
        OwnOrder: it is above the limit, and the actor made or edited it.
    """
    scope.require(Permission.BUY)
    order = await lock_for(scope, order_id, "approve", expected_version)
    require_approver(scope, order, await get_company(scope))
    names = {
        "company_id": scope.company_id,
        "order_id": order_id,
        "warehouse_id": order.warehouse_id,
    }
    await scope.execute(SQL["put_on_order"], names)
    await _record(
        scope,
        order,
        "approved",
        {"status": (order.status, Status.APPROVED)},
        status=Status.APPROVED.value,
        approved_at=scope.now,
        approved_by_user_id=scope.actor.user_id,
        approved_by_api_key_id=scope.actor.api_key_id,
    )
    return await get_purchase_order(scope, order_id)


async def reject_purchase_order(
    scope: WriteScope, order_id: int, command: RejectDocument, expected_version: int | None
) -> PurchaseOrderDocument:
    """Make a submitted order a draft again, whoever made it.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
    """
    scope.require(Permission.BUY)
    order = await lock_for(scope, order_id, "reject", expected_version)
    changes = {
        "status": (order.status, Status.DRAFT),
        "rejection_reason": (None, command.reason),
    }
    await _record(
        scope,
        order,
        "rejected",
        changes,
        status=Status.DRAFT.value,
        submitted_at=None,
        rejection_reason=command.reason,
    )
    return await get_purchase_order(scope, order_id)


async def cancel_purchase_order(
    scope: WriteScope, order_id: int, command: CancelDocument, expected_version: int | None
) -> PurchaseOrderDocument:
    """Cancel an order; one that is partly received is closed, with what came of it, as received.

    Raises:
        PurchaseOrderNotFound, StaleVersion, WrongStatus: it is not there, or not as it was.
    """
    scope.require(Permission.BUY)
    order = await lock_for(scope, order_id, "cancel", expected_version)
    names = {"company_id": scope.company_id, "order_id": order_id}
    await scope.execute(SQL["cancel_rest"], names)
    closed = order.status == Status.PARTIALLY_RECEIVED
    status = Status.RECEIVED if closed else Status.CANCELLED
    changes = {"status": (order.status, status), "cancellation_reason": (None, command.reason)}
    await _record(
        scope,
        order,
        "cancelled",
        changes,
        status=status.value,
        cancelled_at=scope.now,
        cancellation_reason=command.reason,
        received_at=scope.now if closed else None,
    )
    return await get_purchase_order(scope, order_id)
