"""Every status with every action: what is not allowed is refused and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from tests.factories import Api, done
from tests.purchasing.ordering import (
    Trade,
    act,
    attempt,
    came,
    everything_about,
    make_trade,
    ordered,
    path,
    read,
    receive,
    wrong_status,
)


def _partly(trade: Trade) -> Any:
    order = trade.approved()
    receive(trade.api, order, came(order, 0, good=1))
    return read(trade.api, order)


_MAKE: dict[str, Callable[[Trade], Any]] = {
    "draft": Trade.draft,
    "submitted": Trade.submitted,
    "approved": Trade.approved,
    "partially_received": _partly,
    "received": lambda trade: act(trade.api, trade.approved(), "receipts"),
    "cancelled": lambda trade: act(trade.api, trade.draft(), "cancellation"),
}
_ALLOWED: dict[str, dict[str, str]] = {
    "change": {"draft": "draft"},
    "annotate": {
        "draft": "draft",
        "approved": "approved",
        "partially_received": "partially_received",
    },
    "submission": {"draft": "submitted"},
    "approval": {"submitted": "approved"},
    "rejection": {"submitted": "draft"},
    "receipts": {"approved": "received", "partially_received": "received"},
    "cancellation": {
        "draft": "cancelled",
        "submitted": "cancelled",
        "approved": "cancelled",
        "partially_received": "received",
    },
}


def _try(trade: Trade, order: Any, action: str) -> Response:
    if action == "change":
        return trade.api.patch(path(order), {"lines": [ordered(trade.first, 3, "1")]})
    if action == "annotate":
        return trade.api.patch(path(order), {"notes": "Called"})
    answer: Response = attempt(trade.api, order, action)
    return answer


@pytest.mark.parametrize("status", _MAKE)
def test_an_order_allows_what_its_status_allows(api: Api, status: str) -> None:
    trade = make_trade(api)
    order = _MAKE[status](trade)
    for action, leads_to in _ALLOWED.items():
        assert order["status"] == status
        before = everything_about(api, order)

        answer = _try(trade, order, action)

        if status in leads_to:
            done(answer, 201 if action == "receipts" else 200)
            after = read(api, order)
            assert (after["status"], after["version"]) == (leads_to[status], order["version"] + 1)
            order = _MAKE[status](trade)
        else:
            wrong_status(answer, status, *leads_to)
            assert everything_about(api, order) == before
