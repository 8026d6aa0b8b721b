"""Work in threads beside a transaction that waits for it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from stockflow.foundation.scope import ReadScope

T = TypeVar("T")
AWAKE_SECONDS = 30.0


async def awake(scope: ReadScope, work: Callable[[], T]) -> T:
    """What `work` gives, in a thread; meanwhile the transaction is used, or it would be ended."""
    working = asyncio.create_task(asyncio.to_thread(work))
    try:
        while True:
            done, _ = await asyncio.wait([working], timeout=AWAKE_SECONDS)
            await scope.execute("SELECT 1")
            if done:
                return await working
    finally:
        await asyncio.wait([working])  # it reads the file that is closed next
