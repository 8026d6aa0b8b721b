"""The lines of adjustment requests: what they are about, and what they become when posted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

from stockflow.adjustments.commands import AdjustmentLine
from stockflow.catalog.queries import ProductRef
from stockflow.companies.coded import code_key
from stockflow.foundation.scope import WriteScope
from stockflow.stock.commands import MovementLine, MovementType
from stockflow.stock.document_lines import ProductLine, products_of
from stockflow.stock.entries import line_error
from stockflow.stock.errors import LineError, refusal
from stockflow.stock.ledger import LevelKey
from stockflow.warehouses.queries import WarehouseRef, resolve_warehouses


@dataclass(frozen=True, slots=True)
class Target:
    """What a line adjusts, and where."""

    product: ProductRef
    warehouse: WarehouseRef

    @property
    def level(self) -> LevelKey:
        return (self.product.id, self.warehouse.id)


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of a request, with what a movement takes."""

    product_id: int
    warehouse_id: int
    type: str
    quantity: Decimal
    unit_cost: Decimal | None
    unit_price: Decimal | None
    reason: str | None
    reference: str | None
    occurred_at: datetime | None
    expected_quantity: Decimal | None


def change_of(line: AdjustmentLine) -> Decimal:
    """By how much the line changes stock: a write-off takes what it names."""
    return -line.quantity if line.type is MovementType.WRITE_OFF else line.quantity


def movement_of(line: StoredLine, reason: str, reference: str) -> MovementLine:
    """The movement a line asks for; reason and reference are the request's where it has none."""
    whole = replace(line, reason=line.reason or reason, reference=line.reference or reference)
    return MovementLine.model_validate(asdict(whole))


async def targets_of(scope: WriteScope, lines: Sequence[AdjustmentLine]) -> list[Target]:
    """What each line adjusts; the products are held so that none is archived meanwhile.

    Raises:
        LineTargetsNotFound: lines name products or warehouses the company does not have.
        WarehouseNotAllowed: lines are for warehouses the actor may not use.
        LinesRefused: of archived products, of bundles, or adding stock where none is taken.
    """
    named = [ProductLine.model_construct(product_id=one.product_id, sku=one.sku) for one in lines]
    products = await products_of(scope, named, bundles=False)
    found = await resolve_warehouses(
        scope,
        {line.warehouse_id for line in lines if line.warehouse_id is not None},
        {line.warehouse for line in lines if line.warehouse is not None},
    )
    targets: list[Target] = []
    errors: list[LineError] = []
    for number, (line, product) in enumerate(zip(lines, products, strict=True)):
        warehouse = (
            found.by_id.get(line.warehouse_id or 0)
            if line.warehouse is None
            else found.by_code.get(code_key(line.warehouse))
        )
        error = line_error(number, line, product, warehouse, scope.may_use_warehouse)
        if error is not None:
            errors.append(error)
        elif warehouse is not None:
            targets.append(Target(product, warehouse))
    if errors:
        raise refusal(errors)
    return targets
