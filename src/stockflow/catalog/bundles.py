"""Writes of bundles."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from stockflow.catalog.commands import Component, ProductType, SetComponents
from stockflow.catalog.errors import (
    BundleCycle,
    BundleTooDeep,
    BundleTooLarge,
    NotABundle,
    ProductArchived,
    ProductNotFound,
)
from stockflow.catalog.models import BundleComponent, Product
from stockflow.catalog.queries import (
    LEVELS_MAX,
    ComponentsRow,
    get_components,
    get_product,
    resolve_products,
)
from stockflow.catalog.sku import sku_key
from stockflow.companies import audit
from stockflow.companies.models import Company
from stockflow.foundation import sql
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope

_SQL = sql.load(__package__, "queries.sql")
EDGES_MAX = 2_000
"""Components below a bundle, those of each bundle inside it counted once."""


async def set_components(
    scope: WriteScope, bundle_id: int, command: SetComponents, expected_version: int | None
) -> ComponentsRow:
    """Make a bundle consist of these components, in place of those it had.

    Raises:
        ProductNotFound: no such bundle, or no such component; names every one.
        NotABundle: it is a standard product.
        ProductArchived: the bundle or a component is archived.
        StaleVersion: the bundle is not at `expected_version` any more.
        Invalid: a component is named twice.
        BundleCycle: the bundle would contain itself.
        BundleTooDeep: bundles would be nested more than 10 levels deep.
        BundleTooLarge: it, or a bundle above it, would have more than 2,000 components below.
    """
    scope.require(Permission.EDIT_CATALOG)
    await _one_at_a_time(scope)
    bundle = await get_product(scope, bundle_id, for_update=True)
    require_version(bundle.version, expected_version)
    if bundle.product_type != ProductType.BUNDLE:
        raise NotABundle(facts={"product_id": bundle_id})
    if bundle.archived_at is not None:
        raise ProductArchived(facts={"product_id": bundle_id})
    before = await get_components(scope, bundle_id)
    ids = await _component_ids(scope, command.components)
    if bundle_id in ids:
        raise BundleCycle(errors=[FieldError(f"/components/{ids.index(bundle_id)}", "is itself")])
    await _require_in_use(scope, ids)
    await _replace(scope, bundle_id, ids, command.components)
    await _require_sound(scope, bundle_id)
    after = await get_components(scope, bundle_id)
    changes = {"components": (_audited(before), _audited(after))}
    await audit.record(scope, "product", "changed", {bundle_id: changes})
    return after


async def require_components_in_use(scope: WriteScope, bundle_id: int) -> None:
    """Raise ProductArchived when a component of the bundle is archived; holds them otherwise."""
    contents = await get_components(scope, bundle_id)
    await _require_in_use(scope, [component.product_id for component in contents.components])


async def _one_at_a_time(scope: WriteScope) -> None:
    # two edits that see nothing of each other could make a cycle together
    await scope.execute(
        select(Company.id).where(Company.id == scope.company_id).with_for_update(key_share=True)
    )


async def _component_ids(scope: WriteScope, components: Sequence[Component]) -> list[int]:
    refs = await resolve_products(
        scope,
        {component.product_id for component in components if component.product_id is not None},
        {component.sku for component in components if component.sku is not None},
    )
    found = [
        refs.by_id.get(component.product_id or 0)
        if component.sku is None
        else refs.by_sku.get(sku_key(scope.company, component.sku))
        for component in components
    ]
    unknown = [
        FieldError(f"/components/{index}", "is not a product of this company")
        for index, ref in enumerate(found)
        if ref is None
    ]
    if unknown:
        raise ProductNotFound(errors=unknown)
    ids = [ref.id for ref in found if ref is not None]
    twice = [
        FieldError(f"/components/{index}", "is the same product as an earlier component")
        for index, product_id in enumerate(ids)
        if product_id in ids[:index]
    ]
    if twice:
        raise Invalid(errors=twice)
    return ids


async def _require_in_use(scope: WriteScope, ids: Sequence[int]) -> None:
    names = {"company_id": scope.company_id, "ids": list(ids)}
    cursor = await scope.execute(_SQL["lock_components"], names)
    if archived := [product_id for product_id, gone in await cursor.fetchall() if gone]:
        raise ProductArchived("A component is archived.", facts={"product_ids": archived})


async def _replace(
    scope: WriteScope, bundle_id: int, ids: Sequence[int], components: Sequence[Component]
) -> None:
    await scope.execute(
        delete(BundleComponent).where(
            BundleComponent.company_id == scope.company_id, BundleComponent.bundle_id == bundle_id
        )
    )
    await scope.execute(
        _SQL["put_components"],
        {
            "company_id": scope.company_id,
            "bundle_id": bundle_id,
            "ids": list(ids),
            "quantities": [component.quantity for component in components],
        },
    )
    await scope.execute(
        update(Product)
        .where(Product.company_id == scope.company_id, Product.id == bundle_id)
        .values(version=Product.version + 1, updated_at=func.now())
    )


async def _require_sound(scope: WriteScope, bundle_id: int) -> None:
    names = {
        "company_id": scope.company_id,
        "bundle_id": bundle_id,
        "levels_max": LEVELS_MAX,
    }
    cursor = await scope.execute(_SQL["nesting"], names)
    row = await cursor.fetchone()
    assert row is not None, "it gives one row"
    has_cycle, levels = row
    if has_cycle:
        raise BundleCycle
    if levels > LEVELS_MAX:
        raise BundleTooDeep(facts={"levels_max": LEVELS_MAX})
    edges = await scope.fetch_value(_SQL["largest"], names)
    if edges > EDGES_MAX:
        raise BundleTooLarge(facts={"components": edges, "components_max": EDGES_MAX})


def _audited(contents: ComponentsRow) -> list[list[object]]:
    return [[component.product_id, component.quantity] for component in contents.components]
