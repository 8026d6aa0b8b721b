"""Adjustment requests as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stockflow.adjustments.queries import RequestRow
from stockflow.companies.people import Author
from stockflow.stock.commands import MovementType
from stockflow.stock.presenting import BY_HAND
from stockflow.web.lists import Column, Listing

TYPES: Final = [
    (kind, text)
    for kind, text in BY_HAND
    if kind in (MovementType.ADJUSTMENT, MovementType.WRITE_OFF)
]
"""What one may ask for, as one would say it."""


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request with the names of who asked and decided; null where nobody has."""

    row: RequestRow
    warehouses: str
    asked_by: str
    decided_by: str | None


def listed(
    rows: Sequence[RequestRow], codes: Mapping[int, str], people: Mapping[Author, str]
) -> list[ListedRequest]:
    """`codes` are those of warehouses by their ids."""
    return [
        ListedRequest(
            row,
            ", ".join(sorted(codes[place] for place in row.warehouse_ids if place in codes)),
            people[row.requested_by_user_id, row.requested_by_api_key_id],
            people[row.decided_by_user_id, row.decided_by_api_key_id] if row.decided_at else None,
        )
        for row in rows
    ]


def path_of(row: RequestRow) -> str:
    return f"/adjustments/{row.id}"


LISTING: Final = Listing[ListedRequest](
    "adjustments",
    (
        Column(
            "number", "Number", lambda one: one.row.number, "code", lambda one: path_of(one.row)
        ),
        Column("status", "Status", lambda one: one.row.status, "status"),
        Column("reason", "Reason", lambda one: one.row.reason),
        Column("warehouses", "Warehouses", lambda one: one.warehouses, "code"),
        Column("line_count", "Lines", lambda one: one.row.line_count, "number"),
        Column("value", "Value", lambda one: one.row.value, "total"),
        Column("asked_by", "Asked by", lambda one: one.asked_by),
        Column("created_at", "Asked", lambda one: one.row.created_at, "moment"),
        Column("decided_by", "Decided by", lambda one: one.decided_by, shown=False),
        Column("decided_at", "Decided", lambda one: one.row.decided_at, "moment", shown=False),
        Column(
            "decision_reason", "Why decided so", lambda one: one.row.decision_reason, shown=False
        ),
    ),
)
