"""Pages of a company: how a browser's request gets its scope, and its answer the page around it.

A page is a function of a `Page` (to look, inside a `ReadScope`) or of a `Post` (to change something by
one operation). Its address begins with `/c/{company_id}`, so that two tabs may show two companies and a
link means the same to everyone it is sent to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar
from urllib.parse import quote, urlsplit

import psycopg
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from stockflow.companies.sessions import (
    SESSION_COOKIE,
    SessionAccess,
    SessionEnded,
    authenticate_session,
    note_session_use,
)
from stockflow.foundation.errors import Invalid, NotFound, StockFlowError
from stockflow.foundation.idempotency import (
    AlreadyAnswered,
    Claim,
    KeptAnswer,
    RetryKey,
    fingerprint,
)
from stockflow.foundation.middleware import ACTOR, REQUEST_ID
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.problems import status_of
from stockflow.foundation.quantity import ID_MAX
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope, WriteScope, transaction
from stockflow.web.errors import error_page
from stockflow.web.forms import FormState, Typed, fields_of_query, refused, typed
from stockflow.web.lists import ROWS_SHOWN, Listing, ShownList, csv_file, xlsx_file
from stockflow.web.messages import read_message, set_message, take_message
from stockflow.web.rendering import Reader, html_response, locale_of, rendered

C = TypeVar("C", bound=Command)
F = TypeVar("F", bound=Command)
R = TypeVar("R")
S = TypeVar("S", bound=ReadScope)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORTED_AT_ONCE = 1000
_FIELDS_MAX = 50_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and where to look at it (below the company's address)."""

    href: str
    message: str


class Page:
    """A page of a company that is being made for a member; `form` is empty but after a refusal."""

    def __init__(
        self, request: Request, scope: ReadScope, access: SessionAccess, form: FormState
    ) -> None:
        self.request = request
        self.scope = scope
        self.user = access.user
        self.company = scope.company
        self.form = form
        self.reader = Reader(
            locale_of(request, access.user.locale), scope.company.timezone, scope.company.currency
        )

    @property
    def here(self) -> str:
        """The address of this page without its query."""
        return self.request.url.path

    @property
    def section(self) -> str:
        """The first part of the address behind the company's: `products`; empty for the dashboard."""
        return [*self.here.split("/"), ""][3]

    @property
    def query(self) -> Mapping[str, str]:
        """What the address says behind its `?`, without what is empty; several values with commas."""
        found: dict[str, list[str]] = {}
        for key, value in self.request.query_params.multi_items():
            if value.strip():
                found.setdefault(key, []).append(value)
        return {key: ",".join(values) for key, values in found.items()}

    def id(self, name: str) -> int:
        """An id in the address."""
        return _id(self.request, name)

    def path(self, rest: str = "") -> str:
        """An address of this company: `page.path("/products/7")`."""
        return f"/c/{self.company.id}{rest}"

    def may(self, permission: str) -> bool:
        """Whether the member's role grants `Permission[permission]`, to show what it may press."""
        return Permission[permission] in GRANTS[self.scope.actor.role]

    def require(self, permission: str) -> None:
        """Refuse the page to who could not press its button: Forbidden without `Permission[permission]`."""
        self.scope.require(Permission[permission])

    def filters(self, kind: type[F], **given: object) -> F:
        """The filters in the address; what belongs to the page alone is left out.

        Raises:
            Invalid: a filter is not right.
        """
        try:
            return typed(fields_of_query(kind, self.query)).command(
                kind, self.company.timezone, **given
            )
        except Invalid as error:
            raise _InvalidAddress(errors=error.errors) from None

    def show(self, template: str, **context: object) -> Response:
        """The page made from a template."""
        text = rendered(
            template,
            self.reader,
            page=self,
            form=self.form,
            message=read_message(self.request),
            **context,
        )
        response = html_response(text)
        take_message(self.request, response)
        return response

    async def show_list(
        self,
        template: str,
        listing: Listing[R],
        kind: type[F],
        read: Callable[[ReadScope, F], Awaitable[Rows[R]]],
        **context: object,
    ) -> Response:
        """A list, its filters in the address; with `format=csv` or `xlsx` the whole of it as a file."""
        columns = listing.chosen(self.query.get("columns"))
        file_type = self.query.get("format")
        limit = _EXPORTED_AT_ONCE if file_type else ROWS_SHOWN
        given = {} if "limit" in self.query and not file_type else {"limit": limit}
        filters = self.filters(kind, **given)
        rows = await read(self.scope, filters)
        if file_type:
            return await self._file(listing, file_type, filters, rows, read)
        shown = ShownList(
            listing=listing,
            columns=columns,
            items=rows.items,
            next_cursor=rows.next_cursor,
            path=self.here,
            query=self.query,
            sort=str(getattr(filters, "sort", None) or ""),
        )
        return self.show(template, list=shown, filters=filters, **context)

    async def _file(
        self,
        listing: Listing[R],
        file_type: str,
        filters: F,
        first: Rows[R],
        read: Callable[[ReadScope, F], Awaitable[Rows[R]]],
    ) -> Response:
        columns = listing.chosen(self.query.get("columns"))
        pages = self._all_pages(filters, first, read)
        timezone = self.company.timezone
        name = f"{listing.name}-{self.scope.today.isoformat()}.{file_type}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if file_type == "csv":
            body = csv_file(columns, pages, timezone)
            return StreamingResponse(body, 200, headers, "text/csv; charset=utf-8")
        if file_type == "xlsx":
            book = await xlsx_file(listing, columns, pages, timezone)
            return Response(book, 200, headers, _XLSX)
        raise _InvalidAddress("There are files of the types csv and xlsx.")

    async def _all_pages(
        self, filters: F, rows: Rows[R], read: Callable[[ReadScope, F], Awaitable[Rows[R]]]
    ) -> AsyncIterator[Rows[R]]:
        """Each page in a transaction of its own: a slow reader must not hold a connection."""
        yield rows
        while rows.next_cursor is not None:
            filters = filters.model_copy(update={"cursor": rows.next_cursor})
            async with _opened(self.request, ReadScope) as (scope, _):
                rows = await read(scope, filters)
            yield rows


