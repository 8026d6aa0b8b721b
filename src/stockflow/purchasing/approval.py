"""Who may approve a purchase order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from stockflow.companies.queries import CompanyRow, get_company
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.errors import OwnOrder
from stockflow.purchasing.queries import SQL


class Approvable(Protocol):
    """What decides who may approve an order: what it comes to, and who made or edited it."""

    @property
    def total(self) -> Decimal: ...
    @property
    def author_user_ids(self) -> list[int]: ...
    @property
    def author_api_key_ids(self) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class _Written:
    total: Decimal
    author_user_ids: list[int]
    author_api_key_ids: list[int]


def require_approver(scope: ReadScope, order: Approvable, company: CompanyRow) -> None:
    """Refuse an actor who may not approve this order.

    Raises:
        Forbidden: it is above the company's limit, and the actor's role may not approve that.
        OwnOrder: it is above the limit, and the actor made or edited it.
    """
    scope.require(Permission.BUY)
    limit = company.purchase_approval_above
    if limit is None or order.total <= Decimal(limit):
        return
    scope.require(Permission.APPROVE_PURCHASES)
    actor = scope.actor
    if actor.user_id in order.author_user_ids or actor.api_key_id in order.author_api_key_ids:
        raise OwnOrder(facts={"total": f"{order.total:.4f}", "limit": limit})


async def why_not_approve(scope: ReadScope, order_id: int) -> str | None:
    """Why the actor may not approve an order that is there; None if it may."""
    names = {"company_id": scope.company_id, "id": order_id}
    order = await scope.fetch_one(_Written, SQL["authors"], names)
    try:
        if order is not None:
            require_approver(scope, order, await get_company(scope))
    except Forbidden as refusal:
        return refusal.detail
    return None
