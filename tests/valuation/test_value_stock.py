"""Stock is valued at the moving average, or first in, first out, now and in the past; exact values."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.stock.reading import findings
from tests.valuation.reading import worth

ZERO = "0.0000"


def _ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def test_two_purchases_and_a_sale(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="4", occurred_at=_ago(30)))
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="7", occurred_at=_ago(20)))
    move(api, line(lamp, warehouse, "sale", 5, occurred_at=_ago(10)))

    place = ("LAMP", "LON")
    assert worth(api) == {place: (15, 0, "5.5000", "82.5000", ZERO)}
    assert worth(api, method="fifo") == {place: (15, 0, "6.0000", "90.0000", ZERO)}
    both = {place: (20, 0, "5.5000", "110.0000", ZERO)}
    assert worth(api, as_of=_ago(15)) == both
    assert worth(api, as_of=_ago(15), method="fifo") == both
    first = {place: (10, 0, "4.0000", "40.0000", ZERO)}
    assert worth(api, as_of=_ago(25)) == worth(api, as_of=_ago(25), method="fifo") == first
    assert worth(api, as_of=_ago(31)) == {}


def test_the_hours_of_one_day_are_told_apart(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    for hour, cost in ((8, "2"), (12, "3"), (16, "4")):
        at = f"2026-03-05T{hour:02}:00:00Z"
        move(api, line(lamp, warehouse, "purchase", 1, unit_cost=cost, occurred_at=at))
    move(api, line(lamp, warehouse, "sale", 1, occurred_at="2026-03-05T14:00:00Z"))

    def values(hour: str) -> list[Any]:
        moment = f"2026-03-05T{hour}:00Z"
        lines = [worth(api, as_of=moment, method=method) for method in ("average", "fifo")]
        return [line.get(("LAMP", "LON"), (0, 0, None, ZERO))[3] for line in lines]

    assert values("07:59") == [ZERO, ZERO]
    assert values("08:00") == ["2.0000", "2.0000"]
    assert values("13:59") == ["5.0000", "5.0000"]
    # recorded last, so it left at the average of all three, though one had not come yet
    assert values("14:00") == ["2.0000", "3.0000"]
    assert values("16:00") == ["6.0000", "7.0000"]


def test_damaged_and_reserved_stock_is_on_hand_until_it_is_written_off(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, warehouse, "purchase", 8, unit_cost="2.50"))
    move(api, line(lamp, warehouse, "purchase", 2, unit_cost="5"))
    move(api, line(lamp, warehouse, "damage", 3), line(lamp, warehouse, "reserve", 4))

    place = ("LAMP", "LON")
    assert worth(api) == {place: (10, 0, "3.0000", "30.0000", ZERO)}
    assert worth(api, method="fifo") == worth(api)

    move(api, line(lamp, warehouse, "write_off", 3))
    assert worth(api) == {place: (7, 0, "3.0000", "21.0000", ZERO)}
    assert worth(api, method="fifo") == {place: (7, 0, "3.2143", "22.5000", ZERO)}


def test_what_is_returned_is_the_newest_layer(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="4"))
    move(api, line(lamp, warehouse, "sale", 6))
    move(api, line(lamp, warehouse, "purchase", 4, unit_cost="6"))
    move(api, line(lamp, warehouse, "return", 2, unit_cost="4"))
    move(api, line(lamp, warehouse, "sale", 5))

    # 4 at 4, 4 at 6 and 2 at 4 are 48 for 10; half of them remain
    assert worth(api) == {("LAMP", "LON"): (5, 0, "4.8000", "24.0000", ZERO)}
    # the 2 returned, and 3 of the second purchase
    assert worth(api, method="fifo") == {("LAMP", "LON"): (5, 0, "5.2000", "26.0000", ZERO)}


def test_a_transfer_carries_its_value_through_transit(api: Api) -> None:
    here, there = make_warehouse(api, code="LON"), make_warehouse(api, code="MAN")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, here, "purchase", 10, unit_cost="3"))
    move(api, line(lamp, here, "purchase", 10, unit_cost="5"))
    body = {
        "from_warehouse_id": here["id"],
        "to_warehouse_id": there["id"],
        "lines": [{"product_id": lamp["id"], "quantity": 4}],
    }
    transfer = done(api.post("/api/transfers", body), 201)
    path = f"/api/transfers/{transfer['id']}"
    done(api.post(f"{path}/shipment"))

    on_its_way = ("LAMP", "MAN"), (0, 4, None, ZERO, "16.0000")
    left = ("LAMP", "LON")
    assert worth(api) == dict([(left, (16, 0, "4.0000", "64.0000", ZERO)), on_its_way])
    assert worth(api, method="fifo") == dict(
        [(left, (16, 0, "4.2500", "68.0000", ZERO)), on_its_way]
    )
    shipped = _now()

    done(api.post(f"{path}/receipts"), 201)
    arrived = {("LAMP", "MAN"): (4, 0, "4.0000", "16.0000", ZERO)}
    for method in ("average", "fifo"):
        assert worth(api, method=method, warehouse_id=there["id"]) == arrived
        assert dict([on_its_way]).items() <= worth(api, method=method, as_of=shipped).items()
    assert findings(api) == []


def test_a_backorder_is_owed_at_the_average_until_it_is_filled(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP", allow_backorders=True)
    move(api, line(lamp, warehouse, "purchase", 2, unit_cost="10"))
    move(api, line(lamp, warehouse, "sale", 5))
    owed = {("LAMP", "LON"): (-3, 0, None, "-30.0000", ZERO)}
    assert worth(api) == worth(api, method="fifo") == owed
    before = _now()

    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="12"))
    filled = {("LAMP", "LON"): (7, 0, "12.0000", "84.0000", ZERO)}
    for method in ("average", "fifo"):
        assert worth(api, method=method) == filled
        assert worth(api, method=method, as_of=before) == owed


def test_what_is_taken_back_is_no_layer(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON")
    lamp = make_product(api, sku="LAMP")
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="4"))
    move(api, line(lamp, warehouse, "purchase", 10, unit_cost="6"))
    sale = move(api, line(lamp, warehouse, "sale", 15))
    wrong = move(api, line(lamp, warehouse, "purchase", 1, unit_cost="9"))
    mistaken = _now()
    place = ("LAMP", "LON")
    assert worth(api, method="fifo")[place][3] == "39.0000"  # 1 at 9 and 5 at 6

    done(api.post(f"/api/stock/postings/{wrong['posting_id']}/reversal"), 201)
    assert worth(api, method="fifo")[place][3] == "30.0000"
    done(api.post(f"/api/stock/postings/{sale['posting_id']}/reversal"), 201)
    assert worth(api, method="fifo")[place][:4] == (20, 0, "5.0000", "100.0000")

    assert worth(api, method="fifo", as_of=mistaken)[place][3] == "39.0000"
    assert findings(api) == []