class _InvalidAddress(Invalid):
    """The address asks for something there is not; start again from the list."""

    code = "invalid-address"
    title = "The address is not valid"


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
        return _id(self.request, name)

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

        async def run(scope: WriteScope) -> Done:
            command = self.fields.command(kind, scope.company.timezone, **given)
            return then(await operation(scope, command))

        return await self.act(run, refused_page)

    async def act(
        self,
        run: Callable[[WriteScope], Awaitable[Done]],
        refused_page: Callable[[Page], Awaitable[Response]],
    ) -> Response:
        """As `submit`, where there is no command to make of the form."""
        retry_key = self._retry_key()
        try:
            async with _opened(self.request, WriteScope, retry_key) as (scope, _):
                done = await run(scope)
                answer = KeptAnswer(303, {"location": done.href, "said": done.message}, b"")
                if retry_key is not None:
                    await Claim(scope, retry_key).keep(answer)
        except AlreadyAnswered as again:
            answer = again.answer
        except SessionEnded:
            raise
        except StockFlowError as error:
            return await self._again(refused_page, error)
        response = RedirectResponse(_company_path(self.request, answer.headers["location"]), 303)
        set_message(response, answer.headers["said"])
        return response

    async def _again(
        self, refused_page: Callable[[Page], Awaitable[Response]], error: StockFlowError
    ) -> Response:
        async with _opened(self.request, ReadScope) as (scope, access):
            page = Page(self.request, scope, access, refused(self.fields, error))
            response = await refused_page(page)
        response.status_code = status_of(error)
        return response

    def _retry_key(self) -> RetryKey | None:
        key = self.fields.values.get("_key")
        if not key:
            return None
        token = self.request.cookies.get(SESSION_COOKIE, "")
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
                async with _opened(request, ReadScope) as (scope, access):
                    return await handler(Page(request, scope, access, FormState()))

            self._add(path, show, "GET")
            return handler

        return add

    def post(
        self, path: str, *, fields_max: int = _FIELDS_MAX
    ) -> Callable[[Callable[[Post], Awaitable[Response]]], Callable[[Post], Awaitable[Response]]]:
        """A form to send."""

        def add(
            handler: Callable[[Post], Awaitable[Response]],
        ) -> Callable[[Post], Awaitable[Response]]:
            @wraps(handler)
            async def change(request: Request) -> Response:
                form = await request.form(max_files=1, max_fields=fields_max)
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


@asynccontextmanager
async def _opened(
    request: Request, kind: type[S], retry_key: RetryKey | None = None
) -> AsyncIterator[tuple[S, SessionAccess]]:
    """A scope of the company in the address, for the member whose session the browser has."""
    pool, clock = request.app.state.pool, request.app.state.clock
    company_id = _id(request, "company_id")
    token = request.cookies.get(SESSION_COOKIE, "")
    lock = None if retry_key is None else retry_key.lock(company_id)
    read_only = not issubclass(kind, WriteScope)
    async with transaction(pool, company_id, read_only=read_only, lock=lock) as connection:
        access = await authenticate_session(connection, company_id, token, retry_key)
        request.scope[ACTOR] = {"company_id": company_id, "user_id": access.user.user_id}
        yield (
            kind(connection, access.company, access.actor, clock(), request.scope[REQUEST_ID]),
            access,
        )
    if access.touch:
        await _note_use(request, access)


async def _note_use(request: Request, access: SessionAccess) -> None:
    """Note the use of a session if it can be: the request has had its effect and must not fail now."""
    try:
        await note_session_use(request.app.state.pool, access.user.session_id)
    except (StockFlowError, psycopg.Error) as error:
        _log.warning("use of a session not noted", reason=str(error))


def to_sign_in(request: Request) -> Response:
    """Where somebody without a session is led; from there back to where they were."""
    lost = request.method == "POST"
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if lost:
        back = urlsplit(request.headers.get("referer", "")).path or "/"
    address = f"/sign-in?next={quote(back, safe='')}" + ("&lost=1" if lost else "")
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def _company_path(request: Request, rest: str) -> str:
    return f"/c/{_id(request, 'company_id')}{rest}"


def _id(request: Request, name: str) -> int:
    number = int(request.path_params[name])
    if not 1 <= number <= ID_MAX:
        raise NotFound
    return number
