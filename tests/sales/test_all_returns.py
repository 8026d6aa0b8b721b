"""`GET /api/returns`: the returns of all orders, as the page lists them."""

from typing import Any

from tests.factories import Api, done, make_warehouse, refused
from tests.sales.returning import asked, returns_of, shipped, stocked, take_back
from tests.stock.reading import everything

PATH = "/api/returns"


def numbers(api: Api, **query: Any) -> list[str]:
    return [row["number"] for row in done(api.get(PATH, **query))["items"]]


def test_the_returns_of_all_orders_are_listed_newest_first(api: Api) -> None:
    product, _ = stocked(api)
    first, second = shipped(api, (product, 3)), shipped(api, (product, 5))
    one = take_back(api, first, asked(first, good=1, damaged=2), reference="R-1", reason="Too big")
    two = take_back(api, second, asked(second, refused=4))

    listed = done(api.with_key("viewer").get(PATH))

    assert listed == {
        "items": [
            {
                **done(api.get(returns_of(order)))["items"][0],
                "customer_id": order["customer_id"],
                "customer_name": "Customer",
            }
            for order in (second, first)
        ],
        "next_cursor": None,
    }
    assert [row["id"] for row in listed["items"]] == [two["id"], one["id"]]
    told = ("order_number", "reference", "reason", "line_count", "good", "damaged", "refused")
    assert [[row[name] for name in told] for row in listed["items"]] == [
        [second["number"], None, None, 1, 0, 0, 4],
        [first["number"], "R-1", "Too big", 1, 1, 2, 0],
    ]


def test_the_list_is_narrowed(api: Api) -> None:
    product, _ = stocked(api)
    first, second = shipped(api, (product, 3)), shipped(api, (product, 5))
    one = take_back(api, first, asked(first, good=1), reference="R_1")["number"]
    row = take_back(api, second, asked(second, good=2))
    two, at = row["number"], row["created_at"]

    assert numbers(api, q="r_1") == [one]
    assert numbers(api, q=f" {second['number'].lower()} ") == [two]
    assert numbers(api, q=one) == [one]
    assert numbers(api, q="%") == []
    assert numbers(api, customer_id=first["customer_id"]) == [one]
    assert numbers(api, created_from=at) == [two]
    assert numbers(api, created_before=at) == [one]


def test_the_list_has_pages(api: Api) -> None:
    product, _ = stocked(api)
    order = shipped(api, (product, 3))
    made = [take_back(api, order, asked(order, good=1))["number"] for _ in range(3)]

    first = done(api.get(PATH, limit=2))

    assert [row["number"] for row in first["items"]] == [made[2], made[1]]
    assert numbers(api, limit=2, cursor=first["next_cursor"]) == [made[0]]
    assert [row["number"] for row in everything(api, PATH, limit=1)] == made[::-1]
    of_order = done(api.get(returns_of(order), limit=2))["next_cursor"]
    refused(api.get(PATH, cursor=of_order), 400, "invalid-cursor")
    refused(api.get(PATH, limit=0), 400, "invalid-request")
    refused(api.get(PATH, created_from="yesterday"), 400, "invalid-request")


def test_who_is_limited_to_warehouses_sees_only_returns_within_them(api: Api) -> None:
    product, warehouse = stocked(api)
    elsewhere = make_warehouse(api)
    order = shipped(api, (product, 3))
    here = take_back(api, order, asked(order, good=1))["number"]
    there = take_back(api, order, asked(order, good=1, warehouse_id=elsewhere["id"]))["number"]

    def seen(*places: Any) -> list[str]:
        return numbers(api.with_key("viewer", [place["id"] for place in places]))

    assert seen(warehouse) == [here]
    assert seen(warehouse, elsewhere) == [there, here]
    assert seen(elsewhere) == []


def test_returns_of_other_companies_are_not_listed(api: Api, other: Api) -> None:
    product, _ = stocked(other)
    order = shipped(other, (product, 3))
    made = take_back(other, order, asked(order, good=1))
    assert numbers(api) == []
    assert numbers(api, q=made["number"]) == []
    assert numbers(api, customer_id=order["customer_id"]) == []
    assert numbers(other) == [made["number"]]
