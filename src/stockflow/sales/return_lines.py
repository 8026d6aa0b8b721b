"""What the lines of a return name, and why some cannot come back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stockflow.companies.coded import code_key
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import WarehouseNotAllowed, WriteScope
from stockflow.sales.return_commands import CreateReturn, ReturnLine
from stockflow.sales.return_errors import MoreThanShipped
from stockflow.sales.return_queries import (
    ReturnableLine,
    ShippedPart,
    returnable_lines,
    shipped_parts,
)
from stockflow.stock.errors import DocumentLinesNotFound, LinesRefused, LineTargetsNotFound
from stockflow.warehouses.queries import WarehouseRef, WarehouseRefs, resolve_warehouses


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line that may come back; `parts` are what left for it, of a bundle its components."""

    asked: ReturnLine
    line: ReturnableLine
    parts: Sequence[ShippedPart]
    warehouse_id: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line of a request with what it names, as far as that is there.

    `in_all` is what the whole request would take back or refuse of the order's line.
    """

    number: int
    asked: ReturnLine
    line: ReturnableLine | None
    parts: Sequence[ShippedPart]
    warehouse: WarehouseRef | None
    in_all: Decimal
    repeats: bool


async def returned_lines(
    scope: WriteScope, order_id: int, command: CreateReturn
) -> list[ReturnedLine]:
    """The lines of a return of a locked order, all of which may come back.

    Raises:
        DocumentLinesNotFound: lines name lines the order does not have.
        LineTargetsNotFound: lines name warehouses the company does not have.
        WarehouseNotAllowed: lines are for warehouses the actor may not use.
        MoreThanShipped: the customer has less than would come back.
        LinesRefused: lines cannot come back for several or other reasons.
    """
    lines = await returnable_lines(scope, order_id, {asked.line_id for asked in command.lines})
    parts = await shipped_parts(scope, order_id, {line.line for line in lines.values()})
    of_line = {line.id: parts.get(line.line, []) for line in lines.values()}
    origins = {line_id: _origin(some) for line_id, some in of_line.items()}
    named = {asked.warehouse_id for asked in command.lines} | set(origins.values())
    codes = {asked.warehouse for asked in command.lines if asked.warehouse is not None}
    found = await resolve_warehouses(scope, {one for one in named if one is not None}, codes)
    warehouses = [_warehouse(asked, origins, found) for asked in command.lines]
    candidates = _candidates(command.lines, warehouses, lines, of_line)
    _refuse_wrong(scope, candidates)
    return [
        ReturnedLine(
            one.asked, one.line, one.parts, one.warehouse.id, one.asked.reason or command.reason
        )
        for one in candidates
        if one.line and one.warehouse
    ]


def _candidates(
    asked_lines: Sequence[ReturnLine],
    warehouses: Sequence[WarehouseRef | None],
    lines: Mapping[int, ReturnableLine],
    parts: Mapping[int, Sequence[ShippedPart]],
) -> list[_Candidate]:
    """What is asked, each with its line, what of it was shipped, and where it would come back to."""
    in_all: dict[int, Decimal] = defaultdict(Decimal)
    for asked in asked_lines:
        in_all[asked.line_id] += asked.taken_back + asked.refused
    candidates = []
    seen: set[tuple[int, int]] = set()
    for number, (asked, warehouse) in enumerate(zip(asked_lines, warehouses, strict=True)):
        line_id = asked.line_id
        key = (line_id, warehouse.id if warehouse else 0)
        line, some = lines.get(line_id), parts.get(line_id, ())
        candidates.append(
            _Candidate(number, asked, line, some, warehouse, in_all[line_id], key in seen)
        )
        seen.add(key)
    return candidates


def _origin(parts: Sequence[ShippedPart]) -> int | None:
    """The warehouse all of a line left from, if it is one."""
    warehouse_ids = {warehouse_id for part in parts for warehouse_id in part.warehouse_ids}
    return warehouse_ids.pop() if len(warehouse_ids) == 1 else None


def _warehouse(
    asked: ReturnLine, origins: Mapping[int, int | None], found: WarehouseRefs
) -> WarehouseRef | None:
    if asked.warehouse is not None:
        return found.by_code.get(code_key(asked.warehouse))
    return found.by_id.get(asked.warehouse_id or origins.get(asked.line_id) or 0)


_KINDS: dict[str, type[StockFlowError]] = {
    "line-not-found": DocumentLinesNotFound,
    "warehouse-not-found": LineTargetsNotFound,
    "warehouse-not-allowed": WarehouseNotAllowed,
}
Reason = tuple[str, str] | None
"""Why a line cannot come back: code and detail."""


def _refuse_wrong(scope: WriteScope, candidates: Sequence[_Candidate]) -> None:
    """Refuse all when a line is wrong, by the first kind that occurs, naming every such line."""
    wrong: list[dict[str, object]] = []
    for one in candidates:
        reason = _of_quantity(one) or _of_warehouse(scope, one) or _of_activity(one)
        if reason is not None:
            code, detail = reason
            wrong.append({"line": one.number, "code": code, "detail": detail, **_facts(one, code)})
    if wrong:
        codes = {fact["code"] for fact in wrong}
        other = MoreThanShipped if codes == {MoreThanShipped.code} else LinesRefused
        kind = next((kind for code, kind in _KINDS.items() if code in codes), other)
        raise kind(facts={"lines": wrong})


def _facts(one: _Candidate, code: str) -> dict[str, object]:
    facts: dict[str, object] = {"line_id": one.asked.line_id}
    if one.line is not None:
        facts |= {"product_id": one.line.product_id, "sku": one.line.sku}
        if code == MoreThanShipped.code:
            facts |= {
                "requested": plain(one.in_all),
                "allowed": plain(one.line.returnable),
            }
    return facts


def _of_quantity(one: _Candidate) -> Reason:
    if one.line is None:
        return "line-not-found", "The order has no such line."
    if one.in_all > one.line.returnable:
        return MoreThanShipped.code, "The customer has less than this."
    asked = one.asked
    quantities = (asked.good, asked.damaged, asked.refused)
    if one.line.is_bundle and any(quantity % 1 for quantity in quantities):
        return "bundle-not-whole", "Bundles come back whole."
    return None


def _of_warehouse(scope: WriteScope, one: _Candidate) -> Reason:
    if one.warehouse is None:
        if one.asked.warehouse_id is None and one.asked.warehouse is None:
            return "warehouse-needed", "It left from several warehouses: name one."
        return "warehouse-not-found", "There is no such warehouse."
    if not scope.may_use_warehouse(one.warehouse.id):
        return "warehouse-not-allowed", "Your credentials are limited to other warehouses."
    if one.repeats:
        return "line-repeated", "An earlier line is for the same line and warehouse."
    return None


def _of_activity(one: _Candidate) -> Reason:
    if not one.asked.taken_back:
        return None
    if one.warehouse is not None and not one.warehouse.active:
        return "warehouse-inactive", "The warehouse is inactive and takes no new stock."
    if any(part.archived for part in one.parts):
        return "product-archived", "The product is archived."
    return None
