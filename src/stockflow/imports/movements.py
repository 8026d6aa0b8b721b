"""Imports of movements: many rows, so each different cell is checked once, not each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from stockflow.catalog.queries import ProductRef, explode_bundles, resolve_products
from stockflow.catalog.sku import sku_key
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
from stockflow.stock.commands import Mode, MovementLine, RecordMovements
from stockflow.stock.entries import line_error
from stockflow.stock.operations import record_movements
from stockflow.warehouses.queries import WarehouseRef, code_key, resolve_warehouses

_CACHED_MAX = 20_000
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


class Movements(RowKind[MovementLine]):
    """Rows of movements, in the order in which they are posted.

    A row is right when each of its cells is, and type and quantity fit each other: `MovementLine`
    itself is asked, once for each different text, with something right in the other fields.
    """

    fields = Fields((*_REQUIRED, *_OPTIONAL), frozenset(_REQUIRED))
    permissions = (Permission.IMPORT, Permission.MOVE_STOCK)
    independent = False

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self._lines = _Cache(_line)
        self._cells = [
            _Cache(partial(_value, name))
            for name in ("sku", "warehouse", "unit_cost", "unit_price", "reference", "reason")
        ]
        self._moments = _Cache(self._moment)
        self._products: dict[str, ProductRef | None] = {}
        self._warehouses: dict[str, WarehouseRef | None] = {}
        self._levels: set[ledger.LevelKey] = set()
        self._last: datetime | None = None
        self._shift: timedelta | None = None

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
        if shift and self._last is not None:
            last = self._last.astimezone(self.company.timezone).date()
            self._shift = scope.today - last
            self._moments = _Cache(partial(self._shifted, now=scope.now, days=self._shift))
        levels = await self._all_levels(scope)
        if aside is not None:
            async with aside() as own:
                await ledger.lock_levels(own, levels)
        await ledger.lock_levels(scope, levels)

    def _shifted(self, text: str, *, now: datetime, days: timedelta) -> datetime | None:
        moment = self._moment(text)
        if not isinstance(moment, datetime):
            return None
        local = moment.astimezone(self.company.timezone) + days  # the time of day stays
        return min(local.astimezone(UTC), now)

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

    def commands(self, rows: Sequence[Cells]) -> list[MovementLine]:
        lines, moments = self._lines, self._moments
        _, _, costs, prices, references, reasons = self._cells
        product_ids = {sku: ref.id for sku, ref in self._products.items() if ref is not None}
        warehouse_ids = {code: ref.id for code, ref in self._warehouses.items() if ref is not None}
        made = []
        for row in rows:
            type_, sku, warehouse, quantity, cost, price, reference, reason, moment = row.values
            given = {
                "product_id": product_ids[sku],
                "warehouse_id": warehouse_ids[warehouse],
                "unit_cost": costs[cost],
                "unit_price": prices[price],
                "reference": references[reference],
                "reason": reasons[reason],
                "occurred_at": moments[moment],
            }
            made.append(lines[type_, quantity].model_copy(update=given))
        return made

    async def write(
        self, scope: WriteScope, rows: Sequence[Cells], commands: Sequence[MovementLine]
    ) -> Written:
        try:
            return await self._post(scope, rows, commands, Mode.ALL_OR_NOTHING)
        except StockFlowError as error:
            if "lines" not in error.facts:
                raise
        # Nothing of it is written, and the ledger has named only the lines that are short if all are
        # posted: let it decide line by line.
        try:
            return await self._post(scope, rows, commands, Mode.VALID_ROWS)
        except StockFlowError as error:
            refused = _refused_lines(error)
            if len({line["line"] for line in refused}) < len(rows):
                raise
            return Written(errors=[_short(rows, line) for line in refused])

    @staticmethod
    async def _post(
        scope: WriteScope, rows: Sequence[Cells], lines: Sequence[MovementLine], mode: Mode
    ) -> Written:
        command = RecordMovements.model_construct(lines=list(lines), mode=mode)
        posting = await record_movements(scope, command, kind="import")
        errors = [_short(rows, asdict(error)) for error in posting.errors]
        return Written(
            posted=len(lines) - len(errors), posting_ids=[posting.posting_id], errors=errors
        )


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


def _short(rows: Sequence[Cells], line: Mapping[str, Any]) -> RowError:
    """The error of a line that the ledger has refused."""
    detail = line.get("detail") or "There is too little stock."
    if line.get("available") is not None and line.get("requested") is not None:
        detail = f"{detail} Asked for: {line['requested']}, {line['bucket']}: {line['available']}."
    return row_error(rows[line["line"]].number, _blamed(line.get("code") or "insufficient"), detail)
