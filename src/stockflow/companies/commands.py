"""Inputs of the company operations."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.permissions import Role
from stockflow.foundation.quantity import Currency, Email, Id, Line, Money, Quantity
from stockflow.foundation.routing import Command


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not a time zone of the IANA database, such as Europe/London")
    return ZoneInfo(name).key


def _each_once(ids: list[int]) -> list[int]:
    return sorted(set(ids))


Timezone = Annotated[Line, AfterValidator(_known_timezone)]
Password = Annotated[str, Field(min_length=8, max_length=1000)]
WarehouseLimits = Annotated[
    list[Id], Field(min_length=1, max_length=1000), AfterValidator(_each_once)
]
"""The only warehouses a key or member may use, each once and in order."""


class AllocationRule(StrEnum):
    """From which warehouses a sales order is served that names none."""

    PRIORITY = "priority"
    MOST_WHOLE = "most_whole"


class PurchaseTermsRule(StrEnum):
    """What happens to a purchase order below a supplier's minimum, or not in its multiples."""

    WARN = "warn"
    REFUSE = "refuse"


class CreateCompany(Command):
    """A new company with its first member, the owner."""

    name: Line
    owner_email: Email
    owner_name: Line | None = None
    owner_password: Password | None = None
    currency: Currency = "GBP"
    timezone: Timezone = "Europe/London"


class ChangeCompany(Command):
    """The settings to change; those left out stay. A threshold of null means that there is none."""

    name: Line = ""
    currency: Currency = ""
    timezone: Timezone = ""
    case_sensitive_skus: bool = False
    allow_backorders: bool = False
    default_low_stock_threshold: Quantity | None = None
    standard_low_stock_threshold: Annotated[
        Quantity | None, Field(description="The default for products of the type `standard`.")
    ] = None
    low_stock_at_threshold: Annotated[
        bool, Field(description="Whether stock equal to its threshold is low, not only below it.")
    ] = False
    sales_period_days: Annotated[int, Field(ge=1, le=365)] = 30
    backorder_orders: Annotated[
        bool,
        Field(
            description="Whether a sales order may be confirmed short: the rest is reserved when "
            "stock arrives, oldest order first."
        ),
    ] = False
    allocation_rule: Annotated[
        AllocationRule,
        Field(
            description="Where lines without a warehouse are taken from: by the warehouses' "
            "`priority`, or first where most lines can be shipped whole."
        ),
    ] = AllocationRule.MOST_WHOLE
    reservation_hours: Annotated[
        Annotated[int, Field(ge=1, le=8760)] | None,
        Field(description="How long a confirmed order holds its stock; null: until shipped."),
    ] = None
    purchase_approval_above: Annotated[
        Money | None,
        Field(
            description="Purchase orders of a higher total need the approval of a manager who did "
            "not create them; null: none does."
        ),
    ] = None
    purchase_terms_rule: Annotated[
        PurchaseTermsRule,
        Field(description="For lines below the supplier's minimum or not in its multiples."),
    ] = PurchaseTermsRule.WARN
    over_receipt_percent: Annotated[
        Annotated[Quantity, Field(le=100)],
        Field(description="By how much a receipt may exceed what was ordered."),
    ] = Decimal(0)
    recount_above: Annotated[
        Quantity | None,
        Field(description="A counted line that differs by more is to be counted again."),
    ] = None
    count_approval_above: Annotated[
        Money | None,
        Field(description="Counts whose differences are worth more need a manager's approval."),
    ] = None
    adjustment_approval_quantity: Annotated[
        Quantity | None, Field(description="Adjustments of more units wait for approval.")
    ] = None
    adjustment_approval_value: Annotated[
        Money | None, Field(description="Adjustments worth more wait for approval.")
    ] = None


class AddMember(Command):
    """A new member, by address. Address and name are as this company writes them."""

    email: Email
    name: Line | None = None
    role: Role
    warehouse_ids: WarehouseLimits | None = None


class ChangeMember(Command):
    """What to change of a membership; `warehouse_ids` of null means all warehouses."""

    role: Role = Role.VIEWER
    warehouse_ids: WarehouseLimits | None = None


class MemberFilters(PageFilters):
    """Which page of the members, and in which order."""

    sort: Annotated[
        Literal[
            "id",
            "-id",
            "name",
            "-name",
            "email",
            "-email",
            "role",
            "-role",
            "created_at",
            "-created_at",
        ],
        Field(description="`-` reverses; `role` begins with owners."),
    ] = "id"


class ApiKeyFilters(PageFilters):
    """Which page of the API keys, and in which order."""

    sort: Annotated[
        Literal[
            "id",
            "-id",
            "name",
            "-name",
            "role",
            "-role",
            "created_at",
            "-created_at",
            "last_used_at",
            "-last_used_at",
            "status",
            "-status",
        ],
        Field(
            description="`-` reverses; `role` begins with owners, `last_used_at` with what never "
            "was, `status` with what is not revoked."
        ),
    ] = "id"


class CreateApiKey(Command):
    """A new API key; without `warehouse_ids` it may use all warehouses."""

    name: Line
    role: Role
    warehouse_ids: WarehouseLimits | None = None
