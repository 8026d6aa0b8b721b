"""What is wrong with a form is said once: at the field, or above where the page has no place for it."""

from babel import Locale
from selectolax.lexbor import LexborHTMLParser

from stockflow.web.forms import FieldsRefused, FormState
from stockflow.web.rendering import Reader, environment, said_once

_PAGE = """
{%- import "web/macros/forms.html" as forms with context -%}
<main>{{ forms.problem() }}{{ forms.field("name", "Name") }}
{{ forms.lookup("/products/lookup", "product_id", "sku", "Product") }}</main>"""


def _texts(errors: dict[str, str]) -> dict[str, list[str]]:
    """What a refused form says above its fields, and at them."""
    form = FormState({"name": ""}, {}, errors, FieldsRefused())
    reader = Reader(Locale("en", "GB"))
    page = said_once(environment().from_string(_PAGE).render(form=form, reader=reader))
    shown = LexborHTMLParser(page)
    return {
        css: [" ".join(node.text().split()) for node in shown.css(css)]
        for css in ("li", ".invalid-feedback")
    }


def test_what_is_wrong_with_a_field_is_said_there_and_only_named_above() -> None:
    errors = {"name": "is required", "product_id": "choose a product"}
    assert _texts(errors) == {
        "li": ["Name", "Product"],
        ".invalid-feedback": ["is required", "choose a product"],
    }


def test_what_the_page_has_no_field_for_is_said_above() -> None:
    errors = {"name": "is required", "currency": "is not known"}
    assert _texts(errors) == {
        "li": ["Name", "Currency is not known"],
        ".invalid-feedback": ["is required"],
    }


def test_a_field_is_called_as_people_call_it() -> None:
    form = FormState({"lines.4.quantity": "1", "lines.7.quantity": "x"}, {}, {}, FieldsRefused())
    names = ("sku", "supplier_sku", "category_id", "lines.7.unit_price", "lines.7.product_id")
    assert [form.called(name) for name in names] == [
        "SKU",
        "Supplier SKU",
        "Category",
        "Line 2 unit price",
        "Line 2 product",
    ]
