"""What pages tell of stock counts: which steps are open, and what the counting screen shows."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import Field

from stockflow.catalog.commands import SearchText
from stockflow.catalog.queries import ProductRow, get_product
from stockflow.companies.pages_access import Page, Post
from stockflow.companies.people import names_of
from stockflow.counting.commands import CountMode, CountStatus, LineFilters, LineStatus
from stockflow.counting.entering import Entered
from stockflow.counting.finding import find_in
from stockflow.counting.lifecycle import LIFECYCLE
from stockflow.counting.posting import is_own_count
from stockflow.counting.queries import CountRow, LineRow, lines_of, list_lines
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.pagination import encode_cursor
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import Id, PastMoment, Quantity
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses
from stockflow.web.forms import Typed, fields_of_query, typed

_WAREHOUSES_MAX = 1000
_LEFT_SHOWN = 6
_NEEDS = {"approve": Permission.APPROVE_STOCK, "reject": Permission.APPROVE_STOCK}


def href(count_id: int) -> str:
    return f"/counts/{count_id}"


async def steps(page: Page, count: CountRow) -> set[str]:
    """What the member may do with the count now, by the actions of its lifecycle."""
    found = {
        action
        for action, statuses in LIFECYCLE.allowed_in.items()
        if count.status in statuses and page.may(_NEEDS.get(action, Permission.MOVE_STOCK).name)
    }
    if "approve" in found and await is_own_count(page.scope, count):
        found -= {"approve"}
    return found


async def warehouses(page: Page, *, active: bool | None = None) -> list[WarehouseRow]:
    """The warehouses the member may use."""
    filters = WarehouseFilters(active=active, limit=_WAREHOUSES_MAX)
    return (await list_warehouses(page.scope, filters)).items


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A line, and what who counted it is called."""

    line: LineRow
    counted_by: str | None


async def with_names(scope: ReadScope, rows: Rows[LineRow]) -> Rows[ListedLine]:
    """The lines, and who counted them."""
    authors = {_author(row) for row in rows.items if row.counted_at is not None}
    names = await names_of(scope, authors)
    listed = [
        ListedLine(row, None if row.counted_at is None else names[_author(row)])
        for row in rows.items
    ]
    return Rows(listed, rows.next_cursor)


def _author(row: LineRow) -> tuple[int | None, int | None]:
    return row.counted_by_user_id, row.counted_by_api_key_id


class ScreenFilters(Command):
    """What the counting screen shows, as its address says it."""

    q: SearchText = ""
    product_id: Id | None = None
    mode: CountMode = CountMode.SET
    recount: bool = False
    after: Annotated[
        int | None, Field(ge=-1, lt=2**31, description="The line before the next.")
    ] = None
    next: bool = False
    entered: Annotated[Id | None, Field(description="The product of the last entry.")] = None
    counted: Quantity | None = None
    before: Quantity | None = None
    before_at: PastMoment | None = None


@dataclass(slots=True)
class Screen:
    """What the counting screen shows: one line or what was searched for, and what is left to count."""

    line: LineRow | None = None
    counted_by: str | None = None
    product: ProductRow | None = None
    """One that is not on the count yet."""

    found: list[LineRow] = field(default_factory=list)
    others: list[ProductRow] = field(default_factory=list)
    left: list[LineRow] = field(default_factory=list)
    more_left: bool = False


async def screen_of(page: Page, count: CountRow, asked: ScreenFilters) -> Screen:
    """The screen as the address asks for it."""
    scope, screen = page.scope, Screen()
    if count.status != CountStatus.COUNTING:
        return screen
    await _fill_left(scope, count, asked, screen)
    if asked.product_id is not None:
        screen.line = next(iter(await lines_of(scope, count, [asked.product_id])), None)
        if screen.line is None:
            screen.product = await get_product(scope, asked.product_id)
    elif asked.q.strip():
        await _search(scope, count, asked.q, screen)
    elif asked.next:
        screen.line = next(iter(screen.left), None)
    if screen.line is not None and screen.line.counted_at is not None:
        screen.counted_by = (await names_of(scope, [_author(screen.line)]))[_author(screen.line)]
    return screen


