"""Clients that post bulk requests until their server is gone, and remember what was acknowledged."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2

from stockflow.companies.operations import NewCompany

PRODUCTS = 50
LINES = 2 * PRODUCTS
CLIENTS = 4
_SECONDS = 30


@dataclass(frozen=True)
class Shop:
    """A company with something to post to."""

    company_id: int
    api_key: str
    product_ids: list[int]
    warehouse_id: int

    def connect(self, url: str) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx2.Client(base_url=url, headers=headers, timeout=_SECONDS, trust_env=False)

    def post(self, client: httpx2.Client, reference: str) -> httpx2.Response:
        """Buy three of every product and sell one, once, however often it is called."""
        lines = [
            {
                "product_id": product_id,
                "warehouse_id": self.warehouse_id,
                "type": kind,
                "quantity": quantity,
                "reference": reference,
            }
            for kind, quantity in (("purchase", 3), ("sale", 1))
            for product_id in self.product_ids
        ]
        retry = {"Idempotency-Key": reference}
        return client.post("/api/stock/movements", json={"lines": lines}, headers=retry)

    def posted(self, client: httpx2.Client, reference: str) -> list[Any]:
        """The movements with this reference, in their order."""
        query: dict[str, Any] = {"reference": reference, "limit": 1000, "order": "oldest"}
        answer = client.get("/api/stock/movements", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["next_cursor"] is None
        items: list[Any] = answer.json()["items"]
        return items

    def held(self, client: httpx2.Client) -> list[float]:
        """What is available of every product."""
        answer = client.get("/api/stock/levels", params={"limit": 1000})
        assert answer.status_code == 200, answer.text
        return [level["available"] for level in answer.json()["items"]]


def make_shop(url: str, company: NewCompany) -> Shop:
    """Fill a new company over the API."""
    shop = Shop(company.company_id, company.api_key, [], 0)
    with shop.connect(url) as client:
        place = client.post("/api/warehouses", json={"code": "LON", "name": "London"})
        assert place.status_code == 201, place.text
        for number in range(PRODUCTS):
            body = {"name": f"Product {number}", "sku": f"P-{number}", "price": "9.99"}
            made = client.post("/api/products", json=body)
            assert made.status_code == 201, made.text
            shop.product_ids.append(made.json()["product"]["id"])
    return Shop(shop.company_id, shop.api_key, shop.product_ids, place.json()["id"])


@dataclass
class Posting:
    """Several clients posting at once; each stops when told to, or when nobody answers."""

    shop: Shop
    url: str
    sent: list[str] = field(default_factory=list)
    acknowledged: dict[str, Any] = field(default_factory=dict)
    """The answer to each request that was answered with 201, by its reference."""
    refused: list[httpx2.Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(CLIENTS)
        self._clients: list[Future[None]] = []

    def __enter__(self) -> "Posting":
        self._clients = [self._threads.submit(self._client, number) for number in range(CLIENTS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._threads.shutdown()

    def until_acknowledged(self, count: int) -> None:
        self._wait(lambda: len(self.acknowledged) >= count)

    def until_refused(self, count: int) -> None:
        self._wait(lambda: len(self.refused) >= count)

    def until_hung_up(self) -> None:
        """Wait until every client has found nobody to talk to."""
        for client in self._clients:
            client.result(_SECONDS)

    def _wait(self, enough: Callable[[], bool]) -> None:
        def over() -> bool:
            return enough() or all(client.done() for client in self._clients)

        with self._changed:
            assert self._changed.wait_for(over, _SECONDS), "the clients get nowhere"
        assert enough(), [answer.text for answer in self.refused]

    def _client(self, number: int) -> None:
        with self.shop.connect(self.url) as client:
            for place in itertools.count():
                reference = f"client {number} request {place}".replace(" ", "-")
                if self._stopped.is_set() or not self._post(client, reference):
                    break
        with self._changed:
            self._changed.notify_all()

    def _post(self, client: httpx2.Client, reference: str) -> bool:
        self.sent.append(reference)
        try:
            answer = self.shop.post(client, reference)
        except httpx2.TransportError:
            return False
        with self._changed:
            if answer.status_code == 201:
                self.acknowledged[reference] = answer.json()
            else:
                self.refused.append(answer)
            self._changed.notify_all()
        return True
