"""Work done later, in the company it belongs to: what a job is, and how one is asked for."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stockflow.foundation.scope import WriteScope

Job = Callable[["WriteScope"], Awaitable[None]]
_jobs: dict[str, Job] = {}


def job(name: str) -> Callable[[Job], Job]:
    """Register a coroutine to run when the job `name` is due, in a transaction of its company."""

    def register(work: Job) -> Job:
        _jobs[name] = work
        return work

    return register


async def defer(scope: "WriteScope", name: str, *, at: datetime | None = None) -> None:
    """Let a job run in this company once this transaction has committed, at once or at a moment.

    Asked for again before it began, it runs once.
    """
    raise NotImplementedError
