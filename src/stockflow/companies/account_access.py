"""Pages outside a company: to sign in, to sign up, and about one's own account.

The counterpart of `pages_access`: a page is a function of an `OpenPage`, which anybody may look at, or
of an `AccountPage`, of the person who is signed in; a form is sent to a function of a `SentForm`.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stockflow.companies.page_scope import session_token, to_sign_in
from stockflow.companies.sessions import (
    SESSION_COOKIE,
    SESSION_SECONDS,
    AccountScope,
    NewSession,
    SessionEnded,
    Visitor,
    account_scope,
)
from stockflow.foundation.database import Pool
from stockflow.foundation.errors import StockFlowError
from stockflow.foundation.keyring import Keyring
from stockflow.foundation.middleware import REQUEST_ID
from stockflow.foundation.problems import status_of
from stockflow.foundation.routing import Command
from stockflow.foundation.settings import Settings
from stockflow.web.cookies import forget_cookie, set_cookie
from stockflow.web.errors import error_page, say_when
from stockflow.web.forms import FormState, Typed, refused, typed
from stockflow.web.messages import read_message, set_message, take_message
from stockflow.web.rendering import Reader, locale_of, page_response

C = TypeVar("C", bound=Command)
R = TypeVar("R")
_FIELDS_MAX = 100
_HALF_OPEN_SECONDS = 600
_LOCAL = re.compile(r"^/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}$")


class OpenPage:
    """A page for anybody; `form` is empty but after a refusal."""

    def __init__(self, request: Request, form: FormState) -> None:
        self.request = request
        self.form = form
        self.reader = Reader(locale_of(request))

    @property
    def pool(self) -> Pool:
        pool: Pool = self.request.app.state.pool
        return pool

    @property
    def settings(self) -> Settings:
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def keyring(self) -> Keyring:
        keyring: Keyring = self.request.app.state.keyring
        return keyring

    @property
    def now(self) -> datetime:
        now: datetime = self.request.app.state.clock()
        return now

    @property
    def token(self) -> str:
        """The session's, as the browser has it; empty without one."""
        return session_token(self.request)

    @property
    def next(self) -> str:
        """Where to go on after signing in: a page of this server, or the start."""
        asked = self.request.query_params.get("next", "")
        return asked if _LOCAL.match(asked) else "/"

    async def is_signed_in(self) -> bool:
        """Whether the browser's session still is one."""
        try:
            async with account_scope(self.pool, self.token, self.now):
                return True
        except SessionEnded:
            return False

    def path(self, rest: str = "") -> str:
        """An address; those of accounts are below no company."""
        return rest

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
        return response


class AccountPage(OpenPage):
    """A page of the person who is signed in."""

    def __init__(self, request: Request, form: FormState, scope: AccountScope) -> None:
        super().__init__(request, form)
        self.scope = scope
        self.user = scope.user
        self.reader = Reader(locale_of(request, scope.user.locale))


Show = Callable[[OpenPage], Awaitable[Response]]
ShowAccount = Callable[[AccountPage], Awaitable[Response]]


class SentForm(OpenPage):
    """A form of such a page that was sent."""

    def __init__(self, request: Request, fields: Typed) -> None:
        super().__init__(request, FormState())
        self.fields = fields

    @property
    def visitor(self) -> Visitor:
        """Who sends it, as far as one can see."""
        client = self.request.client
        agent = self.request.headers.get("user-agent", "")
        return Visitor(client.host if client else "", agent, self.request.scope[REQUEST_ID])

    @property
    def key(self) -> str | None:
        """What makes sending the form twice take effect once, of a form that has it."""
        return self.fields.values.get("_key") or None

    async def submit(
        self,
        kind: type[C],
        operation: Callable[[C], Awaitable[R]],
        then: Callable[[R], Awaitable[Response]],
        refused_page: Show,
    ) -> Response:
        """Run one operation, which commits, and answer with what it did.

        Refused, the page is shown again with what was typed, but for passwords.

        Raises:
            SessionEnded: nobody is signed in any more.
        """
        try:
            done = await operation(self.fields.command(kind, ZoneInfo("UTC")))
        except SessionEnded:
            raise
        except StockFlowError as error:
            return await self._again(refused_page, error)
        return await then(done)

    async def change(
        self,
        kind: type[C],
        operation: Callable[[AccountScope, C], Awaitable[R]],
        then: Callable[[R], Awaitable[Response]],
        refused_page: Show,
    ) -> Response:
        """As `submit`, for an operation within the own account."""

        async def run(command: C) -> R:
            async with account_scope(self.pool, self.token, self.now) as scope:
                return await operation(scope, command)

        return await self.submit(kind, run, then, refused_page)

    async def _again(self, refused_page: Show, error: StockFlowError) -> Response:
        response = await refused_page(OpenPage(self.request, refused(self.fields, error)))
        response.status_code = status_of(error)
        say_when(response, error)
        return response

    def go(self, address: str, said: str | None = None) -> Response:
        """Lead on, and say there what was done."""
        response = RedirectResponse(address, 303)
        if said is not None:
            set_message(self.request, response, said)
        return response

    def enter(self, response: Response, session: NewSession) -> Response:
        """Let the browser keep a new session in place of any it had."""
        seconds = _HALF_OPEN_SECONDS if session.half_open else SESSION_SECONDS
        set_cookie(self.request, response, SESSION_COOKIE, session.token, seconds)
        return response

    def leave(self, response: Response) -> Response:
        """Let the browser forget its session, and what this person had in the browser's store."""
        forget_cookie(self.request, response, SESSION_COOKIE)
        return response


def signed_in(handler: ShowAccount) -> Show:
    """A page that only who is signed in can look at."""

    @wraps(handler)
    async def show(page: OpenPage) -> Response:
        async with account_scope(page.pool, page.token, page.now) as scope:
            return await handler(AccountPage(page.request, page.form, scope))

    return show


class AccountRouter:
    """Pages below no company."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str) -> Callable[[Show], Show]:
        """A page to look at."""

        def add(handler: Show) -> Show:
            async def show(request: Request) -> Response:
                return await handler(OpenPage(request, FormState()))

            self._add(path, show, "GET")
            return handler

        return add

    def post(
        self, path: str
    ) -> Callable[
        [Callable[[SentForm], Awaitable[Response]]], Callable[[SentForm], Awaitable[Response]]
    ]:
        """A form to send."""

        def add(
            handler: Callable[[SentForm], Awaitable[Response]],
        ) -> Callable[[SentForm], Awaitable[Response]]:
            async def change(request: Request) -> Response:
                async with request.form(max_files=0, max_fields=_FIELDS_MAX) as form:
                    return await handler(SentForm(request, typed(form.multi_items())))

            self._add(path, change, "POST")
            return handler

        return add

    def _add(
        self, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str
    ) -> None:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except SessionEnded:
                return to_sign_in(request)
            except StockFlowError as error:
                return error_page(request, error)

        self.routes.append(Route(path, answer, methods=[method], include_in_schema=False))
