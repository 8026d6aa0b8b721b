"""The search for anything."""

import pytest

from stockflow.dashboard.find import Found, FoundKind, find
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from tests.counting.counts import open_count
from tests.factories import Api, make_product, make_supplier, make_warehouse
from tests.purchasing.ordering import make_trade
from tests.sales.ordering import draft, make_customer, wants
from tests.scopes import in_scope, run
from tests.transfers.journeys import make_transfer


def _titles(api: Api, text: str) -> list[tuple[str, str]]:
    return [(found.kind.value, found.title) for found in in_scope(api, find, text)]


def test_products_customers_and_suppliers_by_name(api: Api, other: Api) -> None:
    product = make_product(api, name="Copper Kettle", sku="KET-1")
    customer = make_customer(api, name="Old Kettle Inn", code="INN")
    supplier = make_supplier(api, name="Kettle & Sons")
    make_product(other, name="Copper Kettle")
    make_supplier(api, name="Teapots")

    asked = run(api, find, "  kettle ")

    assert asked.statements == 1
    assert asked.result == [
        Found(FoundKind.PRODUCT, product["id"], "KET-1", "Copper Kettle"),
        Found(FoundKind.CUSTOMER, customer["id"], "Old Kettle Inn", "INN"),
        Found(FoundKind.SUPPLIER, supplier["id"], "Kettle & Sons", None),
    ]
    assert _titles(api, "inn") == [("customer", "Old Kettle Inn")]


def test_documents_by_the_beginning_of_their_number(api: Api) -> None:
    trade = make_trade(api)
    there = make_warehouse(api)
    sale = draft(api, wants(trade.first, 1))
    purchase = trade.draft()
    transfer = make_transfer(api, trade.warehouse, there, (trade.first, 1))
    count = open_count(api, trade.warehouse)

    for document, kind in (
        (sale, "sales_order"),
        (purchase, "purchase_order"),
        (transfer, "transfer"),
        (count, "stock_count"),
    ):
        assert (kind, document["number"]) in _titles(api, document["number"][:8].lower())


def test_at_most_five_of_each(api: Api) -> None:
    for _ in range(7):
        make_supplier(api, name="Brass")

    assert len(in_scope(api, find, "brass")) == 5


def test_documents_of_other_warehouses_are_not_found(api: Api) -> None:
    trade = make_trade(api)
    order = trade.draft()
    far = make_warehouse(api)
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({far["id"]}))

    assert run(api, find, order["number"], actor=actor).result == []


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "\\", "\x00", "<script>", "'; --", "x" * 9000]
)
def test_any_text_may_be_searched_for(api: Api, text: str) -> None:
    make_supplier(api, name="Brass")

    assert in_scope(api, find, text) == []
