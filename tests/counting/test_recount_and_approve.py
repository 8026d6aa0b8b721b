"""Counting again, approval, and what each status allows."""

from typing import Any

import pytest

from tests.counting.counts import PATH, act, all_of, count, line_of, of, open_count, read, sums
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.stock.reading import findings, held, movements


def _stocked(api: Api, quantity: int = 10, cost: str = "2") -> tuple[Any, Any]:
    warehouse, product = make_warehouse(api), make_product(api)
    move(api, line(product, warehouse, "purchase", quantity, unit_cost=cost))
    return warehouse, product


def test_a_large_difference_is_counted_twice(api: Api) -> None:
    done(api.patch("/api/company", {"recount_above": 2}))
    warehouse, product = _stocked(api)
    opened = open_count(api, warehouse)
    assert opened["recount_above"] == 2
    done(api.patch("/api/company", {"recount_above": None}))

    for counted, status in ((12, "counted"), (7, "recount"), (8, "counted"), (7, "recount")):
        assert count(api, opened, of(product, counted))["lines"][0]["status"] == status
    assert sums(read(api, opened)) == (1, 1, 1, 1, "6.0000")
    before = all_of(api)
    problem = refused(act(api, opened, "submission"), 409, "recount-due")
    assert (problem["line_count"], problem["lines"][0]["product_id"]) == (1, product["id"])
    assert all_of(api) == before

    move(api, line(product, warehouse, "sale", 1))
    for _ in range(2):
        (told,) = count(api, opened, of(product, 4, recount=True))["lines"]
        assert (told["status"], told["times_counted"], told["counted"]) == ("counted", 2, 4)
        assert (told["expected"], told["difference"]) == (9, -5)
        assert (told["first_expected"], told["first_counted"]) == (10, 7)
    assert sums(read(api, opened)) == (1, 1, 0, 1, "10.0000")
    body = {"lines": [of(product, 9)]}
    problem = refused(act(api, opened, "lines", body), 409, "lines-refused")
    assert problem["lines"][0]["code"] == "recounted-already"
    (told,) = count(api, opened, of(product, 1, mode="add", recount=True))["lines"]
    assert told["counted"] == 5

    done(act(api, opened, "submission"))
    assert held(api, product, warehouse) == (5, 0, 0, 0)


def test_differences_worth_more_than_the_limit_wait_for_somebody_else(api: Api) -> None:
    done(api.patch("/api/company", {"count_approval_above": "5"}))
    warehouse, product = _stocked(api)
    other = make_product(api, cost_price="1", currency="GBP")
    counter, manager = api.with_key("manager"), api.with_key("manager")
    opened = open_count(counter, warehouse)
    told = count(counter, opened, of(product, 8), of(other, 2))
    assert sums(told["count"]) == (2, 2, 0, 2, "6.0000")

    submitted = done(act(counter, opened, "submission"))

    assert (submitted["status"], submitted["posting_id"]) == ("submitted", None)
    assert held(api, product, warehouse) == (10, 0, 0, 0)
    before = all_of(api)
    refused(act(counter, opened, "approval"), 403, "own-count")
    refused(act(manager, opened, "approval", If_Match='"1"'), 412, "stale-version")
    refused(act(counter, opened, "lines", {"lines": [of(product, 9)]}), 409, "wrong-status")
    assert all_of(api) == before

    approved = done(act(manager, opened, "approval", If_Match=f'"{submitted["version"]}"'))
    assert (approved["status"], approved["version"]) == ("posted", submitted["version"] + 1)
    assert held(api, product, warehouse) == (8, 0, 0, 0)
    assert held(api, other, warehouse) == (2, 0, 0, 0)
    assert findings(api) == []


def test_who_counted_alone_does_not_approve_what_another_submits(api: Api) -> None:
    done(api.patch("/api/company", {"count_approval_above": "0"}))
    warehouse, product = _stocked(api)
    second = make_product(api)
    one, two = api.with_key("manager"), api.with_key("manager")
    opened = open_count(api, warehouse)
    count(one, opened, of(product, 9))
    done(act(two, opened, "submission"))

    refused(act(one, opened, "approval"), 403, "own-count")
    refused(act(two, opened, "approval"), 403, "own-count")
    rejected = done(act(one, opened, "rejection", {"reason": "Alone"}))
    assert (rejected["status"], rejected["rejection_reason"]) == ("counting", "Alone")
    assert (rejected["submitted_at"], rejected["submitted_by_api_key_id"]) == (None, None)
    count(api, opened, of(second, 1))
    done(act(two, opened, "submission"))

    assert done(act(one, opened, "approval"))["status"] == "posted"


