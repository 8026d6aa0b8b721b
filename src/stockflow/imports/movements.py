"""Imports of movements: many rows, so each different cell is checked once, not each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import structs
from pydantic import PrivateAttr, ValidationError

from stockflow.catalog.commands import ProductType
from stockflow.catalog.queries import ProductRef, explode_bundles, resolve_products
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import Company, ReadScope, WriteScope
from stockflow.imports.errors import RowError, row_error
from stockflow.imports.kinds import (
    Found,
    OpenScope,
    RowKind,
    Written,
    row_errors,
    validation_errors,
)
from stockflow.imports.tables import Cells, Fields
from stockflow.stock import ledger
from stockflow.stock.commands import Mode, MovementLine, MovementType, PostingKind, RecordMovements
from stockflow.stock.entries import ResolvedLine, entries_of, line_error
from stockflow.stock.errors import TooManyMovements
from stockflow.stock.ledger import Entry
from stockflow.stock.operations import record_movements
from stockflow.warehouses.queries import WarehouseRef, resolve_warehouses

_CACHED_MAX = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANY_PRODUCT = ProductRef(0, "", "", ProductType.STANDARD, archived=False, allow_backorders=None)
_ANY_PLACE = WarehouseRef(0, "", "", active=True)
_NAMED = {"product_id": "1", "warehouse_id": "1"}
_RIGHT = {**_NAMED, "type": "purchase", "quantity": "1"}
_NAMES = {"sku": "product_id", "warehouse": "warehouse_id"}
_REQUIRED = ("type", "sku", "warehouse", "quantity")
_OPTIONAL = ("unit_cost", "unit_price", "reference", "reason", "occurred_at")
_BLAMED = {"product": "sku", "bundle": "sku", "warehouse": "warehouse", "insufficient": "quantity"}


class _Wrong:
    """Stands for a cell that cannot be used."""

    __slots__ = ("found",)

    def __init__(self, found: Found) -> None:
        self.found = found


class _Cache(dict[Any, Any]):
    """Remembers what `make` made of a key, within bounds."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        if len(self) >= _CACHED_MAX:
            self.clear()
        self[key] = value = self._make(key)
        return value


