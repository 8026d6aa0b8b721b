"""What the rows of each kind of import are: their fields, how they are checked, what writes them."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from stockflow.foundation.bulk import Upserted
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import Permission
from stockflow.foundation.problems import field_errors
from stockflow.foundation.scope import Company, ReadScope, WriteScope
from stockflow.imports.errors import RowError, row_error
from stockflow.imports.tables import Cells, Fields

B = TypeVar("B")
C = TypeVar("C", bound=BaseModel)
Found = Sequence[tuple[str | None, str]]
"""What is wrong with a row: column and detail."""

OpenScope = Callable[[], AbstractAsyncContextManager[WriteScope]]
"""Opens a transaction of the same actor that is committed on its own."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of some rows."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    posted: int = 0
    posting_ids: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


class RowKind(ABC, Generic[B]):
    """One import of one kind; it remembers what its rows have named so far.

    `B` is a batch of rows as the operation takes it that writes them.
    """

    fields: ClassVar[Fields]
    permissions: ClassVar[tuple[Permission, ...]]
    independent: ClassVar[bool]
    """Whether a row can be judged when others are left out."""

    batch_rows: ClassVar[int] = 5_000
    """How many rows are read, and written, at once."""

    def __init__(self, company: Company) -> None:
        self.company = company

    @property
    def shifted_days(self) -> int | None:
        """By how many days dates are moved, if they are."""
        return None

    @abstractmethod
    def malformed(self, rows: Sequence[Cells]) -> list[RowError]:
        """What is wrong with the rows themselves; runs in a thread."""

    async def unusable(self, scope: ReadScope, rows: Sequence[Cells]) -> list[RowError]:
        """What the rows name that is not there, or may not be used."""
        del scope, rows
        return []

    async def prepare(self, scope: WriteScope, aside: OpenScope | None, *, shift: bool) -> None:
        """What must happen once, before the first rows are written."""
        del scope, aside, shift

    async def finish(self, scope: WriteScope) -> None:
        """What must happen once, after the last rows are written."""
        del scope

    @abstractmethod
    def batch(self, rows: Sequence[Cells]) -> B:
        """The rows as they are written; runs in a thread, while the batch before is being written."""

    @abstractmethod
    async def write(self, scope: WriteScope, rows: Sequence[Cells], batch: B) -> Written:
        """Write the rows that can be; the others are among the errors."""


class EntityKind(RowKind[list[C]], Generic[C]):
    """Rows that each are one thing, known by its key: new ones are added, others changed.

    An empty cell leaves the field as it is.
    """

    independent = True
    command: ClassVar[type[BaseModel]]

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self._rows_by_key: dict[tuple[str, ...], int] = {}

    def malformed(self, rows: Sequence[Cells]) -> list[RowError]:
        errors = []
        for row in rows:
            try:
                command = self._command(row)
            except ValidationError as error:
                errors += row_errors(row.number, validation_errors(error))
            else:
                errors += row_errors(row.number, self._repeated(row.number, command))
        return errors

    def batch(self, rows: Sequence[Cells]) -> list[C]:
        return [self._command(row) for row in rows]

    def _command(self, row: Cells) -> C:
        return cast(C, self.command.model_validate_strings(self.given(row)))

    def given(self, row: Cells) -> dict[str, str]:
        """The cells that are not empty, by their fields."""
        return {
            name: cell for name, cell in zip(self.fields.names, row.values, strict=True) if cell
        }

    def _repeated(self, number: int, command: C) -> Found:
        found = []
        for column, key in self.keys(command):
            first = self._rows_by_key.setdefault((column, *key), number)
            if first != number:
                found.append((column, f"is in row {first} already"))
        return found

    @abstractmethod
    def keys(self, command: C) -> Iterable[tuple[str, tuple[str, ...]]]:
        """What may be in one row only: the column to blame, and the normal form."""

    @abstractmethod
    async def upsert(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[C]
    ) -> Upserted:
        """Add or change what the rows are."""

    async def write(self, scope: WriteScope, rows: Sequence[Cells], batch: list[C]) -> Written:
        errors: list[RowError] = []
        while True:
            try:
                done = await _undone_if_refused(scope, self.upsert(scope, rows, batch))
            except StockFlowError as error:
                refused = _by_index(error)
                if not refused:
                    raise
            else:
                return Written(done.created, done.changed, done.unchanged, errors=errors)
            for index, found in sorted(refused.items()):
                errors += row_errors(rows[index].number, found)
            left = [index for index in range(len(rows)) if index not in refused]
            rows, batch = [rows[index] for index in left], [batch[index] for index in left]


async def _undone_if_refused(scope: WriteScope, upsert: Awaitable[Upserted]) -> Upserted:
    async with scope.undone_if_raises():
        return await upsert


def _by_index(error: StockFlowError) -> dict[int, list[tuple[str | None, str]]]:
    """The errors of an operation on many by the places of their commands: `/<index>/<field>`."""
    found: dict[int, list[tuple[str | None, str]]] = {}
    for wrong in error.errors:
        _, index, *names = wrong.pointer.split("/")
        if not index.isdigit():
            return {}
        found.setdefault(int(index), []).append((names[0] if names else None, wrong.detail))
    return found


def row_errors(number: int, found: Found) -> list[RowError]:
    return [row_error(number, column, detail) for column, detail in found]


def validation_errors(error: ValidationError) -> Found:
    """What pydantic found in a row, in the words of the API."""
    found = field_errors(error.errors(include_url=False, include_input=False))
    return [(wrong.pointer.strip("/") or None, wrong.detail) for wrong in found]


def optional(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are given."""
    return {name: value for name, value in values.items() if value is not None}
