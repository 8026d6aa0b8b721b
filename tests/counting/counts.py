"""What the tests of counting say and look at."""

from typing import Any

from tests.factories import Api, Json, done
from tests.scopes import audit_of
from tests.stock.reading import everything, picture

PATH = "/api/stock-counts"


def open_count(api: Api, warehouse: Any, **fields: Any) -> Any:
    return done(api.post(PATH, {"warehouse_id": warehouse["id"], **fields}), 201)


def of(product: Any, quantity: Any, **fields: Any) -> Json:
    """A counted line."""
    return {"product_id": product["id"], "quantity": quantity, **fields}


def count(api: Api, opened: Any, *lines: Json) -> Any:
    """Record lines that must be accepted."""
    return done(api.post(f"{PATH}/{opened['id']}/lines", {"lines": list(lines)}))


def act(api: Api, opened: Any, action: str, body: Any = None, **headers: str) -> Any:
    """The answer to an action."""
    return api.post(f"{PATH}/{opened['id']}/{action}", body, **headers)


def read(api: Api, opened: Any) -> Any:
    return done(api.get(f"{PATH}/{opened['id']}"))


def lines(api: Api, opened: Any, **query: Any) -> list[Any]:
    return everything(api, f"{PATH}/{opened['id']}/lines", **query)


def line_of(api: Api, opened: Any, product: Any) -> Any:
    (line,) = lines(api, opened, product_id=product["id"])
    return line


def sums(answer: Any) -> tuple[Any, ...]:
    """Lines, counted, to be recounted, different, and what the differences are worth."""
    names = ("line_count", "counted_count", "recount_count", "different_count")
    return (*(answer[name] for name in names), answer["difference_value"])


def all_of(api: Api) -> Any:
    """Counts with their lines, stock, movements and audit, to show that nothing changed."""
    counts = everything(api, PATH)
    return counts, [lines(api, one) for one in counts], picture(api), audit_of(api, "stock_count")
