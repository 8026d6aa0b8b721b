"""What replenishment does after an answer was sent."""

from datetime import date
from math import ceil

from starlette.background import BackgroundTasks

from stockflow.foundation.database import Pool
from stockflow.foundation.scope import ReadScope, transaction
from stockflow.stock.calendar import advance_recent_demand, demand_start

_BATCH = 1000
_BEHIND_MANY = 500


def catch_up_later(tasks: BackgroundTasks, pool: Pool, scope: ReadScope, behind: int) -> None:
    """Bring the recent demand of low levels to the company's period, which moves on every day.

    The alerts are exact without it: levels that are not there have their days summed, which is slower.
    """
    if behind > _BEHIND_MANY:
        since = demand_start(scope, scope.company.sales_period_days)
        tasks.add_task(_catch_up, pool, scope.company_id, since, ceil(behind / _BATCH))


async def _catch_up(pool: Pool, company_id: int, since: date, batches: int) -> None:
    """In as many batches as were seen to be behind: another day's reader may move them back."""
    for _ in range(batches):
        async with transaction(pool, company_id, read_only=False) as connection:
            if not await advance_recent_demand(connection, company_id, since, _BATCH):
                break
