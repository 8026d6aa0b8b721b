"""What replenishment does after an answer was sent."""

from datetime import date

from starlette.background import BackgroundTasks

from stockflow.foundation.database import Pool
from stockflow.foundation.scope import ReadScope, transaction
from stockflow.stock.ledger import advance_recent_demand, demand_start

_BATCH = 1000


def catch_up_later(tasks: BackgroundTasks, pool: Pool, scope: ReadScope, behind: bool) -> None:
    """Advance the recent demand of low levels once it has fallen behind, as it does every day.

    The alerts are exact without it: levels that are behind have their days summed, which is slower.
    """
    if behind:
        since = demand_start(scope, scope.company.sales_period_days)
        tasks.add_task(_catch_up, pool, scope.company_id, since)


async def _catch_up(pool: Pool, company_id: int, since: date) -> None:
    moved = _BATCH
    while moved == _BATCH:
        async with transaction(pool, company_id, read_only=False) as connection:
            moved = await advance_recent_demand(connection, company_id, since, _BATCH)
