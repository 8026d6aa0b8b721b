"""What stock does later: it gives back what was held for a time that is over."""

from stockflow.foundation.jobs import defer, job
from stockflow.foundation.scope import WriteScope
from stockflow.stock import ledger, reservations

RELEASE_EXPIRED = "release-expired-reservations"
_FREED_AT_ONCE = 1000


@job(RELEASE_EXPIRED)
async def release_expired(scope: WriteScope) -> None:
    """Free some of what is over, and come again for the rest: at once, or when the next one ends."""
    await free_expired(scope)
    next_end = await reservations.next_end(scope)
    if next_end is not None:
        await defer(scope, RELEASE_EXPIRED, at=max(next_end, scope.now))


async def free_expired(scope: WriteScope) -> None:
    """Give back stock held for a time that is over, up to 1,000 reservations, the oldest first.

    It needs no permission: time has freed it, this only writes it down.
    """
    levels = await reservations.levels_over(scope, _FREED_AT_ONCE)
    if levels:
        await ledger.lock_levels(scope, levels)
