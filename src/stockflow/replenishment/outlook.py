"""How fast a product sells, and when it runs out, in each warehouse and in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stockflow.catalog.queries import get_product
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.replenishment.formulas import ZERO, average_daily_sales
from stockflow.stock.calendar import demand_start

_SQL = sql.load(__package__, "outlook.sql")
_DAYS_SHOWN_MAX = 3650


@dataclass(frozen=True, slots=True)
class Outlook:
    """Demand and supply of a product in one warehouse, or in all (`warehouse_id` is null).

    The demand is that of the company's period; `days_until_stockout` is reckoned as in alerts, and
    without what is coming. It is null where nothing sells; `runs_out_on` also beyond ten years.
    `next_arrival` is the first day an open purchase order is expected on, if any tells.
    """

    warehouse_id: int | None
    warehouse_code: str | None
    warehouse_name: str | None
    available: QuantityOut
    in_transit: QuantityOut
    on_order: QuantityOut
    next_arrival: date | None
    sold_30_days: QuantityOut
    sold_90_days: QuantityOut
    avg_daily_sales: QuantityOut
    days_until_stockout: int | None
    runs_out_on: date | None


@dataclass(frozen=True, slots=True)
class ProductOutlook:
    """The outlook in all warehouses the actor may see, and in each of them, by code."""

    period_days: int
    total: Outlook
    warehouses: list[Outlook]


@dataclass(frozen=True, slots=True)
class _Place:
    warehouse_id: int | None
    warehouse_code: str | None
    warehouse_name: str | None
    available: Decimal
    in_transit: Decimal
    on_order: Decimal
    next_arrival: date | None
    sold_in_period: Decimal
    sold_30_days: Decimal
    sold_90_days: Decimal


async def outlook_of(scope: ReadScope, product_id: int) -> ProductOutlook:
    """How long the stock of a product lasts that there is.

    Raises:
        ProductNotFound: no such product.
    """
    await get_product(scope, product_id)
    return await product_outlook(scope, product_id)


async def product_outlook(scope: ReadScope, product_id: int) -> ProductOutlook:
    """How long the stock of a product lasts; one without levels and orders has no warehouses."""
    scope.require(Permission.READ)
    period_days = scope.company.sales_period_days
    allowed = scope.actor.warehouse_ids
    places = await scope.fetch_all(
        _Place,
        _SQL["outlook"],
        {
            "company_id": scope.company_id,
            "product_id": product_id,
            "allowed": None if allowed is None else list(allowed),
            "since": demand_start(scope, period_days),
            "since_30": demand_start(scope, 30),
            "since_90": demand_start(scope, 90),
        },
    )
    return ProductOutlook(
        period_days,
        _outlook(_all(places), period_days, scope.today),
        [_outlook(place, period_days, scope.today) for place in places],
    )


def _all(places: Sequence[_Place]) -> _Place:
    def total(name: str) -> Decimal:
        return sum((getattr(place, name) for place in places), ZERO)

    return _Place(
        None,
        None,
        None,
        total("available"),
        total("in_transit"),
        total("on_order"),
        min((place.next_arrival for place in places if place.next_arrival), default=None),
        total("sold_in_period"),
        total("sold_30_days"),
        total("sold_90_days"),
    )


def _outlook(place: _Place, period_days: int, today: date) -> Outlook:
    days = _days_until_stockout(place.available, place.sold_in_period, period_days)
    return Outlook(
        place.warehouse_id,
        place.warehouse_code,
        place.warehouse_name,
        place.available,
        place.in_transit,
        place.on_order,
        place.next_arrival,
        place.sold_30_days,
        place.sold_90_days,
        average_daily_sales(place.sold_in_period, period_days),
        days,
        None if days is None or days > _DAYS_SHOWN_MAX else today + timedelta(days=days),
    )


def _days_until_stockout(available: Decimal, sold: Decimal, period_days: int) -> int | None:
    if sold <= 0:
        return None
    return 0 if available <= 0 else int(available * period_days // sold)