async def _fill_left(
    scope: ReadScope, count: CountRow, asked: ScreenFilters, screen: Screen
) -> None:
    """What is left after the line named; from the beginning again once nothing is left after it."""
    status = LineStatus.RECOUNT if asked.recount else LineStatus.UNCOUNTED
    for after in dict.fromkeys([asked.after, None]):
        cursor = None if after is None else encode_cursor("stock-count-lines", (after,))
        filters = LineFilters(status=status.value, limit=_LEFT_SHOWN, cursor=cursor)
        rows = await list_lines(scope, count.id, filters)
        screen.left, screen.more_left = rows.items, rows.next_cursor is not None
        if rows.items:
            return


async def _search(scope: ReadScope, count: CountRow, text: str, screen: Screen) -> None:
    found = await find_in(scope, count, text)
    screen.found = [one.line for one in found if one.line is not None]
    screen.others = [one.product for one in found if one.product is not None]
    for one in found:
        if one.is_meant:
            screen.line, screen.product = one.line, one.product


def screen_href(count_id: int, asked: ScreenFilters, **shown: object) -> str:
    """The screen with the same way of counting, and what else it is to show."""
    kept = {
        "mode": "add" if asked.mode is CountMode.ADD else None,
        "recount": "true" if asked.recount else None,
        **shown,
    }
    query = urlencode({name: value for name, value in kept.items() if value is not None})
    return f"{href(count_id)}/screen" + (f"?{query}" if query else "")


def entered_href(count_id: int, asked: ScreenFilters, entered: Entered) -> str:
    """The screen after an entry, which can be taken back from there."""
    line, before_at = entered.line, entered.counted_before_at
    return screen_href(
        count_id,
        asked,
        entered=line.product_id,
        counted=_plain(line.counted),
        before=None if entered.counted_before is None else _plain(entered.counted_before),
        before_at=None if before_at is None else before_at.isoformat(),
        after=line.line,
        next="true" if asked.next else None,
    )


def what_was_saved(entered: Entered) -> str:
    """In a sentence, with the difference where it may be known."""
    line = entered.line
    text = f"{line.sku}: {_plain(line.counted)} saved"
    if line.status == LineStatus.RECOUNT:
        return f"{text}. It differs much from what is expected: it is to be counted again."
    if line.difference:
        return f"{text}, {abs(line.difference):f} {'more' if line.difference > 0 else 'less'} than expected."
    return f"{text}."


def _plain(quantity: object) -> str:
    return format(quantity, "f")


def asked_of(post: Post) -> ScreenFilters:
    """How the screen was that a form was sent from.

    Raises:
        FieldsRefused: its address is none of ours.
    """
    query = post.request.query_params
    sent = typed(fields_of_query(ScreenFilters, query))
    return sent.command(ScreenFilters, ZoneInfo("UTC"))


def named_products(fields: Typed) -> dict[str, object]:
    """The products a form names, by ids or else SKUs; what is refused of them is told at their lines."""
    ids: list[tuple[str, str]] = []
    skus: list[tuple[str, str]] = []
    for name, value in fields.values.items():
        _, _, field_name = name.rpartition(".")
        if name.startswith("_products.") and value:
            (ids if field_name == "product_id" else skus).append((name.rpartition(".")[0], value))
    for place, (line, _) in enumerate([*ids, *skus]):
        fields.names[f"/lines/{place}"] = line
    fields.names.update({f"/product_ids/{place}": line for place, (line, _) in enumerate(ids)})
    fields.names.update({f"/skus/{place}": line for place, (line, _) in enumerate(skus)})
    return {"product_ids": [value for _, value in ids], "skus": [value for _, value in skus]}
