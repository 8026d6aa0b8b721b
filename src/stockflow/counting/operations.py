"""Opening, changing, rejecting and cancelling stock counts. Counting and posting have their own files."""

from sqlalchemy import insert, update

from stockflow.catalog.category_queries import get_category
from stockflow.catalog.errors import CategoryNotFound
from stockflow.catalog.sku import category_key
from stockflow.companies import audit
from stockflow.companies.numbering import next_numbers
from stockflow.companies.queries import get_company
from stockflow.counting.commands import ChangeCount, CountStatus, CreateCount
from stockflow.counting.errors import CountTooLarge, NothingToCount
from stockflow.counting.lifecycle import ENTITY, lock_for
from stockflow.counting.models import StockCount
from stockflow.counting.overlap import require_counted_here_only, serialize
from stockflow.counting.queries import CountRow, find_count, get_count, shown_count
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope
from stockflow.stock import calendar
from stockflow.stock.document_lines import ProductLine, products_of, warehouse_of
from stockflow.stock.documents import CancelDocument, RejectDocument, advance, moved
from stockflow.stock.models import MOVEMENTS_PER_POSTING

LINES_PER_COUNT_MAX = MOVEMENTS_PER_POSTING - 1
"""A count is posted as one posting."""

_SQL = sql.load(__package__, "counting.sql")
_CONSUMPTION_DAYS = 365


async def create_count(scope: WriteScope, command: CreateCount) -> CountRow:
    """Open a count, with a line for each product of its scope.

    Raises:
        WarehouseNotFound, WarehouseNotAllowed, WarehouseInactive: of its warehouse.
        CategoryNotFound: no such category.
        LineTargetsNotFound, LinesRefused: of the products named.
        NothingToCount: the warehouse has nothing of what is asked for.
        CountTooLarge: it would have more lines than a posting holds movements.
        CountedElsewhere: products are on another open count of the warehouse.
    """
    scope.require(Permission.MOVE_STOCK)
    warehouse = await warehouse_of(scope, command.warehouse_id, command.warehouse)
    category_id = await _category(scope, command)
    products = await _products(scope, command, warehouse.id)
    await serialize(scope, warehouse.id)
    count_id = await _insert(scope, command, warehouse.id, category_id)
    await _open_lines(scope, command, count_id, products)
    await require_counted_here_only(scope, count_id, warehouse.id)
    row = await find_count(scope, count_id)
    changes = {
        name: (None, getattr(row, name))
        for name in ("number", "warehouse_id", "category_id", "abc_class", "line_count", "notes")
        if getattr(row, name) is not None
    }
    await audit.record(scope, ENTITY, "created", {count_id: changes})
    return shown_count(scope, row)


async def _category(scope: WriteScope, command: CreateCount) -> int | None:
    if command.category_id is None and command.category is None:
        return None
    if command.category is None:
        return (await get_category(scope, command.category_id or 0)).id
    names = {"company_id": scope.company_id, "name": category_key(command.category)}
    category_id: int | None = await scope.fetch_value(_SQL["category"], names)
    if category_id is None:
        raise CategoryNotFound(facts={"category": command.category})
    return category_id


async def _products(
    scope: WriteScope, command: CreateCount, warehouse_id: int
) -> frozenset[int] | None:
    """The only products to be counted; None for all the warehouse has."""
    named = [ProductLine(product_id=product_id) for product_id in command.product_ids]
    named += [ProductLine(sku=sku) for sku in command.skus]
    products = None
    if named:
        products = frozenset(ref.id for ref in await products_of(scope, named, bundles=False))
    if command.abc_class is not None:
        cursor = await scope.execute(
            _SQL["abc_class"],
            {
                "company_id": scope.company_id,
                "warehouse_id": warehouse_id,
                "currency": scope.company.currency,
                "since": calendar.demand_start(scope, _CONSUMPTION_DAYS),
                "class": command.abc_class.value,
            },
        )
        found = frozenset(row[0] for row in await cursor.fetchall())
        products = found if products is None else products & found
    return products


