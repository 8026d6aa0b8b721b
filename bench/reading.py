"""Alerts, levels and search over HTTP, one client, one request after the other."""

import json
import random
from datetime import UTC, datetime, timedelta
from statistics import median
from urllib.parse import urlencode

from bench import data
from bench.data import COLOURS, STUFFS, THINGS, Company
from bench.load import Load, Script, drive, get, repeated
from bench.table import Measured
from bench.world import World

_SECONDS = 300
_TURNS = 4


def alerts(world: World) -> list[Measured]:
    """The first page of low-stock alerts."""
    company = world.year
    total = _count_alerts(world, company)
    load = _alerts(world, company, world.size.requests)
    note = (
        f"{total:,} alerts, {company.shape.levels:,} levels, {company.shape.movements:,} movements,"
        f" {len(load.milliseconds)} requests"
    )
    return [
        Measured("low-stock alerts, p50", load.percentile(0.5), "ms", note),
        Measured("low-stock alerts, p99", load.percentile(0.99), "ms"),
    ]


def alerts_long_history(world: World) -> list[Measured]:
    """The same levels with many years of trade, in turns with the one year."""
    name = "low-stock alerts, long history to one year"
    year, long = world.year, world.long
    assert _count_alerts(world, year) == _count_alerts(world, long)
    requests = world.size.requests // _TURNS
    pairs = [
        (
            _alerts(world, year, requests).percentile(0.5),
            _alerts(world, long, requests).percentile(0.5),
        )
        for _ in range(_TURNS)
    ]
    note = f"{long.shape.movements:,} movements; median of {_TURNS} turns"
    return [
        Measured(name, median(slow / fast for fast, slow in pairs), "×", note),
        Measured(
            "low-stock alerts with long history, p50", median(slow for _, slow in pairs), "ms"
        ),
    ]


def alerts_new_day(world: World) -> list[Measured]:
    """The first request of a day, before the demand of low levels has caught up with it."""
    company = world.year
    _alerts(world, company, 20)
    times = []
    for _ in range(world.size.turns):
        data.begin_new_day(world.deployment, company)
        times.append(_alerts(world, company, 1).percentile(1))
    name = "low-stock alerts, first request of a day"
    return [Measured(name, median(times), "ms", f"median of {len(times)}")]


def _alerts(world: World, company: Company, requests: int) -> Load:
    request = get(f"/api/companies/{company.id}/alerts/low-stock?limit=100", company.api_key)
    if requests > 1:
        drive(world.server.port, [repeated([request] * 10)], seconds=_SECONDS)
    return drive(world.server.port, [repeated([request] * requests)], seconds=_SECONDS)


def _count_alerts(world: World, company: Company) -> int:
    answers = []
    request = get(f"/api/companies/{company.id}/alerts/low-stock?limit=1", company.api_key)

    def script(body: bytes) -> bytes | None:
        if not body:
            return request
        answers.append(json.loads(body)["total_alerts"])
        return None

    drive(world.server.port, [script], seconds=_SECONDS)
    return int(answers[0])


def levels(world: World) -> list[Measured]:
    """Pages of 100 levels, each by the cursor of the one before."""
    load = _pages(world, "/api/stock/levels?limit=100")
    note = f"{world.year.shape.levels:,} levels, p99 {load.percentile(0.99):.1f} ms"
    return [Measured("levels page, p50", load.percentile(0.5), "ms", note)]


def past_levels(world: World) -> list[Measured]:
    """The same pages as they were half a year ago."""
    moment = datetime.now(UTC) - timedelta(days=182)
    load = _pages(
        world, "/api/stock/levels?" + urlencode({"limit": 100, "as_of": f"{moment:%FT%TZ}"})
    )
    name = "levels page as of half a year ago, p50"
    return [Measured(name, load.percentile(0.5), "ms", f"p99 {load.percentile(0.99):.1f} ms")]


def _pages(world: World, path: str) -> Load:
    script = _cursor(path, world.year.api_key, world.size.requests)
    drive(world.server.port, [_cursor(path, world.year.api_key, 10)], seconds=_SECONDS)
    return drive(world.server.port, [script], seconds=_SECONDS)


def _cursor(path: str, api_key: str, pages: int) -> Script:
    """Reads up to `pages` pages, from the first on again after the last."""
    rest = pages

    def page(body: bytes) -> bytes | None:
        nonlocal rest
        rest -= 1
        if rest < 0:
            return None
        cursor = json.loads(body)["next_cursor"] if body else None
        return get(path + (f"&cursor={cursor}" if cursor else ""), api_key)

    return page


def search(world: World) -> list[Measured]:
    """A mix of what people type; each query once, none repeated."""
    company = world.year
    queries = _queries(company, world.size.requests)
    requests = [
        get("/api/products?" + urlencode({"q": query, "limit": 20}), company.api_key)
        for query in queries
    ]
    drive(world.server.port, [repeated(requests[:10])], seconds=_SECONDS)
    load = drive(world.server.port, [repeated(requests)], seconds=_SECONDS)
    note = f"{company.shape.products:,} products, p50 {load.percentile(0.5):.1f} ms"
    return [Measured("product search, p99", load.percentile(0.99), "ms", note)]


def _queries(company: Company, count: int) -> list[str]:
    """One word, two, part of one, a SKU, its beginning, a barcode, and slips in each."""
    draw = random.Random(11)
    found = []
    for number in range(count):
        colour, stuff, thing = draw.choice(COLOURS), draw.choice(STUFFS), draw.choice(THINGS)
        place = draw.randrange(company.shape.products)
        sku = f"{chr(65 + place % 26)}{chr(65 + place // 26 % 26)}-{place:06d}"
        found.append(
            (
                thing.lower(),
                f"{colour} {thing}",
                f"{stuff} {thing} {draw.randrange(1, 401)}".lower(),
                thing[1:6].lower(),
                sku,
                sku[:6].lower(),
                _barcode(place),
                _slip(draw, thing),
                f"{_slip(draw, colour)} {thing}",
                f"{stuff} {_slip(draw, thing)}",
            )[number % 10]
        )
    return found


def _barcode(place: int) -> str:
    digits = f"29{place:010d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _slip(draw: random.Random, word: str) -> str:
    """The word with a letter left out, doubled, replaced, or two swapped."""
    place = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(4)
    first, letter, rest = word[:place], word[place], word[place + 1 :]
    return (
        first + rest,
        first + letter + letter + rest,
        first + "x" + rest,
        first + rest[0] + letter + rest[1:],
    )[kind]
