"""Returns: what customers send back of what was shipped.

What is taken back goes to available or to damaged stock, worth what it left with, and is no demand
any more. What is refused is noted, and moves nothing.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from msgspec import structs

from stockflow.companies import audit
from stockflow.companies.numbering import next_numbers
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import plain
from stockflow.foundation.scope import WriteScope
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.queries import lock_order
from stockflow.sales.return_commands import CreateReturn
from stockflow.sales.return_lines import ReturnedLine, returned_lines
from stockflow.sales.return_queries import ReturnableLine, ReturnDocument, get_return
from stockflow.stock import ledger
from stockflow.stock.commands import Bucket, DocumentType, MovementType, PostingKind
from stockflow.stock.ledger import Document, Entry

_SQL = sql.load(__package__, "returns.sql")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_SMALLEST_UNIT = Decimal("0.0001")


async def create_return(
    scope: WriteScope, order_id: int, command: CreateReturn, expected_version: int | None
) -> ReturnDocument:
    """Take back, or refuse, goods of an order; a line that is wrong refuses all.

    Raises:
        SalesOrderNotFound: no such order, or it has to do with warehouses the actor may not use.
        StaleVersion: the order is not at `expected_version` any more.
        WrongStatus: nothing of the order was shipped, or all of it came back.
        DocumentLinesNotFound: lines name lines the order does not have.
        LineTargetsNotFound: lines name warehouses the company does not have.
        WarehouseNotAllowed: lines are for warehouses the actor may not use.
        MoreThanShipped: the customer has less than would come back.
        LinesRefused: lines cannot come back for several or other reasons.
        LevelsClosed: a product was archived or a warehouse retired meanwhile.
    """
    scope.require(Permission.SELL)
    order = await lock_order(scope, order_id)
    LIFECYCLE.require("return", order, expected_version)
    lines = await returned_lines(scope, order_id, command)
    number, posting_id = await _post(scope, order_id, lines)
    names = {
        "company_id": scope.company_id,
        "order_id": order_id,
        "number": number,
        "reference": command.reference,
        "reason": command.reason,
        "posting_id": posting_id,
    }
    return_id = await scope.fetch_value(_SQL["insert"], names)
    names |= {"return_id": return_id, **_columns(lines)}
    await scope.execute(_SQL["insert_lines"], names)
    await scope.execute(_SQL["count_lines"], names)
    status = await scope.fetch_value(_SQL["count_order"], names)
    changes = {"return": (None, number), **_back(lines)}
    if status != order.status:
        changes["status"] = (order.status, status)
    await audit.record(scope, "sales_order", "returned", {order_id: changes})
    return await get_return(scope, order_id, return_id)


async def _post(
    scope: WriteScope, order_id: int, lines: Sequence[ReturnedLine]
) -> tuple[str, int | None]:
    """Post what is taken back; gives the return's number, and the posting unless all is refused."""
    entries = list(_entries(scope, lines))
    if entries:  # before the number, whose row all returns of the company wait for
        await ledger.lock_levels(scope, {entry.level for entry in entries})
    (number,) = await next_numbers(scope, "RMA")
    if not entries:
        return number, None
    named = [structs.replace(entry, reference=number) for entry in entries]
    document = Document(DocumentType.SALES_ORDER, order_id)
    posting_id, _ = await ledger.post(scope, named, kind=PostingKind.RETURN, document=document)
    return number, posting_id


def _entries(scope: WriteScope, lines: Sequence[ReturnedLine]) -> Iterator[Entry]:
    """What comes in: of a bundle its components, each worth its share of what the customer has.

    So a line that is back as a whole is worth exactly what it left with, at whatever costs it left.
    """
    back: dict[int, Decimal] = {}
    costs: dict[tuple[int, int], Decimal] = {}
    for one in lines:
        for bucket, quantity in (
            (Bucket.AVAILABLE, one.asked.good),
            (Bucket.DAMAGED, one.asked.damaged),
        ):
            before = back.get(one.line.id, one.line.returned)
            after = back[one.line.id] = before + quantity
            for part in one.parts if quantity else ():
                change = _share(part.quantity, one.line, before, after)
                cost = costs.get((one.line.id, part.product_id), part.cost)
                value = _part(cost, quantity, one.line.shipped - before)
                costs[one.line.id, part.product_id] = cost - value
                yield Entry(
                    line=one.line.line,
                    product_id=part.product_id,
                    sku=part.sku,
                    warehouse_id=one.warehouse_id,
                    type=MovementType.RETURN,
                    bucket=bucket,
                    change=change,
                    occurred_at=scope.now,
                    sold=-change,
                    unit_price=part.unit_price,
                    value=value,
                    reason=one.reason,
                )


def _share(whole: Decimal, line: ReturnableLine, before: Decimal, after: Decimal) -> Decimal:
    """What of `whole`, which stands for all that was shipped, comes back from `before` to `after`."""
    return plain(_up_to(whole, line.shipped, after) - _up_to(whole, line.shipped, before))


def _up_to(whole: Decimal, shipped: Decimal, back: Decimal) -> Decimal:
    return _part(whole, back, shipped)


def _part(whole: Decimal, quantity: Decimal, of: Decimal) -> Decimal:
    """What of `whole` is that of a quantity of all, rounded as the database rounds."""
    exact = _EXACT.divide(_EXACT.multiply(whole, quantity), of)
    return exact.quantize(_SMALLEST_UNIT, context=_EXACT)


def _columns(lines: Sequence[ReturnedLine]) -> dict[str, str]:
    columns: dict[str, list[object]] = {
        "line_ids": [one.line.id for one in lines],
        "warehouse_ids": [one.warehouse_id for one in lines],
        "available": [one.asked.good for one in lines],
        "damaged": [one.asked.damaged for one in lines],
        "refused": [one.asked.refused for one in lines],
        "taken_back": [one.asked.taken_back for one in lines],
        "reasons": [one.asked.reason for one in lines],
    }
    return {name: sql.array_literal(values) for name, values in columns.items()}


def _back(lines: Sequence[ReturnedLine]) -> dict[str, tuple[object, object]]:
    """How much has come back of each line, before and after: `lines/<place>/returned`."""
    changes: dict[str, tuple[object, object]] = {}
    back: dict[int, Decimal] = {}
    for one in lines:
        if one.asked.taken_back:
            before = back.get(one.line.id, one.line.returned)
            back[one.line.id] = before + one.asked.taken_back
            pair = (plain(one.line.returned), plain(back[one.line.id]))
            changes[f"lines/{one.line.line}/returned"] = pair
    return changes
