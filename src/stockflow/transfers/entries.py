"""From the lines of a transfer to entries of the ledger.

Stock under way is in transit at its destination. Every change of place is a pair: out of one bucket,
and into the other with the value that came out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from stockflow.stock.commands import Bucket, MovementType
from stockflow.stock.ledger import ZERO, Entry
from stockflow.transfers.lifecycle import LockedTransfer
from stockflow.transfers.queries import TransferLineRow


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a delivery held of a line."""

    line: TransferLineRow
    good: Decimal
    damaged: Decimal = ZERO
    missing: Decimal = ZERO
    reason: str | None = None

    @property
    def quantity(self) -> Decimal:
        return self.good + self.damaged + self.missing


class Place(NamedTuple):
    """A bucket of a warehouse, and as which type of movement its changes are recorded."""

    warehouse_id: int
    type: MovementType
    bucket: Bucket


class Journey:
    """A transfer's stock on its way, at the moment something happens to it; gathers the entries."""

    def __init__(self, transfer: LockedTransfer, now: datetime) -> None:
        self._transfer = transfer
        self._now = now
        self._here = Place(transfer.from_warehouse_id, MovementType.TRANSFER_OUT, Bucket.AVAILABLE)
        self._under_way = self._there(Bucket.IN_TRANSIT)
        self.entries: list[Entry] = []

    def ship(self, lines: Iterable[tuple[TransferLineRow, Decimal]]) -> None:
        """Available here becomes in transit there; a warehouse that is inactive may be emptied."""
        for line, quantity in lines:
            self._take(line, quantity, self._here)
            self._put(line, quantity, self._under_way)

    def receive(self, arrivals: Iterable[Arrival]) -> None:
        """In transit becomes available or damaged; what is missing is in transit no more."""
        for arrival in arrivals:
            line, reason = arrival.line, arrival.reason
            if arrival.good:
                self._take(line, arrival.good, self._under_way)
                self._put(line, arrival.good, self._there(Bucket.AVAILABLE))
            if arrival.damaged:
                self._take(line, arrival.damaged, self._under_way, reason)
                self._put(line, arrival.damaged, self._there(Bucket.DAMAGED), reason)
            if arrival.missing:
                self._take(line, arrival.missing, self._under_way, reason)

    def turn_back(self, lines: Iterable[TransferLineRow], reason: str | None) -> None:
        """What is in transit there becomes available here again."""
        for line in lines:
            if line.in_transit:
                self._take(line, line.in_transit, self._under_way, reason)
                self._put(line, line.in_transit, self._here, reason)

    def _there(self, bucket: Bucket) -> Place:
        return Place(self._transfer.to_warehouse_id, MovementType.TRANSFER_IN, bucket)

    def _take(
        self, line: TransferLineRow, quantity: Decimal, place: Place, reason: str | None = None
    ) -> None:
        entry = self._entry(line, -quantity, place, reason)
        self.entries.append(structs.replace(entry, clearing=True))

    def _put(
        self, line: TransferLineRow, quantity: Decimal, place: Place, reason: str | None = None
    ) -> None:
        """Follows `_take`, whose value it carries."""
        entry = self._entry(line, quantity, place, reason)
        self.entries.append(structs.replace(entry, carries=True))

    def _entry(
        self, line: TransferLineRow, change: Decimal, place: Place, reason: str | None
    ) -> Entry:
        return Entry(
            line=line.line,
            product_id=line.product_id,
            sku=line.sku,
            warehouse_id=place.warehouse_id,
            type=place.type,
            bucket=place.bucket,
            change=change,
            occurred_at=self._now,
            reason=reason,
            reference=self._transfer.number,
        )
