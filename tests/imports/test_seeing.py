"""Who sees which imports, and what a long check does to its transaction."""

import time
from typing import Any

import pytest

from stockflow.foundation.scope import WriteScope
from stockflow.imports import operations, threads
from tests.factories import Api, done, make_product, make_warehouse, refused
from tests.imports.sending import imported, send

_HEADER = "type,sku,warehouse,quantity\n"


def test_who_is_limited_to_warehouses_sees_their_own_imports(api: Api) -> None:
    make_product(api, sku="A")
    mine = make_warehouse(api, code="MINE")
    make_warehouse(api, code="OTHER")
    limited = api.with_key("manager", [mine["id"]])
    file = _HEADER + "purchase,A,MINE,1\nsale,A,OTHER,5\n"
    theirs = imported(api, "movements", file, valid_rows=True)
    assert theirs["errors"]
    own = imported(limited, "movements", _HEADER + "purchase,A,MINE,2\n")

    listed = done(limited.get("/api/imports"))["items"]
    again = done(send(limited, "movements", file))

    assert [row["id"] for row in listed] == [own["id"]]
    assert done(limited.get(f"/api/imports/{own['id']}"))["posted"] == 1
    refused(limited.get(f"/api/imports/{theirs['id']}"), 404, "import-not-found")
    assert again == {**theirs, "repeated": True, "errors": [], "posting_ids": []}
    assert len(done(api.get("/api/imports"))["items"]) == 2


def test_a_long_check_keeps_its_transaction(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []
    execute, next_batch = WriteScope.execute, operations._next_batch

    async def listening(self: Any, statement: Any, params: Any = None) -> Any:
        statements.append(str(statement))
        return await execute(self, statement, params)

    def slow(*args: Any) -> Any:
        time.sleep(0.1)
        return next_batch(*args)

    monkeypatch.setattr(threads, "AWAKE_SECONDS", 0.01)
    monkeypatch.setattr(operations, "_next_batch", slow)
    monkeypatch.setattr(WriteScope, "execute", listening)

    imported(api, "warehouses", "code,name\nA,A\n")

    assert statements.count("SELECT 1") > 5
