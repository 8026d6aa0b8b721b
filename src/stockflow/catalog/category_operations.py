"""Writes of categories."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, insert, null, select, update

from stockflow.catalog.category_queries import CategoryRow, get_category
from stockflow.catalog.commands import ChangeCategory, CreateCategory
from stockflow.catalog.errors import CategoryArchived, CategoryInUse, CategoryNotFound
from stockflow.catalog.events import CategoryThresholdChanged
from stockflow.catalog.models import Category, Product
from stockflow.catalog.sku import category_key
from stockflow.companies import audit
from stockflow.foundation.bulk import insert_new
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope

_AUDITED = ("name", "low_stock_threshold", "archived_at")


async def create_category(scope: WriteScope, command: CreateCategory) -> CategoryRow:
    """Add a category.

    Raises:
        CategoryNameTaken: another one has the name, archived or not.
    """
    scope.require(Permission.EDIT_CATALOG)
    category_id = await scope.fetch_value(
        insert(Category)
        .values(
            company_id=scope.company_id,
            name_key=category_key(command.name),
            **command.model_dump(),
        )
        .returning(Category.id)
    )
    changes = {
        name: (None, value) for name, value in command.model_dump().items() if value is not None
    }
    await audit.record(scope, "category", "created", {category_id: changes})
    return await get_category(scope, category_id)


async def usable_categories(
    scope: WriteScope, ids: Collection[int | None], names: Collection[str]
) -> dict[str, int]:
    """Categories to put products in, held against being archived: their ids by normal name.

    Names that are new become categories.

    Raises:
        CategoryNotFound: no category has one of the ids.
        CategoryArchived: one of them is archived.
    """
    scope.require(Permission.EDIT_CATALOG)
    if not ids and not names:
        return {}
    by_key = {category_key(name): name for name in names}
    found = await _hold(scope, ids, by_key)
    if new := by_key.keys() - found.keys():
        rows = [{"name_key": key, "name": by_key[key]} for key in sorted(new)]
        inserted = await insert_new(scope, Category, ["name_key"], rows, ["id", "name_key"])
        created = {category_id: {"name": (None, by_key[key])} for category_id, key in inserted}
        await audit.record(scope, "category", "created", created)
        found |= await _hold(scope, (), new)
    if unknown := set(ids) - set(found.values()):
        raise CategoryNotFound(facts={"category_id": min(unknown, key=str)})
    return found


async def _hold(
    scope: WriteScope, ids: Collection[int | None], keys: Collection[str]
) -> dict[str, int]:
    # waits for whoever archives one of them, and then sees that it is archived
    query = (
        select(Category.name_key, Category.id, Category.archived_at)
        .where(
            Category.company_id == scope.company_id,
            Category.id.in_(ids) | Category.name_key.in_(keys),
        )
        .order_by(Category.id)
        .with_for_update(read=True, key_share=True)
    )
    cursor = await scope.execute(query)
    rows = await cursor.fetchall()
    for _, category_id, archived_at in rows:
        if archived_at is not None:
            raise CategoryArchived(facts={"category_id": category_id})
    return {key: category_id for key, category_id, _ in rows}


async def change_category(
    scope: WriteScope, category_id: int, command: ChangeCategory, expected_version: int | None
) -> CategoryRow:
    """Change the given fields of a category; its version counts up only where something differs.

    Raises:
        CategoryNotFound: no such category.
        CategoryArchived: it must be restored first.
        CategoryNameTaken: another one has the new name.
        StaleVersion: it is not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_category(scope, category_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is not None:
        raise CategoryArchived(facts={"category_id": category_id})
    values = command.model_dump(exclude_unset=True)
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    if "name" in values:
        values["name_key"] = category_key(values["name"])
    after = await _update(scope, before, "changed", values)
    if after.low_stock_threshold != before.low_stock_threshold:
        await publish(scope, CategoryThresholdChanged(category_id))
    return after


async def archive_category(
    scope: WriteScope, category_id: int, expected_version: int | None
) -> CategoryRow:
    """Take a category out of use; archived already, it stays as it is.

    Raises:
        CategoryNotFound: no such category.
        StaleVersion: it is not at `expected_version` any more.
        CategoryInUse: products in it are not archived.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_category(scope, category_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is not None:
        return before
    in_use = await scope.fetch_value(
        select(func.count())
        .select_from(Product)
        .where(
            Product.company_id == scope.company_id,
            Product.category_id == category_id,
            Product.archived_at.is_(None),
        )
    )
    if in_use:
        raise CategoryInUse(facts={"products": in_use})
    return await _update(scope, before, "archived", {"archived_at": func.now()})


async def restore_category(
    scope: WriteScope, category_id: int, expected_version: int | None
) -> CategoryRow:
    """Take an archived category into use again; not archived, it stays as it is.

    Raises:
        CategoryNotFound: no such category.
        StaleVersion: it is not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_category(scope, category_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is None:
        return before
    return await _update(scope, before, "restored", {"archived_at": null()})


async def _update(
    scope: WriteScope, before: CategoryRow, action: str, values: dict[str, Any]
) -> CategoryRow:
    await scope.execute(
        update(Category)
        .where(Category.company_id == scope.company_id, Category.id == before.id)
        .values(**values, version=Category.version + 1, updated_at=func.now())
    )
    after = await get_category(scope, before.id)
    await audit.record(
        scope, "category", action, {before.id: audit.changed(before, after, _AUDITED)}
    )
    return after
