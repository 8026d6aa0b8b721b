"""`stockflow check`: what it says, and the status it ends with."""

from contextlib import ExitStack

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.settings import Settings
from tests.cli.conftest import Deployment
from tests.factories import Api, line, make_product, make_warehouse, move


@pytest.fixture
def shared(settings: Settings, conninfo: Conninfo) -> Deployment:
    """The data directory of the whole run, whose PostgreSQL is running."""
    assert conninfo.owner
    return Deployment(settings.data_dir, ExitStack())


def test_a_level_that_was_tampered_with_is_listed_and_ends_it_with_1(
    api: Api, shared: Deployment, conninfo: Conninfo
) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 5))
    company = ("check", "--company", str(api.company_id))
    clean = shared.run(*company)

    # only the superuser of the cluster is above the policies and the grants
    with psycopg.connect(make_conninfo(conninfo.owner, user="postgres")) as superuser:
        superuser.execute(
            "UPDATE stock_levels SET available = available + 1, damaged = 2 WHERE company_id = %s",
            [api.company_id],
        )
    for_people, as_json = shared.run(*company), shared.run(*company, "--json")

    place = {"product_id": product["id"], "warehouse_id": warehouse["id"]}
    found = {"company_id": api.company_id, "invariant": "level_is_sum_of_movements", **place}
    sums = ["available 6, movements add up to 5", "damaged 2, movements add up to 0"]
    assert (clean.status, clean.err) == (0, "")
    assert clean.out == "1 companies checked: every invariant holds.\n"
    assert (as_json.status, as_json.err) == (1, "")
    assert as_json.json["companies"] == [api.company_id]
    assert sorted(as_json.json["findings"], key=lambda finding: str(finding["finding"])) == [
        {**found, "finding": text} for text in sums
    ]
    where = f"company {api.company_id}, product {product['id']}, warehouse {warehouse['id']}"
    *listed, last = for_people.out.splitlines()
    assert (for_people.status, for_people.err) == (1, "")
    assert sorted(listed) == [f"{where}: {text}" for text in sums]
    assert last == "1 companies checked: 2 findings."


def test_a_company_that_does_not_exist_is_refused(shared: Deployment) -> None:
    unknown = shared.run("check", "--company", "999999999", "--json")

    assert (unknown.status, unknown.json["code"]) == (1, "company-not-found")
