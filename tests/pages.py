"""A signed-in browser without a screen: gets pages, reads them, fills in their forms and sends them."""

import itertools
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser, LexborNode
from starlette.testclient import TestClient

from stockflow.companies.sessions import (
    SESSION_COOKIE,
    Visitor,
    account_transaction,
    open_session,
)
from tests.factories import Api, done

_numbers = itertools.count(1)
Fields = dict[str, str | list[str]]


class Shown:
    """A page as it was answered."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.status: int = answer.status_code
        self.tree = LexborHTMLParser(answer.text)

    @property
    def html(self) -> str:
        return str(self.answer.text)

    @property
    def text(self) -> str:
        """What one reads, with single spaces."""
        body = self.tree.body
        return " ".join(body.text(separator=" ").split()) if body is not None else ""

    def one(self, css: str) -> LexborNode:
        found = self.tree.css(css)
        assert len(found) == 1, f"{len(found)} of {css} in {self.text[:2000]}"
        return found[0]

    def texts(self, css: str) -> list[str]:
        return [" ".join(node.text(separator=" ").split()) for node in self.tree.css(css)]

    def hrefs(self) -> set[str]:
        return {node.attributes.get("href") or "" for node in self.tree.css("a[href]")}

    def rows(self, css: str = "#list") -> list[dict[str, str]]:
        """The rows of a list, by the names of its columns."""
        return [
            {
                cell.attributes["data-label"] or "": " ".join(cell.text(separator=" ").split())
                for cell in row.css("td[data-label]")
            }
            for row in self.tree.css(f"{css} tbody tr")
        ]

    def error(self, name: str) -> str:
        """The message at the field `name`."""
        place = name.replace(".", "-")
        return " ".join(self.one(f"#f-{place}-error").text().split())

    def fields(self, css: str = "main form[method=post]") -> Fields:
        """What a browser would send of a form if nothing is touched; templates of lines left out."""
        form = self.one(css)
        fields: Fields = {}
        for node in form.css("input, select, textarea"):
            name = node.attributes.get("name")
            if not name or "__index__" in name or "disabled" in node.attributes:
                continue
            for value in _values(node):
                _add(fields, name, value)
        return fields


def _values(node: LexborNode) -> list[str]:
    given = node.attributes
    if node.tag == "textarea":
        return [node.text().removeprefix("\n")]
    if node.tag == "select":
        options = node.css("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        return [option.attributes.get("value") or "" for option in chosen]
    if given.get("type") in ("checkbox", "radio") and "checked" not in given:
        return []
    if given.get("type") in ("submit", "button", "file"):
        return []
    return [given.get("value") or ""]


def _add(fields: Fields, name: str, value: str) -> None:
    if name.endswith("[]"):
        cast("list[str]", fields.setdefault(name, [])).append(value)
    else:
        fields[name] = value  # a checkbox's own value comes behind its hidden "false"


class Browser:
    """Somebody who is signed in and looks at one company."""

    def __init__(self, http: TestClient, company_id: int, token: str) -> None:
        self.http = http
        self.company_id = company_id
        self.headers = {
            "cookie": f"{SESSION_COOKIE}={token}",
            "accept": "text/html",
            "accept-language": "en-GB",
            "sec-fetch-site": "same-origin",
        }

    def path(self, rest: str = "") -> str:
        """An address of the company, unless it is one already."""
        outside = rest.startswith(("/c/", "/account", "/companies", "/sign", "/invitations"))
        return rest if outside else f"/c/{self.company_id}{rest}"

    def get(self, path: str = "", status: int = 200, **headers: str) -> Shown:
        answer = self.http.get(
            self.path(path), headers={**self.headers, **headers}, follow_redirects=False
        )
        assert answer.status_code == status, answer.text[:3000]
        return Shown(answer)

    def send(
        self, path: str, fields: Mapping[str, str | list[str]], status: int = 303, **headers: str
    ) -> Shown:
        answer = self.http.post(
            self.path(path),
            data=dict(fields),
            headers={**self.headers, **headers},
            follow_redirects=False,
        )
        assert answer.status_code == status, Shown(answer).text[:3000]
        return Shown(answer)

    def submit(
        self,
        path: str,
        status: int = 303,
        css: str = "main form[method=post]",
        **changed: str | list[str],
    ) -> Shown:
        """Open a page, fill in its form (`lines__0__sku` for `lines.0.sku`), and send it."""
        shown = self.get(path)
        fields = shown.fields(css)
        fields.update({name.replace("__", "."): value for name, value in changed.items()})
        action = shown.one(css).attributes.get("action") or self.path(path)
        return self.send(action, fields, status)

    def press(self, path: str, action: str, status: int = 303) -> Shown:
        """Open a page and press the button that posts to `action`."""
        css = f'form[action="{self.path(action)}"]'
        return self.send(action, self.get(path).fields(css), status)

    def follow(self, shown: Shown) -> Shown:
        """The page a sent form leads to, with what it says was done."""
        cookies = [
            header.partition(";")[0]
            for header in shown.answer.headers.get_list("set-cookie")
            if header.startswith("stockflow_message=")
        ]
        cookie = "; ".join([self.headers["cookie"], *cookies])
        return self.get(shown.answer.headers["location"], cookie=cookie)


def signed_in(api: Api, role: str = "owner", warehouse_ids: list[int] | None = None) -> Browser:
    """Somebody new with this role in the company of `api`."""
    email = f"page-{next(_numbers)}-{api.company_id}@acme.example"
    member = {"email": email, "name": "Pat Page", "role": role, "warehouse_ids": warehouse_ids}
    user_id = done(api.post("/api/members", member), 201)["user_id"]
    return Browser(api.http, api.company_id, open_token(api.http, user_id))


def open_token(http: TestClient, user_id: int) -> str:
    """The token of a new session."""

    async def opened(pool: Any) -> str:
        async with account_transaction(pool) as connection:
            return (
                await open_session(connection, user_id, Visitor("127.0.0.1", "test", "test"))
            ).token

    assert http.portal is not None
    return cast(str, http.portal.call(opened, cast(FastAPI, http.app).state.pool))
