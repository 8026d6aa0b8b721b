"""What other features hear of stock, inside the transaction that moved it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockArrived:
    """Available stock of these products grew somewhere; only where orders may be backordered."""

    product_ids: frozenset[int]
