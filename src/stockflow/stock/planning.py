"""Deciding line by line, where a request needs it, while the levels are locked.

Needed for recounts (the change depends on the balance), for `expected_quantity`, for releases (which may
not free what documents hold), and for the mode `valid_rows`. The ledger computes the balances that are
recorded; this only says what may pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import structs

from stockflow.foundation.quantity import plain
from stockflow.stock.approval import Limits
from stockflow.stock.commands import Bucket, MovementLine, MovementType
from stockflow.stock.entries import ResolvedLine
from stockflow.stock.errors import LineError, ReservedByDocuments
from stockflow.stock.ledger import ZERO, Balance, Entry, LevelKey, shortage

Step = tuple[ResolvedLine, list[Entry]]


class Plan:
    """The balances as they will be after the lines accepted so far."""

    def __init__(
        self,
        balances: Mapping[LevelKey, Balance],
        by_documents: Mapping[LevelKey, Decimal],
        limits: Limits | None,
    ) -> None:
        self._by_documents = by_documents
        self._limits = limits
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
            error = (
                self._changed(resolved, entries)
                or self._short(concrete)
                or self._over_limit(resolved.line, concrete)
            )
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
            if error := _held_by_documents(entry, held, self._by_documents):
                return error
        return None

    def _over_limit(self, line: MovementLine, entries: Sequence[Entry]) -> LineError | None:
        """A recount is over the limits by what it changes, which only the balance tells."""
        if self._limits is None or line.type is not MovementType.RECOUNT:
            return None
        return self._limits.error(entries[0])

    def _accept(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._held[entry.level, entry.bucket] += entry.change
        self.entries.extend(entries)


_DEPENDS = frozenset({MovementType.RECOUNT, MovementType.RELEASE})


def needed(lines: Iterable[MovementLine]) -> bool:
    """Whether some line can only be decided on with the balances at hand."""
    return any(line.type in _DEPENDS or line.expected_quantity is not None for line in lines)


def taken_from_documents(
    entries: Iterable[Entry],
    balances: Mapping[LevelKey, Balance],
    by_documents: Mapping[LevelKey, Decimal],
) -> list[LineError]:
    """The entries that would take reserved stock which documents hold."""
    reserved = {level: balance.reserved for level, balance in balances.items()}
    errors = []
    for entry in entries:
        if entry.bucket is Bucket.RESERVED:
            error = _held_by_documents(entry, reserved[entry.level], by_documents)
            errors.extend([error] if error else [])
            reserved[entry.level] += entry.change
    return errors


def _held_by_documents(
    entry: Entry, reserved: Decimal, by_documents: Mapping[LevelKey, Decimal]
) -> LineError | None:
    held = by_documents.get(entry.level, ZERO)
    left = reserved + entry.change
    if entry.bucket is not Bucket.RESERVED or entry.change > 0 or not ZERO <= left < held:
        return None
    return LineError(
        entry.line,
        ReservedByDocuments.code,
        f"Documents hold {plain(held)} of the {plain(reserved)} reserved.",
        product_id=entry.product_id,
        sku=entry.sku,
        warehouse_id=entry.warehouse_id,
        bucket=entry.bucket,
        requested=-entry.change,
        available=plain(max(reserved - held, ZERO)),
    )
