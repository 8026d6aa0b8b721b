"""Companies with any amount of history, written set-based by the superuser.

The rows are what the ledger would have written: `stockflow check` proves it (`--verify`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from bench.server import Deployment
from stockflow.foundation import sql

COLOURS = [
    "Amber",
    "Azure",
    "Black",
    "Copper",
    "Cream",
    "Crimson",
    "Emerald",
    "Golden",
    "Ivory",
    "Scarlet",
    "Silver",
    "Teal",
]
STUFFS = [
    "Bamboo",
    "Cedar",
    "Ceramic",
    "Cotton",
    "Felt",
    "Glass",
    "Granite",
    "Leather",
    "Linen",
    "Marble",
    "Steel",
    "Willow",
]
THINGS = [
    "Armchair",
    "Basket",
    "Blanket",
    "Bowl",
    "Candle",
    "Clock",
    "Cushion",
    "Drawer",
    "Hammer",
    "Kettle",
    "Lantern",
    "Mirror",
    "Notebook",
    "Ornament",
    "Pitcher",
    "Postcard",
    "Saucer",
    "Teapot",
    "Umbrella",
    "Wardrobe",
]
ROUNDS = 12
_DAYS = 30
_SQL = sql.load(__package__, "data.sql")
_WHILE_LOADING = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'20GB'"}
_SESSION = """
    SET session_replication_role = replica;  -- no foreign keys checked row by row
    SET synchronous_commit = off;
    SET TimeZone = 'UTC';
    SET work_mem = '512MB';
    SET maintenance_work_mem = '1GB';
    SET jit = off
"""
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a company is. `plenty`: a delivery that never runs out, in place of a year of trade."""

    products: int
    stocked: int
    warehouses: int
    years: int = 1
    plenty: bool = False

    @property
    def levels(self) -> int:
        return self.stocked * self.warehouses

    @property
    def rounds(self) -> int:
        return 1 if self.plenty else ROUNDS

    @property
    def movements(self) -> int:
        """About how many."""
        return self.levels * self.rounds * self.years


@dataclass(frozen=True, slots=True)
class Company:
    """A company with data."""

    id: int
    api_key: str
    shape: Shape
    first_product: int
    first_warehouse: int

    def level(self, place: int) -> tuple[int, int]:
        """The product and warehouse of one of its levels."""
        product, warehouse = divmod(place, self.shape.warehouses)
        return self.first_product + product, self.first_warehouse + warehouse


def load(deployment: Deployment, *shapes: Shape) -> list[Company]:
    """Companies with catalog and history, loaded together and then vacuumed."""
    started = time.perf_counter()
    with deployment.connect() as connection, _loading(connection):
        made = [_company(deployment, connection, shape) for shape in shapes]
        with connection.transaction():
            rebuild = _without_indexes(connection)
            for company in made:
                _history(connection, company)
            for statement in rebuild:
                connection.execute(statement)
            for company in made:
                _levels(connection, company)
    seconds = time.perf_counter() - started
    total = sum(shape.movements for shape in shapes)
    print(f"loaded {total:,} movements in {seconds:.0f} s", flush=True)
    return made


def since(period_days: int = 30) -> date:
    """The first day of the demand period, for a company in London."""
    return today() - timedelta(days=period_days - 1)


def today() -> date:
    """The current day in London, where the companies are."""
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/London")).date()


@contextmanager
def _loading(connection: Connection) -> Iterator[None]:
    """Do without the safety of a crash while loading; back to it, and vacuumed, afterwards."""
    connection.execute(_SESSION)
    for name, value in _WHILE_LOADING.items():
        connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    connection.execute("SELECT pg_reload_conf()")
    try:
        yield
        connection.execute("VACUUM (ANALYZE)")
    finally:
        for name in _WHILE_LOADING:
            connection.execute(f"ALTER SYSTEM RESET {name}")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CHECKPOINT")


def _company(deployment: Deployment, connection: Connection, shape: Shape) -> Company:
    name = f"bench-{time.monotonic_ns()}"
    made = deployment.run("company", "create", name, "--owner-email", f"{name}@bench.example")
    company_id = made["company_id"]
    names: dict[str, Any] = {
        "company_id": company_id,
        "warehouses": shape.warehouses,
        "products": shape.products,
        "colours": COLOURS,
        "stuffs": STUFFS,
        "things": THINGS,
    }
    for table in ("warehouse", "category", "supplier", "product"):
        statement = _SQL[{"category": "categories"}.get(table, f"{table}s")]
        ids = [row[0] for row in connection.execute(statement, names).fetchall()]
        assert ids[-1] - ids[0] == len(ids) - 1
        names[f"first_{table}"] = ids[0]
    connection.execute(_SQL["terms"], names)
    return Company(
        company_id, made["api_key"], shape, names["first_product"], names["first_warehouse"]
    )


def _without_indexes(connection: Connection) -> list[Any]:
    """Drop what would be maintained row by row; returns how to make it again."""
    found = connection.execute(_SQL["indexes"]).fetchall()
    for drop, _ in found:
        connection.execute(drop)
    return [make for _, make in found]


def _history(connection: Connection, company: Company) -> None:
    """Movements, postings and days, oldest first and so in the order of their ids."""
    shape = company.shape
    names = _plan(connection, company)
    row = connection.execute("SELECT nextval('stock_postings_id_seq')").fetchone()
    assert row is not None
    posting = row[0]
    visits = ROUNDS // 2 * (shape.years - 1)
    year = today() - timedelta(days=ROUNDS * _DAYS)
    for visit in range(visits):
        names |= {"posting": posting, "visit": visit, "days": 2 * _DAYS}
        names["from_day"] = year - timedelta(days=(visits - visit) * 2 * _DAYS)
        connection.execute(_SQL["older"], names)
        connection.execute(_SQL["older_days"], names)
        posting += -(-shape.levels // 500)
    first_of_year = posting
    for number in range(shape.rounds):
        names |= {"posting": posting, "round": number, "days": _DAYS}
        names["from_day"] = year + timedelta(days=number * _DAYS)
        connection.execute(_SQL["round"], names)
        posting += -(-shape.levels // 1000)
    busy = connection.execute(_SQL["busy"], {**names, "posting": posting, "today": today()})
    posting += -(-busy.rowcount // 1000)
    connection.execute(_SQL["postings"], names)
    connection.execute(_SQL["days"], {**names, "posting": first_of_year})
    connection.execute("SELECT setval('stock_postings_id_seq', %s)", [posting])


def _levels(connection: Connection, company: Company) -> None:
    names = _plan(connection, company)
    connection.execute(_SQL["levels"], names)


def _plan(connection: Connection, company: Company) -> dict[str, Any]:
    """Make the table `plan`, and the parameters of the statements that read it."""
    shape = company.shape
    names: dict[str, Any] = {
        "company_id": company.id,
        "levels": shape.levels,
        "warehouses": shape.warehouses,
        "rounds": shape.rounds,
        "middle": ROUNDS // 2,
        "plenty": shape.plenty,
        "first_product": company.first_product,
        "first_warehouse": company.first_warehouse,
        "since": since(),
    }
    connection.execute("DROP TABLE IF EXISTS plan")
    connection.execute(_SQL["plan"], names)
    connection.execute("ANALYZE plan")
    return names


def begin_new_day(deployment: Deployment, company: Company) -> None:
    """Let the demand of low levels lag behind by a day, as it does each morning."""
    with deployment.connect() as connection:
        connection.execute(_SQL["yesterday"], {"company_id": company.id, "since": since()})
