"""Writes of stock; each ends in one posting of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from stockflow.catalog.queries import ProductRef, ProductRefs, explode_bundles, resolve_products
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WarehouseNotAllowed, WriteScope
from stockflow.stock import calendar, ledger, planning, reservations
from stockflow.stock.approval import limits_on, lines_over_limits, require_within_limits
from stockflow.stock.commands import (
    Bucket,
    Mode,
    MovementLine,
    MovementType,
    PostingKind,
    RecordMovements,
)
from stockflow.stock.entries import (
    ResolvedLine,
    bundle_error,
    entries_of,
    line_error,
)
from stockflow.stock.errors import (
    ApprovalNeeded,
    InsufficientStock,
    LineError,
    LinesRefused,
    LineTargetsNotFound,
    PostingOfDocument,
    PostingReversed,
    ReservedByDocuments,
    ReversalNotReversible,
    StockChanged,
)
from stockflow.stock.ledger import Document, Entry, Movement
from stockflow.stock.models import MOVEMENTS_PER_POSTING
from stockflow.stock.planning import Plan, Step
from stockflow.stock.postings import PostedMovement, get_posting
from stockflow.warehouses.queries import WarehouseRef, WarehouseRefs, resolve_warehouses


@dataclass(frozen=True, slots=True)
class Posting:
    """What a request recorded; `errors` are the lines left out in the mode `valid_rows`."""

    posting_id: int
    movements: list[Movement]
    errors: list[LineError] = field(default_factory=list)


async def record_movements(
    scope: WriteScope,
    command: RecordMovements,
    *,
    kind: PostingKind = PostingKind.MOVEMENTS,
    document: Document | None = None,
) -> Posting:
    """Post movements in their order, all or (in the mode `valid_rows`) those that can be.

    Raises:
        LineTargetsNotFound: lines name products or warehouses the company does not have.
        WarehouseNotAllowed: lines are for warehouses the actor may not use.
        ApprovalNeeded: lines adjust more than the actor may without approval.
        InsufficientStock: lines ask for more than there is.
        StockChanged: lines expected another quantity.
        ReservedByDocuments: lines release what documents hold.
        LinesRefused: lines cannot be posted for several or other reasons, or none can.
        LevelsClosed: a product was archived or a warehouse retired meanwhile.
        TooManyMovements: the lines come to more movements than a posting holds.
        Busy: the time zone changed meanwhile.
    """
    scope.require(Permission.MOVE_STOCK)
    resolved, errors = await _resolve(scope, command)
    errors.extend(_malformed(command))
    partial = command.mode is Mode.VALID_ROWS
    steps = await _steps(scope, resolved)
    if unfit := await _unfit(scope, steps):
        errors.extend(unfit.values())
        steps = [step for step in steps if step[0].number not in unfit]
    if (errors and not partial) or not steps:
        raise _refusal(errors)
    if partial or planning.needed(command.lines):
        levels = _levels(steps)
        balances = await ledger.locked_balances(scope, levels)
        limits = await limits_on(scope, _recounts(steps))
        plan = Plan(balances, await reservations.held_at(scope, levels), limits)
        plan.run(steps)
        errors.extend(plan.errors)
        if not plan.entries or (plan.errors and not partial):
            raise _refusal(errors)
        entries = plan.entries
    else:
        entries = [entry for _, some in steps for entry in some]
    posting_id, movements = await ledger.post(scope, entries, kind=kind, document=document)
    return Posting(posting_id, movements, sorted(errors, key=lambda error: error.line))


async def _resolve(
    scope: WriteScope, command: RecordMovements
) -> tuple[list[ResolvedLine], list[LineError]]:
    products = await resolve_products(
        scope,
        {line.product_id for line in command.lines if line.product_id is not None},
        {line.sku for line in command.lines if line.sku is not None},
    )
    warehouses = await resolve_warehouses(
        scope,
        {line.warehouse_id for line in command.lines if line.warehouse_id is not None},
        {line.warehouse for line in command.lines if line.warehouse is not None},
    )
    resolved, errors = [], []
    for number, line in zip(command.numbers, command.lines, strict=True):
        product = _product(scope, line, products)
        warehouse = _warehouse(line, warehouses)
        error = line_error(number, line, product, warehouse, scope.may_use_warehouse)
        if error is not None:
            errors.append(error)
        elif product is not None and warehouse is not None:
            moment = line.occurred_at or scope.now
            resolved.append(ResolvedLine(number, line, product, warehouse, moment))
    return resolved, errors


def _product(scope: WriteScope, line: MovementLine, found: ProductRefs) -> ProductRef | None:
    if line.sku is None:
        return found.by_id.get(line.product_id or 0)
    return found.by_sku.get(sku_key(scope.company, line.sku))


def _warehouse(line: MovementLine, found: WarehouseRefs) -> WarehouseRef | None:
    if line.warehouse is None:
        return found.by_id.get(line.warehouse_id or 0)
    return found.by_code.get(code_key(line.warehouse))


async def _steps(scope: WriteScope, resolved: Sequence[ResolvedLine]) -> list[Step]:
    """Each line with its entries; bundles become their components."""
    bundles = {line.product.id for line in resolved if line.product.product_type == "bundle"}
    parts: dict[int, list[tuple[ProductRef, Decimal]]] = {}
    if bundles:
        exploded = await explode_bundles(scope, bundles)
        wanted = {component for some in exploded.values() for component, _ in some}
        refs = await resolve_products(scope, wanted, ())
        parts = {
            bundle: [(refs.by_id[component], quantity) for component, quantity in some]
            for bundle, some in exploded.items()
        }
    return [(line, list(entries_of(line, parts.get(line.product.id)))) for line in resolved]


async def _unfit(scope: WriteScope, steps: Sequence[Step]) -> dict[int, LineError]:
    """The lines that cannot be posted for what they are, or not by this actor."""
    errors = [error for step in steps if (error := bundle_error(*step)) is not None]
    entries = [entry for _, some in steps for entry in some]
    # what a recount changes is known once its level is locked
    known = [entry for entry in entries if entry.type is not MovementType.RECOUNT]
    errors += await lines_over_limits(scope, known)
    return {error.line: error for error in errors}


def _recounts(steps: Sequence[Step]) -> list[Entry]:
    entries = (entry for _, some in steps for entry in some)
    return [entry for entry in entries if entry.type is MovementType.RECOUNT]


def _levels(steps: Sequence[Step]) -> set[ledger.LevelKey]:
    return {entry.level for _, entries in steps for entry in entries}


def _malformed(command: RecordMovements) -> list[LineError]:
    return [
        LineError(number, "invalid-request", "The line is not valid.", errors)
        for number, errors in command.malformed.items()
    ]


_KINDS: dict[str, type[StockFlowError]] = {
    "product-not-found": LineTargetsNotFound,
    "warehouse-not-found": LineTargetsNotFound,
    "warehouse-not-allowed": WarehouseNotAllowed,
    "approval-needed": ApprovalNeeded,
    "insufficient-stock": InsufficientStock,
    "stock-changed": StockChanged,
    "reserved-by-documents": ReservedByDocuments,
}


def _refusal(errors: Sequence[LineError]) -> StockFlowError:
    """One error for all refused lines: the first kind that occurs, naming every line."""
    codes = {error.code for error in errors}
    kind = next((kind for code, kind in _KINDS.items() if code in codes), LinesRefused)
    lines = [error.facts() for error in sorted(errors, key=lambda error: error.line)]
    return kind(facts={"lines": lines})


async def reverse_posting(scope: WriteScope, posting_id: int) -> Posting:
    """Take a posting back by one that is its opposite; demand is taken back on its own day.

    Raises:
        PostingNotFound: no such posting.
        PostingReversed: it was taken back before.
        ReversalNotReversible: it is a reversal itself.
        PostingOfDocument: a document made it.
        ReservedByDocuments: what it reserved is held by documents by now.
        ApprovalNeeded: it adjusted more than the actor may without approval.
        InsufficientStock: what it brought in is no longer there.
        LevelsClosed: it took stock from a product that is archived or a warehouse that is retired.
    """
    scope.require(Permission.MOVE_STOCK)
    posting = await get_posting(scope, posting_id)
    # a release of what was over is of many documents at once, and names none
    if posting.document_id is not None or posting.kind == PostingKind.RELEASE:
        raise PostingOfDocument(
            facts={"document_type": posting.document_type, "document_id": posting.document_id}
        )
    if posting.reverses_id is not None:
        raise ReversalNotReversible
    if posting.reversed_by_id is not None:
        raise PostingReversed(facts={"reversed_by": posting.reversed_by_id})
    for warehouse_id in {movement.warehouse_id for movement in posting.movements}:
        scope.require_warehouse(warehouse_id)
    # backwards, so that stock the posting itself brought in is still there to take out first
    entries = [_opposite(scope, movement) for movement in reversed(posting.movements)]
    await require_within_limits(scope, entries)
    if any(entry.bucket is Bucket.RESERVED and entry.change < 0 for entry in entries):
        await _leave_to_documents(scope, entries)
    new_id, movements = await ledger.post(
        scope, entries, kind=PostingKind.REVERSAL, reverses_id=posting_id
    )
    return Posting(new_id, movements)


async def _leave_to_documents(scope: WriteScope, entries: Sequence[Entry]) -> None:
    levels = {entry.level for entry in entries}
    balances = await ledger.locked_balances(scope, levels)
    held = await reservations.held_at(scope, levels)
    errors = planning.taken_from_documents(entries, balances, held)
    if errors:
        raise ReservedByDocuments(facts={"lines": [error.facts() for error in errors]})


_DEMAND = frozenset({MovementType.SALE, MovementType.RETURN})


def _opposite(scope: WriteScope, movement: PostedMovement) -> Entry:
    demand = movement.type in _DEMAND and movement.bucket is Bucket.AVAILABLE
    return Entry(
        line=movement.line,
        product_id=movement.product_id,
        sku=movement.sku,
        warehouse_id=movement.warehouse_id,
        type=movement.type,
        bucket=movement.bucket,
        change=-movement.quantity_change,
        occurred_at=scope.now,
        # a sale took stock and was demand: what it changed is what its demand is changed by
        sold=movement.quantity_change if demand else ledger.ZERO,
        sold_day=calendar.local_day(scope, movement.occurred_at),
        unit_cost=_money(movement.unit_cost),
        # what had left comes back at the value it took along
        value=-Decimal(movement.value_change) if movement.quantity_change < 0 else None,
        unit_price=_money(movement.unit_price),
        reason=f"Reversal of posting {movement.id // MOVEMENTS_PER_POSTING}",
        clearing=movement.quantity_change > 0,
    )


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
