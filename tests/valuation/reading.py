"""How the tests read valuations."""

from typing import Any

from tests.factories import Api, done

PATH = "/api/reports/valuation"


def value(api: Api, **query: Any) -> Any:
    """The first page, which must hold everything."""
    report = done(api.get(PATH, **query))
    assert report["next_cursor"] is None
    return report


def worth(api: Api, **query: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """On hand, in transit, unit cost and both values of every line, by SKU and warehouse code."""
    names = ("on_hand", "in_transit", "unit_cost", "value", "transit_value")
    return {
        (item["sku"], item["warehouse_code"]): tuple(item[name] for name in names)
        for item in value(api, **query)["items"]
    }
