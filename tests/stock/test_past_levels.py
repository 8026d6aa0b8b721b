"""Levels as they were at past moments, and what they were worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import new_company
from tests.factories import (
    Api,
    done,
    line,
    make_product,
    make_warehouse,
    move,
)
from tests.stock.reading import Held, findings, level, levels, movements


def _moment(text: str) -> str:
    return f"2026-03-{text}Z"


def test_opening_stock_is_a_level_from_the_first_moment(api: Api) -> None:
    warehouse = make_warehouse(api)

    product = make_product(api, warehouse_id=warehouse["id"], initial_quantity=12.5)

    assert levels(api) == {(product["id"], warehouse["id"]): (12.5, 0, 0, 0)}
    (movement,) = movements(api)
    assert (movement["type"], movement["reason"]) == ("adjustment", "Opening stock")
    assert findings(api) == []


def test_the_value_of_stock_is_known_now_and_at_every_past_moment(api: Api) -> None:
    product, east, west = make_product(api), make_warehouse(api), make_warehouse(api)
    for kind, quantity, moment, cost in [
        ("purchase", 10, "02T08:00:00", {"unit_cost": "4"}),
        ("purchase", 10, "02T12:00:00", {"unit_cost": "5"}),
        ("sale", 8, "03T10:00:00", {}),
        ("reserve", 5, "04T10:00:00", {}),
        ("damage", 4, "04T11:00:00", {}),
        ("write_off", 4, "05T10:00:00", {}),
        ("sale", 3, "05T12:00:00", {}),
    ]:
        moved = line(product, east, kind, quantity, occurred_at=_moment(moment), **cost)
        move(api, moved)

    def worth(**query: Any) -> tuple[str, str | None]:
        found = level(api, product, east, **query)
        return found["value"], found["average_cost"]

    assert worth() == ("22.5000", "4.5000")
    for moment, expected in [
        ("01T00:00:00", ("0.0000", None)),
        ("02T08:00:00", ("40.0000", "4.0000")),
        ("02T12:00:00", ("90.0000", "4.5000")),
        ("03T10:00:00", ("54.0000", "4.5000")),
        ("04T23:00:00", ("54.0000", "4.5000")),
        ("05T10:00:00", ("36.0000", "4.5000")),
        ("05T12:00:00", ("22.5000", "4.5000")),
    ]:
        assert worth(as_of=_moment(moment)) == expected, moment
    move(api, line(product, west, "purchase", 5, unit_cost="1.1"))
    totals = done(api.get(f"/api/products/{product['id']}/stock"))["totals"]
    assert (totals["on_hand"], totals["value"], totals["average_cost"]) == (10, "28.0000", "2.8000")
    move(api, line(product, east, "release", 5), line(product, east, "sale", 5))
    assert worth() == ("0.0000", "4.5000")
    assert findings(api) == []


def test_stock_is_known_at_every_past_moment(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    def at(text: str) -> Held:
        return levels(api, as_of=_moment(text))[product["id"], warehouse["id"]]

    for kind, quantity, moment in [
        ("purchase", 100, "02T08:00:00"),
        ("sale", 10, "02T12:00:00"),
        ("reserve", 20, "03T00:00:00"),
        ("damage", 5, "03T23:59:59.999999"),
        ("write_off", 2, "05T10:00:00"),
        ("release", 20, "05T10:00:00.000001"),
    ]:
        move(api, line(product, warehouse, kind, quantity, occurred_at=_moment(moment)))

    assert at("01T00:00:00") == (0, 0, 0, 0)
    assert at("02T07:59:59.999999") == (0, 0, 0, 0)
    assert at("02T08:00:00") == (100, 0, 0, 0)
    assert at("02T11:59:59.999999") == (100, 0, 0, 0)
    assert at("02T12:00:00") == (90, 0, 0, 0)
    assert at("02T23:59:59.999999") == (90, 0, 0, 0)
    assert at("03T00:00:00") == (70, 20, 0, 0)
    assert at("03T23:59:59.999998") == (70, 20, 0, 0)
    assert at("03T23:59:59.999999") == (65, 20, 5, 0)
    assert at("04T12:00:00") == (65, 20, 5, 0)
    assert at("05T10:00:00") == (65, 20, 3, 0)
    assert at("05T10:00:00.000001") == (85, 0, 3, 0)
    now = datetime.now(UTC).isoformat()
    assert levels(api, as_of=now) == levels(api)
    past = level(api, product, warehouse, as_of=_moment("04T00:00:00"))
    assert (past["available"], past["damaged"], past["on_hand"]) == (65, 5, 90)


def test_what_is_posted_late_belongs_to_the_moment_it_happened(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10, occurred_at=_moment("10T10:00:00")))

    move(api, line(product, warehouse, "sale", 4, occurred_at=_moment("05T10:00:00")))

    key = (product["id"], warehouse["id"])
    assert levels(api, as_of=_moment("06T00:00:00"))[key] == (-4, 0, 0, 0)
    assert levels(api, as_of=_moment("11T00:00:00"))[key] == (6, 0, 0, 0)
    assert levels(api)[key] == (6, 0, 0, 0)


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("America/New_York", "2026-03-08"),  # an hour is left out at 02:00
        ("Europe/London", "2025-10-26"),  # an hour comes twice at 01:00
        ("Africa/Cairo", "2026-04-24"),  # an hour is left out at midnight
        ("America/Havana", "2025-11-02"),  # midnight comes twice
        ("Pacific/Kiritimati", "2026-01-01"),
        ("Asia/Kolkata", "2026-01-01"),
    ],
)
def test_moments_are_exact_on_the_odd_days_of_every_time_zone(
    api: Api, timezone: str, day: str
) -> None:
    local = new_company(api.http, timezone=timezone)
    product, warehouse = make_product(local), make_warehouse(local)
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=16)
    moments = [start + timedelta(minutes=30 * step) for step in range(110)]
    move(
        local,
        *[line(product, warehouse, "purchase", 1, occurred_at=m.isoformat()) for m in moments],
    )

    seen = [
        level(local, product, warehouse, as_of=moment.isoformat())["available"]
        for moment in moments[::7]
    ]

    assert seen == list(range(1, 111, 7))
    assert findings(local) == []
