"""Who may approve which order, and what each step leaves behind."""

from typing import Any

import pytest

from tests.factories import Api, done, refused
from tests.purchasing.ordering import (
    act,
    attempt,
    everything_about,
    make_trade,
    ordered,
    path,
    read,
    set_rules,
)
from tests.scopes import audit_of


@pytest.mark.parametrize(
    ("limit", "role", "own", "code"),
    [
        # the order comes to 30
        (None, "staff", True, None),
        (None, "staff", False, None),
        ("30", "staff", True, None),
        ("29.99", "staff", False, "forbidden"),
        ("29.99", "staff", True, "forbidden"),
        ("29.99", "manager", False, None),
        ("29.99", "manager", True, "own-order"),
        ("0", "owner", True, "own-order"),
        ("0", "admin", False, None),
        (None, "viewer", False, "forbidden"),
    ],
)
def test_above_the_limit_a_manager_who_did_not_make_the_order_approves(
    api: Api, limit: str | None, role: str, own: bool, code: str | None
) -> None:
    set_rules(api, purchase_approval_above=limit)
    trade = make_trade(api)
    approver = api.with_key(role)
    author = approver if own else api.with_key("staff")
    order = done(author.post("/api/purchase-orders", trade.body()), 201)
    assert order["total"] == "30.0000"
    act(author, order, "submission")
    before = everything_about(api, order)

    answer = attempt(approver, order, "approval")

    if code is None:
        assert done(answer)["status"] == "approved"
    else:
        problem = refused(answer, 403, code)
        if code == "own-order":
            assert (problem["total"], float(problem["limit"])) == ("30.0000", float(limit or 0))
        assert everything_about(api, order) == before


def test_whoever_edited_an_order_is_one_of_its_authors(api: Api) -> None:
    set_rules(api, purchase_approval_above="10")
    trade = make_trade(api)
    first, second, third = (api.with_key("manager") for _ in range(3))
    order = done(first.post("/api/purchase-orders", trade.body()), 201)
    done(second.patch(path(order), {"lines": [ordered(trade.first, 100, "2.50")]}))
    done(first.patch(path(order), {"notes": "Last edited by its creator"}))
    act(first, order, "submission")
    before = everything_about(api, order)

    for author in (first, second):
        refused(attempt(author, order, "approval"), 403, "own-order")
    assert everything_about(api, order) == before
    approved = act(third, order, "approval")

    keys = [entry["id"] for entry in done(api.get("/api/api-keys"))["items"]]
    assert approved["created_by_api_key_id"] == keys[1]
    assert approved["approved_by_api_key_id"] == keys[3]


def test_an_edit_that_changes_nothing_makes_no_author(api: Api) -> None:
    set_rules(api, purchase_approval_above="10")
    trade = make_trade(api)
    order, manager = trade.draft(), api.with_key("manager")
    done(manager.patch(path(order), {"notes": None}))
    act(api, order, "submission")

    assert act(manager, order, "approval")["status"] == "approved"


def test_a_rejected_order_is_a_draft_again(api: Api) -> None:
    trade = make_trade(api)
    order = trade.submitted()
    assert order["submitted_at"] is not None

    rejected = act(api, order, "rejection", If_Match='"2"')

    assert (rejected["status"], rejected["rejection_reason"]) == ("draft", "Too dear")
    assert rejected["submitted_at"] is None
    done(api.patch(path(order), {"lines": [ordered(trade.first, 1, "2")]}))
    again = act(api, order, "submission")
    assert (again["status"], again["rejection_reason"], again["version"]) == ("submitted", None, 5)
    assert [
        (action, changes.get("status")) for _, action, changes in audit_of(api, "purchase_order")
    ] == [
        ("created", None),
        ("submitted", ["draft", "submitted"]),
        ("rejected", ["submitted", "draft"]),
        ("changed", None),
        ("submitted", ["draft", "submitted"]),
    ]
    refused(attempt(api, again, "rejection", {"reason": " "}), 400, "invalid-request")


def test_each_step_can_be_bound_to_the_version_that_was_read(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft()
    before = everything_about(api, order)

    for action in ("submission", "cancellation"):
        problem = refused(attempt(api, order, action, If_Match='"7"'), 412, "stale-version")
        assert problem["current_version"] == 1
    assert everything_about(api, order) == before
    act(api, order, "submission", If_Match='"1"')
    before = everything_about(api, order)
    for action in ("approval", "rejection", "cancellation"):
        refused(attempt(api, order, action, If_Match='"1"'), 412, "stale-version")
    assert everything_about(api, order) == before
    act(api, order, "approval", If_Match='"2"')
    before = everything_about(api, order)
    refused(attempt(api, order, "receipts", If_Match='"2"'), 412, "stale-version")
    assert everything_about(api, order) == before
    act(api, order, "receipts", If_Match='"3"')
    assert read(api, order)["version"] == 4


def test_a_cancelled_order_tells_why(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    cancelled: Any = act(api, order, "cancellation")

    assert (cancelled["status"], cancelled["cancellation_reason"]) == ("cancelled", "Not needed")
    assert cancelled["cancelled_at"] is not None
    assert cancelled["received_at"] is None
    assert [(line["cancelled"], line["open_quantity"]) for line in cancelled["lines"]] == [
        (10, 0),
        (4, 0),
    ]
    assert cancelled["total"] == "30.0000"
