"""Writes of products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, null, select, update

from stockflow.catalog.bundles import require_components_in_use
from stockflow.catalog.category_operations import usable_categories
from stockflow.catalog.commands import ChangeProduct, CreateProduct, ProductType
from stockflow.catalog.errors import ProductArchived, ProductInBundle, SkuTaken
from stockflow.catalog.events import (
    OpeningStock,
    ProductArchiving,
    ProductCreated,
    ProductRulesChanged,
)
from stockflow.catalog.models import Product
from stockflow.catalog.queries import MONEY, ProductRow, get_product
from stockflow.catalog.sku import barcode_key, category_key, sku_key
from stockflow.companies import audit
from stockflow.foundation import sql
from stockflow.foundation.bulk import insert_new, repeated
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.foundation.settings import get_settings

_SQL = sql.load(__package__, "queries.sql")
_OPENING = {"warehouse_id", "warehouse", "initial_quantity"}
_DERIVED = {"sku_key", "barcode_key"}
_AUDITED = tuple(
    name
    for name in ProductRow.__slots__
    if name not in {"id", "category", "created_at", "updated_at", "version"}
)
_RULES = ("low_stock_threshold", "category_id", "allow_backorders", "archived_at")


@dataclass(frozen=True, slots=True)
class CreatedProduct:
    """The answer to a product's creation."""

    product_id: int
    message: str
    product: ProductRow

    @property
    def version(self) -> int:
        """What makes the answer carry the product's `ETag`."""
        return self.product.version


async def create_product(scope: WriteScope, command: CreateProduct) -> CreatedProduct:
    """Add a product, with opening stock where wanted.

    Raises:
        SkuTaken: another product has the SKU; `existing_product_id` tells which.
        BarcodeTaken: another product that is not archived has the barcode.
        CategoryNotFound: no category has this id.
        CategoryArchived: the category takes no new products.
    """
    (product_id,) = await create_products(scope, [command])
    row = await get_product(scope, product_id)
    return CreatedProduct(product_id, "Product created", row)


async def create_products(scope: WriteScope, commands: Sequence[CreateProduct]) -> list[int]:
    """Add all of the products or none, in a constant number of statements; gives their ids in order.

    Opening stock is posted product by product, by the subscribers of `ProductCreated`: whoever adds
    thousands leaves it out and posts it at once.

    Raises:
        Invalid: a command has the SKU of an earlier one; names all of them.
        SkuTaken, BarcodeTaken, CategoryNotFound, CategoryArchived: as for one product; SkuTaken
            names every command whose SKU is taken.
    """
    scope.require(Permission.EDIT_CATALOG)
    if any(command.initial_quantity is not None for command in commands):
        scope.require(Permission.MOVE_STOCK)
    keys = [sku_key(scope.company, command.sku) for command in commands]
    if errors := repeated(keys, "sku"):
        raise Invalid(errors=errors)
    rows = await _rows(scope, keys, commands)
    inserted = await insert_new(scope, Product, ["sku_key"], rows, ["sku_key", "id"])
    ids: dict[str, int] = dict(inserted)
    if len(ids) < len(keys):
        raise await _sku_taken(scope, keys, [key for key in keys if key not in ids])
    await _claim_across_companies(scope, keys, ids)
    changes = {ids[key]: _creation(row) for key, row in zip(keys, rows, strict=True)}
    await audit.record(scope, "product", "created", changes)
    for key, command in zip(keys, commands, strict=True):
        await publish(scope, ProductCreated(ids[key], _opening_stock(command)))
    return [ids[key] for key in keys]


async def _rows(
    scope: WriteScope, keys: Sequence[str], commands: Sequence[CreateProduct]
) -> list[dict[str, object]]:
    categories = await usable_categories(
        scope,
        {command.category_id for command in commands if command.category_id is not None},
        {command.category for command in commands if command.category is not None},
    )
    return [
        {
            **command.model_dump(mode="json", exclude={"category", *_OPENING}),
            "category_id": command.category_id
            if command.category is None
            else categories[category_key(command.category)],
            "currency": command.currency or scope.company.currency,
            "sku_key": key,
            "barcode_key": None if command.barcode is None else barcode_key(command.barcode),
        }
        for key, command in zip(keys, commands, strict=True)
    ]


def _creation(row: Mapping[str, Any]) -> audit.Changes:
    return {
        name: (None, f"{Decimal(value):.4f}" if name in MONEY else value)
        for name, value in row.items()
        if value is not None and name not in _DERIVED
    }


def _opening_stock(command: CreateProduct) -> OpeningStock | None:
    if command.warehouse_id is None and command.warehouse is None:
        return None
    assert command.initial_quantity is not None, "the command asks for it"
    return OpeningStock(command.warehouse_id, command.warehouse, command.initial_quantity)


async def _sku_taken(
    scope: WriteScope, keys: Sequence[str], taken: Sequence[str], *, elsewhere: bool = False
) -> SkuTaken:
    """The refusal of those of `keys` that are taken, here or (`elsewhere`) by another company."""
    existing: dict[str, int] = {}
    if not elsewhere:
        query = select(Product.sku_key, Product.id).where(
            Product.company_id == scope.company_id, Product.sku_key.in_(taken)
        )
        cursor = await scope.execute(query)
        existing = dict(await cursor.fetchall())
    errors = [
        FieldError("/sku" if len(keys) == 1 else f"/{keys.index(key)}/sku", _whose(existing, key))
        for key in taken
    ]
    return SkuTaken(errors=errors, facts={"existing_product_id": existing.get(taken[0])})


