"""A company with everything the documents need, its people, and what it knows of its documents."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.testclient import TestClient

from stockflow.companies.authentication import load_company
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope, transaction
from tests.conftest import new_company
from tests.factories import (
    Api,
    Json,
    done,
    line,
    make_bundle,
    make_product,
    make_supplier,
    make_warehouse,
    move,
)

PATHS = {
    "sales_order": "/api/sales-orders",
    "purchase_order": "/api/purchase-orders",
    "transfer": "/api/transfers",
    "stock_count": "/api/stock-counts",
    "adjustment_request": "/api/adjustment-requests",
}
Job = Callable[[WriteScope], Awaitable[object]]


@dataclass(frozen=True)
class Call:
    """A request of somebody; `document` is the one it is about, as kind and id."""

    actor: Api
    method: str
    path: str
    body: Any = None
    document: tuple[str, int] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class World:
    """One company: 5 products of which 2 are bundles, one in the other; 3 warehouses; 5 people."""

    def __init__(self, http: TestClient, rules: Json) -> None:
        self.app = cast(FastAPI, http.app)
        self._now = datetime.now(UTC)
        self.app.state.clock = self.tick
        self.owner = new_company(http, timezone="Europe/London")
        self._make_things()
        able = [self.owner.with_key(role) for role in ("manager", "staff", "manager", "staff")]
        limited = self.owner.with_key("staff", [self.warehouses[0]["id"]])
        self.people = [*[self.owner, *able] * 4, limited, self.owner.with_key("viewer")]
        self.documents: dict[str, dict[int, Json]] = {kind: {} for kind in PATHS}
        done(self.owner.patch("/api/company", rules))

    def _make_things(self) -> None:
        api = self.owner
        self.warehouses = [make_warehouse(api, priority=n) for n in (2, 1, 3)]
        first, second = make_product(api), make_product(api)
        third = make_product(api, allow_backorders=True)
        inner = make_bundle(api, (first, 2), (second, 0.5))
        outer = make_bundle(api, (inner, 1), (second, 1))
        self.plain = [first, second, third]
        self.products = [*self.plain, inner, outer]
        self.suppliers = [make_supplier(api, currency="GBP") for _ in range(2)]
        self.customers = [
            done(api.post("/api/customers", {"name": name}), 201) for name in ("Ann", "Bob")
        ]
        bought = [
            line(product, warehouse, "purchase", 30, unit_cost=f"{2 + n}.3300")
            for n, warehouse in enumerate(self.warehouses)
            for product in self.plain
        ]
        self.postings = [move(api, *bought)["posting_id"]]

    @property
    def now(self) -> datetime:
        return self._now

    def tick(self) -> datetime:
        """The clock of the application: no two requests come at the same moment."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def wait(self, minutes: int) -> None:
        self._now += timedelta(minutes=minutes)

    def anybody(self, dice: Random) -> Api:
        return dice.choice(self.people)

    def is_bundle(self, product_id: int) -> bool:
        return product_id in {bundle["id"] for bundle in self.products[len(self.plain) :]}

    def learn(self, kind: str, document_id: int) -> Json:
        """Read a document as it is now."""
        read: Json = done(self.owner.get(f"{PATHS[kind]}/{document_id}"))
        self.documents[kind][document_id] = read | {"kind": kind}
        return read

    def send(self, calls: Sequence[Call], jobs: Sequence[Job] = ()) -> list[Response]:
        """The answers to requests that are all under way at once, while these jobs run."""

        async def send_all() -> list[Response]:
            transport = ASGITransport(app=self.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://testserver") as client:
                requests = [
                    client.request(
                        call.method,
                        call.path,
                        json=call.body,
                        headers={"Authorization": f"Bearer {call.actor.key}", **call.headers},
                    )
                    for call in calls
                ]
                runs = [self._run(job) for job in jobs]
                answers = await asyncio.gather(*requests, *runs)
            return [answer for answer in answers if isinstance(answer, Response)]

        assert self.owner.http.portal is not None
        return self.owner.http.portal.call(send_all)

    def run(self, job: Job) -> object:
        """What a job gives, alone."""
        assert self.owner.http.portal is not None
        return self.owner.http.portal.call(self._run, job)

    async def _run(self, job: Job) -> object:
        company_id = self.owner.company_id
        async with transaction(self.app.state.pool, company_id, read_only=False) as connection:
            company = await load_company(connection, company_id)
            assert company is not None
            scope = WriteScope(connection, company, Actor(Role.OWNER), self.tick(), "job")
            return await job(scope)
