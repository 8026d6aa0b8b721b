"""Listing movements: orders, filters and pages."""

from typing import Any

import pytest

from tests.factories import Api, Json, done, line, make_product, make_warehouse, move
from tests.stock.reading import everything, movements

PATH = "/api/stock/movements"


def _ids(items: list[Json]) -> list[int]:
    return [item["id"] for item in items]


@pytest.fixture
def trade(api: Api) -> Json:
    """Five movements: 0, 1 and 2 in one posting, then 3 and 4 (a reservation of one line)."""
    red, blue = make_product(api, sku="RED"), make_product(api, sku="BLUE")
    london, paris = make_warehouse(api, code="LON"), make_warehouse(api, code="PAR")
    first = move(
        api,
        line(red, london, "purchase", 10, reference="PO-1", occurred_at="2026-01-01T00:00:00Z"),
        line(blue, paris, "purchase", 10, reference="PO-2", occurred_at="2026-01-03T00:00:00Z"),
        line(red, london, "sale", 1, reference="PO-1", occurred_at="2026-01-02T00:00:00Z"),
    )
    second = move(api, line(red, london, "reserve", 4, occurred_at="2026-01-04T00:00:00Z"))
    return {
        "red": red["id"],
        "paris": paris["id"],
        "second": second["posting_id"],
        "ids": _ids(first["movements"] + second["movements"]),
    }


def test_movements_are_listed_newest_first_unless_asked_otherwise(api: Api, trade: Json) -> None:
    assert _ids(everything(api, PATH)) == trade["ids"][::-1]
    assert _ids(everything(api, PATH, order="newest")) == trade["ids"][::-1]
    assert _ids(everything(api, PATH, order="oldest")) == trade["ids"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"product_id": "red"}, [0, 2, 3, 4]),
        ({"sku": " red "}, [0, 2, 3, 4]),
        ({"sku": "none"}, []),
        ({"warehouse_id": "paris"}, [1]),
        ({"warehouse": "lon"}, [0, 2, 3, 4]),
        ({"posting_id": "second"}, [3, 4]),
        ({"posting_id": 2**63 - 1}, []),
        ({"type": "purchase"}, [0, 1]),
        ({"type": "transfer_in"}, []),
        ({"bucket": "available"}, [0, 1, 2, 3]),
        ({"bucket": "reserved"}, [4]),
        ({"reference": "PO-1"}, [0, 2]),
        ({"reference": "po-1"}, []),
        ({"occurred_from": "2026-01-02T00:00:00Z"}, [1, 2, 3, 4]),
        ({"occurred_before": "2026-01-02T00:00:00Z"}, [0]),
        (
            {
                "occurred_from": "2026-01-02T00:00:00Z",
                "occurred_before": "2026-01-03T01:00:00+01:00",
            },
            [2],
        ),
        ({"sku": "RED", "type": "sale", "reference": "PO-1", "after_id": 0}, [2]),
    ],
)
def test_filters_narrow_the_list(
    api: Api, trade: Json, query: dict[str, Any], found: list[int]
) -> None:
    asked = {name: trade.get(value, value) for name, value in query.items()}

    assert _ids(movements(api, **asked)) == [trade["ids"][place] for place in found]


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_follow_each_other_without_gap_or_repetition(
    api: Api, trade: Json, order: str, limit: int
) -> None:
    expected = trade["ids"] if order == "oldest" else trade["ids"][::-1]

    assert _ids(everything(api, PATH, order=order, limit=limit)) == expected


def test_a_page_of_the_newest_is_not_shifted_by_what_comes_after(api: Api, trade: Json) -> None:
    first = done(api.get(PATH, limit=2))
    move(api, {"sku": "RED", "warehouse": "LON", "type": "purchase", "quantity": 1})

    second = done(api.get(PATH, limit=3, cursor=first["next_cursor"]))

    assert _ids(first["items"] + second["items"]) == trade["ids"][::-1]
    assert second["next_cursor"] is None


def test_after_id_goes_through_pages_too(api: Api, trade: Json) -> None:
    ids = trade["ids"]

    assert _ids(everything(api, PATH, after_id=0, limit=2)) == ids
    assert _ids(everything(api, PATH, after_id=ids[1], limit=2)) == ids[2:]
    assert _ids(everything(api, PATH, after_id=ids[4])) == []
    assert _ids(everything(api, PATH, after_id=2**63 - 1)) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 1001}, "/query/limit"),
        ({"order": "sideways"}, "/query/order"),
        ({"type": "theft"}, "/query/type"),
        ({"bucket": "lost"}, "/query/bucket"),
        ({"product_id": -1}, "/query/product_id"),
        ({"posting_id": 2**63}, "/query/posting_id"),
        ({"after_id": -1}, "/query/after_id"),
        ({"after_id": 2**63}, "/query/after_id"),
        ({"reference": "a\x00"}, "/query/reference"),
        ({"reference": "r" * 256}, "/query/reference"),
        ({"occurred_from": "0000-01-01T00:00:00Z"}, "/query/occurred_from"),
        ({"occurred_before": "soon"}, "/query/occurred_before"),
        ({"colour": "red"}, "/query/colour"),
        ({"cursor": "x"}, "/query/cursor"),
        ({"cursor": "WyJsZXZlbHMiLDEsMV0"}, "/query/cursor"),
    ],
)
def test_wrong_parameters_are_refused(api: Api, query: dict[str, Any], pointer: str) -> None:
    answer = api.get(PATH, **query)

    assert answer.status_code == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-12:00"]
)
@pytest.mark.usefixtures("trade")
def test_moments_at_the_ends_of_time_are_answered(api: Api, moment: str) -> None:
    past = moment.startswith("0001")

    assert len(movements(api, occurred_from=moment)) == (5 if past else 0)
    assert len(movements(api, occurred_before=moment)) == (0 if past else 5)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "2026-01-02T00:00:00", "9999-12-31T23:59:59-23:59"]
)
def test_strange_moments_are_no_error_of_ours(api: Api, moment: str) -> None:
    for name in ("occurred_from", "occurred_before"):
        assert api.get(PATH, **{name: moment}).status_code in (200, 400)


@pytest.mark.usefixtures("trade")
def test_a_cursor_of_the_other_order_is_refused(api: Api) -> None:
    cursor = done(api.get(PATH, limit=2))["next_cursor"]

    answer = api.get(PATH, order="oldest", cursor=cursor)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid-cursor"


def test_other_companies_movements_are_not_listed(api: Api, other: Api, trade: Json) -> None:
    assert movements(other) == []
    assert movements(other, product_id=trade["red"]) == []
    assert movements(other, after_id=0) == []
    assert len(movements(api)) == 5