class Movements(RowKind[list[Entry] | None]):
    """Rows of movements, in the order in which they are posted.

    A row is right when each of its cells is, and type and quantity fit each other: `MovementLine`
    itself is asked, once for each different text, with something right in the other fields.
    """

    fields = Fields((*_REQUIRED, *_OPTIONAL), frozenset(_REQUIRED))
    permissions = (Permission.IMPORT, Permission.MOVE_STOCK)
    independent = False
    # Every posting of one transaction leaves a dead version of each level it changes, through which
    # the next one must look: few large postings take half the time of many small ones.
    batch_rows = 25_000

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self._lines = _Cache(_line)
        self._cells = [
            _Cache(partial(_value, name))
            for name in ("sku", "warehouse", "unit_cost", "unit_price", "reference", "reason")
        ]
        self._moments = _Cache(self._moment)
        self._effects = _Cache(self._effect)
        self._products: dict[str, ProductRef | None] = {}
        self._warehouses: dict[str, WarehouseRef | None] = {}
        self._levels: set[ledger.LevelKey] = set()
        self._last: datetime | None = None
        self._shift: timedelta | None = None
        self._now = _EPOCH

    @property
    def shifted_days(self) -> int | None:
        return None if self._shift is None else self._shift.days

    def malformed(self, rows: Sequence[Cells]) -> list[RowError]:
        lines, moments, last = self._lines, self._moments, self._last
        skus, warehouses, costs, prices, references, reasons = self._cells
        errors: list[RowError] = []
        for row in rows:
            type_, sku, warehouse, quantity, cost, price, reference, reason, moment = row.values
            when = moments[moment]
            values = (
                lines[type_, quantity],
                skus[sku],
                warehouses[warehouse],
                costs[cost],
                prices[price],
                references[reference],
                reasons[reason],
                when,
            )
            if _Wrong in map(type, values):
                for value in values:
                    if isinstance(value, _Wrong):
                        errors += row_errors(row.number, value.found)
            elif when is not None and (last is None or when > last):
                last = when
        self._last = last
        return errors

    def _moment(self, text: str) -> Any:
        """A moment without a time zone is one of the company's calendar."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _value("occurred_at", text)
        if moment.tzinfo is None:
            text = moment.replace(tzinfo=self.company.timezone).isoformat()
        return _value("occurred_at", text)

    async def unusable(self, scope: ReadScope, rows: Sequence[Cells]) -> list[RowError]:
        await self._resolve(scope, rows)
        lines, products, warehouses = self._lines, self._products, self._warehouses
        # all that a verdict depends on
        verdicts: dict[tuple[str, str, str, bool], Any] = {}
        errors = []
        for row in rows:
            type_, sku, warehouse, quantity = row.values[:4]
            line = lines[type_, quantity]
            product, place = products[sku], warehouses[warehouse]
            key = (type_, sku, warehouse, line.quantity < 0)
            if key not in verdicts:
                verdicts[key] = line_error(0, line, product, place, scope.may_use_warehouse)
            if (found := verdicts[key]) is not None:
                errors.append(row_error(row.number, _blamed(found.code), found.detail))
            elif product is not None and place is not None:
                self._levels.add((product.id, place.id))
        return errors

    async def _resolve(self, scope: ReadScope, rows: Sequence[Cells]) -> None:
        skus = {row.values[1] for row in rows} - self._products.keys()
        codes = {row.values[2] for row in rows} - self._warehouses.keys()
        if skus:
            products = (await resolve_products(scope, (), skus)).by_sku
            for sku in skus:
                self._products[sku] = products.get(sku_key(self.company, sku))
        if codes:
            warehouses = (await resolve_warehouses(scope, (), codes)).by_code
            for code in codes:
                self._warehouses[code] = warehouses.get(code_key(code))

    async def prepare(self, scope: WriteScope, aside: OpenScope | None, *, shift: bool) -> None:
        """Lock every level the file touches, in one order, so that the postings cannot deadlock.

        Levels that are new are opened in a transaction of their own (`aside`), which is over at once:
        while it lasts, nobody else in the company can open one.
        """
        self._now = scope.now
        if shift and self._last is not None:
            last = self._last.astimezone(self.company.timezone).date()
            self._shift = scope.today - last
            self._moments = _Cache(partial(self._shifted, days=self._shift))
        levels = await self._all_levels(scope)
        if aside is not None:
            async with aside() as own:
                await ledger.lock_levels(own, levels)
        await ledger.lock_levels(scope, levels)

    def _shifted(self, text: str, *, days: timedelta) -> datetime | None:
        moment = self._moment(text)
        if not isinstance(moment, datetime):
            return None
        local = moment.astimezone(self.company.timezone) + days  # the time of day stays
        return min(local.astimezone(UTC), self._now)

    async def _all_levels(self, scope: ReadScope) -> set[ledger.LevelKey]:
        """The levels the rows change; those of a bundle are its components'."""
        bundles = {
            product.id
            for product in self._products.values()
            if product is not None and product.product_type == "bundle"
        }
        if not bundles:
            return self._levels
        parts = await explode_bundles(scope, bundles)
        plain = {level for level in self._levels if level[0] not in bundles}
        return plain | {
            (part, warehouse_id)
            for product_id, warehouse_id in self._levels - plain
            for part, _ in parts[product_id]
        }

    def batch(self, rows: Sequence[Cells]) -> list[Entry] | None:
        """The entries of the rows; None where they depend on balances or on components."""
        effects, moments = self._effects, self._moments
        _, _, costs, prices, references, reasons = self._cells
        entries: list[Entry] = []
        for row in rows:
            type_, sku, warehouse, quantity, cost, price, reference, reason, moment = row.values
            product, place = self._target(sku, warehouse)
            if type_ == MovementType.RECOUNT or product.product_type != ProductType.STANDARD:
                return None
            entries += [
                structs.replace(
                    effect,
                    line=row.number,
                    product_id=product.id,
                    sku=product.sku,
                    warehouse_id=place.id,
                    occurred_at=moments[moment] or effect.occurred_at,
                    unit_cost=costs[cost],
                    unit_price=prices[price],
                    reference=references[reference],
                    reason=reasons[reason],
                )
                for effect in effects[type_, quantity]
            ]
        return entries

    def _target(self, sku: str, warehouse: str) -> tuple[ProductRef, WarehouseRef]:
        """The product and the warehouse of a row that was found usable."""
        product, place = self._products[sku], self._warehouses[warehouse]
        assert product is not None, sku
        assert place is not None, warehouse
        return product, place

    def _effect(self, cells: tuple[str, str]) -> tuple[Entry, ...]:
        """What a movement of this type and quantity does, wherever it does it."""
        line = self._lines[cells]
        return tuple(entries_of(ResolvedLine(0, line, _ANY_PRODUCT, _ANY_PLACE, self._now), None))

    async def write(
        self, scope: WriteScope, rows: Sequence[Cells], batch: list[Entry] | None
    ) -> Written:
        try:
            if batch is None:
                return await self._record(scope, rows, Mode.ALL_OR_NOTHING)
            posting_id, _ = await ledger.post(scope, batch, kind=PostingKind.IMPORT)
            return Written(posted=len(rows), posting_ids=[posting_id])
        except TooManyMovements:
            return await self._write_halves(scope, rows)
        except StockFlowError as error:
            if "lines" not in error.facts:
                raise
        # Nothing of it is written, and the lines that are short if all are posted are named: now let
        # it be decided line by line.
        try:
            return await self._record(scope, rows, Mode.VALID_ROWS)
        except StockFlowError as error:
            refused = _refused_lines(error)
            if len({line["line"] for line in refused}) < len(rows):
                raise
            return Written(errors=[_short(line) for line in refused])

    async def _write_halves(self, scope: WriteScope, rows: Sequence[Cells]) -> Written:
        """Write rows, bundles among them, that come to more movements than a posting holds."""
        if len(rows) == 1:
            raise TooManyMovements(facts={"row": rows[0].number})
        middle = len(rows) // 2
        first = await self.write(scope, rows[:middle], None)
        second = await self.write(scope, rows[middle:], None)
        return Written(
            posted=first.posted + second.posted,
            posting_ids=first.posting_ids + second.posting_ids,
            errors=first.errors + second.errors,
        )

    async def _record(self, scope: WriteScope, rows: Sequence[Cells], mode: Mode) -> Written:
        command = _Rows.model_construct(lines=[self._movement(row) for row in rows], mode=mode)
        command._rows = [row.number for row in rows]
        posting = await record_movements(scope, command, kind=PostingKind.IMPORT)
        errors = [_short(asdict(error)) for error in posting.errors]
        return Written(
            posted=len(rows) - len(errors), posting_ids=[posting.posting_id], errors=errors
        )

    def _movement(self, row: Cells) -> MovementLine:
        type_, sku, warehouse, quantity, cost, price, reference, reason, moment = row.values
        product, place = self._target(sku, warehouse)
        _, _, costs, prices, references, reasons = self._cells
        given = {
            "product_id": product.id,
            "warehouse_id": place.id,
            "unit_cost": costs[cost],
            "unit_price": prices[price],
            "reference": references[reference],
            "reason": reasons[reason],
            "occurred_at": self._moments[moment],
        }
        line: MovementLine = self._lines[type_, quantity]
        return line.model_copy(update=given)


