"""What reading promises apart from any request: flat memory, and the very rules of `MovementLine`."""

import gzip
import io
import string
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stockflow.foundation.scope import Company
from stockflow.imports.movements import Movements
from stockflow.imports.spool import Digest, Spool
from stockflow.imports.tables import Cells, Table
from stockflow.stock.commands import MovementLine, MovementType
from tests.factories import Api, done
from tests.imports.sending import imported

DATA = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
COMPANY = Company(
    id=1,
    name="",
    currency="GBP",
    timezone=ZoneInfo("UTC"),
    case_sensitive_skus=False,
    allow_backorders=False,
    default_low_stock_threshold=None,
    standard_low_stock_threshold=None,
    low_stock_at_threshold=False,
    sales_period_days=30,
    backorder_orders=False,
)


def _file(rows: int) -> io.BytesIO:
    packed = io.BytesIO()
    with gzip.open(packed, "wt") as file:
        file.write("type,sku,warehouse,quantity,reference\n")
        for number in range(rows):
            file.write(f"sale,SKU-{number % 1000},W,1,ORDER {number}\n")
    return packed


def _peak_bytes(rows: int) -> int:
    file = _file(rows)
    tracemalloc.start()
    kind, digest = Movements(COMPANY), Digest()
    with Spool() as spool:
        table = iter(Table(file, kind.fields, {}))
        while batch := _take(table, 5_000):
            assert kind.malformed(batch) == []
            digest.add(batch)
            spool.add(batch)
        assert sum(len(batch) for batch in spool.batches()) == rows
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _take(rows: Iterator[Cells], count: int) -> list[Cells]:
    return [row for _, row in zip(range(count), rows, strict=False)]


def test_memory_does_not_grow_with_the_file() -> None:
    _peak_bytes(5_000)
    small, large = _peak_bytes(30_000), _peak_bytes(120_000)

    assert large < small * 1.25 + 2**20


_TEXTS = st.one_of(
    st.sampled_from(["", "A", "x" * 64, "x" * 65, "x" * 256, "a\tb", "a\x7fb", "\u2028", "é"]),
    st.text(string.printable, max_size=5).map(str.strip),
)
_NUMBERS = st.one_of(
    st.sampled_from(["", "0", "-0", "1", "-1", "1.2345", "1.23456", "1e3", "1e400", "NaN", "inf"]),
    st.sampled_from(["1,5", "٣", "1_000", "0x1", "99999999999", "100000000000", "+5", ".5", "5."]),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)
_MOMENTS = st.one_of(
    st.sampled_from(["", "2024-02-30T00:00:00Z", "1989-12-31T23:59:59Z", "0000-01-01T00:00:00Z"]),
    st.sampled_from(["9999-12-31T23:59:59Z", "2024-01-01T00:00:00+25:00", "now", "1700000000"]),
    st.datetimes(
        datetime.fromisoformat("1980-01-01"),
        datetime.fromisoformat("2024-01-01"),
        timezones=st.just(UTC),
    ).map(lambda moment: moment.isoformat()),
)
_TYPES = st.sampled_from(["", "gift", "Sale", *MovementType])
_ROWS = st.tuples(_TYPES, _TEXTS, _TEXTS, _NUMBERS, _NUMBERS, _NUMBERS, _TEXTS, _TEXTS, _MOMENTS)


@settings(max_examples=400, deadline=None)
@given(_ROWS)
def test_a_row_is_right_when_the_command_says_so(values: tuple[str, ...]) -> None:
    names = Movements.fields.names
    given_ = {name: cell for name, cell in zip(names, values, strict=True) if cell}
    try:
        line = MovementLine.model_validate_strings(given_)
    except ValidationError:
        line = None

    errors = Movements(COMPANY).malformed([Cells(2, values)])

    assert (errors == []) == (line is not None), (given_, errors, line)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not beside the project")
def test_a_real_wholesalers_files_are_taken_in(api: Api) -> None:
    import lzma

    for kind, name in [
        ("warehouses", "warehouses"),
        ("suppliers", "suppliers"),
        ("products", "products"),
        ("product-suppliers", "product_suppliers"),
    ]:
        content = (DATA / f"{name}.csv").read_bytes()
        answer = imported(api, kind, content)
        assert answer["created"] == answer["rows"] == content.count(b"\n") - 1
    with lzma.open(DATA / "movements.csv.xz") as file:
        part = b"".join(file.readline() for _ in range(20_001))

    answer = imported(api, "movements", part)

    assert (answer["posted"], answer["ignored_columns"]) == (20_000, [])
    levels, cursor, held = [], None, Decimal(0)
    while True:
        page = done(
            api.get("/api/stock/levels", limit=1000, **({"cursor": cursor} if cursor else {}))
        )
        levels += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    held = sum((Decimal(str(level["on_hand"])) for level in levels), Decimal(0))
    signs = {"sale": -1, "damage": 0}
    rows = [line.split(",") for line in part.decode().splitlines()[1:]]
    assert held == sum(Decimal(row[4]) * signs.get(row[1], 1) for row in rows)
