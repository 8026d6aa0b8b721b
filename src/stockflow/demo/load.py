"""Makes the demo company, once, through the operations every door uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stockflow.catalog import operations as catalog
from stockflow.catalog.bundles import set_components
from stockflow.catalog.category_operations import create_category
from stockflow.catalog.commands import (
    Component,
    CreateCategory,
    CreateProduct,
    ProductType,
    SetComponents,
)
from stockflow.companies import operations as companies
from stockflow.companies.commands import AddMember, ChangeCompany
from stockflow.demo import story
from stockflow.demo.assortment import CATEGORIES, Product, products
from stockflow.demo.documents import Crew, acting, load_documents
from stockflow.demo.trade import Posting, Trade, simulate
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope
from stockflow.replenishment.commands import SetThreshold
from stockflow.replenishment.thresholds import set_threshold
from stockflow.stock.commands import RecordMovements
from stockflow.stock.operations import record_movements, reverse_posting
from stockflow.suppliers.commands import ProductTerms
from stockflow.suppliers.operations import upsert_suppliers, upsert_terms
from stockflow.suppliers.queries import supplier_ids_by_code
from stockflow.warehouses.commands import ChangeWarehouse
from stockflow.warehouses.operations import change_warehouse, upsert_warehouses
from stockflow.warehouses.queries import resolve_warehouses

Tell = Callable[[str], None]
"""Gets one line when a step is done."""

Ids = Mapping[str, int]
_ORDERED_FOR_PROMOTIONS = 24


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much there is."""

    products: int
    movements: int


async def load_story(scope: WriteScope, tell: Tell) -> Loaded:
    """Fill a company that has nothing yet with the story up to the scope's moment; all or nothing."""
    await companies.change_company(
        scope, ChangeCompany(default_low_stock_threshold=story.DEFAULT_THRESHOLD), None
    )
    warehouses = await _warehouses(scope)
    tell(f"{len(story.WAREHOUSES)} warehouses")
    crew = await _people(scope, warehouses)
    tell(f"{len(story.PEOPLE) + 1} people: an owner, a buyer, a shop assistant, an accountant")
    ids = await _products(scope)
    await _bundles(scope, ids)
    tell(f"{len(ids)} products in {len(CATEGORIES)} categories, {len(story.BUNDLES)} are bundles")
    terms = await _suppliers(scope, ids)
    tell(f"{len(story.SUPPLIERS)} suppliers, with {terms} terms for products")
    trade = simulate(scope.now)
    movements = await _post(acting(scope, crew.trader), trade)
    tell(f"{movements} movements in {len(trade.postings)} postings: three months of trade")
    await _thresholds(scope, trade, ids, warehouses)
    closed = warehouses[story.CLOSED_WAREHOUSE]
    await change_warehouse(scope, closed, ChangeWarehouse(active=False), None)
    await load_documents(scope, crew)
    tell("sales and purchase orders, transfers, a count and a request, in every state")
    return Loaded(len(ids), movements)


async def _warehouses(scope: WriteScope) -> dict[str, int]:
    await upsert_warehouses(scope, story.WAREHOUSES)
    found = await resolve_warehouses(scope, (), {place.code for place in story.WAREHOUSES})
    return {code: place.id for code, place in found.by_code.items()}


async def _people(scope: WriteScope, warehouses: Ids) -> Crew:
    """Everybody besides the owner, without passwords; gives those who work in the story."""
    members = {}
    for person in story.PEOPLE:
        limits = None if person.warehouse is None else [warehouses[person.warehouse]]
        member = AddMember(
            email=person.email, name=person.name, role=person.role, warehouse_ids=limits
        )
        members[person] = await companies.add_member(scope, member)
    shop = frozenset({warehouses[story.ASSISTANT.warehouse or ""]})
    return Crew(
        Actor(Role.MANAGER, user_id=members[story.BUYER].user_id),
        Actor(Role.STAFF, user_id=members[story.ASSISTANT].user_id, warehouse_ids=shop),
    )


async def _products(scope: WriteScope) -> dict[str, int]:
    for category in CATEGORIES:
        threshold = category.low_stock_threshold
        if threshold is not None:
            command = CreateCategory.model_validate(
                {"name": category.name, "low_stock_threshold": threshold}
            )
            await create_category(scope, command)
    commands = [*map(_product, products()), *map(_bundle, story.BUNDLES)]
    ids = await catalog.create_products(scope, commands)
    return dict(zip((command.sku for command in commands), ids, strict=True))


def _product(product: Product) -> CreateProduct:
    return CreateProduct.model_validate(
        {
            "name": product.name,
            "sku": product.sku,
            "price": product.price,
            "cost_price": product.cost_price,
            "category": product.category,
            "barcode": product.barcode,
            "unit": product.unit,
            "low_stock_threshold": product.low_stock_threshold,
            "reorder_quantity": _ORDERED_FOR_PROMOTIONS
            if product.sku in story.BEST_SELLERS
            else None,
        }
    )


def _bundle(bundle: story.Bundle) -> CreateProduct:
    return CreateProduct(
        name=bundle.name,
        sku=bundle.sku,
        price=bundle.price,
        category=bundle.category,
        unit="set",
        product_type=ProductType.BUNDLE,
    )


async def _bundles(scope: WriteScope, ids: Ids) -> None:
    for bundle in story.BUNDLES:
        parts = [
            Component(product_id=ids[sku], quantity=quantity) for sku, quantity in bundle.components
        ]
        await set_components(scope, ids[bundle.sku], SetComponents(components=parts), None)


async def _suppliers(scope: WriteScope, ids: Ids) -> int:
    await upsert_suppliers(scope, story.SUPPLIERS)
    codes = {supplier.code or "" for supplier in story.SUPPLIERS}
    supplier_ids = await supplier_ids_by_code(scope, codes)
    terms = [
        _terms(product, code, place, ids[product.sku], supplier_ids[code])
        for product in products()
        for place, code in enumerate(product.suppliers)
    ]
    await upsert_terms(scope, terms)
    return len(terms)


def _terms(
    product: Product, code: str, place: int, product_id: int, supplier_id: int
) -> ProductTerms:
    """The first supplier is cheaper and preferred; the second sells fewer at a time."""
    first = place == 0
    multiple = product.order_multiple if first else max(1, product.order_multiple // 2)
    cost = product.cost_price if first else product.cost_price * 107 / 100
    return ProductTerms.model_validate(
        {
            "product_id": product_id,
            "supplier_id": supplier_id,
            "supplier_sku": f"{code}-{product.sku[-3:]}{product.sku[0]}",
            "cost_price": f"{cost:.2f}",
            "minimum_order_quantity": multiple * (2 if first else 1),
            "order_multiple": multiple,
            "is_preferred": first,
        }
    )


async def _post(scope: WriteScope, trade: Trade) -> int:
    return sum([await _post_one(scope, posting) for posting in trade.postings])


async def _post_one(scope: WriteScope, posting: Posting) -> int:
    posted = await record_movements(scope, RecordMovements(lines=posting.lines), kind=posting.kind)
    if posting.reversed_at is None:
        return len(posted.movements)
    later = acting(scope, scope.actor, posting.reversed_at)
    taken_back = await reverse_posting(later, posted.posting_id)
    return len(posted.movements) + len(taken_back.movements)


async def _thresholds(scope: WriteScope, trade: Trade, ids: Ids, warehouses: Ids) -> None:
    for (sku, warehouse), threshold in trade.thresholds.items():
        command = SetThreshold(low_stock_threshold=threshold)
        await set_threshold(scope, ids[sku], warehouses[warehouse], command)
