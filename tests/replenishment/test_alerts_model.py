"""Alerts of random trade equal a plain computation over its movements."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

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
)
from tests.replenishment.reading import add_terms, path
from tests.stock.reading import findings, levels

Key = tuple[int, int]

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
_TYPES = [
    "purchase",
    "sale",
    "sale",
    "sale",
    "return",
    "damage",
    "reserve",
    "adjustment",
    "recount",
]
_ZERO = Decimal(0)


@pytest.mark.parametrize("seed", range(6))
def test_alerts_equal_a_plain_computation(api: Api, seed: int) -> None:
    chance = random.Random(seed)
    zone = chance.choice(["UTC", "America/New_York", "Asia/Tokyo"])
    company = new_company(api.http, timezone=zone)
    done(company.patch("/api/company", {"low_stock_at_threshold": chance.random() < 0.5}))
    world = _World(company, chance)
    for _ in range(12):
        world.trade()

    assert findings(company) == []
    for _ in range(12):
        query = world.query()
        found = _decode(company.get(path(company), limit=1000, **query).content)
        expected = world.expected(**query)
        assert found["alerts"] == expected
        assert found["total_alerts"] == len(expected)
        seen: list[Json] = []
        cursor: dict[str, str] = {}
        while len(seen) < len(expected):
            page = _decode(company.get(path(company), limit=2, **query, **cursor).content)
            seen += page["alerts"]
            cursor = {"cursor": page["next_cursor"]}
        assert seen == expected
        for sort, sign in (("recommended", 1), ("-recommended", -1)):
            listed = _decode(company.get(path(company), limit=1000, sort=sort, **query).content)
            assert listed["alerts"] == sorted(expected, key=partial(_by_recommended, sign))


def _by_recommended(sign: int, alert: Json) -> tuple[Decimal, int, int]:
    quantity = Decimal(alert["recommended_reorder_quantity"])
    return sign * quantity, sign * alert["product_id"], sign * alert["warehouse_id"]


class _World:
    """A company with random products and trade, and what should be said of it."""

    def __init__(self, api: Api, chance: random.Random) -> None:
        self.api, self.chance = api, chance
        self.timezone = done(api.get("/api/company"))["timezone"]
        self.warehouses = [make_warehouse(api) for _ in range(3)]
        self.products = [self._product() for _ in range(6)]
        parts = [(product, chance.choice([0.5, 1, 2])) for product in self.products[:2]]
        self.bundle = make_bundle(api, *parts)
        self.postings: list[int] = []

    def _product(self) -> Any:
        chance = self.chance
        product = make_product(
            self.api,
            low_stock_threshold=chance.choice([None, 0, 5, 20, 60.5]),
            reorder_quantity=chance.choice([None, None, 30]),
            category=chance.choice([None, "Bikes"]),
            allow_backorders=chance.choice([None, True]),
        )
        if chance.random() < 0.6:
            terms = {
                "lead_time_days": chance.choice([None, 3, 90]),
                "minimum_order_quantity": chance.choice([None, 25]),
                "order_multiple": chance.choice([None, 12, 0.5]),
                "cost_price": chance.choice([None, "3.5"]),
            }
            product["terms"] = terms
            product["supplier"] = make_supplier(self.api, contact_phone="5")
            add_terms(self.api, product, product["supplier"], **terms)
        return product

    def trade(self) -> None:
        """Post some lines, or take a posting back."""
        chance = self.chance
        if self.postings and chance.random() < 0.25:
            self.api.post(f"/api/stock/postings/{chance.choice(self.postings)}/reversal")
            return
        now = datetime.now(UTC)
        lines = []
        for _ in range(chance.randint(5, 20)):
            ago = timedelta(days=chance.choice([0, 1, 5, 28, 29, 30, 31, 50]), seconds=7)
            is_bundle = chance.random() < 0.1
            lines.append(
                line(
                    self.bundle if is_bundle else chance.choice(self.products),
                    chance.choice(self.warehouses),
                    "sale" if is_bundle else chance.choice(_TYPES),
                    chance.choice([1, 2, 7, 30, 2.5, 0.3333]),
                    occurred_at=(now - ago).isoformat(),
                )
            )
        answer = self.api.post("/api/stock/movements", {"lines": lines, "mode": "valid_rows"})
        if answer.status_code == 201:
            self.postings.append(answer.json()["posting_id"])

    def query(self) -> dict[str, Any]:
        chance = self.chance
        query: dict[str, Any] = {
            "threshold_multiplier": chance.choice(["1", "1", "0.5", "2.25"]),
            "include_no_sales": chance.random() < 0.5,
            "sales_period_days": chance.choice([1, 7, 29, 30, 31, 60]),
            "sales_scope": chance.choice(["warehouse", "company"]),
        }
        if chance.random() < 0.3:
            query["warehouse_id"] = chance.choice(self.warehouses)["id"]
        return query

    def expected(self, **query: Any) -> list[Json]:
        """The alerts, straight from the contract and the movements."""
        held, sold, counted = self._history(query["sales_period_days"])
        if query["sales_scope"] == "company":
            by_product: dict[int, Decimal] = defaultdict(Decimal)
            for (product_id, _), quantity in sold.items():
                by_product[product_id] += quantity
            sold = defaultdict(Decimal, {key: by_product[key[0]] for key in held})
        rules = done(self.api.get("/api/company"))
        found = []
        for product in self.products:
            for warehouse in self.warehouses:
                key = (product["id"], warehouse["id"])
                if key not in held or query.get("warehouse_id", key[1]) != key[1]:
                    continue
                threshold = _threshold(product, rules) * Decimal(query["threshold_multiplier"])
                low = held[key] < threshold
                low |= rules["low_stock_at_threshold"] and held[key] == threshold
                if low and (sold[key] > 0 or query["include_no_sales"]):
                    alert = _alert(
                        product, held[key], threshold, sold[key], query["sales_period_days"]
                    )
                    alert["warehouse_id"] = warehouse["id"]
                    alert["warehouse_name"] = warehouse["name"]
                    alert["last_counted_at"] = counted.get(key)
                    found.append(alert)
        return sorted(found, key=_urgency)

    def _history(
        self, period: int
    ) -> tuple[dict[Key, Decimal], dict[Key, Decimal], dict[Key, str]]:
        zone = ZoneInfo(self.timezone)
        first = datetime.now(zone).date() - timedelta(days=period - 1)
        # a line that was refused may have opened a level that has no movement yet
        held = dict.fromkeys(levels(self.api), _ZERO)
        sold: dict[Key, Decimal] = defaultdict(Decimal)
        counted: dict[Key, str] = {}
        answer = self.api.get("/api/stock/movements", order="oldest", limit=1000)
        items = _decode(answer.content)["items"]
        assert len(items) < 1000
        by_id = {item["id"]: item for item in items}
        sizes = Counter(item["id"] // 100_000 for item in items)
        for item in items:
            key = (item["product_id"], item["warehouse_id"])
            if item["bucket"] != "available":
                continue
            held[key] += item["quantity_change"]
            original = item
            if (item["reason"] or "").startswith("Reversal of posting "):
                number = int(item["reason"].rsplit(" ", 1)[1])
                # backwards: the last movement was taken back first
                original = by_id[number * 100_000 + sizes[number] + 1 - item["id"] % 100_000]
            occurred_at = datetime.fromisoformat(original["occurred_at"])
            if item["type"] in ("sale", "return") and occurred_at.astimezone(zone).date() >= first:
                sold[key] -= item["quantity_change"]
            if item["type"] == "recount" and original is item:
                counted[key] = max(item["occurred_at"], counted.get(key, ""))
        return held, sold, counted


def _threshold(product: Any, rules: Json) -> Decimal:
    own = product["low_stock_threshold"]
    return Decimal(str(rules["default_low_stock_threshold"] if own is None else own))


def _urgency(alert: Json) -> Any:
    days = alert["days_until_stockout"]
    return (
        days is None,
        days or 0,
        alert["current_stock"],
        alert["product_id"],
        alert["warehouse_id"],
    )


def _alert(
    product: Any, available: Decimal, threshold: Decimal, sold: Decimal, period: int
) -> Json:
    demand = max(sold, _ZERO)
    days = None
    if available <= 0:
        days = 0
    elif demand:
        days = int(available * period // demand)
    limits = [(3, "critical"), (7, "high"), (14, "medium")]
    urgency = "low"
    if days is not None:
        urgency = next((name for most, name in limits if days <= most), "low")
    terms = product.get("terms") or {}
    supplier = product.get("supplier")
    target = max(2 * threshold, demand * (terms.get("lead_time_days") or 0) / period)
    rest = target - available
    minimum = max(terms.get("minimum_order_quantity") or 0, product["reorder_quantity"] or 0)
    multiple = Decimal(str(terms.get("order_multiple") or 1))
    order = ceil(max(rest, Decimal(minimum)) / multiple) * multiple if rest > 0 else _ZERO
    return {
        "product_id": product["id"],
        "product_name": product["name"],
        "sku": product["sku"],
        "category": product["category"],
        "current_stock": available,
        "threshold": threshold,
        "days_until_stockout": days,
        "avg_daily_sales": (demand / period).quantize(Decimal("0.0001"), ROUND_HALF_EVEN),
        "urgency": urgency,
        "recommended_reorder_quantity": order,
        "supplier": supplier
        and {
            "id": supplier["id"],
            "name": supplier["name"],
            "contact_email": None,
            "contact_phone": "5",
            "lead_time_days": terms["lead_time_days"],
            "minimum_order_quantity": terms["minimum_order_quantity"],
            "cost_price": terms["cost_price"] and "3.5000",
        },
    }
