"""Figures that are kept: computed once however many look, renewed when they are old, and late aloud."""

import asyncio
from typing import Any, cast

import pytest
from fastapi import FastAPI

from stockflow.companies.operator import company_scope, job_scope
from stockflow.dashboard.kept import (
    COMPUTE,
    FiguresName,
    compute_figures,
    kept_figures,
    want_figures,
)
from stockflow.foundation.database import Pool
from stockflow.foundation.jobs import DueJob, run_job
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope
from tests.dashboard.figures import ask, compute
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.pages import Browser, signed_in
from tests.scopes import in_scope, run

ALL = list(FiguresName)
UNSEEN = dict.fromkeys(ALL)


@pytest.fixture
def stocked(api: Api) -> Api:
    move(api, line(make_product(api), make_warehouse(api), "purchase", 2, unit_cost="3"))
    return api


@pytest.fixture
def browser(stocked: Api) -> Browser:
    return signed_in(stocked)


def _value(browser: Browser) -> list[str]:
    return browser.get("").texts("#value .h1")


def _jobs(browser: Browser) -> int:
    counted = ask(
        browser,
        f"SELECT count(*) FROM jobs WHERE company_id = %s AND name = '{COMPUTE}'",
    )
    return int(counted[0][0])


def _age(browser: Browser, seconds: int, *, cost_ms: int = 10) -> None:
    """Let the figures have been computed so long ago, at such a cost."""
    past = f"now() - interval '{seconds} s'"
    ask(
        browser,
        f"UPDATE kept_figures SET computed_at = {past}, wanted_at = {past}, cost_ms = {cost_ms}"
        " WHERE company_id = %s",
    )


def test_however_many_look_the_figures_are_computed_once(browser: Browser) -> None:
    async def want(pool: Pool) -> None:
        async with company_scope(pool, browser.company_id, WriteScope) as scope:
            await want_figures(scope, UNSEEN)

    async def want_at_once(pool: Pool) -> None:
        await asyncio.gather(*(want(pool) for _ in range(8)))

    async def work_at_once(pool: Pool) -> int:
        due = DueJob(browser.company_id, COMPUTE, 1)
        rounds = [
            await asyncio.gather(*(run_job(pool, job_scope, due) for _ in range(4)))
            for _ in range(6)
        ]
        return sum(map(sum, rounds))

    _with_pool(browser, want_at_once)
    assert _jobs(browser) == 1
    # each run computes one part, and the last finds none
    assert _with_pool(browser, work_at_once) == len(ALL) + 1
    assert _value(browser) == ["£6.00"]
    # asked for by somebody who looked before they were there
    _with_pool(browser, want_at_once)
    assert compute(browser) == 0


def _with_pool(browser: Browser, call: Any) -> Any:
    assert browser.http.portal is not None
    return browser.http.portal.call(call, cast(FastAPI, browser.http.app).state.pool)


def test_two_who_saw_the_same_old_figures_renew_them_once(browser: Browser) -> None:
    browser.get("")
    compute(browser)
    _age(browser, 60)
    seen = {
        FiguresName(name): moment
        for name, moment in ask(
            browser, "SELECT name, computed_at FROM kept_figures WHERE company_id = %s"
        )
    }

    async def want(pool: Pool) -> None:
        async with company_scope(pool, browser.company_id, WriteScope) as scope:
            await want_figures(scope, seen)

    _with_pool(browser, want)
    assert compute(browser) == len(ALL) + 1
    _with_pool(browser, want)
    assert compute(browser) == 0


def test_looking_asks_for_one_job_however_often(browser: Browser) -> None:
    for _ in range(3):
        browser.get("")
        browser.get("/dashboard/value")
    assert _jobs(browser) == 1


def test_old_figures_are_shown_at_once_and_renewed(stocked: Api, browser: Browser) -> None:
    browser.get("")
    compute(browser)
    product = make_product(stocked)
    move(stocked, line(product, make_warehouse(stocked), "purchase", 1, unit_cost="4"))
    assert _value(browser) == ["£6.00"]
    assert (compute(browser), _value(browser)) == (0, ["£6.00"]), "they are not old"

    _age(browser, 6)
    shown = browser.get("")
    assert shown.texts("#value .h1") == ["£6.00"]
    assert shown.one("#value > [hx-get]").attributes["hx-trigger"] == "load delay:1s"
    assert compute(browser) == 4
    again = browser.get("/dashboard/value")
    assert again.texts("#value .h1") == ["£10.00"]
    assert again.tree.css("#value > [hx-get]") == []


@pytest.mark.parametrize(
    ("seconds", "cost_ms", "wanted"),
    [(6, 10, True), (4, 10, False), (250, 1300, False), (270, 1300, True), (310, 99_999, True)],
)
def test_what_costs_more_is_kept_longer(
    browser: Browser, seconds: int, cost_ms: int, wanted: bool
) -> None:
    browser.get("")
    compute(browser)
    _age(browser, seconds, cost_ms=cost_ms)
    assert (browser.get("").tree.css("#value > [hx-get]") != []) is wanted


def test_it_is_said_when_the_figures_do_not_come(browser: Browser) -> None:
    browser.get("")
    assert "longer than usual" not in browser.get("").text
    ask(
        browser,
        "UPDATE kept_figures SET wanted_at = now() - '20 s'::interval WHERE company_id = %s",
    )
    shown = browser.get("")
    assert "The figures take longer than usual" in shown.one("#value").text()
    assert shown.one("#value > [hx-get]").attributes["hx-trigger"] == "load delay:10s"
    compute(browser)
    assert "longer than usual" not in browser.get("").text


def test_figures_are_those_of_the_limits_they_are_kept_for(stocked: Api) -> None:
    warehouse = make_warehouse(stocked)
    move(stocked, line(make_product(stocked), warehouse, "purchase", 1, unit_cost="9"))
    limited = Actor(Role.VIEWER, warehouse_ids=frozenset({warehouse["id"]}))
    nowhere = Actor(Role.VIEWER, warehouse_ids=frozenset())
    for actor in (limited, nowhere):
        run(stocked, want_figures, UNSEEN, actor=actor)
    for _ in range(6):
        in_scope(stocked, compute_figures)
    values = [
        run(stocked, kept_figures, ALL, actor=actor).result[FiguresName.WORTH].figures.value
        for actor in (limited, nowhere)
    ]
    assert values == ["9.0000", "0"]
    everybody = in_scope(stocked, kept_figures, ALL)
    assert [part.figures for part in everybody.values()] == [None, None, None]


def test_what_nobody_looks_at_is_forgotten(browser: Browser) -> None:
    browser.get("")
    compute(browser)
    _age(browser, 31 * 24 * 3600)
    _with_pool(browser, lambda pool: _compute_one(pool, browser.company_id))
    assert ask(browser, "SELECT name FROM kept_figures WHERE company_id = %s") == []


async def _compute_one(pool: Pool, company_id: int) -> None:
    async with company_scope(pool, company_id, WriteScope) as scope:
        await compute_figures(scope)


def test_a_look_takes_a_few_statements_and_no_job_while_figures_are_fresh(stocked: Api) -> None:
    asked = run(stocked, kept_figures, ALL)
    assert asked.statements == 1
    again = run(stocked, want_figures, UNSEEN)
    assert again.statements == 2
    assert run(stocked, want_figures, UNSEEN).statements == 1
