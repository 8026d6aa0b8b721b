"""Paper over the API: the same PDFs as pages give, in the locale and on the sheets asked for."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.counting.counts import count, of, open_count
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.purchasing.ordering import make_trade
from tests.sales.returning import confirmed, read, shipped
from tests.transfers.journeys import make_transfer
from tests.web.pdf_reading import texts_of


@dataclass(frozen=True)
class Papers:
    """A company with documents to print, all about one warehouse; `addresses` by the file's name."""

    api: Api
    warehouse: Any
    addresses: dict[str, str]


@pytest.fixture
def papers(api: Api) -> Papers:
    trade = make_trade(api)
    product, warehouse = trade.first, trade.warehouse
    move(api, line(product, warehouse, "purchase", 2000, unit_cost="2"))
    picked = read(api, confirmed(api, (product, 1234.5), warehouse_id=warehouse["id"]))
    sent = shipped(api, (product, 2), warehouse_id=warehouse["id"])
    of_sent = f"/api/sales-orders/{sent['id']}"
    (parcel,) = done(api.get(f"{of_sent}/shipments"))["items"]
    transfer = make_transfer(api, warehouse, make_warehouse(api), (product, 3))
    counted = open_count(api, warehouse, product_ids=[product["id"]])
    count(api, counted, of(product, 7))
    order = trade.draft()
    addresses = {
        f"sales-order-{sent['number']}": f"{of_sent}/print",
        f"pick-list-{picked['number']}": f"/api/sales-orders/{picked['id']}/pick-list",
        f"packing-note-{sent['number']}-{parcel['id']}": f"{of_sent}/shipments/{parcel['id']}/packing-note",
        f"transfer-{transfer['number']}": f"/api/transfers/{transfer['id']}/print",
        f"count-{counted['number']}": f"/api/stock-counts/{counted['id']}/sheet",
        f"purchase-order-{order['number']}": f"/api/purchase-orders/{order['id']}/print",
    }
    return Papers(api, warehouse, addresses)


def printed(api: Api, path: str, **asked: Any) -> bytes:
    answer = api.get(path, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def test_each_document_is_printed_under_its_name(papers: Papers) -> None:
    viewer = papers.api.with_key("viewer")
    named = {}
    for path in papers.addresses.values():
        answer = viewer.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        name = answer.headers["content-disposition"].removeprefix("inline; filename*=UTF-8''")
        named[name.removesuffix(".pdf")] = path
        assert "Page 1 of 1" in texts_of(answer.content)
    assert named == papers.addresses


def test_numbers_and_sheets_are_those_asked_for(papers: Papers) -> None:
    (path,) = [one for one in papers.addresses.values() if one.endswith("pick-list")]
    for locale, quantity in ((None, "1,234.5"), ("de", "1.234,5"), ("de-DE", "1.234,5")):
        asked = {} if locale is None else {"locale": locale}
        assert quantity in texts_of(printed(papers.api, path, **asked))
    assert b"/MediaBox [0 0 595.28 841.89]" in printed(papers.api, path)
    assert b"/MediaBox [0 0 612.00 792.00]" in printed(papers.api, path, paper="letter")
    for wrong in ({"locale": "xx"}, {"locale": "../de"}, {"paper": "a5"}, {"copies": 2}):
        refused(papers.api.get(path, **wrong), 400, "invalid-request")


def test_a_count_is_printed_to_count_or_with_its_results(papers: Papers) -> None:
    (path,) = [one for one in papers.addresses.values() if one.endswith("sheet")]
    assert "7" not in texts_of(printed(papers.api, path))
    assert "7" in texts_of(printed(papers.api, path, results=True))


def test_what_one_may_not_read_is_not_printed(papers: Papers, other: Api) -> None:
    elsewhere = papers.api.with_key("manager", [make_warehouse(papers.api)["id"]])
    for caller in (other, elsewhere):
        for path in papers.addresses.values():
            answer = caller.get(path)
            assert answer.status_code == 404, path
            assert answer.headers["content-type"] == "application/problem+json"


def test_labels_are_printed(api: Api, other: Api) -> None:
    first, second, theirs = make_product(api), make_product(api), make_product(other)
    body = {"products": [{"product_id": first["id"], "copies": 2}, {"product_id": second["id"]}]}

    answer = api.with_key("viewer").post("/api/products/labels", body)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    texts = texts_of(answer.content)
    assert [texts.count(product["sku"]) for product in (first, second)] == [2, 1]
    unknown = {"products": [{"product_id": theirs["id"]}]}
    refused(api.post("/api/products/labels", unknown), 404, "product-not-found")
    refused(api.post("/api/products/labels", {"products": []}), 400, "invalid-request")
