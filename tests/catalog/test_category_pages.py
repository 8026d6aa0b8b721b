"""The pages of categories, and what fields find of products."""

from tests.factories import Api, done, make_product
from tests.pages import signed_in


def test_a_category_is_made_changed_archived_and_restored(api: Api) -> None:
    browser = signed_in(api)
    browser.submit("/categories/new", name="Tools", low_stock_threshold="2.5")
    (category,) = done(api.get("/api/categories"))["items"]
    assert (category["name"], category["low_stock_threshold"]) == ("Tools", 2.5)

    path = f"/categories/{category['id']}"
    browser.submit(path, css="main form.card", low_stock_threshold="")
    assert done(api.get(f"/api{path}"))["low_stock_threshold"] is None

    assert browser.get("/categories").rows()[0]["Name"] == "Tools"
    browser.press(path, f"{path}/archive")
    assert "No categories yet" in browser.get("/categories").text
    assert [row["Name"] for row in browser.get("/categories?archived=true").rows()] == ["Tools"]
    browser.press(path, f"{path}/restore")
    assert done(api.get(f"/api{path}"))["archived_at"] is None


def test_a_category_in_use_is_not_archived_and_the_page_says_why(api: Api) -> None:
    make_product(api, category="Tools")
    (category,) = done(api.get("/api/categories"))["items"]
    browser = signed_in(api)
    path = f"/categories/{category['id']}"

    shown = browser.press(path, f"{path}/archive", 409)

    assert shown.texts("[role=alert] h2") == ["Category in use"]
    assert done(api.get(f"/api{path}")) == category


def test_a_field_finds_products_by_words_and_exactly_by_code(api: Api) -> None:
    mug = make_product(api, sku="MUG-1", name="Blue mug", barcode="4006381333931", price="4.50")
    make_product(api, sku="MUG-10", name="Blue mug, large")
    browser = signed_in(api, "viewer")

    by_sku = browser.get("/products/lookup?q=mug-1").answer.json()["items"]
    assert by_sku[0]["id"] == mug["id"]
    assert [item["exact"] for item in by_sku] == [True, False]
    assert by_sku[0]["text"] == "MUG-1 · Blue mug"
    assert by_sku[0]["data"]["price"] == "4.5000"

    by_code = browser.get("/products/lookup?q=04006381333931").answer.json()["items"]
    assert [(item["id"], item["exact"]) for item in by_code] == [(mug["id"], True)]
    assert browser.get("/products/lookup?q=nothing").answer.json() == {"items": []}
