"""Stock is valued at the moving average, or first in, first out, now and in the past."""

from datetime import UTC, datetime, timedelta

from tests.factories import Api, line, make_product, make_warehouse, move
from tests.valuation.reading import worth


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_two_purchases_and_a_sale_by_both_methods(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="4", occurred_at=_ago(30)))
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="7", occurred_at=_ago(20)))
    move(api, line(lamp, warehouse, "sale", 5, occurred_at=_ago(10)))

    place = ("LAMP", "LON")
    assert worth(api) == {place: (15, 0, "5.5000", "82.5000", "0.0000")}
    assert worth(api, method="fifo") == {place: (15, 0, "6.0000", "90.0000", "0.0000")}
    assert worth(api, as_of=_ago(15)) == {place: (20, 0, "5.5000", "110.0000", "0.0000")}
    assert worth(api, as_of=_ago(15), method="fifo") == worth(api, as_of=_ago(15))
    assert worth(api, as_of=_ago(25)) == {place: (10, 0, "4.0000", "40.0000", "0.0000")}
    assert worth(api, as_of=_ago(31)) == {}
