"""Stock that documents hold: theirs alone while it lasts, and nobody's from the moment it is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stockflow.foundation.scope import WriteScope
from stockflow.stock import jobs
from stockflow.stock.jobs import RELEASE_EXPIRED, release_expired
from tests.factories import (
    Api,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.scopes import in_scope
from tests.stock.holding import ORDER, hold
from tests.stock.reading import findings, held, levels, movements, picture, posts, together

Shop = tuple[Any, Any]


@pytest.fixture
def shop(api: Api) -> Shop:
    """Ten of a product in a warehouse."""
    product, warehouse = make_product(api, low_stock_threshold=8), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 10))
    return product, warehouse


async def _open(scope: WriteScope) -> int:
    count = await scope.fetch_value(
        "SELECT count(*) FROM stock_reservations WHERE company_id = %s", (scope.company_id,)
    )
    return int(count)


def _listed(api: Api, product: Any) -> float:
    (item,) = done(api.get("/api/stock/levels", product_id=product["id"]))["items"]
    return float(item["available"])


def _listed_as_of_now(api: Api, product: Any) -> float:
    now = datetime.now(UTC).isoformat()
    (item,) = done(api.get("/api/stock/levels", product_id=product["id"], as_of=now))["items"]
    return float(item["available"])


def _summed(api: Api, product: Any) -> float:
    return float(done(api.get(f"/api/products/{product['id']}/stock"))["totals"]["available"])


def _of_bundles(api: Api, product: Any) -> float:
    bundle = make_bundle(api, (product, 1))
    return _summed(api, bundle)


def _not_low(api: Api, _product: Any) -> float:
    path = f"/api/companies/{api.company_id}/alerts/low-stock"
    assert done(api.get(path, include_no_sales=True))["alerts"] == []
    return 10


@pytest.mark.parametrize("read", [_listed, _listed_as_of_now, _summed, _of_bundles, _not_low])
def test_no_read_counts_what_is_over_although_no_job_came_by(
    api: Api, shop: Shop, read: Callable[[Api, Any], float]
) -> None:
    hold(api, *shop, 4, hours=-0.5)

    assert read(api.with_key("viewer") if read is not _of_bundles else api, shop[0]) == 10

    assert held(api, *shop) == (10, 0, 0, 0)
    assert in_scope(api, _open) == 0
    given_back = movements(api)[-2:]
    assert {(m["type"], m["bucket"], m["quantity_change"]) for m in given_back} == {
        ("release", "available", 4),
        ("release", "reserved", -4),
    }
    posting = done(api.get(f"/api/stock/postings/{given_back[0]['posting_id']}"))
    assert (posting["kind"], posting["user_id"], posting["api_key_id"]) == ("release", None, None)
    assert findings(api) == []


def test_what_is_not_over_stays_held(api: Api, shop: Shop) -> None:
    hold(api, *shop, 3)
    hold(api, *shop, 2, hours=1)
    before = movements(api)

    assert _listed(api, shop[0]) == 5
    assert (held(api, *shop), movements(api)) == ((5, 5, 0, 0), before)


def test_what_is_over_can_be_sold_at_once(api: Api, shop: Shop) -> None:
    hold(api, *shop, 10, hours=-0.001)
    move(api, line(*shop, "sale", 10))
    assert (held(api, *shop), in_scope(api, _open), findings(api)) == ((0, 0, 0, 0), 0, [])


def test_many_readers_at_once_give_it_back_once(api: Api, shop: Shop) -> None:
    hold(api, *shop, 4, hours=-1)
    answers = together(api, [("GET", "/api/stock/levels", None)] * 8)
    assert [done(answer)["items"][0]["available"] for answer in answers] == [10] * 8
    assert [m["type"] for m in movements(api)].count("release") == 2


def test_the_job_gives_back_what_is_over_and_asks_for_itself_as_long_as_some_ends(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_FREED_AT_ONCE", 2)
    warehouse = make_warehouse(api)
    products = [make_product(api) for _ in range(5)]
    move(api, *(line(product, warehouse, "purchase", 10) for product in products))
    for number, product in enumerate(products[:3]):
        hold(api, product, warehouse, 1 + number, hours=-1 - number)
    hold(api, products[3], warehouse, 4, hours=1)
    hold(api, products[4], warehouse, 5)

    async def reserved(scope: WriteScope) -> list[int]:
        cursor = await scope.execute(
            "SELECT reserved::int FROM stock_levels WHERE company_id = %s ORDER BY product_id",
            (scope.company_id,),
        )
        return [row[0] for row in await cursor.fetchall()]

    async def asked(scope: WriteScope) -> list[datetime]:
        cursor = await scope.execute(
            "DELETE FROM jobs WHERE company_id = %s AND name = %s RETURNING due_at",
            (scope.company_id, RELEASE_EXPIRED),
        )
        return [row[0] for row in await cursor.fetchall()]

    in_scope(api, release_expired)
    assert in_scope(api, reserved) == [1, 0, 0, 4, 5], "the oldest first, two at once"
    (at,) = in_scope(api, asked)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)

    in_scope(api, release_expired)
    assert in_scope(api, reserved) == [0, 0, 0, 4, 5]
    (at,) = in_scope(api, asked)
    assert timedelta(minutes=59) < at - datetime.now(UTC) < timedelta(hours=1)
    assert findings(api) == []


def test_the_job_is_over_when_nothing_ends(api: Api, shop: Shop) -> None:
    hold(api, *shop, 1)
    before = picture(api)

    in_scope(api, release_expired)

    async def asked(scope: WriteScope) -> bool:
        return bool(
            await scope.fetch_value(
                "SELECT EXISTS (SELECT FROM jobs WHERE company_id = %s)", (scope.company_id,)
            )
        )

    assert (in_scope(api, asked), picture(api)) == (False, before)


def test_what_documents_hold_is_not_released_by_hand(api: Api, shop: Shop) -> None:
    hold(api, *shop, 3)
    move(api, line(*shop, "reserve", 2))
    bundle = make_bundle(api, (shop[0], 3))
    before = picture(api)

    for lines, number, requested, left in [
        ([line(*shop, "release", 3)], 0, 3, 2),
        ([line(*shop, "release", 1.5), line(*shop, "release", 1)], 1, 1, 0.5),
        ([line(bundle, shop[1], "release", 1)], 0, 3, 2),
    ]:
        answer = api.post("/api/stock/movements", {"lines": lines})
        (short,) = refused(answer, 409, "reserved-by-documents")["lines"]
        assert short == {
            "line": number,
            "code": "reserved-by-documents",
            "detail": f"Documents hold 3 of the {3 + left:g} reserved.",
            "product_id": shop[0]["id"],
            "sku": shop[0]["sku"],
            "warehouse_id": shop[1]["id"],
            "bucket": "reserved",
            "requested": requested,
            "available": left,
        }
    too_many = api.post("/api/stock/movements", {"lines": [line(*shop, "release", 6)]})
    assert refused(too_many, 409, "insufficient-stock")["lines"][0]["available"] == 5
    assert picture(api) == before

    partly = move(api, line(*shop, "release", 3), line(*shop, "release", 2), mode="valid_rows")
    assert [error["code"] for error in partly["errors"]] == ["reserved-by-documents"]
    assert (held(api, *shop), findings(api)) == ((7, 3, 0, 0), [])


def test_two_who_release_by_hand_at_once_leave_documents_theirs(api: Api, shop: Shop) -> None:
    hold(api, *shop, 4)
    move(api, line(*shop, "reserve", 3))

    answers = together(api, posts(*[[line(*shop, "release", 2)]] * 4))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (held(api, *shop), findings(api)) == ((5, 5, 0, 0), [])


def test_a_reversal_takes_no_stock_that_documents_hold(api: Api, shop: Shop) -> None:
    by_hand = move(api, line(*shop, "reserve", 5))
    move(api, line(*shop, "release", 5))
    hold(api, *shop, 5)
    before = picture(api)

    path = f"/api/stock/postings/{by_hand['posting_id']}/reversal"
    (short,) = refused(api.post(path), 409, "reserved-by-documents")["lines"]
    assert (short["requested"], short["available"], picture(api)) == (5, 0, before)

    move(api, line(*shop, "reserve", 5))
    done(api.post(path), 201)
    assert (held(api, *shop), findings(api)) == ((5, 5, 0, 0), [])


def test_what_a_document_posted_names_it_and_is_left_to_it(api: Api, shop: Shop) -> None:
    posting_id = hold(api, *shop, 2)
    hold(api, *shop, 1, order=ORDER + 1)
    before = picture(api)

    answer = api.post(f"/api/stock/postings/{posting_id}/reversal")

    problem = refused(answer, 409, "posting-of-document")
    assert (problem["document_type"], problem["document_id"]) == ("sales_order", ORDER)
    assert (picture(api), len(levels(api))) == (before, 1)
    read = done(api.get(f"/api/stock/postings/{posting_id}"))
    assert (read["document_type"], read["document_id"]) == ("sales_order", ORDER)


def test_movements_are_found_by_their_document(api: Api, shop: Shop) -> None:
    first = hold(api, *shop, 2)
    second = hold(api, *shop, 1, order=ORDER + 1)
    again = hold(api, *shop, 1)

    def postings(**query: Any) -> list[int]:
        return [movement["posting_id"] for movement in movements(api, **query)]

    order = {"document_type": "sales_order"}
    assert postings(**order) == [first, first, second, second, again, again]
    assert postings(**order, document_id=ORDER) == [first, first, again, again]
    assert postings(**order, document_id=ORDER, bucket="reserved") == [first, again]
    assert postings(**order, document_id=ORDER + 2) == []
    assert postings(document_type="transfer", document_id=ORDER) == []
    assert postings(**order, document_id=ORDER, posting_id=first) == [first, first]
    assert {
        (m["document_type"], m["document_id"], m["reference"])
        for m in movements(api, document_type="sales_order", document_id=ORDER + 1)
    } == {("sales_order", ORDER + 1, f"SO-{ORDER + 1}")}
    refused(api.get("/api/stock/movements", document_id=1), 400, "invalid-request")
    refused(api.get("/api/stock/movements", document_type="poem"), 400, "invalid-request")


def test_the_end_of_a_reservation_is_not_taken_back(api: Api, shop: Shop) -> None:
    """Nobody would hold what went back to reserved."""
    product, warehouse = shop
    hold(api, product, warehouse, 4, hours=-0.5)
    assert held(api, product, warehouse) == (10, 0, 0, 0)
    (*_, freed) = movements(api, type="release")

    refused(
        api.post(f"/api/stock/postings/{freed['posting_id']}/reversal"), 409, "posting-of-document"
    )

    assert held(api, product, warehouse) == (10, 0, 0, 0)
