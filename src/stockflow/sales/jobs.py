"""What sales does later."""

from stockflow.foundation.jobs import defer, job
from stockflow.foundation.scope import WriteScope
from stockflow.sales import reserving

_ORDERS_MAX = 200
"""At once: their levels stay locked until all of them are served."""


@job("reserve-backorders")
async def reserve_backorders(scope: WriteScope) -> None:
    """Reserve what has arrived for the orders that wait for it, step by step."""
    if await reserving.reserve_backorders(scope, _ORDERS_MAX):
        await defer(scope, "reserve-backorders")
