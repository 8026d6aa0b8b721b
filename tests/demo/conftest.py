"""The story at a fixed moment, in a company that the tests of a module share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from stockflow.demo.load import Loaded, load_story
from stockflow.foundation.scope import WriteScope
from tests.conftest import new_company
from tests.factories import Api
from tests.scopes import in_scope

NOW = datetime(2025, 3, 5, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A company in which the story has been loaded, and what was said meanwhile."""

    api: Api
    loaded: Loaded
    lines: list[str]

    def run(self, operation: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """The operation as the owner, at the moment of the story."""
        return in_scope(self.api, at_now, operation, *args)


async def at_now(scope: WriteScope, operation: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    then = WriteScope(scope.connection, scope.company, scope.actor, NOW, scope.request_id)
    return await operation(then, *args)


@pytest.fixture(scope="module")
def told(http: TestClient) -> Told:
    api, lines = new_company(http), list[str]()
    loaded = in_scope(api, at_now, load_story, lines.append)
    return Told(api, loaded, lines)
