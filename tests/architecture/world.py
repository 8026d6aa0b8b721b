"""Two companies with something of everything, for tests that must not mix them up."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from starlette.testclient import TestClient

from stockflow.companies.account_commands import Invite
from stockflow.companies.invitations import invite
from stockflow.dashboard.kept import FiguresName, want_figures
from stockflow.foundation.jobs import defer
from stockflow.foundation.permissions import Role
from stockflow.foundation.postgres import Conninfo
from tests.architecture.documents import Ground, furnish_documents
from tests.conftest import new_company
from tests.factories import Api, done
from tests.imports.uploading import checked, mapped, start
from tests.scopes import in_scope

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind = 'r' AND a.attname = 'company_id' AND c.relrowsecurity ORDER BY 1
"""


@dataclass(frozen=True)
class Furnished:
    """A company with a row in every table.

    `shown` is in every text others may never read; `named` is in the codes others may guess and send.
    """

    api: Api
    shown: str
    named: str
    ids: dict[str, Any]

    @property
    def company_id(self) -> int:
        return self.api.company_id


@dataclass(frozen=True)
class World:
    """My company, and one that must stay theirs."""

    mine: Furnished
    theirs: Furnished


@pytest.fixture
def untouched(conninfo: Conninfo, world: World) -> Iterator[None]:
    """Fails the test if it changed anything of the other company."""
    before = _fingerprints(conninfo, world.theirs)
    yield
    assert _fingerprints(conninfo, world.theirs) == before


def _fingerprints(conninfo: Conninfo, furnished: Furnished) -> dict[str, str]:
    found = {}
    with psycopg.connect(conninfo.owner, autocommit=True) as connection:
        connection.execute(f"SET stockflow.company_id TO '{furnished.company_id}'")
        for (table,) in connection.execute(_TABLES).fetchall():
            row = connection.execute(
                sql.SQL(
                    "SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} t"
                    " WHERE company_id = %s"
                ).format(sql.Identifier(table)),
                [furnished.company_id],
            ).fetchone()
            assert row is not None
            found[table] = row[0]
    return found


@pytest.fixture(scope="module")
def world(http: TestClient) -> World:
    return World(furnish(http), furnish(http))


def furnish(http: TestClient) -> Furnished:
    shown, named = f"Shown{secrets.token_hex(8)}", f"NAMED{secrets.token_hex(8)}".upper()
    api = new_company(http, name=shown, owner_email=f"{shown}@example.com")
    warehouse = done(api.post("/api/warehouses", {"code": named, "name": shown}), 201)
    category = done(api.post("/api/categories", {"name": shown}), 201)
    supplier = done(api.post("/api/suppliers", {"name": shown, "code": named}), 201)
    product = done(
        api.post(
            "/api/products",
            {
                "name": shown,
                "sku": named,
                "price": "1",
                "category_id": category["id"],
                "warehouse_id": warehouse["id"],
                "initial_quantity": 20,
            },
        ),
        201,
    )["product"]
    bundle = _bundle(api, shown, named, product["id"])
    done(api.put(f"/api/products/{product['id']}/suppliers/{supplier['id']}", {}), 201)
    member = done(
        api.post("/api/members", {"email": f"m-{shown}@example.com", "role": "staff"}), 201
    )
    key = done(api.post("/api/api-keys", {"name": shown, "role": "viewer"}), 201)
    sale = {"product_id": product["id"], "warehouse_id": warehouse["id"], "type": "sale"}
    posting = done(
        api.post(
            "/api/stock/movements",
            {"lines": [{**sale, "quantity": 15, "reference": shown}]},
            Idempotency_Key=named,
        ),
        201,
    )
    csv = f"code,name\n{named}-2,{shown}\n"
    imported = done(
        api.request("POST", "/api/imports/warehouses", files={"file": (f"{shown}.csv", csv)}), 201
    )
    upload_id = _upload(api, shown, named)
    ground = Ground(api, shown, named, warehouse["id"], supplier["id"], product["id"], bundle["id"])
    invitation = Invite(email=f"i-{shown}@example.com", role=Role.VIEWER)
    invited = in_scope(api, invite, invitation, "http://localhost").invitation
    in_scope(api, defer, shown, at=datetime(2100, 1, 1, tzinfo=UTC))
    in_scope(api, want_figures, dict.fromkeys(FiguresName))
    ids = {
        "company_id": api.company_id,
        "warehouse_id": warehouse["id"],
        "category_id": category["id"],
        "supplier_id": supplier["id"],
        "product_id": product["id"],
        "bundle_id": bundle["id"],
        "component_id": product["id"],
        "user_id": member["user_id"],
        "api_key_id": key["id"],
        "posting_id": posting["posting_id"],
        "import_id": imported["id"],
        "invitation_id": invited.id,
        "upload_id": upload_id,
        **furnish_documents(ground),
    }
    return Furnished(api, shown, named, ids)


def _upload(api: Api, shown: str, named: str) -> int:
    """A file sent by the operator, with a row that is refused; gives its id."""
    upload = start(api, "warehouses", f"code,name,{shown}\n{named}-3,,{shown}\n", name=shown)
    mapped(api, upload, "code", "name", "address")
    checked(api, upload)
    return upload.id


def _bundle(api: Api, shown: str, named: str, component_id: int) -> Any:
    body = {"name": shown, "sku": f"{named}-SET", "price": "1", "product_type": "bundle"}
    bundle = done(api.post("/api/products", body), 201)["product"]
    components = [{"product_id": component_id, "quantity": 2}]
    done(api.put(f"/api/products/{bundle['id']}/components", {"components": components}))
    return bundle
