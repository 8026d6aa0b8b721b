"""Count sheets on paper."""

import pytest

from stockflow.counting.errors import CountNotFound, CountTooLongToPrint
from stockflow.counting.printing import LINES_PRINTED_MAX, count_sheet_pdf
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor, WriteScope
from stockflow.web.pdf import PrintStyle
from tests.counting.counts import count, of, open_count
from tests.factories import Api, line, make_product, make_warehouse, move
from tests.scopes import in_scope, run
from tests.web.pdf_reading import texts_of

STYLE = PrintStyle("en_GB")


def test_a_sheet_names_the_products_and_tells_nothing_of_what_is_expected(api: Api) -> None:
    here = make_warehouse(api)
    lamp = make_product(api, sku="A-1", barcode="4006381333931", unit="pair")
    desk = make_product(api, sku="B-1")
    move(api, line(lamp, here, "purchase", 77), line(desk, here, "purchase", 88))
    opened = open_count(api, here, notes="Top shelf too.")
    count(api, opened, of(lamp, 76))

    printed = in_scope(api, count_sheet_pdf, opened["id"], STYLE)

    assert printed.filename == f"count-{opened['number']}.pdf"
    texts = texts_of(printed.content)
    start = texts.index("#")
    assert texts[start:] == [
        "#", "SKU", "Product", "Barcode", "Unit", "Counted",
        texts[start + 6], "A-1", lamp["name"], "4006381333931", "pair",
        texts[start + 11], "B-1", desk["name"], "each",
        "Notes", "Top shelf too.", "Counted by", "Date and time",
        f"Count sheet {opened['number']}", "Page 1 of 1",
    ]  # fmt: skip
    assert (texts[start + 6], texts[start + 11]) == ("1", "2")
    assert not {"77", "76", "88"} & set(texts)


def test_results_are_shown_as_far_as_they_may_be_seen(api: Api) -> None:
    here, lamp = make_warehouse(api), make_product(api)
    move(api, line(lamp, here, "purchase", 77))
    opened = open_count(api, here, blind=True)
    count(api, opened, of(lamp, 76))

    async def results(scope: WriteScope) -> list[str]:
        printed = await count_sheet_pdf(scope, opened["id"], STYLE, results=True)
        return texts_of(printed.content)[-6:-2]

    assert in_scope(api, results) == [lamp["name"], "77", "76", "-1"]
    seen = run(api, results, actor=Actor(Role.STAFF)).result
    assert seen[-2:] == [lamp["name"], "76"]


def test_what_nobody_would_read_or_may_read_is_not_printed(api: Api, other: Api) -> None:
    here, lamp = make_warehouse(api), make_product(api)
    move(api, line(lamp, here, "purchase", 7))
    opened = open_count(api, here)
    elsewhere = Actor(Role.STAFF, warehouse_ids=frozenset({here["id"] + 1}))
    with pytest.raises(CountNotFound):
        run(api, count_sheet_pdf, opened["id"], STYLE, actor=elsewhere)
    with pytest.raises(CountNotFound):
        run(other, count_sheet_pdf, opened["id"], STYLE)

    async def grow(scope: WriteScope) -> None:
        await scope.execute(
            "UPDATE stock_counts SET line_count = %s WHERE company_id = %s AND id = %s",
            (LINES_PRINTED_MAX + 1, scope.company_id, opened["id"]),
        )

    in_scope(api, grow)
    with pytest.raises(CountTooLongToPrint) as caught:
        run(api, count_sheet_pdf, opened["id"], STYLE)
    assert caught.value.facts == {"line_count": 10_001}