def _whose(existing: Mapping[str, int], key: str) -> str:
    known = f"product {existing[key]}" if key in existing else "a product of another company"
    return f"is the SKU of {known}"


async def _claim_across_companies(
    scope: WriteScope, keys: Sequence[str], ids: Mapping[str, int]
) -> None:
    """Where a SKU must be unique across companies, take it for this one."""
    if get_settings().sku_scope != "platform":
        return
    names = {
        "company_id": scope.company_id,
        "sku_keys": list(keys),
        "product_ids": [ids[key] for key in keys],
    }
    await scope.execute(_SQL["claim_skus"], names)
    cursor = await scope.execute(_SQL["skus_of_others"], names)
    if taken := {key for (key,) in await cursor.fetchall()}:
        raise await _sku_taken(scope, keys, [k for k in keys if k in taken], elsewhere=True)


async def change_product(
    scope: WriteScope, product_id: int, command: ChangeProduct, expected_version: int | None
) -> ProductRow:
    """Change the given fields of a product; its version counts up only where something differs.

    Raises:
        ProductNotFound: no such product.
        ProductArchived: it must be restored first.
        StaleVersion: it is not at `expected_version` any more.
        SkuTaken, BarcodeTaken, CategoryNotFound, CategoryArchived: as for a new product.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_product(scope, product_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is not None:
        raise ProductArchived(facts={"product_id": product_id})
    values = await _given(scope, command)
    if all(_same(before, name, value) for name, value in values.items()):
        return before
    if "sku" in values:
        values["sku_key"] = await _new_sku_key(scope, before, values["sku"])
    if "barcode" in values:
        barcode = values["barcode"]
        values["barcode_key"] = None if barcode is None else barcode_key(barcode)
    return await _update(scope, before, "changed", values)


async def _given(scope: WriteScope, command: ChangeProduct) -> dict[str, Any]:
    values = command.model_dump(exclude_unset=True, exclude={"category"})
    names = set() if command.category is None else {command.category}
    ids = set() if command.category_id is None else {command.category_id}
    found = await usable_categories(scope, ids, names)
    if command.category is not None:
        values["category_id"] = found[category_key(command.category)]
    elif "category" in command.model_fields_set:
        values.setdefault("category_id", None)
    return values


def _same(before: ProductRow, name: str, value: object) -> bool:
    present = getattr(before, name)
    return bool(value == (Decimal(present) if name in MONEY and present is not None else present))


async def _new_sku_key(scope: WriteScope, before: ProductRow, sku: str) -> str:
    """The key of a product's new SKU, unless it is taken; the constraint catches who comes between."""
    key = sku_key(scope.company, sku)
    if key == sku_key(scope.company, before.sku):
        return key
    query = select(Product.id).where(
        Product.company_id == scope.company_id, Product.sku_key == key, Product.id != before.id
    )
    if await scope.fetch_value(query) is not None:
        raise await _sku_taken(scope, [key], [key])
    await _claim_across_companies(scope, [key], {key: before.id})
    return key


async def archive_product(
    scope: WriteScope, product_id: int, expected_version: int | None
) -> ProductRow:
    """Take a product out of use; archived already, it stays as it is.

    Raises:
        ProductNotFound: no such product.
        StaleVersion: it is not at `expected_version` any more.
        ProductInBundle: it is a component of a bundle that is in use.
        ProductHasStock: by the stock feature, while any is left.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_product(scope, product_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is not None:
        return before
    names = {"company_id": scope.company_id, "product_id": product_id}
    cursor = await scope.execute(_SQL["bundles_holding"], names)
    if bundles := [{"product_id": i, "sku": sku} for i, sku in await cursor.fetchall()]:
        raise ProductInBundle(facts={"bundles": bundles})
    await publish(scope, ProductArchiving(product_id))
    return await _update(scope, before, "archived", {"archived_at": func.now()})


async def restore_product(
    scope: WriteScope, product_id: int, expected_version: int | None
) -> ProductRow:
    """Take an archived product into use again; not archived, it stays as it is.

    Raises:
        ProductNotFound: no such product.
        StaleVersion: it is not at `expected_version` any more.
        BarcodeTaken: another product has got its barcode meanwhile.
        CategoryArchived: its category must be restored first.
        ProductArchived: it is a bundle, and a component of it must be restored first.
    """
    scope.require(Permission.EDIT_CATALOG)
    before = await get_product(scope, product_id, for_update=True)
    require_version(before.version, expected_version)
    if before.archived_at is None:
        return before
    await usable_categories(scope, {before.category_id} - {None}, set())
    if before.product_type == ProductType.BUNDLE:
        await require_components_in_use(scope, product_id)
    return await _update(scope, before, "restored", {"archived_at": null()})


async def _update(
    scope: WriteScope, before: ProductRow, action: str, values: Mapping[str, Any]
) -> ProductRow:
    await scope.execute(
        update(Product)
        .where(Product.company_id == scope.company_id, Product.id == before.id)
        .values(**values, version=Product.version + 1, updated_at=func.now())
    )
    after = await get_product(scope, before.id)
    await audit.record(
        scope, "product", action, {before.id: audit.changed(before, after, _AUDITED)}
    )
    if audit.changed(before, after, _RULES):
        await publish(scope, ProductRulesChanged((before.id,)))
    return after