def test_a_limit_is_allowed_itself(api: Api) -> None:
    done(api.patch("/api/company", {"count_approval_above": "4"}))
    warehouse, product = _stocked(api)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 12))

    assert done(act(api.with_key("staff"), opened, "submission"))["status"] == "posted"
    assert held(api, product, warehouse) == (12, 0, 0, 0)


def test_an_approval_that_cannot_be_posted_leaves_the_count_submitted(api: Api) -> None:
    done(api.patch("/api/company", {"count_approval_above": "0"}))
    warehouse, product = _stocked(api)
    manager = api.with_key("manager")
    opened = open_count(api, warehouse)
    count(manager, opened, of(product, 1))
    count(api, opened, of(make_product(api), 1))
    done(act(api, opened, "submission"))
    move(api, line(product, warehouse, "sale", 5))
    before = all_of(api)

    problem = refused(act(manager, opened, "approval"), 409, "insufficient-stock")

    assert [(one["requested"], one["available"]) for one in problem["lines"]] == [(9, 5)]
    assert all_of(api) == before
    done(act(manager, opened, "rejection", {"reason": "Sold meanwhile"}))
    count(manager, opened, of(product, 1))
    done(act(api, opened, "submission"))
    done(act(manager, opened, "approval"))
    assert held(api, product, warehouse) == (1, 0, 0, 0)


ACTIONS: dict[str, tuple[str, Any]] = {
    "change": ("PATCH", {"notes": "Changed"}),
    "lines": ("POST", None),
    "submission": ("POST", {}),
    "approval": ("POST", None),
    "rejection": ("POST", {"reason": "No"}),
    "cancellation": ("POST", None),
}
ALLOWED = {
    "counting": {"change": "counting", "lines": "counting", "submission": "submitted"},
    "submitted": {"approval": "posted", "rejection": "counting"},
    "posted": {},
    "cancelled": {},
}
for _status in ("counting", "submitted"):
    ALLOWED[_status]["cancellation"] = "cancelled"


@pytest.mark.parametrize("status", ALLOWED)
def test_each_status_allows_its_actions_only(api: Api, status: str) -> None:
    done(api.patch("/api/company", {"count_approval_above": "0"}))
    manager, counter = api.with_key("manager"), api.with_key("staff")
    for action, (method, body) in ACTIONS.items():
        warehouse, product = _stocked(api)
        opened = open_count(counter, warehouse)
        count(counter, opened, of(product, 9))
        if status in ("submitted", "posted"):
            done(act(counter, opened, "submission"))
        if status == "posted":
            done(act(manager, opened, "approval"))
        if status == "cancelled":
            done(act(counter, opened, "cancellation"))
        before = all_of(api)

        path = f"{PATH}/{opened['id']}" + ("" if action == "change" else f"/{action}")
        sent = {"lines": [of(product, 8)]} if action == "lines" else body
        answer = manager.request(method, path, json=sent)

        if action in ALLOWED[status]:
            found = done(answer)
            assert found.get("count", found)["status"] == ALLOWED[status][action], action
        else:
            problem = refused(answer, 409, "wrong-status")
            assert problem["status"] == 409
            assert status not in problem["allowed_in"]
            assert all_of(api) == before, action


def test_unknown_counts_and_stale_versions_are_refused(api: Api, other: Api) -> None:
    warehouse, product = _stocked(api)
    opened = open_count(api, warehouse)
    count(api, opened, of(product, 9))
    before = all_of(api)

    for action, (method, body) in ACTIONS.items():
        sent = {"lines": [of(product, 8)]} if action == "lines" else body
        path = f"{PATH}/{opened['id']}" + ("" if action == "change" else f"/{action}")
        stale = api.request(method, path, json=sent, headers={"If-Match": '"1"'})
        refused(stale, 412, "stale-version")
        foreign = other.request(method, path, json=sent)
        refused(foreign, 404, "stock-count-not-found")
    refused(other.get(f"{PATH}/{opened['id']}/lines"), 404, "stock-count-not-found")
    refused(act(api, opened, "rejection", {}), 400, "invalid-request")
    refused(act(api, opened, "submission", {"uncounted": "half"}), 400, "invalid-request")
    assert all_of(api) == before


def test_steps_sent_again_with_their_key_happen_once(api: Api) -> None:
    warehouse, product = _stocked(api)
    body = {"warehouse_id": warehouse["id"]}
    first = api.post(PATH, body, Idempotency_Key="open")
    assert first.json() == api.post(PATH, body, Idempotency_Key="open").json()
    opened = done(first, 201)
    count(api, opened, of(product, 9))

    answers = [act(api, opened, "submission", Idempotency_Key="end") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert held(api, product, warehouse) == (9, 0, 0, 0)
    assert len(movements(api, type="recount")) == 1
    assert line_of(api, opened, product)["counted"] == 9
