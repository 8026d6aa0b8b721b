"""How a request reads stock as it is: `FreshRead` in a handler's signature instead of `Read`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends

from stockflow.companies.access import OpenAside, OpenRead
from stockflow.foundation.errors import Busy
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, ReadScope, WriteScope
from stockflow.stock import reservations
from stockflow.stock.jobs import free_expired

_ROUNDS = 100


async def _fresh_read(open_read: OpenRead, open_aside: OpenAside) -> AsyncIterator[ReadScope]:
    """Give back first what is held for a time that is over, if a job has not done so yet.

    The connection of the read is given back meanwhile: readers that each hold one and wait for
    another would wait for each other.
    """
    for _ in range(_ROUNDS):
        async with open_read() as scope:
            if not await reservations.any_over(scope):
                yield scope
                return
        async with open_aside() as scope:
            await free_expired(_by_nobody(scope))
    raise Busy


def _by_nobody(scope: WriteScope) -> WriteScope:
    """Whoever looks on is not who gave the stock back."""
    owner = Actor(Role.OWNER)
    return WriteScope(scope.connection, scope.company, owner, scope.now, scope.request_id)


FreshRead = Annotated[ReadScope, Depends(_fresh_read, scope="function")]
