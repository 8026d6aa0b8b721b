"""Days of a company's calendar, in which demand and past balances are kept."""

from datetime import UTC, date, datetime, timedelta

from stockflow.foundation import sql
from stockflow.foundation.database import Connection
from stockflow.foundation.scope import ReadScope

_LEVELS = sql.load(__package__, "levels.sql")


def local_day(scope: ReadScope, moment: datetime) -> date:
    """The day of the company's calendar on which `moment` lies."""
    return moment.astimezone(scope.company.timezone).date()


def end_of_day(scope: ReadScope, day: date) -> datetime:
    """The moment at which the day after `day` begins in the company's time zone."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return midnight.replace(tzinfo=scope.company.timezone).astimezone(UTC)


def demand_start(scope: ReadScope, period_days: int) -> date:
    """The first day of a demand period that ends today, counting today."""
    return scope.today - timedelta(days=period_days - 1)


async def advance_recent_demand(
    connection: Connection, company_id: int, since: date, most: int
) -> int:
    """Let `recent_sold` of up to `most` low levels begin at `since`; returns how many it moved."""
    names: dict[str, object] = {"company_id": company_id, "since": since, "most": most}
    cursor = await connection.execute(_LEVELS["lock_behind"], names)
    row = await cursor.fetchone()
    names["products"], names["warehouses"] = row or (None, None)
    return (await connection.execute(_LEVELS["advance"], names)).rowcount
