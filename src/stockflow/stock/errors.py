"""What can be refused about stock."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from stockflow.foundation.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    StockFlowError,
)
from stockflow.foundation.scope import WarehouseNotAllowed
from stockflow.stock.commands import Bucket


@dataclass(frozen=True, slots=True)
class LineError:
    """Why one line was not posted; `code` is a problem code, the facts depend on it."""

    line: int
    code: str
    detail: str
    errors: list[FieldError] = field(default_factory=list)
    product_id: int | None = None
    sku: str | None = None
    warehouse_id: int | None = None
    bucket: Bucket | None = None
    requested: Decimal | None = None
    available: Decimal | None = None
    expected: Decimal | None = None
    barcode: str | None = None

    def facts(self) -> dict[str, object]:
        """What is known of it."""
        return {name: value for name, value in asdict(self).items() if value not in (None, [])}


def refusal(errors: Sequence[LineError]) -> StockFlowError:
    """One error for all lines that are wrong: about what is not there, else forbidden, else refused."""
    codes = {error.code for error in errors}
    kind: type[StockFlowError] = LinesRefused
    if codes & {"product-not-found", "warehouse-not-found"}:
        kind = LineTargetsNotFound
    elif WarehouseNotAllowed.code in codes:
        kind = WarehouseNotAllowed
    return kind(facts={"lines": [error.facts() for error in errors]})


class InsufficientStock(Conflict):
    """There is too little stock; `lines` names every short line, what it asked and what was there."""

    code = "insufficient-stock"
    title = "Insufficient stock"


class ReservedByDocuments(Conflict):
    """Documents hold the reserved stock; `lines` says what of it they do not."""

    code = "reserved-by-documents"
    title = "Reserved by documents"


class LevelsClosed(Conflict):
    """The product was archived or the warehouse retired while this was being posted."""

    code = "levels-closed"
    title = "Product or warehouse no longer active"


class StockChanged(Conflict):
    """The stock is not what you expected; `lines` names what it is."""

    code = "stock-changed"
    title = "Stock changed meanwhile"


class LinesRefused(Conflict):
    """Some lines cannot be posted; `lines` says why for each."""

    code = "lines-refused"
    title = "Lines refused"


class ApprovalNeeded(Forbidden):
    """These adjustments need approval: ask for them with `POST /api/adjustment-requests`."""

    code = "approval-needed"
    title = "Adjustment needs approval"


class LineTargetsNotFound(NotFound):
    """Some lines name products or warehouses this company does not have."""

    code = "line-targets-not-found"
    title = "Products or warehouses not found"


class DocumentLinesNotFound(NotFound):
    """The document has no such lines; `lines` names them."""

    code = "document-lines-not-found"
    title = "Lines not found"


class TooManyMovements(Invalid):
    """The lines come to more than 99,999 movements, bundles counted by their components."""

    code = "too-many-movements"
    title = "Too many movements in one posting"


class ProductHasStock(Conflict):
    """The product still has stock and cannot be archived; `levels` says where."""

    code = "product-has-stock"
    title = "Product has stock"


class TimezoneFixed(Conflict):
    """The time zone decides which day a movement falls on; it is fixed once there is stock."""

    code = "timezone-fixed"
    title = "Time zone is fixed"


class PostingNotFound(NotFound):
    """There is no such posting in this company."""

    code = "posting-not-found"
    title = "Posting not found"


class PostingReversed(Conflict):
    """The posting has been reversed already."""

    code = "posting-reversed"
    title = "Already reversed"
    constraint = "stock_postings_reverses_id_key"


class ReversalNotReversible(Conflict):
    """A reversal cannot be reversed; post the movements again instead."""

    code = "reversal-not-reversible"
    title = "A reversal cannot be reversed"


class PostingOfDocument(Conflict):
    """A document made this posting; change it there, by what that document allows."""

    code = "posting-of-document"
    title = "Posting of a document"


class AvailableBelowZero(Conflict):
    """Available stock is below zero at a level that would no longer allow backorders."""

    code = "available-below-zero"
    title = "Available stock is below zero"
    constraint = "stock_levels_available_not_negative"
