"""Imports of warehouses, partners, products and the terms on which suppliers sell them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from pydantic import BaseModel

from stockflow.catalog.commands import CreateProduct
from stockflow.catalog.queries import ProductRef, resolve_products
from stockflow.catalog.sku import barcode_key, sku_key
from stockflow.catalog.upserts import announce_rules, lock_products, upsert_products
from stockflow.companies.coded import code_key
from stockflow.foundation.bulk import Upserted
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import ShortLine
from stockflow.foundation.scope import Company, ReadScope, WriteScope
from stockflow.imports.errors import RowError, row_error
from stockflow.imports.kinds import EntityKind, OpenScope
from stockflow.imports.tables import Cells, Fields
from stockflow.sales.customer_commands import CreateCustomer
from stockflow.sales.customer_operations import upsert_customers
from stockflow.suppliers import queries as suppliers
from stockflow.suppliers.commands import CreateSupplier, ProductTerms, Terms
from stockflow.suppliers.operations import upsert_suppliers, upsert_terms
from stockflow.warehouses.commands import CreateWarehouse
from stockflow.warehouses.operations import upsert_warehouses

C = TypeVar("C", bound=BaseModel)
Keys = Iterable[tuple[str, tuple[str, ...]]]


def _fields(command: type[BaseModel], *required: str, without: Iterable[str] = ()) -> Fields:
    rest = [name for name in command.model_fields if name not in {*required, *without}]
    return Fields((*required, *rest), frozenset(required))


class Warehouses(EntityKind[CreateWarehouse]):
    """Rows of warehouses, known by their code."""

    command = CreateWarehouse
    fields = _fields(CreateWarehouse, "code", "name")
    permissions = (Permission.IMPORT, Permission.EDIT_WAREHOUSES)

    def keys(self, command: CreateWarehouse) -> Keys:
        return [("code", (code_key(command.code),))]

    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[CreateWarehouse]
    ) -> Upserted:
        del rows
        return await upsert_warehouses(scope, commands)


class Suppliers(EntityKind[CreateSupplier]):
    """Rows of suppliers, known by their code."""

    command = CreateSupplier
    fields = _fields(CreateSupplier, "code", "name")
    permissions = (Permission.IMPORT, Permission.EDIT_PARTNERS)

    def keys(self, command: CreateSupplier) -> Keys:
        return [("code", (code_key(command.code or ""),))]

    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[CreateSupplier]
    ) -> Upserted:
        del rows
        return await upsert_suppliers(scope, commands)


class Customers(EntityKind[CreateCustomer]):
    """Rows of customers, known by their code."""

    command = CreateCustomer
    fields = _fields(CreateCustomer, "code", "name")
    permissions = (Permission.IMPORT, Permission.SELL)

    def keys(self, command: CreateCustomer) -> Keys:
        return [("code", (code_key(command.code or ""),))]

    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[CreateCustomer]
    ) -> Upserted:
        del rows
        return await upsert_customers(scope, commands)


class _OfProducts(EntityKind[C]):
    """Rows whose writing locks products: all at once, or batches would lock in the file's order."""

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self._named: set[int] = set()

    async def unusable(self, scope: ReadScope, rows: Sequence[Cells]) -> list[RowError]:
        place = self.fields.names.index("sku")
        found = await resolve_products(scope, (), {row.values[place] for row in rows})
        self._named.update(product.id for product in found.by_sku.values())
        return self.refused(rows, found.by_sku)

    def refused(self, rows: Sequence[Cells], products: Mapping[str, ProductRef]) -> list[RowError]:
        """What is wrong with the products that the rows name."""
        del rows, products
        return []

    async def prepare(self, scope: WriteScope, aside: OpenScope | None, *, shift: bool) -> None:
        del aside, shift
        await lock_products(scope, self._named)


class Products(_OfProducts[CreateProduct]):
    """Rows of products, known by their SKU. Opening stock is imported as movements."""

    command = CreateProduct
    fields = _fields(
        CreateProduct,
        "sku",
        "name",
        "price",
        without=("category_id", "warehouse_id", "warehouse", "initial_quantity"),
    )
    permissions = (Permission.IMPORT, Permission.EDIT_CATALOG)

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self._ruled: set[int] = set()

    def keys(self, command: CreateProduct) -> Keys:
        yield "sku", (sku_key(self.company, command.sku),)
        if command.barcode is not None:
            yield "barcode", (barcode_key(command.barcode),)

    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[CreateProduct]
    ) -> Upserted:
        del rows
        return await upsert_products(scope, commands, ruled=self._ruled)

    async def finish(self, scope: WriteScope) -> None:
        await announce_rules(scope, self._ruled)


class _NamedTerms(Terms):
    sku: ShortLine
    supplier: ShortLine


class ProductSuppliers(_OfProducts[_NamedTerms]):
    """Rows of terms, known by the product's SKU and the supplier's code."""

    command = _NamedTerms
    fields = _fields(_NamedTerms, "sku", "supplier")
    permissions = (Permission.IMPORT, Permission.EDIT_PARTNERS)
    _names: ClassVar = {"sku", "supplier"}

    def keys(self, command: _NamedTerms) -> Keys:
        sku = sku_key(self.company, command.sku)
        yield "supplier", (sku, code_key(command.supplier))
        if command.is_preferred:
            yield "is_preferred", (sku,)

    async def unusable(self, scope: ReadScope, rows: Sequence[Cells]) -> list[RowError]:
        errors = await super().unusable(scope, rows)
        supplier_ids = await suppliers.supplier_ids_by_code(scope, {row.values[1] for row in rows})
        return errors + [
            row_error(row.number, "supplier", "There is no such supplier.")
            for row in rows
            if code_key(row.values[1]) not in supplier_ids
        ]

    def refused(self, rows: Sequence[Cells], products: Mapping[str, ProductRef]) -> list[RowError]:
        errors = []
        for row in rows:
            product = products.get(sku_key(self.company, row.values[0]))
            if product is None:
                errors.append(row_error(row.number, "sku", "There is no such product."))
            elif product.archived:
                errors.append(row_error(row.number, "sku", "The product is archived."))
        return errors

    @staticmethod
    async def _targets(
        scope: ReadScope, rows: Sequence[Cells]
    ) -> tuple[dict[str, ProductRef], dict[str, int]]:
        found = await resolve_products(scope, (), {row.values[0] for row in rows})
        ids = await suppliers.supplier_ids_by_code(scope, {row.values[1] for row in rows})
        return found.by_sku, ids

    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[_NamedTerms]
    ) -> Upserted:
        products, supplier_ids = await self._targets(scope, rows)
        terms = [
            ProductTerms(
                product_id=products[sku_key(self.company, command.sku)].id,
                supplier_id=supplier_ids[code_key(command.supplier)],
                **command.model_dump(exclude_unset=True, exclude=self._names),
            )
            for command in commands
        ]
        return await upsert_terms(scope, terms)
