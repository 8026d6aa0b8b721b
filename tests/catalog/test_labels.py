"""Barcode labels for products."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from stockflow.catalog.errors import ProductNotFound
from stockflow.catalog.labels import PrintLabels, product_labels_pdf
from stockflow.web.pdf import PrintStyle
from stockflow.web.pdf_barcodes import gtin_symbol, text_symbol
from stockflow.web.pdf_labels_layout import GEOMETRIES, LabelLayout
from tests.factories import Api, Json, make_product
from tests.scopes import in_scope, run
from tests.web.pdf_reading import PdfPage, modules_of, read_pdf

STYLE = PrintStyle("en_GB")


def labels(*products: Json, **fields: object) -> PrintLabels:
    return PrintLabels.model_validate({"products": list(products), **fields})


def copies(product: Json, number: int = 1) -> Json:
    return {"product_id": product["id"], "copies": number}


def pages(api: Api, command: PrintLabels) -> list[PdfPage]:
    return read_pdf(in_scope(api, product_labels_pdf, command, STYLE).content)


def test_a_label_has_name_barcode_sku_and_price(api: Api) -> None:
    lamp = make_product(
        api, name="Desk lamp", sku="LAMP-1", barcode="4006381333931", price="1234.50"
    )
    (page,) = pages(api, labels(copies(lamp), layout="57x32", price=True))
    assert page.texts == ["Desk lamp", "£1,234.50", "LAMP-1", "4006381333931"]
    assert modules_of(page.rectangles, 0.25) == gtin_symbol("4006381333931").rows[0]
    assert all(0 < left < 57 for left, *_ in page.rectangles)


def test_without_a_gtin_the_sku_is_the_barcode(api: Api) -> None:
    (page,) = pages(
        api, labels(copies(make_product(api, name="Chair", sku="CH 7")), layout="57x32")
    )
    assert page.texts == ["Chair", "CH 7"]
    assert modules_of(page.rectangles, 0.25) == text_symbol("CH 7", 53).rows[0]


@pytest.mark.parametrize("layout", LabelLayout)
def test_labels_fill_sheets_from_the_first_free_one(api: Api, layout: LabelLayout) -> None:
    first, second = make_product(api, name="First"), make_product(api, name="Second")
    on_sheet = layout.per_page
    command = labels(copies(first, 2), copies(second, on_sheet), layout=layout, start=on_sheet)
    found = pages(api, command)
    names = [[text for text in page.texts if text in ("First", "Second")] for page in found]
    rest = ["First", *["Second"] * on_sheet]
    assert names == [["First"], *[rest[at : at + on_sheet] for at in range(0, len(rest), on_sheet)]]


def test_labels_stand_in_rows_that_fill_the_sheet(api: Api) -> None:
    lamp = make_product(api, name="Lamp")
    (page,) = pages(api, labels(copies(lamp, 24)))
    pairs = zip(page.texts, page.places, strict=True)
    corners = [place for text, place in pairs if text == "Lamp"]
    assert [round(x) for x, _ in corners[:3]] == [5, 75, 145]
    tops = [round(y, 1) for _, y in corners[::3]]
    assert [round(a - b, 1) for a, b in pairwise(tops)] == [37.0] * 7
    for geometry in GEOMETRIES.values():
        x, y = geometry.corner(geometry.per_page - 1)
        assert x + geometry.label[0] <= geometry.page[0]
        assert y + geometry.label[1] <= geometry.page[1]


def test_hostile_text_stays_on_its_label(api: Api) -> None:
    hostile = make_product(api, name="<script>" + "שלום😀日" * 40, sku="Ñ" * 64)
    (page,) = pages(api, labels(copies(hostile), layout="57x32"))
    assert page.texts[0].startswith("<script>")
    assert page.texts[-1].endswith("…")
    assert len(page.texts) == 3
    for left, top, width, height in page.rectangles:
        assert 0 < left < left + width < 57
        assert 0 < top + height < top < 32


def test_labels_of_unknown_products_or_too_many_are_refused(api: Api, other: Api) -> None:
    lamp = make_product(api)
    with pytest.raises(ProductNotFound):
        run(other, product_labels_pdf, labels(copies(lamp)), STYLE)
    refused: tuple[Json, ...] = (
        {"products": []},
        {"products": [copies(lamp, 0)]},
        {"products": [copies(lamp, 1000)] * 6},
        {"products": [copies(lamp)], "start": 25},
        {"products": [copies(lamp)], "layout": "57x32", "start": 2},
        {"products": [copies(lamp)], "layout": "a5"},
    )
    for wrong in refused:
        with pytest.raises(ValidationError):
            PrintLabels.model_validate(wrong)


def test_any_number_of_products_is_read_by_one_statement(api: Api) -> None:
    products = [copies(make_product(api)) for _ in range(5)]
    assert run(api, product_labels_pdf, labels(*products), STYLE).statements == 1
