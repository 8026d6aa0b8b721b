"""Deciding line by line, where a request needs it, while the levels are locked.

Needed for recounts (the change depends on the balance), for `expected_quantity`, and for the mode
`valid_rows`. The ledger computes the balances that are recorded; this only says what may pass.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import structs

from stockflow.foundation.quantity import plain
from stockflow.stock.commands import Bucket, MovementLine, MovementType
from stockflow.stock.entries import ResolvedLine
from stockflow.stock.errors import LineError
from stockflow.stock.ledger import Balance, Entry, LevelKey, shortage

Step = tuple[ResolvedLine, list[Entry]]


class Plan:
    """The balances as they will be after the lines accepted so far."""

    def __init__(self, balances: dict[LevelKey, Balance]) -> None:
        self._held: dict[tuple[LevelKey, Bucket], Decimal] = {}
        self._backorders: dict[LevelKey, bool] = {}
        for level, balance in balances.items():
            self._backorders[level] = balance.backorders
            for bucket in Bucket:
                self._held[level, bucket] = getattr(balance, bucket.value)
        self.entries: list[Entry] = []
        self.errors: list[LineError] = []

    def run(self, steps: Iterable[Step]) -> None:
        """Accept or refuse each line in turn."""
        for resolved, entries in steps:
            concrete = self._counted(resolved.line, entries)
            error = self._changed(resolved, entries) or self._short(concrete)
            if error is None:
                self._accept(concrete)
            else:
                self.errors.append(error)

    def _counted(self, line: MovementLine, entries: Sequence[Entry]) -> Sequence[Entry]:
        """A recount sets the balance: its change is what was counted less what is there."""
        if line.type is not MovementType.RECOUNT:
            return entries
        entry = entries[0]
        return [
            structs.replace(
                entry, change=plain(line.quantity - self._held[entry.level, entry.bucket])
            )
        ]

    def _changed(self, resolved: ResolvedLine, entries: Sequence[Entry]) -> LineError | None:
        expected = resolved.line.expected_quantity
        if expected is None:
            return None
        found = self._held[entries[0].level, Bucket.AVAILABLE]
        if found == expected:
            return None
        return LineError(
            resolved.number,
            "stock-changed",
            f"Available is {plain(found)}, not {plain(expected)}.",
            product_id=resolved.product.id,
            sku=resolved.product.sku,
            warehouse_id=resolved.warehouse.id,
            available=plain(found),
            expected=expected,
        )

    def _short(self, entries: Sequence[Entry]) -> LineError | None:
        for entry in entries:
            held = self._held[entry.level, entry.bucket]
            free = entry.bucket is Bucket.AVAILABLE and self._backorders[entry.level]
            if entry.change < 0 and held + entry.change < 0 and not free:
                return shortage(entry, held)
        return None

    def _accept(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._held[entry.level, entry.bucket] += entry.change
        self.entries.extend(entries)


def needed(lines: Iterable[MovementLine]) -> bool:
    """Whether some line can only be decided on with the balances at hand."""
    return any(
        line.type is MovementType.RECOUNT or line.expected_quantity is not None for line in lines
    )
