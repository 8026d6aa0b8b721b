"""Documents in every state: what Fell & Ferry has on order, under way and under discussion now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from stockflow.adjustments.commands import CreateAdjustmentRequest
from stockflow.adjustments.operations import create_request
from stockflow.companies.commands import ChangeCompany
from stockflow.companies.operations import change_company
from stockflow.counting.commands import CreateCount, RecordLines
from stockflow.counting.operations import create_count
from stockflow.counting.recording import record_lines
from stockflow.demo import story
from stockflow.demo.assortment import products
from stockflow.foundation.scope import Actor, WriteScope
from stockflow.purchasing import operations as purchasing
from stockflow.purchasing.commands import CreatePurchaseOrder, ReceivePurchaseOrder
from stockflow.purchasing.queries import PurchaseOrderDocument
from stockflow.purchasing.receiving import receive_purchase_order
from stockflow.sales import operations as sales
from stockflow.sales.commands import (
    ConfirmSalesOrder,
    CreateSalesOrder,
    ShipSalesOrder,
)
from stockflow.sales.customer_commands import CreateCustomer
from stockflow.sales.customer_operations import upsert_customers
from stockflow.sales.reserving import confirm_order
from stockflow.sales.return_commands import CreateReturn
from stockflow.sales.returns import create_return
from stockflow.sales.rows import SalesOrderDocument
from stockflow.sales.shipping import ship_order
from stockflow.stock.commands import LevelFilters
from stockflow.stock.documents import CancelDocument
from stockflow.stock.queries import LevelRow, list_levels
from stockflow.transfers import operations as transfers
from stockflow.transfers.commands import CreateTransfer, ReceiveTransfer, ShipTransfer
from stockflow.transfers.queries import TransferDocument

_PRODUCTS = {product.sku: product for product in products()}
_LEFT_ALONE = {story.MISTAKE[0], *story.RESERVED, *story.NOT_SELLING, *story.BEST_SELLERS}
_LARGE_ORDER = Decimal(2000)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does what: one trades everywhere, the other only in her shop."""

    trader: Actor
    assistant: Actor


@dataclass(frozen=True, slots=True)
class Shelves:
    """The levels that are not low, those with most to spare first; each product is taken once."""

    levels: list[LevelRow]

    def take(self, warehouse: str, count: int, *, supplier: str | None = None) -> list[str]:
        """The SKUs of products of which some may leave without any level becoming low."""
        found = [
            level.sku
            for level in self.levels
            if level.warehouse_code == warehouse
            and (supplier is None or _PRODUCTS[level.sku].suppliers[:1] == (supplier,))
        ][:count]
        self.levels[:] = [level for level in self.levels if level.sku not in found]
        return found


def acting(scope: WriteScope, actor: Actor, now: datetime | None = None) -> WriteScope:
    """The same transaction for somebody else, or at another moment."""
    moment = scope.now if now is None else now
    return WriteScope(scope.connection, scope.company, actor, moment, scope.request_id)


def _days_ago(scope: WriteScope, actor: Actor, days: int) -> WriteScope:
    return acting(scope, actor, scope.now - timedelta(days=days))


async def load_documents(scope: WriteScope, crew: Crew) -> None:
    """Make them, through the operations; nothing here lets a level become low, or not low."""
    await change_company(scope, _rules(), None)
    shelves = Shelves(await _plenty(scope))
    await upsert_customers(scope, [CreateCustomer.model_validate(one) for one in story.CUSTOMERS])
    await _buy(scope, crew.trader, shelves)
    await _sell(scope, crew.trader, shelves)
    await _transfer(scope, crew.trader, shelves)
    await _count(acting(scope, crew.assistant))
    await _ask(acting(scope, crew.assistant), shelves)
    # the rule holds from the next transaction on, so this scope is told of it
    waiting = acting(scope, crew.trader)
    waiting.company = replace(scope.company, backorder_orders=True)
    await _backorder(waiting)


def _rules() -> ChangeCompany:
    return ChangeCompany(
        backorder_orders=True,
        purchase_approval_above=_LARGE_ORDER,
        over_receipt_percent=Decimal(5),
        adjustment_approval_quantity=Decimal(10),
        count_approval_above=Decimal(250),
    )


