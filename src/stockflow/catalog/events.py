"""What other features hear of the catalogue, inside the transaction of the change."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """Stock a new product starts with; the warehouse is named by id or by code."""

    warehouse_id: int | None
    warehouse: str | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ProductCreated:
    """A product was added, with opening stock where wanted."""

    product_id: int
    opening_stock: OpeningStock | None


@dataclass(frozen=True, slots=True)
class ProductArchiving:
    """A product is about to be archived and its row is locked; a subscriber may refuse by raising."""

    product_id: int


@dataclass(frozen=True, slots=True)
class ProductRulesChanged:
    """Threshold, category, backorder rule or archive state of these products changed."""

    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoryThresholdChanged:
    """The default threshold of a category changed."""

    category_id: int
