"""Writes of suppliers and their terms."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, any_, delete, literal, select

from stockflow.catalog.errors import ProductArchived, ProductNotFound
from stockflow.catalog.models import Product
from stockflow.companies import audit
from stockflow.companies.coded import change_coded, insert_coded, upsert_coded
from stockflow.foundation.bulk import Upserted, differences, insert_new, repeated, update_rows
from stockflow.foundation.errors import Invalid
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.suppliers.commands import (
    AddTerms,
    ChangeSupplier,
    ChangeTerms,
    CreateSupplier,
    ProductTerms,
    SetTerms,
    Terms,
)
from stockflow.suppliers.errors import SupplierNotFound, TermsExist
from stockflow.suppliers.models import ProductSupplier, Supplier
from stockflow.suppliers.queries import (
    SupplierRow,
    TermsRow,
    all_terms,
    find_terms,
    get_supplier,
    get_terms,
    require_suppliers,
    supplier_ids_by_code,
)

Key = tuple[int, int]
"""A product's id and a supplier's."""

Values = Mapping[str, object]
_TERMS = tuple(Terms.model_fields)
_NO_TERMS: Values = Terms().model_dump()


async def create_supplier(scope: WriteScope, command: CreateSupplier) -> SupplierRow:
    """Add a supplier.

    Raises:
        SupplierCodeTaken: another supplier of the company has the code.
    """
    scope.require(Permission.EDIT_PARTNERS)
    return await get_supplier(scope, await insert_coded(scope, Supplier, "supplier", command))


async def change_supplier(
    scope: WriteScope, supplier_id: int, command: ChangeSupplier, expected_version: int | None
) -> SupplierRow:
    """Change the given fields of a supplier; its version counts up only where something differs.

    Raises:
        SupplierNotFound: no such supplier.
        SupplierCodeTaken: another supplier of the company has the new code.
        StaleVersion: it is not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_PARTNERS)
    before = await get_supplier(scope, supplier_id, for_update=True)
    require_version(before.version, expected_version)
    changes = await change_coded(scope, Supplier, "supplier", before, command)
    return await get_supplier(scope, supplier_id) if changes else before


async def upsert_suppliers(scope: WriteScope, commands: Sequence[CreateSupplier]) -> Upserted:
    """Add the suppliers whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command has no code, or the code of an earlier one; names all of them.
    """
    scope.require(Permission.EDIT_PARTNERS)
    return (await upsert_coded(scope, Supplier, "supplier", commands)).counts


async def _record(
    scope: WriteScope, entity: str, **changes_by_action: Mapping[int, audit.Changes]
) -> None:
    for action, changes in changes_by_action.items():
        if changes:
            await audit.record(scope, entity, action, changes)


async def add_terms(scope: WriteScope, product_id: int, command: AddTerms) -> TermsRow:
    """Add a supplier to a product.

    Raises:
        ProductNotFound, ProductArchived: no such product, or it takes no changes.
        SupplierNotFound: no such supplier.
        TermsExist: the supplier sells the product already.
    """
    scope.require(Permission.EDIT_PARTNERS)
    await _lock_products(scope, [product_id])
    supplier_id = await _named_supplier(scope, command)
    if await find_terms(scope, product_id, supplier_id) is not None:
        raise TermsExist(facts={"product_id": product_id, "supplier_id": supplier_id})
    await _write(scope, {(product_id, supplier_id): _values(command)})
    return await get_terms(scope, product_id, supplier_id)


async def _named_supplier(scope: WriteScope, command: AddTerms) -> int:
    if command.supplier_id is not None:
        await require_suppliers(scope, [command.supplier_id])
        return command.supplier_id
    found = await supplier_ids_by_code(scope, [command.supplier or ""])
    if not found:
        raise SupplierNotFound(facts={"supplier": command.supplier})
    return next(iter(found.values()))


async def set_terms(
    scope: WriteScope,
    product_id: int,
    supplier_id: int,
    command: SetTerms,
    expected_version: int | None,
) -> tuple[TermsRow, bool]:
    """Create or replace the terms of a supplier for a product; whether they are new, too.

    Raises:
        ProductNotFound, ProductArchived: no such product, or it takes no changes.
        SupplierNotFound: no such supplier.
        StaleVersion: the terms are not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_PARTNERS)
    await _lock_products(scope, [product_id])
    await require_suppliers(scope, [supplier_id])
    if expected_version is not None:
        before = await find_terms(scope, product_id, supplier_id)
        require_version(0 if before is None else before.version, expected_version)
    written = await _write(scope, {(product_id, supplier_id): _values(command)})
    return await get_terms(scope, product_id, supplier_id), written.created == 1


async def change_terms(
    scope: WriteScope,
    product_id: int,
    supplier_id: int,
    command: ChangeTerms,
    expected_version: int | None,
) -> TermsRow:
    """Change the given terms of a supplier for a product.

    Raises:
        ProductNotFound, ProductArchived: no such product, or it takes no changes.
        SupplierNotFound, TermsNotFound: no such supplier, or it does not sell the product.
        StaleVersion: the terms are not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_PARTNERS)
    await _lock_products(scope, [product_id])
    before = await get_terms(scope, product_id, supplier_id)
    require_version(before.version, expected_version)
    await _write(scope, {(product_id, supplier_id): _values(command, only_given=True)})
    return await get_terms(scope, product_id, supplier_id)


