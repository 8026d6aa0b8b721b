"""Transfers on paper."""

import pytest

from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.transfers.errors import TransferNotFound
from stockflow.transfers.printing import transfer_note_pdf
from stockflow.web.pdf import PrintStyle
from tests.factories import Api
from tests.scopes import in_scope, run
from tests.transfers.journeys import make_transfer, shipped, stocked
from tests.web.pdf_reading import read_pdf, texts_of

STYLE = PrintStyle("en_GB")


def test_a_note_says_what_is_sent_and_leaves_room_for_what_arrives(api: Api) -> None:
    (lamp, desk), here, there = stocked(api, 9, 9)
    transfer = make_transfer(api, here, there, (lamp, 2.5), (desk, 4), notes="Two pallets.")
    name = f"Transfer note {transfer['number']}"
    before = texts_of(in_scope(api, transfer_note_pdf, transfer["id"], STYLE).content)
    assert "To ship" in before

    shipped(api, transfer)
    printed = in_scope(api, transfer_note_pdf, transfer["id"], STYLE)

    assert printed.filename == f"transfer-{transfer['number']}.pdf"
    texts = texts_of(printed.content)
    assert texts[:6] == [
        "Acme", name, "From", "To",
        f"{here['code']} · {here['name']}", f"{there['code']} · {there['name']}",
    ]  # fmt: skip
    assert texts[texts.index("#") :] == [
        "#", "SKU", "Product", "Shipped", "Good", "Damaged", "Missing",
        "1", lamp["sku"], lamp["name"], "2.5", "2", desk["sku"], desk["name"], "4",
        "Notes", "Two pallets.", "Sent by", "Received by", name, "Page 1 of 1",
    ]  # fmt: skip


def test_who_is_limited_to_one_end_prints_it_and_others_do_not(api: Api, other: Api) -> None:
    (lamp,), here, there = stocked(api, 9)
    transfer = make_transfer(api, here, there, (lamp, 2))
    for warehouse in (here, there):
        actor = Actor(Role.STAFF, warehouse_ids=frozenset({warehouse["id"]}))
        printed = run(api, transfer_note_pdf, transfer["id"], STYLE, actor=actor).result
        assert len(read_pdf(printed.content)) == 1
    elsewhere = Actor(Role.STAFF, warehouse_ids=frozenset({there["id"] + 1}))
    with pytest.raises(TransferNotFound):
        run(api, transfer_note_pdf, transfer["id"], STYLE, actor=elsewhere)
    with pytest.raises(TransferNotFound):
        run(other, transfer_note_pdf, transfer["id"], STYLE)
