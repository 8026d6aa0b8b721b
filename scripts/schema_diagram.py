"""Draws the tables as an SVG: one frame a feature, one box a table, one line a foreign key.

The foreign key every tenant table has to `companies` is left out; drawn, it would hide the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sqlalchemy import Column, ForeignKeyConstraint, Table
from sqlalchemy.dialects import postgresql

_COLUMNS = [
    ["companies"],
    ["suppliers", "imports", "foundation"],
    ["catalog"],
    ["warehouses", "stock"],
]
"""Which features stand above one another; an edge then spans one column at most."""

_ROW, _TITLE, _WIDTH, _GAP, _GUTTER, _FRAME, _HEAD = 17, 22, 256, 16, 80, 12, 26
_TYPES = {
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "DOUBLE PRECISION": "double",
    "BOOLEAN": "bool",
    "INTEGER": "int",
    "NUMERIC(18, 4)": "numeric",
}


@dataclass(frozen=True)
class _Box:
    """A table at its place."""

    table: Table
    x: int
    y: int

    @property
    def height(self) -> int:
        return _TITLE + _ROW * len(self.table.columns) + 4

    def row_y(self, name: str) -> int:
        return self.y + _TITLE + _ROW * list(self.table.columns.keys()).index(name) + _ROW // 2


def schema_diagram(tables_by_feature: Mapping[str, Sequence[Table]]) -> str:
    """The picture as SVG text; its colours come from the page's style sheet."""
    placed = {name for column in _COLUMNS for name in column}
    others = [name for name in tables_by_feature if name not in placed]
    boxes: dict[str, _Box] = {}
    frames: list[str] = []
    height = 0
    columns = [*_COLUMNS[:-1], [*_COLUMNS[-1], *others]]
    for index, names in enumerate(columns):
        x, y = _FRAME + index * (_WIDTH + _GUTTER) + _FRAME, 0
        for name in names:
            tables = tables_by_feature.get(name, [])
            if not tables:
                continue
            top = y
            y += _HEAD
            for table in tables:
                boxes[table.name] = _Box(table, x, y)
                y += boxes[table.name].height + _GAP
            frames.append(_frame(name, x - _FRAME, top, y - top - _GAP + _FRAME))
            y += _FRAME
        height = max(height, y)
    width = len(columns) * (_WIDTH + _GUTTER) - _GUTTER + 5 * _FRAME
    parts = [*frames, *_edges(boxes), *(_drawn(box) for box in boxes.values())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="The tables and their foreign keys">'
        '<defs><marker id="fk-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>'
        + "".join(parts)
        + "</svg>"
    )


def _frame(name: str, x: int, y: int, height: int) -> str:
    return (
        f'<rect class="feature" x="{x}" y="{y}" width="{_WIDTH + 2 * _FRAME}" height="{height}"'
        f' rx="6"/><text class="feature-name" x="{x + _FRAME}" y="{y + 18}">{escape(name)}</text>'
    )


def _drawn(box: _Box) -> str:
    table, x, y = box.table, box.x, box.y
    linked = {column.name for key in _links(table) for column in key.columns}
    rows = []
    for column in table.columns:
        row = box.row_y(column.name) + 4
        mark = "key" if column.primary_key else "link" if column.name in linked else "plain"
        rows.append(
            f'<text class="column {mark}" x="{x + 8}" y="{row}">{escape(column.name)}</text>'
            f'<text class="type" x="{x + _WIDTH - 8}" y="{row}">{escape(_type(column))}</text>'
        )
    return (
        f'<rect class="table" x="{x}" y="{y}" width="{_WIDTH}" height="{box.height}" rx="3"/>'
        f'<path class="title" d="M{x} {y + _TITLE}v-{_TITLE - 3}q0 -3 3 -3h{_WIDTH - 6}q3 0 3 3'
        f'v{_TITLE - 3}z"/><text class="table-name" x="{x + 8}" y="{y + 15}">'
        f"{escape(table.name)}</text>" + "".join(rows)
    )


def _links(table: Table) -> list[ForeignKeyConstraint]:
    keys = [key for key in table.foreign_key_constraints if key.referred_table.name != "companies"]
    return sorted(keys, key=lambda key: [*key.column_keys])


def _edges(boxes: Mapping[str, _Box]) -> list[str]:
    paths = []
    for box in boxes.values():
        for number, key in enumerate(_links(box.table)):
            target = boxes[key.referred_table.name]
            paths.append(_edge(box, key.column_keys[-1], target, number))
    return paths


def _edge(source: _Box, column: str, target: _Box, number: int) -> str:
    """From the side of the column to the side of the target's title."""
    start, end = source.row_y(column), target.y + _TITLE // 2 + 3 * number - 3
    if source.x == target.x:  # the same column: around its right side
        side = source.x + _WIDTH
        bend = side + 18 + 8 * number
        path = f"M{side} {start}C{bend + 14} {start} {bend + 14} {end} {side + 1} {end}"
    else:
        leftwards = source.x > target.x
        x1 = source.x if leftwards else source.x + _WIDTH
        x2 = target.x + _WIDTH + 1 if leftwards else target.x - 1
        middle = (x1 + x2) // 2
        path = f"M{x1} {start}C{middle} {start} {middle} {end} {x2} {end}"
    return f'<path class="edge" marker-end="url(#fk-arrow)" d="{path}"/>'


def _type(column: Column[object]) -> str:
    text = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return _TYPES.get(text, text.split(" COLLATE ")[0].lower())