async def _insert(
    scope: WriteScope, command: CreateCount, warehouse_id: int, category_id: int | None
) -> int:
    company = await get_company(scope)
    (number,) = await next_numbers(scope, "SC")
    count_id: int = await scope.fetch_value(
        insert(StockCount)
        .values(
            company_id=scope.company_id,
            number=number,
            warehouse_id=warehouse_id,
            category_id=category_id,
            abc_class=command.abc_class and command.abc_class.value,
            listed=command.is_listed,
            blind=command.blind,
            notes=command.notes,
            recount_above=company.recount_above,
        )
        .returning(StockCount.id)
    )
    return count_id


async def _open_lines(
    scope: WriteScope, command: CreateCount, count_id: int, products: frozenset[int] | None
) -> None:
    statement = "lines_of_warehouse" if products is None else "lines_of_products"
    names = {
        "company_id": scope.company_id,
        "count_id": count_id,
        "products": sql.array_literal(sorted(products or ())),
    }
    lines = (await scope.execute(_SQL[statement], names)).rowcount
    if lines == 0 and command.is_narrowed:
        raise NothingToCount
    if lines > LINES_PER_COUNT_MAX:
        raise CountTooLarge(facts={"lines": lines})
    await scope.execute(
        update(StockCount)
        .where(StockCount.company_id == scope.company_id, StockCount.id == count_id)
        .values(line_count=lines)
    )


async def change_count(
    scope: WriteScope, count_id: int, command: ChangeCount, expected_version: int | None
) -> CountRow:
    """Change the given fields of a count that is being counted.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is not being counted any more.
    """
    scope.require(Permission.MOVE_STOCK)
    before = await lock_for(scope, count_id, "change", expected_version)
    values = command.model_dump(exclude_unset=True)
    if all(getattr(before, name) == value for name, value in values.items()):
        return shown_count(scope, before)
    await advance(scope, StockCount, count_id, **values)
    after = await find_count(scope, count_id)
    changes = audit.changed(before, after, tuple(values))
    await audit.record(scope, ENTITY, "changed", {count_id: changes})
    return shown_count(scope, after)


async def reject_count(
    scope: WriteScope, count_id: int, command: RejectDocument, expected_version: int | None
) -> CountRow:
    """Send a submitted count back to be counted again where that is needed.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it does not wait for approval.
    """
    scope.require(Permission.APPROVE_STOCK)
    count = await lock_for(scope, count_id, "reject", expected_version)
    await advance(
        scope,
        StockCount,
        count_id,
        status=CountStatus.COUNTING.value,
        rejection_reason=command.reason,
        uncounted=None,
        submitted_at=None,
        submitted_by_user_id=None,
        submitted_by_api_key_id=None,
    )
    changes = moved(count.status, CountStatus.COUNTING, reason=command.reason)
    await audit.record(scope, ENTITY, "rejected", {count_id: changes})
    return await get_count(scope, count_id)


async def cancel_count(
    scope: WriteScope, count_id: int, command: CancelDocument, expected_version: int | None
) -> CountRow:
    """Give a count up; nothing of it is posted.

    Raises:
        CountNotFound: no such count.
        StaleVersion: it is not at `expected_version` any more.
        WrongStatus: it is posted, or cancelled already.
    """
    scope.require(Permission.MOVE_STOCK)
    count = await lock_for(scope, count_id, "cancel", expected_version)
    await advance(
        scope,
        StockCount,
        count_id,
        status=CountStatus.CANCELLED.value,
        cancelled_at=scope.now,
        cancellation_reason=command.reason,
    )
    changes = moved(count.status, CountStatus.CANCELLED, cancellation_reason=command.reason)
    await audit.record(scope, ENTITY, "cancelled", {count_id: changes})
    return await get_count(scope, count_id)