async def remove_terms(
    scope: WriteScope, product_id: int, supplier_id: int, expected_version: int | None
) -> None:
    """Take a supplier off a product.

    Raises:
        ProductNotFound, ProductArchived: no such product, or it takes no changes.
        SupplierNotFound, TermsNotFound: no such supplier, or it does not sell the product.
        StaleVersion: the terms are not at `expected_version` any more.
    """
    scope.require(Permission.EDIT_PARTNERS)
    await _lock_products(scope, [product_id])
    before = await get_terms(scope, product_id, supplier_id)
    require_version(before.version, expected_version)
    await scope.execute(
        delete(ProductSupplier).where(
            ProductSupplier.company_id == scope.company_id,
            ProductSupplier.product_id == product_id,
            ProductSupplier.supplier_id == supplier_id,
        )
    )
    key = (product_id, supplier_id)
    gone = differences(_of(before), dict.fromkeys(_TERMS))
    await _record(scope, "product_supplier", removed=_by_product({key: gone}))


async def upsert_terms(scope: WriteScope, rows: Sequence[ProductTerms]) -> Upserted:
    """Add the terms that are new, and change the others where a given field differs.

    Fields left out of a row stay as they are. The number of statements is constant.

    Raises:
        Invalid: a row repeats an earlier one, or prefers a second supplier for a product.
        ProductNotFound, ProductArchived, SupplierNotFound: naming the first such id.
    """
    scope.require(Permission.EDIT_PARTNERS)
    keys = [(row.product_id, row.supplier_id) for row in rows]
    errors = repeated(keys, "supplier_id") or [
        # an index of its own for each row that prefers nobody, so that only preferences collide
        *repeated(
            [row.product_id if row.is_preferred else (i,) for i, row in enumerate(rows)],
            "is_preferred",
        )
    ]
    if errors:
        raise Invalid(errors=errors)
    await _lock_products(scope, {product_id for product_id, _ in keys})
    await require_suppliers(scope, {supplier_id for _, supplier_id in keys})
    values = (_values(row, only_given=True) for row in rows)
    return await _write(scope, dict(zip(keys, values, strict=True)))


async def _lock_products(scope: WriteScope, product_ids: Collection[int]) -> None:
    """Let one writer at a time at the terms of a product, so that preferences cannot cross."""
    asked = sorted(set(product_ids))
    cursor = await scope.execute(
        select(Product.id, Product.archived_at)
        .where(
            Product.company_id == scope.company_id,
            Product.id == any_(literal(asked, ARRAY(BigInteger()))),
        )
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    found = dict(await cursor.fetchall())
    for product_id in asked:
        if product_id not in found:
            raise ProductNotFound(facts={"product_id": product_id})
        if found[product_id] is not None:
            raise ProductArchived(facts={"product_id": product_id})


async def _write(scope: WriteScope, given: Mapping[Key, Values]) -> Upserted:
    """Write terms of products that are locked, and take the preference from those that lose it."""
    rows = await all_terms(scope, sorted({product_id for product_id, _ in given}))
    before = {(row.product_id, row.supplier_id): _of(row) for row in rows}
    after = {key: {**before.get(key, _NO_TERMS), **values} for key, values in given.items()}
    preferred = {key[0]: key for key, values in given.items() if values.get("is_preferred")}
    for key, values in before.items():
        if values["is_preferred"] and preferred.get(key[0], key) != key:
            after[key] = {**after.get(key, values), "is_preferred": False}
    changed = {
        key: changes
        for key, values in after.items()
        if key in before and (changes := differences(before[key], values))
    }
    created = {
        key: differences(dict.fromkeys(_TERMS), values)
        for key, values in after.items()
        if key not in before
    }
    # Two preferred suppliers of a product may not exist even for a moment: losers go first.
    for is_preferred in (False, True):
        part = [key for key in changed if after[key]["is_preferred"] is is_preferred]
        await update_rows(scope, ProductSupplier, _KEY, _records(part, after))
    await insert_new(scope, ProductSupplier, _KEY, _records(list(created), after), _KEY)
    await _record(
        scope, "product_supplier", created=_by_product(created), changed=_by_product(changed)
    )
    asked = len(changed.keys() & given.keys())
    return Upserted(len(created), asked, len(given) - len(created) - asked)


_KEY = ("product_id", "supplier_id")


def _records(keys: Sequence[Key], after: Mapping[Key, Values]) -> list[Values]:
    return [{"product_id": key[0], "supplier_id": key[1], **after[key]} for key in keys]


def _of(row: TermsRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in _TERMS}


def _values(command: Terms, *, only_given: bool = False) -> dict[str, object]:
    """The terms in a command, written as a row shows them, so that the two can be compared."""
    values = command.model_dump(include=set(_TERMS), exclude_unset=only_given)
    if values.get("cost_price") is not None:
        values["cost_price"] = f"{abs(values['cost_price']):.4f}"  # abs: a negative zero is zero
    return values


def _by_product(changes: Mapping[Key, audit.Changes]) -> dict[int, audit.Changes]:
    """One audit entry a product, its fields named `<supplier id>/<field>`."""
    entries: dict[int, dict[str, tuple[object, object]]] = {}
    for (product_id, supplier_id), fields in changes.items():
        entry = entries.setdefault(product_id, {})
        entry.update({f"{supplier_id}/{name}": pair for name, pair in fields.items()})
    return dict(entries)
