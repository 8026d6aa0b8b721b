"""Facts one feature tells the others about, inside the same transaction.

A lower feature publishes an event; higher features subscribe. So `catalog` can let `stock` keep its
levels in step without importing it. A subscriber that raises undoes the whole request.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from stockflow.foundation.scope import WriteScope

E = TypeVar("E")
_subscribers: dict[type, list[Callable[..., Awaitable[None]]]] = defaultdict(list)


def subscribe(
    event: type[E],
) -> Callable[
    [Callable[["WriteScope", E], Awaitable[None]]], Callable[["WriteScope", E], Awaitable[None]]
]:
    """Register a coroutine to run whenever `event` is published."""

    def register(
        handler: Callable[["WriteScope", E], Awaitable[None]],
    ) -> Callable[["WriteScope", E], Awaitable[None]]:
        _subscribers[event].append(handler)
        return handler

    return register


async def publish(scope: "WriteScope", event: object) -> None:
    """Tell the subscribers, in the order in which their features are listed."""
    for handler in _subscribers[type(event)]:
        await handler(scope, event)
