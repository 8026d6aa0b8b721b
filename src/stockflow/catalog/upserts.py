"""Many products at once, known by their SKU: what imports write."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, cast, func, literal, select

from stockflow.catalog.category_operations import usable_categories
from stockflow.catalog.commands import CreateProduct
from stockflow.catalog.errors import SkuTaken
from stockflow.catalog.events import ProductRulesChanged
from stockflow.catalog.models import Category, Product
from stockflow.catalog.operations import create_products
from stockflow.catalog.queries import MONEY
from stockflow.catalog.sku import barcode_key, category_key, sku_key
from stockflow.companies import audit
from stockflow.foundation.bulk import Upserted, differences, repeated, update_rows
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.events import publish
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import WriteScope

_QUANTITIES = (
    "low_stock_threshold",
    "reorder_quantity",
    "weight_kg",
    "length_cm",
    "width_cm",
    "height_cm",
)
_PLAIN = (
    "name",
    "category_id",
    "description",
    "barcode",
    "barcode_key",
    "unit",
    "currency",
    "allow_backorders",
)
_CHANGED = (*_PLAIN, *sorted(MONEY), *_QUANTITIES)
_RULES = frozenset({"low_stock_threshold", "category_id", "allow_backorders"})
_OPENING = frozenset({"warehouse_id", "warehouse", "initial_quantity"})

Known = Mapping[str, Mapping[str, Any]]
"""The products there are, by the normal form of their SKU."""


async def lock_products(scope: WriteScope, product_ids: Collection[int]) -> None:
    """Lock these products in the order of their ids, for several writes of some of them each."""
    if product_ids:
        await scope.execute(
            select(Product.id)
            .where(
                Product.company_id == scope.company_id,
                Product.id == any_(literal(sorted(product_ids), ARRAY(BigInteger()))),
            )
            .order_by(Product.id)
            .with_for_update(key_share=True)
        )


async def announce_rules(scope: WriteScope, product_ids: Collection[int]) -> None:
    """Let others know, once, that the rules of these products have changed."""
    if product_ids:
        await publish(scope, ProductRulesChanged(tuple(sorted(set(product_ids)))))


async def upsert_products(
    scope: WriteScope, commands: Sequence[CreateProduct], *, ruled: set[int] | None = None
) -> Upserted:
    """Add the products whose SKUs are new, and change the others where a given field differs.

    Fields left out of a command stay as they are, and so does the spelling of a SKU. The number of
    statements is constant. Products whose rules have changed are announced, or added to `ruled` for
    a caller that announces those of several calls at once.

    Raises:
        Invalid: commands repeat a SKU, name an archived product or category, a barcode that another
            product has, another type than the product's, or opening stock; names all of them.
        SkuTaken: new SKUs were taken by somebody else meanwhile, or by another company.
        CategoryNotFound, CategoryArchived, BarcodeTaken: as for one product.
    """
    scope.require(Permission.EDIT_CATALOG)
    keys = [sku_key(scope.company, command.sku) for command in commands]
    if errors := repeated(keys, "sku"):
        raise Invalid(errors=errors)
    known = await _lock_known(scope, keys)
    if errors := await _refused(scope, keys, commands, known):
        raise Invalid(errors=errors)
    new = [index for index, key in enumerate(keys) if key not in known]
    categories = await usable_categories(
        scope,
        {command.category_id for command in commands if command.category_id is not None},
        {command.category for command in commands if command.category is not None},
    )
    await _create(scope, new, [_placed(command, categories) for command in commands])
    by_key = {key: command for key, command in zip(keys, commands, strict=True) if key in known}
    changes = await _change(scope, known, by_key, categories)
    ids = {product_id for product_id, fields in changes.items() if fields.keys() & _RULES}
    if ruled is None:
        await announce_rules(scope, ids)
    else:
        ruled |= ids
    return Upserted(len(new), len(changes), len(commands) - len(new) - len(changes))


def _placed(command: CreateProduct, categories: Mapping[str, int]) -> CreateProduct:
    """The command with the id of its category in place of the name."""
    if command.category is None:
        return command
    category_id = categories[category_key(command.category)]
    return command.model_copy(update={"category": None, "category_id": category_id})


async def _lock_known(scope: WriteScope, keys: Sequence[str]) -> Known:
    """The products with these SKUs, locked in the order of their ids, as the ledger holds them."""
    columns = [
        *(getattr(Product, name) for name in (*_PLAIN, "id", "sku_key", "product_type")),
        *(cast(getattr(Product, name), Text).label(name) for name in sorted(MONEY)),
        *(func.trim_scale(getattr(Product, name)).label(name) for name in _QUANTITIES),
        Product.archived_at.is_not(None).label("archived"),
    ]
    cursor = await scope.execute(
        select(*columns)
        .where(
            Product.company_id == scope.company_id,
            Product.sku_key == any_(literal(list(keys), ARRAY(Text()))),
        )
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
    return {row["sku_key"]: row for row in rows}


async def _refused(
    scope: WriteScope, keys: Sequence[str], commands: Sequence[CreateProduct], known: Known
) -> list[FieldError]:
    archived = await _archived_categories(scope, commands)
    owners = await _barcode_owners(scope, commands)
    errors = []
    for index, (key, command) in enumerate(zip(keys, commands, strict=True)):
        found = _contradictions(command, known.get(key, {}))
        if command.category is not None and category_key(command.category) in archived:
            found["category"] = "is archived"
        if command.barcode is not None:
            owner = owners.get(barcode_key(command.barcode), key)
            if owner != key:
                found["barcode"] = f"is the barcode of product {owner}"
        errors += [FieldError(f"/{index}/{name}", detail) for name, detail in found.items()]
    return errors


def _contradictions(command: CreateProduct, product: Mapping[str, Any]) -> dict[str, str]:
    """Which fields the product, if there is one, does not allow."""
    given = command.model_fields_set
    found = dict.fromkeys(
        sorted(given & _OPENING), "is not taken here: post opening stock as movements"
    )
    if product.get("archived"):
        found["sku"] = "is the SKU of an archived product"
    if product and "product_type" in given and command.product_type != product["product_type"]:
        found["product_type"] = "cannot be changed"
    return found


async def _archived_categories(scope: WriteScope, commands: Iterable[CreateProduct]) -> set[str]:
    names = {category_key(command.category) for command in commands if command.category is not None}
    cursor = await scope.execute(
        select(Category.name_key).where(
            Category.company_id == scope.company_id,
            Category.name_key == any_(literal(list(names), ARRAY(Text()))),
            Category.archived_at.is_not(None),
        )
    )
    return {key for (key,) in await cursor.fetchall()}


async def _barcode_owners(scope: WriteScope, commands: Iterable[CreateProduct]) -> dict[str, str]:
    """The SKUs, in normal form, of the products which have the barcodes of these."""
    barcodes = {barcode_key(command.barcode) for command in commands if command.barcode is not None}
    cursor = await scope.execute(
        select(Product.barcode_key, Product.sku_key).where(
            Product.company_id == scope.company_id,
            Product.barcode_key == any_(literal(list(barcodes), ARRAY(Text()))),
            Product.archived_at.is_(None),
        )
    )
    return dict(await cursor.fetchall())


async def _create(scope: WriteScope, new: Sequence[int], commands: Sequence[CreateProduct]) -> None:
    if not new:
        return
    try:
        await create_products(scope, [commands[index] for index in new])
    except SkuTaken as error:
        raise SkuTaken(
            errors=[_moved(found, new) for found in error.errors], facts=error.facts
        ) from error


def _moved(error: FieldError, new: Sequence[int]) -> FieldError:
    """The error with the place of the command among all, not among the new ones."""
    _, *index, field = error.pointer.split("/")
    return FieldError(f"/{new[int(index[0]) if index else 0]}/{field}", error.detail)


async def _change(
    scope: WriteScope,
    known: Known,
    by_key: Mapping[str, CreateProduct],
    categories: Mapping[str, int],
) -> dict[int, audit.Changes]:
    """Change the products where a given field differs; gives what did, by product."""
    rows: list[dict[str, object]] = []
    changed: dict[int, audit.Changes] = {}
    for key, product in known.items():
        given = _given(by_key[key], categories)
        if changes := differences(product, given):
            changed[product["id"]] = {
                name: pair for name, pair in changes.items() if name != "barcode_key"
            }
            rows.append({name: product[name] for name in ("id", *_CHANGED)} | given)
    await update_rows(scope, Product, ["id"], rows)
    if changed:
        await audit.record(scope, "product", "changed", changed)
    return changed


def _given(command: CreateProduct, categories: Mapping[str, int]) -> dict[str, object]:
    """The fields in a command, written as a row shows them, so that the two can be compared."""
    values: dict[str, object] = command.model_dump(include=set(_CHANGED), exclude_unset=True)
    if command.category is not None:
        values["category_id"] = categories[category_key(command.category)]
    elif "category" in command.model_fields_set:
        values.setdefault("category_id", None)
    if "barcode" in values:
        values["barcode_key"] = None if command.barcode is None else barcode_key(command.barcode)
    if "currency" in values and values["currency"] is None:
        del values["currency"]  # as the product's is
    for name in MONEY & values.keys():
        value = values[name]
        if isinstance(value, Decimal):
            values[name] = f"{abs(value):.4f}"  # abs: a negative zero is zero
    return values
