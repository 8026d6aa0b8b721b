"""What is asked for: kept, shown, audited, and posted as it was when somebody else approves it."""

from typing import Any

from httpx2 import Response

from tests.adjustments.asking import PATH, at, limit
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.scopes import audit_of
from tests.stock.reading import findings, held, movements, picture

_MOMENT = "2026-01-02T03:04:05Z"


def _places(api: Api) -> tuple[Any, Any, Any]:
    """Two products and a warehouse, where 6 of the first are whole and 4 damaged; all needs approval."""
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    move(
        api,
        line(first, warehouse, "purchase", 10, unit_cost="2.50"),
        line(first, warehouse, "damage", 4),
    )
    limit(api, quantity=1)
    return first, second, warehouse


def _ask_for_three(api: Api, first: Any, second: Any, warehouse: Any) -> Response:
    return api.post(
        PATH,
        {
            "reason": "Stocktaking",
            "lines": [
                line(first, warehouse, "write_off", 3, unit_cost="9", reason="Broken"),
                {
                    "sku": second["sku"],
                    "warehouse": warehouse["code"],
                    "type": "adjustment",
                    "quantity": 2.5,
                    "unit_cost": "1.10",
                    "unit_price": "3",
                    "reference": "Box 7",
                    "occurred_at": _MOMENT,
                    "expected_quantity": 0,
                },
                line(first, warehouse, "adjustment", -1),
            ],
        },
    )


def test_what_is_asked_for_is_kept_and_no_stock_moves(api: Api) -> None:
    first, second, warehouse = _places(api)
    staff = api.with_key("staff")
    before = picture(api)

    answer = _ask_for_three(staff, first, second, warehouse)

    made = done(answer, 201)
    assert answer.headers["location"] == at(made)
    assert done(staff.get(at(made))) == made
    assert {name: value for name, value in made.items() if name != "lines"} == {
        "id": made["id"],
        "number": f"AR-{made['created_at'][:4]}-00001",
        "status": "waiting",
        "reason": "Stocktaking",
        "warehouse_ids": [warehouse["id"]],
        "line_count": 3,
        "value": "12.7500",
        "requested_by_user_id": None,
        "requested_by_api_key_id": made["requested_by_api_key_id"],
        "decided_by_user_id": None,
        "decided_by_api_key_id": None,
        "decided_at": None,
        "decision_reason": None,
        "posting_id": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    assert made["requested_by_api_key_id"] is not None
    assert picture(api) == before


def test_the_lines_asked_for_are_kept_with_their_value(api: Api) -> None:
    first, second, warehouse = _places(api)

    made = done(_ask_for_three(api.with_key("staff"), first, second, warehouse), 201)

    nothing = dict.fromkeys(
        ("unit_cost", "unit_price", "reason", "reference", "occurred_at", "expected_quantity")
    )
    place = {"warehouse_id": warehouse["id"], "warehouse_code": warehouse["code"]}

    def of(product: Any, number: int) -> dict[str, Any]:
        return {
            **nothing,
            **place,
            "id": made["lines"][number]["id"],
            "line": number,
            "product_id": product["id"],
            "sku": product["sku"],
            "product_name": product["name"],
        }

    assert made["lines"] == [
        {
            **of(first, 0),
            "type": "write_off",
            "quantity": 3,
            "unit_cost": "9.0000",
            "unit_value": "2.5000",
            "value": "7.5000",
            "reason": "Broken",
        },
        {
            **of(second, 1),
            "type": "adjustment",
            "quantity": 2.5,
            "unit_cost": "1.1000",
            "unit_price": "3.0000",
            "unit_value": "1.1000",
            "value": "2.7500",
            "reference": "Box 7",
            "occurred_at": _MOMENT,
            "expected_quantity": 0,
        },
        {
            **of(first, 2),
            "type": "adjustment",
            "quantity": -1,
            "unit_value": "2.5000",
            "value": "2.5000",
        },
    ]


def test_a_request_is_audited_with_what_is_asked_for(api: Api) -> None:
    first, second, warehouse = _places(api)

    made = done(_ask_for_three(api.with_key("staff"), first, second, warehouse), 201)

    content = [
        [first["id"], warehouse["id"], "write_off", "3"],
        [second["id"], warehouse["id"], "adjustment", "2.5"],
        [first["id"], warehouse["id"], "adjustment", "-1"],
    ]
    changes = {
        "number": [None, made["number"]],
        "reason": [None, "Stocktaking"],
        "value": [None, "12.7500"],
        "lines": [None, content],
    }
    assert audit_of(api, "adjustment_request") == [(made["id"], "created", changes)]


def test_what_is_approved_is_posted_as_it_was_asked_for(api: Api) -> None:
    first, second, warehouse = _places(api)
    made = done(_ask_for_three(api.with_key("staff"), first, second, warehouse), 201)

    approved = done(api.post(at(made, "approval"), {"reason": "Seen"}, If_Match='"1"'))

    decision = [approved[name] for name in ("status", "decision_reason", "version", "lines")]
    assert decision == ["approved", "Seen", 2, made["lines"]]
    assert None not in (approved["decided_by_api_key_id"], approved["decided_at"])
    posted = movements(api, posting_id=approved["posting_id"])
    names = ("line", "type", "bucket", "quantity_change", "reason", "reference", "unit_price")
    assert [tuple(row[n] for n in names) for row in posted] == [
        (0, "write_off", "damaged", -3, "Broken", made["number"], None),
        (1, "adjustment", "available", 2.5, "Stocktaking", "Box 7", "3.0000"),
        (2, "adjustment", "available", -1, "Stocktaking", made["number"], None),
    ]
    assert posted[1]["occurred_at"] == _MOMENT
    assert held(api, first, warehouse) == (5, 0, 1, 0)
    assert held(api, second, warehouse) == (2.5, 0, 0, 0)
    decided = {
        "status": ["waiting", "approved"],
        "decision_reason": [None, "Seen"],
        "posting_id": [None, approved["posting_id"]],
    }
    assert audit_of(api, "adjustment_request")[1:] == [(made["id"], "approved", decided)]
    assert findings(api) == []