class _Rows(RecordMovements):
    """Movements that are known by the numbers of their rows."""

    _rows: list[int] = PrivateAttr(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return self._rows


def _line(cells: tuple[str, str]) -> Any:
    """A movement of this type and quantity, the rest still open."""
    given = {"type": cells[0], "quantity": cells[1]}
    try:
        return MovementLine.model_validate_strings(
            {**_NAMED, **{name: text for name, text in given.items() if text}}
        )
    except ValidationError as error:
        return _Wrong(validation_errors(error))


def _value(name: str, text: str) -> Any:
    """What a cell stands for."""
    if not text:
        return _Wrong([(name, "is required")]) if name in _REQUIRED else None
    others = {field: cell for field, cell in _RIGHT.items() if field != _NAMES.get(name)}
    try:
        return getattr(MovementLine.model_validate_strings({**others, name: text}), name)
    except ValidationError as error:
        return _Wrong(validation_errors(error))


def _blamed(code: str) -> str | None:
    """The column that a refusal with this code is about."""
    return _BLAMED.get(code.partition("-")[0])


def _refused_lines(error: StockFlowError) -> list[dict[str, Any]]:
    lines = error.facts.get("lines")
    return list(lines) if isinstance(lines, list) else []


def _short(line: Mapping[str, Any]) -> RowError:
    """The error of a line that the ledger has refused."""
    detail = line.get("detail") or "There is too little stock."
    if line.get("available") is not None and line.get("requested") is not None:
        detail = f"{detail} Asked for: {line['requested']}, {line['bucket']}: {line['available']}."
    return row_error(line["line"], _blamed(line.get("code") or "insufficient"), detail)
