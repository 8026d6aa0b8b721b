"""Adding and changing many warehouses at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stockflow.foundation.bulk import Upserted
from stockflow.foundation.errors import FieldError, Forbidden, Invalid
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WarehouseNotAllowed
from stockflow.warehouses.commands import CreateWarehouse, WarehouseType
from stockflow.warehouses.operations import upsert_warehouses
from tests.factories import Api, done, make_warehouse
from tests.scopes import audit_of, in_scope, run


def test_new_ones_are_added_and_others_changed_where_they_differ(api: Api) -> None:
    kept = make_warehouse(api, code="KEPT", name="Kept")
    moved = make_warehouse(api, code="MOVED", name="Moved", city="York")

    counts = in_scope(
        api,
        upsert_warehouses,
        [
            CreateWarehouse(code="kept", name="Kept"),
            CreateWarehouse(code="NEW", name="New", type=WarehouseType.VIRTUAL),
            CreateWarehouse(code="moved", name="Moved", active=False),
        ],
    )

    assert counts == Upserted(created=1, changed=1, unchanged=1)
    now_kept, now_moved, new = done(api.get("/api/warehouses"))["items"]
    assert now_kept == kept
    assert now_moved == {
        **moved,
        "active": False,
        "version": 2,
        "updated_at": now_moved["updated_at"],
    }
    assert (new["code"], new["name"], new["type"], new["version"]) == ("NEW", "New", "virtual", 1)
    assert audit_of(api, "warehouse")[2:] == [
        (
            new["id"],
            "created",
            {
                "code": [None, "NEW"],
                "name": [None, "New"],
                "type": [None, "virtual"],
                "active": [None, True],
                "priority": [None, 100],
            },
        ),
        (moved["id"], "changed", {"active": [True, False]}),
    ]


def test_a_null_that_is_given_empties_the_field(api: Api) -> None:
    make_warehouse(api, code="A", name="Aa", city="York")

    in_scope(api, upsert_warehouses, [CreateWarehouse(code="A", name="Aa", city=None)])

    assert done(api.get("/api/warehouses"))["items"][0]["city"] is None


def test_nothing_given_changes_nothing(api: Api) -> None:
    assert in_scope(api, upsert_warehouses, []) == Upserted(0, 0, 0)
    assert audit_of(api, "warehouse") == []


def test_the_number_of_statements_does_not_grow(api: Api) -> None:
    def commands(count: int, name: str) -> list[CreateWarehouse]:
        return [CreateWarehouse(code=f"{count}-{n}", name=name) for n in range(count)]

    few = [run(api, upsert_warehouses, commands(2, name)) for name in ("first", "second")]
    many = [run(api, upsert_warehouses, commands(3000, name)) for name in ("first", "second")]

    assert [ran.result for ran in many] == [Upserted(3000, 0, 0), Upserted(0, 3000, 0)]
    assert [ran.statements for ran in many] == [ran.statements for ran in few]


def test_a_code_given_twice_is_refused(api: Api) -> None:
    commands = [CreateWarehouse(code=code, name="Twice") for code in ("A", "B", "a", "b")]

    with pytest.raises(Invalid) as refusal:
        in_scope(api, upsert_warehouses, commands)

    detail = "is given in an earlier row too"
    assert refusal.value.errors == (FieldError("/2/code", detail), FieldError("/3/code", detail))
    assert done(api.get("/api/warehouses"))["items"] == []


def test_it_needs_the_permission_and_all_warehouses(api: Api) -> None:
    commands = [CreateWarehouse(code="A", name="Aa")]

    with pytest.raises(Forbidden):
        run(api, upsert_warehouses, commands, actor=Actor(Role.STAFF))
    with pytest.raises(WarehouseNotAllowed):
        run(api, upsert_warehouses, commands, actor=Actor(Role.OWNER, warehouse_ids=frozenset({1})))

    assert done(api.get("/api/warehouses"))["items"] == []


def test_two_at_once_in_opposite_order_both_arrive(api: Api) -> None:
    def upsert(name: str) -> Upserted:
        codes = range(200) if name == "up" else range(199, -1, -1)
        commands = [CreateWarehouse(code=f"{n:03}", name=name) for n in codes]
        return in_scope(api, upsert_warehouses, commands)

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(upsert, ("up", "down")))

    assert sorted(count.created for count in counts) == [0, 200]
    assert sorted(count.changed for count in counts) == [0, 200]
    rows = done(api.get("/api/warehouses", limit=1000))["items"]
    assert {row["version"] for row in rows} == {2}
    assert len({row["name"] for row in rows}) == 1
    assert len(audit_of(api, "warehouse")) == 400
