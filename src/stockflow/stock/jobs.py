"""What stock does later: it gives back what was held for a time that is over."""

from stockflow.foundation.jobs import defer, job
from stockflow.foundation.scope import WriteScope
from stockflow.stock import reservations
from stockflow.stock.operations import free_expired

RELEASE_EXPIRED = "release-expired-reservations"


@job(RELEASE_EXPIRED)
async def release_expired(scope: WriteScope) -> None:
    """Free some of what is over, and come again for the rest: at once, or when the next one ends."""
    await free_expired(scope)
    next_end = await reservations.next_end(scope)
    if next_end is not None:
        await defer(scope, RELEASE_EXPIRED, at=max(next_end, scope.now))
