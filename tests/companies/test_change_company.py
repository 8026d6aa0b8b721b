"""The company's rules: read, changed, told to the features that depend on them."""

from collections.abc import Iterator
from typing import cast

import pytest
from fastapi import FastAPI

from stockflow.companies.commands import CreateCompany
from stockflow.companies.events import CompanyRulesChanged, TimezoneChanging
from stockflow.foundation import events
from stockflow.foundation.errors import Conflict
from stockflow.foundation.scope import WriteScope, transaction
from tests.factories import Api, done, make_warehouse, refused


@pytest.fixture
def heard() -> Iterator[list[tuple[object, WriteScope]]]:
    """What was published, with the scope it was published with."""
    found: list[tuple[object, WriteScope]] = []

    async def hear(scope: WriteScope, event: object) -> None:
        found.append((event, scope))

    for kind in (CompanyRulesChanged, TimezoneChanging):
        events._subscribers[kind].append(hear)
    yield found
    for kind in (CompanyRulesChanged, TimezoneChanging):
        events._subscribers[kind].remove(hear)


def test_a_company_shows_its_rules(api: Api) -> None:
    company = done(api.get("/api/company"))

    assert company == {
        "id": api.company_id,
        "name": "Acme",
        "currency": "GBP",
        "timezone": "UTC",
        "case_sensitive_skus": False,
        "allow_backorders": False,
        "default_low_stock_threshold": 10,
        "standard_low_stock_threshold": None,
        "low_stock_at_threshold": False,
        "sales_period_days": 30,
        "backorder_orders": False,
        "allocation_rule": "most_whole",
        "reservation_hours": None,
        "purchase_approval_above": None,
        "purchase_terms_rule": "warn",
        "over_receipt_percent": 0,
        "recount_above": None,
        "count_approval_above": None,
        "adjustment_approval_quantity": None,
        "adjustment_approval_value": None,
        "created_at": company["created_at"],
        "version": 1,
    }


def test_every_rule_can_be_changed(api: Api) -> None:
    before = done(api.get("/api/company"))
    changes = {
        "name": "Acme Ltd",
        "currency": "EUR",
        "timezone": "Europe/London",
        "case_sensitive_skus": True,
        "allow_backorders": True,
        "default_low_stock_threshold": 2.5,
        "standard_low_stock_threshold": 20,
        "low_stock_at_threshold": True,
        "sales_period_days": 90,
        "backorder_orders": True,
        "allocation_rule": "priority",
        "reservation_hours": 48,
        "purchase_approval_above": "2500.0000",
        "purchase_terms_rule": "refuse",
        "over_receipt_percent": 2.5,
        "recount_above": 3,
        "count_approval_above": "100.5000",
        "adjustment_approval_quantity": 12.5,
        "adjustment_approval_value": "0.0000",
    }

    answer = api.patch("/api/company", changes, If_Match='"1"')

    assert done(answer) == {**before, **changes, "version": 2}
    assert answer.headers["etag"] == '"2"'
    assert done(api.get("/api/company")) == done(answer)
    entry = done(api.get("/api/audit", entity="company"))["items"][0]
    assert entry["action"] == "changed"
    assert entry["changes"]["name"] == ["Acme", "Acme Ltd"]
    assert entry["changes"].keys() == changes.keys()


def test_a_threshold_can_be_taken_away(api: Api) -> None:
    assert (
        done(api.patch("/api/company", {"default_low_stock_threshold": None}))[
            "default_low_stock_threshold"
        ]
        is None
    )


def test_nothing_new_changes_nothing(api: Api) -> None:
    before = done(api.get("/api/company"))

    assert done(api.patch("/api/company", {"name": "Acme"})) == before
    assert done(api.patch("/api/company", {})) == before


def test_a_stale_version_is_refused(api: Api) -> None:
    first = done(api.patch("/api/company", {"name": "First"}, If_Match='"1"'))

    refused(api.patch("/api/company", {"name": "Second"}, If_Match='"1"'), 412, "stale-version")

    assert done(api.get("/api/company")) == first


