"""What pages tell of transfers: which steps are open to whom, and where they may lead."""

from collections.abc import Mapping
from decimal import Decimal

from stockflow.companies.pages_access import Page, Post
from stockflow.foundation.errors import StockFlowError
from stockflow.stock.queries import levels_of_products
from stockflow.transfers.lifecycle import LIFECYCLE
from stockflow.transfers.queries import TransferDocument, TransferRow
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses

LINES_TYPED_MAX = 500
"""Transfers with more lines are shipped and received as a whole, or by the API."""

_WAREHOUSES_MAX = 1000
_AT_SOURCE = frozenset({"change", "ship", "cancel"})


def href(transfer_id: int) -> str:
    return f"/transfers/{transfer_id}"


def steps(page: Page, transfer: TransferRow) -> set[str]:
    """What the member may do with the transfer now, by the actions of its lifecycle."""
    if not page.may("MOVE_STOCK"):
        return set()
    here = page.scope.may_use_warehouse(transfer.from_warehouse_id)
    there = page.scope.may_use_warehouse(transfer.to_warehouse_id)
    return {
        action
        for action, statuses in LIFECYCLE.allowed_in.items()
        if transfer.status in statuses and (here if action in _AT_SOURCE else there)
    }


async def warehouses(page: Page) -> list[WarehouseRow]:
    """The warehouses the member may use."""
    return (await list_warehouses(page.scope, WarehouseFilters(limit=_WAREHOUSES_MAX))).items


async def ends(page: Page, transfer: TransferDocument | None) -> dict[str, object]:
    """What may be chosen as source and as destination; that of who is limited is named by its code.

    A warehouse that is not active may be emptied, but not filled.
    """
    found = await warehouses(page)
    there = [] if transfer is None else [transfer.to_warehouse_id]
    return {
        "sources": [(row.id, _called(row)) for row in found],
        "destinations": [(row.id, _called(row)) for row in found if row.active or row.id in there],
        "is_limited": page.scope.actor.warehouse_ids is not None,
    }


def _called(row: WarehouseRow) -> str:
    return f"{row.code} · {row.name}{'' if row.active else ' (inactive)'}"


async def at_source(page: Page, transfer: TransferDocument) -> dict[int, Decimal]:
    """What is available of each of its products where the transfer starts."""
    levels = await levels_of_products(page.scope, [line.product_id for line in transfer.lines])
    return {
        level.product_id: level.available
        for level in levels
        if level.warehouse_id == transfer.from_warehouse_id
    }


def leave_out_lines(post: Post, *names: str) -> None:
    """Make lines for which none of these fields was typed no lines: the form has all of the transfer.

    A form without any lines at all is one that ships or receives the whole.
    """
    lines = post.fields.tree.get("lines")
    if isinstance(lines, dict):
        post.fields.tree["lines"] = {
            key: line
            for key, line in lines.items()
            if not isinstance(line, dict)
            or any(line.get(name) not in ("", "0", None) for name in names)
        }


def too_much(refusal: StockFlowError) -> Mapping[str, str]:
    """What a refusal of quantities says at each line, by its place in the transfer."""
    lines = refusal.facts.get("lines")
    assert isinstance(lines, list)
    return {
        f"lines.{line['line']}": f"is too much: {line['requested']:f} given, at most {line['allowed']:f}"
        for line in lines
    }
