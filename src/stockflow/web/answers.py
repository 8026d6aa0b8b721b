"""Answers whose body takes long to make."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HTML = "text/html; charset=utf-8"


class MadeLater(Response):
    """Its body is made in a thread, when the request has given its connection back.

    A page of thousands of lines takes seconds: meanwhile others get their answers, and their connections.
    """

    def __init__(
        self,
        make: Callable[[], bytes],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = HTML,
    ) -> None:
        super().__init__(None, status_code, headers, media_type)
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.body = await asyncio.to_thread(self._make)
        self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)