def test_features_hear_of_new_rules_with_a_scope_that_has_them(
    api: Api, heard: list[tuple[object, WriteScope]]
) -> None:
    done(api.patch("/api/company", {"default_low_stock_threshold": 7, "allow_backorders": True}))

    [(event, scope)] = [pair for pair in heard if pair[1].company_id == api.company_id]
    assert event == CompanyRulesChanged()
    assert scope.company.default_low_stock_threshold == 7
    assert scope.company.allow_backorders


def test_features_hear_nothing_when_no_rule_changed(
    api: Api, heard: list[tuple[object, WriteScope]]
) -> None:
    done(api.patch("/api/company", {"name": "New", "default_low_stock_threshold": 10}))

    assert heard == []


def test_a_feature_may_refuse_another_time_zone(api: Api) -> None:
    async def refuse(scope: WriteScope, _event: TimezoneChanging) -> None:
        if scope.company_id == api.company_id:
            assert str(scope.company.timezone) == "UTC"
            raise Conflict

    events.subscribe(TimezoneChanging)(refuse)
    try:
        before = done(api.get("/api/company"))

        refused(api.patch("/api/company", {"timezone": "Asia/Tokyo"}), 409, "conflict")

        assert done(api.get("/api/company")) == before
        done(api.patch("/api/company", {"name": "Still free"}))
    finally:
        events._subscribers[TimezoneChanging].remove(refuse)


def test_the_meaning_of_skus_is_settled_by_the_first_product(api: Api) -> None:
    _insert_product(api)
    before = done(api.get("/api/company"))

    refused(
        api.patch("/api/company", {"case_sensitive_skus": True, "name": "Other"}),
        409,
        "company-has-products",
    )

    assert done(api.get("/api/company")) == before
    done(api.patch("/api/company", {"case_sensitive_skus": False}))


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_only_admins_change_the_company(api: Api, role: str) -> None:
    weak = api.with_key(role)
    before = done(weak.get("/api/company"))

    refused(weak.patch("/api/company", {"name": "Mine"}), 403, "forbidden")

    assert done(api.get("/api/company")) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", "  "),
        ("currency", "gbp"),
        ("timezone", "Mars/Olympus"),
        ("timezone", ""),
        ("case_sensitive_skus", 1),
        ("default_low_stock_threshold", -1),
        ("default_low_stock_threshold", 0.00001),
        ("standard_low_stock_threshold", "NaN"),
        ("sales_period_days", 0),
        ("sales_period_days", 366),
        ("backorder_orders", None),
        ("allocation_rule", "nearest"),
        ("reservation_hours", 0),
        ("reservation_hours", 8761),
        ("purchase_approval_above", "-1"),
        ("purchase_terms_rule", "ignore"),
        ("over_receipt_percent", 100.5),
        ("recount_above", -1),
        ("count_approval_above", "0.00001"),
        ("adjustment_approval_quantity", "x"),
        ("adjustment_approval_value", "-0.01"),
        ("id", 1),
        ("version", 1),
    ],
)
def test_bad_rules_are_refused(api: Api, field: str, value: object) -> None:
    before = done(api.get("/api/company"))

    problem = refused(api.patch("/api/company", {field: value}), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [f"/{field}"]
    assert done(api.get("/api/company")) == before


def test_who_is_limited_to_warehouses_does_not_change_the_rules_of_all(api: Api) -> None:
    own = make_warehouse(api)["id"]
    before = done(api.get("/api/company"))

    for role in ("owner", "admin"):
        limited = api.with_key(role, [own])
        problem = refused(limited.patch("/api/company", {"name": "Mine"}), 403, "forbidden")
        assert "all warehouses" in problem["detail"]
        assert done(limited.get("/api/company")) == before


def test_a_new_company_is_in_london_unless_told_otherwise() -> None:
    command = CreateCompany(name="Acme", owner_email="owner@acme.example")

    assert (command.timezone, command.currency) == ("Europe/London", "GBP")


def _insert_product(api: Api) -> None:
    """By SQL: the catalogue is tested elsewhere."""

    async def insert() -> None:
        pool = cast(FastAPI, api.http.app).state.pool
        async with transaction(pool, api.company_id, read_only=False) as connection:
            await connection.execute(
                "INSERT INTO products (company_id, name, sku, sku_key, price, currency)"
                " VALUES (%s, 'A', 'A', 'A', 1, 'GBP')",
                (api.company_id,),
            )

    assert api.http.portal is not None
    api.http.portal.call(insert)
