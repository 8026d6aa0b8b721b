"""What a count is of, and who sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.counting.counts import PATH, act, all_of, count, lines, of, open_count, read
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
from tests.scopes import archive


def _skus(api: Api, opened: Any, **query: Any) -> list[str]:
    return [one["sku"] for one in lines(api, opened, **query)]


def test_a_count_is_of_what_is_asked_for(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    a, b, c = (
        make_product(api, sku=sku, category=category)
        for sku, category in (("A", "Bolts"), ("B", "Bolts"), ("C", "Nuts"))
    )
    gone, elsewhere = make_product(api, sku="GONE"), make_product(api, sku="ELSEWHERE")
    for product in (c, b, a, gone):
        move(api, line(product, here, "recount", 0))
    move(api, line(elsewhere, there, "purchase", 1))
    archive(api, gone["id"])

    def found(**fields: Any) -> tuple[list[str], Any]:
        opened = open_count(api, here, **fields)
        assert opened["line_count"] == len(lines(api, opened))
        assert done(act(api, opened, "cancellation"))["status"] == "cancelled"
        return _skus(api, opened), (opened["category"], opened["abc_class"], opened["listed"])

    assert found() == (["A", "B", "C"], (None, None, False))
    assert found(category=" bolts ") == (["A", "B"], ("Bolts", None, False))
    assert found(category_id=c["category_id"]) == (["C"], ("Nuts", None, False))
    named = {"product_ids": [c["id"], c["id"]], "skus": ["a", "elsewhere"]}
    assert found(**named) == (["A", "C", "ELSEWHERE"], (None, None, True))
    assert found(category="Bolts", **named) == (["A"], ("Bolts", None, True))


def test_classes_follow_the_value_sold_in_the_warehouse_in_a_year(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    year_ago = (datetime.now(UTC) - timedelta(days=366)).isoformat()
    # value sold: 100 * 6 = 600, 10 * 20 = 200, 30 * 5 = 150, 5 * 10 = 50, nothing
    for sku, cost, sold in (("P1", 6, 100), ("P2", 20, 10), ("P3", 5, 30), ("P4", 10, 5)):
        product = make_product(api, sku=sku)
        move(
            api,
            line(product, here, "purchase", 1000, unit_cost=str(cost)),
            line(product, here, "sale", sold + 1),
            line(product, here, "return", 1),
        )
    old = make_product(api, sku="P5")
    move(
        api,
        line(old, here, "purchase", 900, unit_cost="90", occurred_at=year_ago),
        line(old, here, "sale", 800, occurred_at=year_ago),
        line(old, there, "purchase", 900, unit_cost="90"),
    )
    move(api, line(old, there, "sale", 900))

    found = {kind: _skus(api, open_count(api, here, abc_class=kind)) for kind in "ABC"}

    assert found == {"A": ["P1", "P2"], "B": ["P3"], "C": ["P4", "P5"]}
    assert _skus(api, open_count(api, there, abc_class="A")) == ["P5"]


def test_counts_of_nothing_and_of_unknown_things_are_refused(api: Api, other: Api) -> None:
    warehouse, product = make_warehouse(api), make_product(api, category="Bolts")
    old, theirs = make_product(api), make_product(other, category="Theirs")
    archive(api, old["id"])
    bundle = make_bundle(api, (product, 2))
    before = all_of(api)

    def answer(**fields: Any) -> Any:
        return api.post(PATH, {"warehouse_id": warehouse["id"], **fields})

    refused(answer(category="Bolts"), 409, "nothing-to-count")
    refused(answer(abc_class="A"), 409, "nothing-to-count")
    refused(answer(category="Nuts"), 404, "category-not-found")
    refused(answer(category_id=theirs["category_id"]), 404, "category-not-found")
    problem = refused(
        answer(product_ids=[product["id"], theirs["id"]], skus=["NO"]),
        404,
        "line-targets-not-found",
    )
    assert [one["line"] for one in problem["lines"]] == [1, 2]
    problem = refused(answer(product_ids=[old["id"], bundle["id"]]), 409, "lines-refused")
    assert [one["code"] for one in problem["lines"]] == ["product-archived", "bundle-has-no-stock"]
    refused(api.post(PATH, {"warehouse": "NOWHERE"}), 404, "warehouse-not-found")
    for wrong in (
        {},
        {"warehouse_id": 1, "warehouse": "A"},
        {"warehouse_id": 1, "category_id": 1, "category": "Bolts"},
        {"warehouse_id": 1, "abc_class": "D"},
        {"warehouse_id": 1, "blind": "yes"},
    ):
        refused(api.post(PATH, wrong), 400, "invalid-request")
    assert all_of(api) == before


def test_no_product_is_on_two_open_counts_of_a_warehouse(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    bolt, nut, new = (make_product(api, sku=sku) for sku in ("BOLT", "NUT", "NEW"))
    move(api, line(bolt, here, "purchase", 1), line(nut, here, "purchase", 1))
    first = open_count(api, here, skus=["BOLT"])
    before = all_of(api)

    problem = refused(api.post(PATH, {"warehouse_id": here["id"]}), 409, "counted-elsewhere")
    assert problem["documents"] == [
        {"id": first["id"], "number": first["number"], "skus": ["BOLT"]}
    ]
    assert all_of(api) == before

    open_count(api, there, skus=["BOLT"])
    done(act(api, first, "cancellation"))
    whole = open_count(api, here)
    apart = open_count(api, here, skus=["NEW"])
    before = all_of(api)
    body = {"lines": [of(bolt, 1), of(new, 1)]}
    problem = refused(act(api, whole, "lines", body), 409, "counted-elsewhere")
    assert [(one["id"], one["skus"]) for one in problem["documents"]] == [(apart["id"], ["NEW"])]
    assert all_of(api) == before
    count(api, apart, of(new, 1))
    done(act(api, apart, "submission"))
    count(api, whole, of(new, 1))


def test_a_blind_count_hides_what_is_expected_until_it_is_submitted(api: Api) -> None:
    done(api.patch("/api/company", {"count_approval_above": "1", "recount_above": 3}))
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", 10, unit_cost="2"))
    counter = api.with_key("staff")
    opened = done(counter.post(PATH, {"warehouse_id": warehouse["id"], "blind": True}), 201)
    assert (opened["different_count"], opened["difference_value"]) == (None, None)

    told = count(counter, opened, of(product, 5))

    hidden = ("expected", "difference", "difference_value", "unit_cost", "first_expected")
    assert [told["lines"][0][name] for name in hidden] == [None] * 5
    assert told["lines"][0]["status"] == "recount"
    assert lines(counter, opened) == told["lines"]
    refused(counter.get(f"{PATH}/{opened['id']}/lines", status="different"), 403, "blind-count")
    assert read(counter, opened)["difference_value"] is None
    assert done(counter.get(PATH))["items"][0]["different_count"] is None
    assert read(api, opened)["difference_value"] == "10.0000"
    (seen,) = lines(api, opened, status="different")
    assert (seen["expected"], seen["difference_value"]) == (10, "-10.0000")

    count(counter, opened, of(product, 6, recount=True))
    submitted = done(act(counter, opened, "submission"))
    assert (submitted["status"], submitted["difference_value"]) == ("submitted", "8.0000")
    (seen,) = lines(counter, opened)
    assert [seen[name] for name in hidden] == [10, -4, "-8.0000", "2.0000", 10]


def test_lists_are_filtered_and_paged(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    products = [make_product(api, sku=f"P{n}", name=f"Thing {n}") for n in range(5)]
    move(api, *[line(product, here, "purchase", 10) for product in products])
    old = open_count(api, here)
    done(act(api, old, "cancellation"))
    done(api.patch("/api/company", {"recount_above": 5}))
    new, far = open_count(api, here), open_count(api, there)
    count(api, new, of(products[0], 10), of(products[1], 9), of(products[2], 1))

    def counts(**query: Any) -> list[int]:
        return [one["id"] for one in done(api.get(PATH, **query))["items"]]

    assert counts() == [far["id"], new["id"], old["id"]]
    assert counts(status="cancelled") == [old["id"]]
    assert counts(warehouse_id=here["id"]) == [new["id"], old["id"]]
    assert counts(warehouse=there["code"].lower()) == [far["id"]]
    assert counts(q="-00002") == [new["id"]]
    assert counts(q="%") == []
    assert counts(created_from=far["created_at"]) == [far["id"]]
    assert counts(created_before=new["created_at"]) == [old["id"]]
    page = done(api.get(PATH, limit=2))
    assert counts(limit=2, cursor=page["next_cursor"]) == [old["id"]]
    refused(api.get(PATH, status="open"), 400, "invalid-request")
    refused(api.get(PATH, cursor="x"), 400, "invalid-cursor")

    assert _skus(api, new, status="counted") == ["P0", "P1"]
    assert _skus(api, new, status="recount") == ["P2"]
    assert _skus(api, new, status="uncounted") == ["P3", "P4"]
    assert _skus(api, new, status="different") == ["P1", "P2"]
    assert _skus(api, new, sku="p3") == ["P3"]
    assert _skus(api, new, q="Thing 4")[0] == "P4"
    assert _skus(api, new, limit=2) == ["P0", "P1", "P2", "P3", "P4"]
    refused(api.get(f"{PATH}/{new['id']}/lines", status="done"), 400, "invalid-request")


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_actors_limited_to_other_warehouses_see_and_do_nothing(api: Api, role: str) -> None:
    here, there, product = make_warehouse(api), make_warehouse(api), make_product(api)
    move(api, line(product, here, "purchase", 1))
    mine, theirs = open_count(api, there), open_count(api, here)
    limited = api.with_key(role, [there["id"]])
    before = all_of(api)

    refused(limited.post(PATH, {"warehouse_id": here["id"]}), 403, "warehouse-not-allowed")
    path = f"{PATH}/{theirs['id']}"
    for answer in (
        limited.get(path),
        limited.get(f"{path}/lines"),
        limited.patch(path, {"notes": "Mine"}),
        limited.post(f"{path}/lines", {"lines": [of(product, 1)]}),
        limited.post(f"{path}/submission"),
        limited.post(f"{path}/cancellation"),
    ):
        refused(answer, 404, "stock-count-not-found")
    assert [one["id"] for one in done(limited.get(PATH))["items"]] == [mine["id"]]
    assert done(limited.get(PATH, warehouse_id=here["id"]))["items"] == []
    assert all_of(api) == before
    assert read(limited, mine) == mine


def test_viewers_only_look_and_staff_do_not_approve(api: Api) -> None:
    opened = open_count(api, make_warehouse(api))
    viewer, staff = api.with_key("viewer"), api.with_key("staff")

    assert read(viewer, opened) == opened
    refused(viewer.post(PATH, {"warehouse": "A"}), 403, "forbidden")
    refused(viewer.patch(f"{PATH}/{opened['id']}", {}), 403, "forbidden")
    body = {"lines": [{"product_id": 1, "quantity": 1}]}
    refused(act(viewer, opened, "lines", body), 403, "forbidden")
    refused(act(viewer, opened, "submission"), 403, "forbidden")
    refused(act(viewer, opened, "cancellation"), 403, "forbidden")
    refused(act(staff, opened, "approval"), 403, "forbidden")
    refused(act(staff, opened, "rejection", {"reason": "No"}), 403, "forbidden")
    assert read(api, opened) == opened
