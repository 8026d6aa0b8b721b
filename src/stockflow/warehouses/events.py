"""What other features hear of warehouses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarehouseActivityChanged:
    """Warehouses were retired or taken into use again; heard once, so that levels are locked in order."""

    warehouse_ids: tuple[int, ...]
