"""What documents' lines have in common: each names a product, and some a warehouse."""

from collections.abc import Container, Iterable, Sequence
from typing import Annotated, Any, Protocol, Self

from pydantic import Field, model_validator

from stockflow.catalog.queries import ProductRef, resolve_products
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.quantity import Id, ShortLine
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import WriteScope
from stockflow.stock.errors import DocumentLinesNotFound, LineError, refusal
from stockflow.warehouses.errors import WarehouseInactive, WarehouseNotFound
from stockflow.warehouses.queries import WarehouseRef, resolve_warehouses

_LEVELS = sql.load(__package__, "levels.sql")


class ProductLine(Command):
    """A line that names its product by id or by SKU."""

    product_id: Id | None = None
    sku: ShortLine | None = None

    @model_validator(mode="after")
    def _product_named_once(self) -> Self:
        if (self.product_id is None) == (self.sku is None):
            raise ValueError("name the product by either product_id or sku")
        return self


class WarehouseNamed(Command):
    """A document of one warehouse, named by id or by code."""

    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None

    @model_validator(mode="after")
    def _warehouse_named_once(self) -> Self:
        if (self.warehouse_id is None) == (self.warehouse is None):
            raise ValueError("name the warehouse by either warehouse_id or warehouse (its code)")
        return self


async def products_of(
    scope: WriteScope, lines: Sequence[ProductLine], *, bundles: bool
) -> list[ProductRef]:
    """The product of each line, held so that none is archived before the transaction ends.

    Raises:
        LineTargetsNotFound: lines name products the company does not have.
        LinesRefused: lines are for archived products, or for bundles where these have no place.
    """
    found = await resolve_products(
        scope,
        {line.product_id for line in lines if line.product_id is not None},
        {line.sku for line in lines if line.sku is not None},
    )
    fresh = await held_products(scope, found.by_id)
    products: list[ProductRef] = []
    errors: list[LineError] = []
    for number, line in enumerate(lines):
        known = (
            found.by_id.get(line.product_id or 0)
            if line.sku is None
            else found.by_sku.get(sku_key(scope.company, line.sku))
        )
        product = fresh.get(known.id) if known else None
        error = product_error(number, line, product, bundles=bundles)
        if error is not None:
            errors.append(error)
        elif product is not None:
            products.append(product)
    if errors:
        raise refusal(errors)
    return products


class NamesProduct(Protocol):
    """What a command says about a product it names."""

    @property
    def product_id(self) -> int | None: ...
    @property
    def sku(self) -> str | None: ...


def product_error(
    number: int, line: NamesProduct, product: ProductRef | None, *, bundles: bool
) -> LineError | None:
    """Why the product a line names has no place in a document, if it has none."""
    if product is None:
        return LineError(
            number,
            "product-not-found",
            "There is no such product.",
            product_id=line.product_id,
            sku=line.sku,
        )
    if product.archived:
        code, detail = "product-archived", "The product is archived."
    elif product.product_type == "bundle" and not bundles:
        code, detail = "bundle-has-no-stock", "A bundle has no stock: name its components."
    else:
        return None
    return LineError(number, code, detail, product_id=product.id, sku=product.sku)


async def held_products(scope: WriteScope, product_ids: Iterable[int]) -> dict[int, ProductRef]:
    """Those of these products there are, by id; none is archived before the transaction ends."""
    held: dict[str, Any] = {"company_id": scope.company_id, "products": list(product_ids)}
    await scope.execute(_LEVELS["hold_products"], held)
    # only now: one may have been archived while its row was waited for
    return (await resolve_products(scope, held["products"], ())).by_id


class OfLine(Protocol):
    """What a command says about one line of a document that is there."""

    @property
    def line_id(self) -> int: ...


def require_each_once(given: Sequence[OfLine]) -> None:
    """Refuse to be told about a line twice.

    Raises:
        Invalid: naming each that repeats an earlier one.
    """
    first: dict[int, int] = {}
    repeated = [
        FieldError(f"/lines/{place}/line_id", "is given in an earlier line too")
        for place, line in enumerate(given)
        if first.setdefault(line.line_id, place) != place
    ]
    if repeated:
        raise Invalid(errors=repeated)


def require_lines(given: Sequence[OfLine], known: Container[int]) -> None:
    """Refuse lines a document does not have; `known` are the ids of those it has.

    Raises:
        DocumentLinesNotFound: naming all of them.
    """
    unknown = [
        {"line": place, "line_id": line.line_id}
        for place, line in enumerate(given)
        if line.line_id not in known
    ]
    if unknown:
        raise DocumentLinesNotFound(facts={"lines": unknown})


async def warehouse_of(
    scope: WriteScope, warehouse_id: int | None, code: str | None, *, active: bool = True
) -> WarehouseRef:
    """The warehouse with this id or code, which the actor may use.

    Raises:
        WarehouseNotFound: there is none.
        WarehouseNotAllowed: the actor is limited to others.
        WarehouseInactive: it is retired, and `active` is asked for.
    """
    found = await resolve_warehouses(
        scope,
        set() if warehouse_id is None else {warehouse_id},
        set() if code is None else {code},
    )
    warehouse = found.by_id.get(warehouse_id or 0) or found.by_code.get(code_key(code or ""))
    if warehouse is None:
        raise WarehouseNotFound(facts={"warehouse_id": warehouse_id, "warehouse": code})
    scope.require_warehouse(warehouse.id)
    if active and not warehouse.active:
        raise WarehouseInactive(facts={"warehouse_id": warehouse.id})
    return warehouse
