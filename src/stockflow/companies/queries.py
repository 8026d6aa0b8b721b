"""Reads of the company, its members and its API keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select

from stockflow.companies.commands import (
    AllocationRule,
    ApiKeyFilters,
    MemberFilters,
    PurchaseTermsRule,
)
from stockflow.companies.errors import ApiKeyNotFound, CompanyNotFound, MemberNotFound
from stockflow.companies.models import ApiKey, Company, Membership
from stockflow.foundation.pagination import Page
from stockflow.foundation.permissions import Permission, Role
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.foundation.sorting import Sorting, sorted_page

_MONEY = frozenset({"purchase_approval_above", "count_approval_above", "adjustment_approval_value"})
_QUANTITIES = frozenset(
    {
        "default_low_stock_threshold",
        "standard_low_stock_threshold",
        "over_receipt_percent",
        "recount_above",
        "adjustment_approval_quantity",
    }
)


def _rank(role: ColumnElement[Any]) -> ColumnElement[Any]:
    """Owners first."""
    return case({known.value: place for place, known in enumerate(Role)}, value=role)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MEMBER_SORTINGS: dict[str, Sorting] = {
    "id": (Membership.user_id.expression, int),
    "name": (func.lower(Membership.name), str),
    "email": (func.lower(Membership.email), str),
    "role": (_rank(Membership.role.expression), int),
    "created_at": (Membership.created_at.expression, datetime),
}
_KEY_SORTINGS: dict[str, Sorting] = {
    "id": (ApiKey.id.expression, int),
    "name": (func.lower(ApiKey.name), str),
    "role": (_rank(ApiKey.role.expression), int),
    "created_at": (ApiKey.created_at.expression, datetime),
    "last_used_at": (func.coalesce(ApiKey.last_used_at, _NEVER), datetime),
    "status": (case((ApiKey.revoked_at.is_(None), 0), else_=1), int),
}


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company and its rules."""

    id: int
    name: str
    currency: str
    timezone: str
    case_sensitive_skus: bool
    allow_backorders: bool
    default_low_stock_threshold: QuantityOut | None
    standard_low_stock_threshold: QuantityOut | None
    low_stock_at_threshold: bool
    sales_period_days: int
    backorder_orders: bool
    allocation_rule: AllocationRule
    reservation_hours: int | None
    purchase_approval_above: MoneyOut | None
    purchase_terms_rule: PurchaseTermsRule
    over_receipt_percent: QuantityOut
    recount_above: QuantityOut | None
    count_approval_above: MoneyOut | None
    adjustment_approval_quantity: QuantityOut | None
    adjustment_approval_value: MoneyOut | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user of the company; `id` is the user's. `warehouse_ids` of null means all warehouses."""

    id: int
    user_id: int
    email: str
    name: str
    role: Role
    warehouse_ids: list[int] | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An API key without its secret; `hint` is how the key ends."""

    id: int
    name: str
    role: Role
    warehouse_ids: list[int] | None
    hint: str
    created_by: int | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def get_company(scope: ReadScope) -> CompanyRow:
    """The company of the scope."""
    scope.require(Permission.READ)
    row = await scope.fetch_one(CompanyRow, company_rows(scope))
    if row is None:
        raise CompanyNotFound
    return row


def company_rows(scope: ReadScope) -> Select[tuple[object, ...]]:
    """The query behind `get_company`, for those who lock the row."""
    columns = [_exact(name) for name in CompanyRow.__slots__]
    return select(*columns).where(Company.id == scope.company_id)


def _exact(name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = getattr(Company, name).expression
    if name in _MONEY:
        return cast(column, Text).label(name)
    return func.trim_scale(column).label(name) if name in _QUANTITIES else column


def _members(scope: ReadScope) -> Select[*tuple[Any, ...]]:
    return select(
        Membership.user_id.label("id"),
        Membership.user_id,
        Membership.email,
        Membership.name,
        Membership.role,
        Membership.warehouse_ids,
        Membership.created_at,
        Membership.version,
    ).where(Membership.company_id == scope.company_id)


async def get_member(scope: ReadScope, user_id: int, *, for_update: bool = False) -> MemberRow:
    """One member.

    Raises:
        MemberNotFound: the user, known elsewhere or not, is no member of this company.
    """
    scope.require(Permission.MANAGE_MEMBERS)
    query = _members(scope).where(Membership.user_id == user_id)
    row = await scope.fetch_one(MemberRow, query.with_for_update() if for_update else query)
    if row is None:
        raise MemberNotFound(facts={"user_id": user_id})
    return row


async def list_members(scope: ReadScope, filters: MemberFilters) -> Page[MemberRow]:
    """Members, in the order in which StockFlow came to know them unless another is asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.MANAGE_MEMBERS)
    return await sorted_page(
        scope,
        MemberRow,
        _members(scope),
        filters,
        sortings=_MEMBER_SORTINGS,
        row_id=Membership.user_id.expression,
        name="members",
    )


def _api_keys(scope: ReadScope) -> Select[tuple[object, ...]]:
    columns = [getattr(ApiKey, name) for name in ApiKeyRow.__slots__]
    return select(*columns).where(ApiKey.company_id == scope.company_id)


async def get_api_key(scope: ReadScope, api_key_id: int, *, for_update: bool = False) -> ApiKeyRow:
    """One API key, also a revoked one.

    Raises:
        ApiKeyNotFound: no such key in this company.
    """
    scope.require(Permission.MANAGE_KEYS)
    query = _api_keys(scope).where(ApiKey.id == api_key_id)
    row = await scope.fetch_one(ApiKeyRow, query.with_for_update() if for_update else query)
    if row is None:
        raise ApiKeyNotFound(facts={"api_key_id": api_key_id})
    return row


async def list_api_keys(scope: ReadScope, filters: ApiKeyFilters) -> Page[ApiKeyRow]:
    """API keys, also the revoked ones, oldest first unless another order is asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.MANAGE_KEYS)
    return await sorted_page(
        scope,
        ApiKeyRow,
        _api_keys(scope),
        filters,
        sortings=_KEY_SORTINGS,
        row_id=ApiKey.id.expression,
        name="api-keys",
    )
