"""A page of a company that is being made: what its template knows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stockflow.companies.last_company import remember_company
from stockflow.companies.page_scope import opened, path_id
from stockflow.companies.sessions import SessionAccess
from stockflow.foundation.errors import Invalid
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.routing import Command
from stockflow.foundation.scope import ReadScope
from stockflow.web.forms import FormState, fields_of_query, typed
from stockflow.web.lists import ROWS_SHOWN, Listing, ShownList, csv_file, xlsx_file
from stockflow.web.messages import read_message, take_message
from stockflow.web.rendering import Reader, locale_of, page_response

F = TypeVar("F", bound=Command)
R = TypeVar("R")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORTED_AT_ONCE = 1000


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
        return path_id(self.request, name)

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
        response = page_response(
            template,
            self.reader,
            page=self,
            form=self.form,
            message=read_message(self.request),
            **context,
        )
        take_message(self.request, response)
        remember_company(self.request, response, self.company.id)
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
            book = xlsx_file(listing, columns, pages, timezone)
            return StreamingResponse(book, 200, headers, _XLSX)
        raise _InvalidAddress("There are files of the types csv and xlsx.")

    async def _all_pages(
        self, filters: F, rows: Rows[R], read: Callable[[ReadScope, F], Awaitable[Rows[R]]]
    ) -> AsyncIterator[Rows[R]]:
        """Each page in a transaction of its own: a slow reader must not hold a connection."""
        yield rows
        while rows.next_cursor is not None:
            filters = filters.model_copy(update={"cursor": rows.next_cursor})
            async with opened(self.request, ReadScope) as (scope, _):
                rows = await read(scope, filters)
            yield rows


class _InvalidAddress(Invalid):
    """The address asks for something there is not; start again from the list."""

    code = "invalid-address"
    title = "The address is not valid"
