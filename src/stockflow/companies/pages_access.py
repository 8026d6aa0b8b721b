"""Pages of a company: how a browser's request gets its scope, and its answer the page around it.

A page is a function of a `Page` (to look, inside a `ReadScope`) or of a `Post` (to change something by
one operation). Its address begins with `/c/{company_id}`, so that two tabs may show two companies and a
link means the same to everyone it is sent to.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stockflow.companies.page import Done, Page
from stockflow.companies.page_scope import company_path, opened, path_id, session_token, to_sign_in
from stockflow.companies.sessions import SessionEnded
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.idempotency import (
    AlreadyAnswered,
    Claim,
    KeptAnswer,
    RetryKey,
    fingerprint,
)
from stockflow.foundation.permissions import Permission
from stockflow.foundation.problems import status_of
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.web.errors import error_page
from stockflow.web.forms import FIELDS_MAX, FormState, Typed, refused, typed
from stockflow.web.messages import set_message

__all__ = ["Done", "Page", "PageRouter", "Post"]

C = TypeVar("C", bound=Command)
R = TypeVar("R")


class Post:
    """A form that was sent."""

    def __init__(self, request: Request, fields: Typed) -> None:
        self.request = request
        self.fields = fields

    @property
    def version(self) -> int | None:
        """The version of what the form shows, from its field `_version`."""
        text = self.fields.values.get("_version", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

    def id(self, name: str) -> int:
        """An id in the address."""
        return path_id(self.request, name)

    def require_list(self, name: str) -> None:
        """A form without a line of `name` says that there is none, not that nothing is to change."""
        self.fields.tree.setdefault(name, {})

    def give_each(self, name: str, fields: Sequence[str]) -> None:
        """Give every line of `name` what the form says once for all, in `_`-fields of that name."""
        said = {field: self.fields.values.get(f"_{field}", "") for field in fields}
        lines = self.fields.tree.get(name)
        for line in lines.values() if isinstance(lines, dict) else ():
            if isinstance(line, dict) and any(line.values()):
                line.update(said)

    async def submit(
        self,
        kind: type[C],
        operation: Callable[[WriteScope, C], Awaitable[R]],
        then: Callable[[R], Done],
        refused_page: Callable[[Page], Awaitable[Response]],
        **given: object,
    ) -> Response:
        """Run one operation and lead to what it did; refused, show the form again as it was typed.

        `given` are fields of the command the page knows, rather than the form.
        """

        async def run(scope: WriteScope) -> R:
            command = self.fields.command(kind, scope.company.timezone, **given)
            return await operation(scope, command)

        return await self.act(run, then, refused_page)

    async def act(
        self,
        operation: Callable[[WriteScope], Awaitable[R]],
        then: Callable[[R], Done],
        refused_page: Callable[[Page], Awaitable[Response]],
    ) -> Response:
        """As `submit`, where there is no command to make of the form."""
        retry_key = self._retry_key()
        try:
            async with opened(self.request, WriteScope, retry_key) as (scope, _):
                done = then(await operation(scope))
                answer = KeptAnswer(303, {"location": done.href, "said": done.message}, b"")
                if retry_key is not None:
                    await Claim(scope, retry_key).keep(answer)
        except AlreadyAnswered as again:
            answer = again.answer
        except SessionEnded:
            raise
        except StockFlowError as error:
            return await self._again(refused_page, error)
        response = RedirectResponse(company_path(self.request, answer.headers["location"]), 303)
        set_message(self.request, response, answer.headers["said"])
        return response

    async def show_once(
        self,
        run: Callable[[WriteScope], Awaitable[R]],
        shown: Callable[[Page, R], Awaitable[Response]],
        again: Done,
        refused_page: Callable[[Page], Awaitable[Response]],
    ) -> Response:
        """As `act`, where what was done is shown only now, as a secret is; sent twice, it leads to `again`."""
        made: list[R] = []

        async def keep(scope: WriteScope) -> None:
            made.append(await run(scope))

        answer = await self.act(keep, lambda _: again, refused_page)
        if not made or answer.status_code != 303:
            return answer
        async with opened(self.request, ReadScope) as (scope, access):
            return await shown(Page(self.request, scope, access, FormState()), made[0])

    async def _again(
        self, refused_page: Callable[[Page], Awaitable[Response]], error: StockFlowError
    ) -> Response:
        async with opened(self.request, ReadScope) as (scope, access):
            page = Page(self.request, scope, access, refused(self.fields, error))
            response = await refused_page(page)
        response.status_code = status_of(error)
        return response

    def _retry_key(self) -> RetryKey | None:
        key = self.fields.values.get("_key")
        if not key:
            return None
        token = session_token(self.request)
        sent = [f"{name}={value}".encode() for name, value in sorted(self.fields.values.items())]
        sent += [f"{name}={values}".encode() for name, values in sorted(self.fields.lists.items())]
        return RetryKey(key, fingerprint(token.encode(), self.request.url.path.encode(), *sent))


class PageRouter:
    """Pages below `/c/{company_id}` and `prefix`."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.routes: list[Route] = []

    def get(
        self, path: str
    ) -> Callable[[Callable[[Page], Awaitable[Response]]], Callable[[Page], Awaitable[Response]]]:
        """A page to look at."""

        def add(
            handler: Callable[[Page], Awaitable[Response]],
        ) -> Callable[[Page], Awaitable[Response]]:
            @wraps(handler)
            async def show(request: Request) -> Response:
                async with opened(request, ReadScope) as (scope, access):
                    return await handler(Page(request, scope, access, FormState()))

            self._add(path, show, "GET")
            return handler

        return add

    def post(
        self, path: str, *, fields_max: int = FIELDS_MAX, large_for: Permission | None = None
    ) -> Callable[[Callable[[Post], Awaitable[Response]]], Callable[[Post], Awaitable[Response]]]:
        """A form to send; `large_for` is who may send a large one, of others none of it is read."""

        def add(
            handler: Callable[[Post], Awaitable[Response]],
        ) -> Callable[[Post], Awaitable[Response]]:
            @wraps(handler)
            async def change(request: Request) -> Response:
                if large_for is not None:
                    async with opened(request, ReadScope) as (scope, _):
                        scope.require(large_for)
                async with request.form(max_files=1, max_fields=fields_max) as form:
                    return await handler(Post(request, typed(form.multi_items())))

            self._add(path, change, "POST")
            return handler

        return add

    def _add(
        self, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str
    ) -> None:
        @wraps(endpoint)
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except SessionEnded:
                return to_sign_in(request)
            except StockFlowError as error:
                return error_page(request, error)

        place = f"/c/{{company_id:int}}{self.prefix}{path}"
        self.routes.append(Route(place, answer, methods=[method], include_in_schema=False))
