"""What other features hear of warehouses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarehouseActivityChanged:
    """A warehouse was retired or taken into use again."""

    warehouse_id: int
