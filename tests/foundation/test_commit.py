"""An answer is sent after the commit: who reads 201 may rely on it."""

from typing import Any

import pytest
from fastapi import APIRouter

from stockflow.companies.access import Write
from stockflow.foundation.routing import Created, JsonBody, OperationRoute
from stockflow.warehouses import operations
from stockflow.warehouses.commands import CreateWarehouse
from stockflow.warehouses.queries import WarehouseRow
from tests.factories import done, refused
from tests.foundation.conftest import MakeApi

# what a deferred trigger does happens in COMMIT itself, after everything else went well
_FAILS_AT_COMMIT = """
CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {action}; RETURN NULL; END $$;
CREATE TEMPORARY TABLE doomed (id integer) ON COMMIT DROP;
CREATE CONSTRAINT TRIGGER doomed AFTER INSERT ON doomed DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION pg_temp.fail();
INSERT INTO doomed VALUES (1);
"""


# a connection belongs to the role that logged in, which on a server by URL is not the current one
_ENDS = """PERFORM set_config('role', session_user, true);
PERFORM pg_terminate_backend(pg_backend_pid(), 1000)"""


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [
        ("RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'XX000'", 500, "unexpected"),
        (_ENDS, 503, "busy"),
    ],
)
def test_a_failed_commit_is_no_success(
    make_api: MakeApi, action: str, status: int, code: str
) -> None:
    router = APIRouter(route_class=OperationRoute)

    @router.post("/api/doomed")
    async def doomed(scope: Write, command: JsonBody[CreateWarehouse]) -> Created[WarehouseRow]:
        row = await operations.create_warehouse(scope, command)
        await scope.execute(_FAILS_AT_COMMIT.format(action=action))
        return Created(row, "/")

    api = make_api(router)
    body = {"code": "A", "name": "A"}

    refused(api.post("/api/doomed", body, Idempotency_Key="once"), status, code)

    assert done(api.get("/api/warehouses"))["items"] == []
    entries: list[Any] = done(api.get("/api/audit", entity="warehouse"))["items"]
    assert entries == []
    done(api.post("/api/warehouses", body, Idempotency_Key="once"), 201)