async def _plenty(scope: WriteScope) -> list[LevelRow]:
    page = await list_levels(scope, LevelFilters(low=False, limit=1000))
    plain = [
        level
        for level in page.items
        if level.sku not in _LEFT_ALONE and _PRODUCTS[level.sku].quantum == 1
    ]
    return sorted(plain, key=lambda level: (_threshold(level) - level.available, level.sku))


def _threshold(level: LevelRow) -> Decimal:
    return level.threshold or Decimal(0)


async def _buy(scope: WriteScope, trader: Actor, shelves: Shelves) -> None:
    """One of the late supplier, one of which half has come, a large one that waits, and a draft."""
    late = await _ordered(
        _days_ago(scope, trader, 31), "SKAR", shelves.take("KENDAL", 3, supplier="SKAR")
    )
    await _approve(_days_ago(scope, trader, 30), late)
    partly = await _ordered(
        _days_ago(scope, trader, 6), "MERS", shelves.take("KENDAL", 2, supplier="MERS")
    )
    await _approve(_days_ago(scope, trader, 5), partly)
    received = {"line_id": partly.lines[0].id, "good": partly.lines[0].quantity - 1, "damaged": 1}
    await receive_purchase_order(
        _days_ago(scope, trader, 1),
        partly.id,
        ReceivePurchaseOrder.model_validate({"lines": [received]}),
        None,
    )
    large = await _ordered(
        _days_ago(scope, trader, 1), "HELM", shelves.take("KENDAL", 4, supplier="HELM"), packs=12
    )
    await purchasing.submit_purchase_order(acting(scope, trader), large.id, None)
    await _ordered(
        acting(scope, trader), "WICK", shelves.take("DUBLIN", 2, supplier="WICK"), "DUBLIN"
    )


async def _ordered(
    scope: WriteScope,
    supplier: str,
    skus: Sequence[str],
    warehouse: str = "KENDAL",
    packs: int = 4,
) -> PurchaseOrderDocument:
    lines = [{"sku": sku, "quantity": _PRODUCTS[sku].order_multiple * packs} for sku in skus]
    lead = next(one.lead_time_days for one in story.SUPPLIERS if one.code == supplier)
    fields = {
        "supplier": supplier,
        "warehouse": warehouse,
        "expected_date": scope.today + timedelta(days=lead or 0),
        "lines": lines,
    }
    return await purchasing.create_purchase_order(scope, CreatePurchaseOrder.model_validate(fields))


async def _approve(scope: WriteScope, order: PurchaseOrderDocument) -> None:
    await purchasing.submit_purchase_order(scope, order.id, None)
    await purchasing.approve_purchase_order(scope, order.id, None)


async def _sell(scope: WriteScope, trader: Actor, shelves: Shelves) -> None:
    """Orders that are shipped, come back, half shipped, waiting to be packed, given up, and a draft."""
    before, yesterday, today = (_days_ago(scope, trader, days) for days in (4, 1, 0))
    shipped = await _sold(before, "HARBOUR", shelves.take("KENDAL", 3))
    returned = await _sold(before, "GLEN", shelves.take("KENDAL", 1))
    for order in (shipped, returned):
        await _confirm(before, order)
        await ship_order(before, order.id, ShipSalesOrder(carrier="Fellside Couriers"), None)
    await _take_back(yesterday, shipped, {"damaged": 1}, "Chipped on arrival")
    await _take_back(yesterday, returned, {"good": 2}, "Ordered twice")
    half = await _sold(yesterday, "MOSS", shelves.take("DUBLIN", 2))
    await _confirm(yesterday, half)
    first = {"line_id": half.lines[0].id, "quantity": half.lines[0].quantity}
    await ship_order(today, half.id, ShipSalesOrder.model_validate({"lines": [first]}), None)
    given_up = await _sold(yesterday, "GLEN", shelves.take("KENDAL", 1))
    await _confirm(yesterday, given_up)
    await sales.cancel_order(
        today, given_up.id, CancelDocument(reason="The hostel opens a month later"), None
    )
    await _confirm(today, await _sold(today, "GUIDES", shelves.take("KENDAL", 3)))
    await _sold(today, "HARBOUR", shelves.take("KENDAL", 2))


