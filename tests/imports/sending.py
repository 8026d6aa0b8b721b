"""Files, and how tests send them."""

import io
from typing import Any

from httpx2 import Response
from openpyxl import Workbook

from stockflow.foundation.scope import WriteScope
from tests.factories import Api, done
from tests.scopes import in_scope

_TABLES = (
    "warehouses",
    "categories",
    "products",
    "suppliers",
    "customers",
    "product_suppliers",
    "stock_levels",
    "stock_postings",
    "stock_movements",
    "stock_days",
    "imports",
    "audit_entries",
)


def send(
    api: Api, kind: str, content: str | bytes, *, name: str = "file.csv", **options: Any
) -> Response:
    return api.request(
        "POST", f"/api/imports/{kind}", files={"file": (name, content)}, params=options
    )


def imported(api: Api, kind: str, content: str | bytes, **options: Any) -> Any:
    """The answer to a file that must be taken in."""
    return done(send(api, kind, content, **options), 201)


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def contents(api: Api) -> dict[str, str]:
    """What the company's tables hold, as one value each, to prove that nothing changed."""

    async def read(scope: WriteScope) -> dict[str, str]:
        found = {}
        for table in _TABLES:
            found[table] = await scope.fetch_value(
                f"SELECT count(*) || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
                f" FROM {table} t"
            )
        return found

    return in_scope(api, read)


def available(api: Api, sku: str, warehouse: str) -> Any:
    """How many of a product are available in a warehouse; None where there is no level."""
    levels = done(api.get("/api/stock/levels", sku=sku, warehouse=warehouse))["items"]
    return levels[0]["available"] if levels else None


def movements(api: Api) -> Any:
    return done(api.get("/api/stock/movements", order="oldest"))["items"]


def errors_of(problem: Any) -> list[tuple[int, str | None, str]]:
    return [(wrong["row"], wrong["column"], wrong["detail"]) for wrong in problem["errors"]]
