"""An import happens once; a dry run never."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stockflow.imports import operations
from tests.factories import Api, done, make_product, make_warehouse, refused
from tests.imports.sending import available, contents, imported, movements, send
from tests.scopes import audit_of

HEADER = "type,sku,warehouse,quantity,occurred_at\n"
MOVEMENTS = HEADER + "purchase,A,W,5,2024-01-01T00:00:00Z\nsale,A,W,2,2024-01-02T00:00:00Z\n"


@pytest.fixture
def stocked(api: Api) -> Api:
    make_warehouse(api, code="W")
    make_product(api, sku="A")
    return api


def test_the_same_rows_are_taken_in_once(stocked: Api) -> None:
    first = imported(stocked, "movements", MOVEMENTS)
    before = contents(stocked)

    again = done(send(stocked, "movements", MOVEMENTS, name="other.csv", shift_dates=True))

    assert again == {**first, "repeated": True}
    assert contents(stocked) == before
    assert available(stocked, "A", "W") == 3


def test_other_rows_are_another_import(stocked: Api) -> None:
    imported(stocked, "movements", MOVEMENTS)

    imported(stocked, "movements", MOVEMENTS + "sale,A,W,1,2024-01-02T00:00:00Z\n")

    assert available(stocked, "A", "W") == 5


def test_each_company_has_its_own_imports(api: Api, other: Api) -> None:
    imported(api, "warehouses", "code,name\nA,A\n")

    assert imported(other, "warehouses", "code,name\nA,A\n")["created"] == 1
    assert imported(api, "suppliers", "code,name\nA,A\n")["created"] == 1


def test_rows_that_were_left_out_count_as_well(stocked: Api) -> None:
    file = HEADER + "purchase,A,W,5,\npurchase,LATER,W,5,\n"
    first = imported(stocked, "movements", file, valid_rows=True)
    make_product(stocked, sku="LATER")

    again = done(send(stocked, "movements", file, valid_rows=True))

    assert again == {**first, "repeated": True}
    assert available(stocked, "LATER", "W") is None


def test_a_refused_file_may_be_sent_again(stocked: Api) -> None:
    file = HEADER + "purchase,LATER,W,5,\n"
    refused(send(stocked, "movements", file), 400, "import-refused")
    make_product(stocked, sku="LATER")

    assert imported(stocked, "movements", file)["posted"] == 1


def test_many_senders_of_one_file_have_one_effect(stocked: Api) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: send(stocked, "movements", MOVEMENTS), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert available(stocked, "A", "W") == 3
    assert len(movements(stocked)) == 2
    assert len(audit_of(stocked, "import")) == 1


def test_the_database_lets_nobody_past_the_lock(
    stocked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock both do the work, and the constraint undoes one of them."""
    imported(stocked, "movements", MOVEMENTS)
    before = contents(stocked)

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(operations, "find_import", nothing)

    refused(send(stocked, "movements", MOVEMENTS), 409, "imported-meanwhile")
    assert contents(stocked) == before


def test_two_files_of_crossed_rows_do_not_deadlock(api: Api) -> None:
    make_warehouse(api, code="W")
    skus = [make_product(api)["sku"] for _ in range(50)]

    def file(order: list[str], reference: str) -> str:
        rows = "".join(f"purchase,{sku},W,1,{reference}\n" for sku in order)
        return "type,sku,warehouse,quantity,reference\n" + rows

    texts = [file(skus[:: 1 if n % 2 else -1], f"R{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda text: send(api, "movements", text), texts))

    assert [answer.status_code for answer in answers] == [201] * 8
    assert {available(api, sku, "W") for sku in skus} == {8}


def test_a_request_with_a_key_is_answered_as_before(stocked: Api) -> None:
    def keyed() -> Any:
        return stocked.request(
            "POST",
            "/api/imports/movements",
            files={"file": ("a.csv", MOVEMENTS)},
            headers={"Idempotency-Key": "one"},
        )

    first, again = keyed(), keyed()

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


def test_a_dry_run_tells_what_would_happen(stocked: Api) -> None:
    before = contents(stocked)

    tried = done(send(stocked, "movements", MOVEMENTS, dry_run=True))

    assert (tried["id"], tried["created_at"], tried["dry_run"]) == (None, None, True)
    assert contents(stocked) == before
    real = imported(stocked, "movements", MOVEMENTS)
    told = {"id", "created_at", "dry_run", "posting_ids"}
    assert {k: v for k, v in tried.items() if k not in told} == {
        k: v for k, v in real.items() if k not in told
    }
    again = done(send(stocked, "movements", MOVEMENTS, dry_run=True))
    assert (again["repeated"], again["dry_run"], again["id"]) == (True, True, real["id"])


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("warehouses", "code,name\nNEW,New\n"),
        ("suppliers", "code,name\nNEW,New\n"),
        ("customers", "code,name\nNEW,New\n"),
        ("products", "sku,name,price,category\nA,Other,1,New\nNEW,New,1,Newer\n"),
    ],
)
def test_a_dry_run_changes_nothing(stocked: Api, kind: str, file: str) -> None:
    before = contents(stocked)

    tried = done(send(stocked, kind, file, dry_run=True))

    assert tried["created"] == 1
    assert contents(stocked) == before


def test_a_dry_run_finds_what_is_wrong(stocked: Api) -> None:
    before = contents(stocked)

    refused(
        send(stocked, "movements", HEADER + "sale,A,W,1,\n", dry_run=True), 400, "import-refused"
    )

    assert contents(stocked) == before