async def _sold(scope: WriteScope, customer: str, skus: Iterable[str]) -> SalesOrderDocument:
    lines = [{"sku": sku, "quantity": 2} for sku in skus]
    command = CreateSalesOrder.model_validate({"customer": customer, "lines": lines})
    return await sales.create_order(scope, command)


async def _confirm(scope: WriteScope, order: SalesOrderDocument) -> None:
    await confirm_order(scope, order.id, ConfirmSalesOrder(), None)


async def _take_back(
    scope: WriteScope, order: SalesOrderDocument, quantities: dict[str, int], reason: str
) -> None:
    line = {"line_id": order.lines[0].id, "reason": reason, **quantities}
    await create_return(scope, order.id, CreateReturn.model_validate({"lines": [line]}), None)


async def _backorder(scope: WriteScope) -> None:
    """More of what the late supplier makes than is there: the rest waits for the next delivery."""
    page = await list_levels(scope, LevelFilters(low=True, warehouse="KENDAL", limit=1000))
    late = [
        level
        for level in page.items
        if _PRODUCTS[level.sku].suppliers[:1] == (story.LATE_SUPPLIER,)
    ]
    scarce = min(late, key=lambda level: (level.available, level.sku))
    line = {"sku": scarce.sku, "warehouse": "KENDAL", "quantity": scarce.available + 6}
    command = CreateSalesOrder.model_validate({"customer": "GUIDES", "lines": [line]})
    await _confirm(scope, await sales.create_order(scope, command))


async def _transfer(scope: WriteScope, trader: Actor, shelves: Shelves) -> None:
    """One that arrived with a unit missing, one under way, and one not packed yet."""
    arrived = await _sent(_days_ago(scope, trader, 8), shelves.take("KENDAL", 2), "LEEDS")
    first, second = arrived.lines
    received = [
        {"line_id": first.id, "good": first.quantity},
        {
            "line_id": second.id,
            "good": second.quantity - 1,
            "missing": 1,
            "reason": "Not in the parcel; the driver signed for one less",
        },
    ]
    await transfers.receive_transfer(
        _days_ago(scope, trader, 7),
        arrived.id,
        ReceiveTransfer.model_validate({"lines": received}),
        None,
    )
    await _sent(_days_ago(scope, trader, 1), shelves.take("KENDAL", 3), "DUBLIN")
    await _planned(acting(scope, trader), shelves.take("DUBLIN", 1), "DUBLIN", "KENDAL")


async def _planned(
    scope: WriteScope, skus: Iterable[str], source: str, destination: str
) -> TransferDocument:
    fields = {
        "from_warehouse": source,
        "to_warehouse": destination,
        "lines": [{"sku": sku, "quantity": 3} for sku in skus],
    }
    return await transfers.create_transfer(scope, CreateTransfer.model_validate(fields))


async def _sent(scope: WriteScope, skus: Iterable[str], destination: str) -> TransferDocument:
    transfer = await _planned(scope, skus, "KENDAL", destination)
    await transfers.ship_transfer(scope, transfer.id, ShipTransfer(), None)
    return transfer


async def _count(scope: WriteScope) -> None:
    """The shop is half through its flasks; of one, one is not there."""
    category = "Flasks and bottles"
    command = CreateCount.model_validate({"warehouse": "LEEDS", "category": category})
    count = await create_count(scope, command)
    page = await list_levels(scope, LevelFilters(warehouse="LEEDS", limit=1000))
    flasks = [level for level in page.items if _PRODUCTS[level.sku].category == category]
    counted = [
        {
            "sku": level.sku,
            "quantity": max(level.available + level.reserved - (place == 0), Decimal(0)),
        }
        for place, level in enumerate(flasks[: len(flasks) // 2])
    ]
    await record_lines(scope, count.id, RecordLines.model_validate({"lines": counted}), None)


async def _ask(scope: WriteScope, shelves: Shelves) -> None:
    """More than the shop may write off alone, so it waits for somebody else."""
    (sku,) = shelves.take("LEEDS", 1)
    line = {"sku": sku, "warehouse": "LEEDS", "type": "adjustment", "quantity": -11}
    fields = {"reason": "Water from the roof over the window display", "lines": [line]}
    await create_request(scope, CreateAdjustmentRequest.model_validate(fields))
