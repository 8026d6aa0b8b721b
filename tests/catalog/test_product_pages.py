"""The pages of products and bundles."""

from tests.factories import Api, done, make_product, make_warehouse
from tests.pages import signed_in


def test_the_list_shows_stock_over_all_warehouses(api: Api) -> None:
    main, shop = make_warehouse(api, code="MAIN"), make_warehouse(api, code="SHOP")
    mug = make_product(api, sku="MUG", name="Mug", warehouse_id=main["id"], initial_quantity=40)
    sale = {
        "type": "adjustment",
        "reason": "found",
        "sku": "MUG",
        "warehouse": "SHOP",
        "quantity": 2,
    }
    done(api.post("/api/stock/movements", {"lines": [sale]}), 201)
    make_product(api, sku="CUP", name="Cup", category="Tableware")
    viewer = signed_in(api, "viewer")

    rows = viewer.get("/products").rows()
    assert [(row["SKU"], row["Available"], row["On hand"]) for row in rows] == [
        ("CUP", "0", "0"),
        ("MUG", "42", "42"),
    ]
    found = viewer.get("/products?q=mugg&columns=sku,warehouses").rows()
    assert found == [{"SKU": "MUG", "Warehouses": "2"}]
    limited = signed_in(api, "viewer", [shop["id"]])
    assert limited.get(f"/products?q={mug['sku']}").rows()[0]["Available"] == "2"
    category_id = done(api.get("/api/categories"))["items"][0]["id"]
    assert [row["SKU"] for row in viewer.get(f"/products?category_id={category_id}").rows()] == [
        "CUP"
    ]


def test_a_product_is_made_with_opening_stock_changed_archived_and_restored(api: Api) -> None:
    warehouse = make_warehouse(api)
    browser = signed_in(api)
    browser.submit(
        "/products/new",
        name="Mug",
        sku="mug-1",
        price="4.50",
        category="Tableware",
        warehouse_id=str(warehouse["id"]),
        initial_quantity="12.5",
    )
    (made,) = done(api.get("/api/products"))["items"]
    assert (made["sku"], made["price"], made["category"]) == ("mug-1", "4.5000", "Tableware")
    (level,) = done(api.get("/api/stock/levels"))["items"]
    assert level["available"] == 12.5

    path = f"/products/{made['id']}"
    browser.submit(f"{path}/edit", price="5", category="", allow_backorders="true")
    changed = done(api.get(f"/api{path}"))
    assert (changed["price"], changed["category"], changed["allow_backorders"]) == (
        "5.0000",
        None,
        True,
    )

    refused = browser.press(path, f"{path}/archive", 409)
    assert refused.texts("[role=alert] h2") == ["Product has stock"]
    assert done(api.get(f"/api{path}")) == changed


def test_a_taken_sku_is_said_and_nothing_is_made(api: Api) -> None:
    make_product(api, sku="MUG-1")
    shown = signed_in(api).submit("/products/new", 409, name="Again", sku="mug-1", price="1")
    assert shown.one("#f-sku").attributes["value"] == "mug-1"
    assert "SKU" in shown.texts("[role=alert] h2")[0]
    assert len(done(api.get("/api/products"))["items"]) == 1


def test_the_page_of_a_product_shows_what_is_where_and_what_it_sells(api: Api) -> None:
    warehouse = make_warehouse(api, code="MAIN")
    mug = make_product(api, sku="MUG", warehouse_id=warehouse["id"], initial_quantity=90)
    sale = {"type": "sale", "sku": "MUG", "warehouse": "MAIN", "quantity": 30}
    done(api.post("/api/stock/movements", {"lines": [sale]}), 201)
    browser = signed_in(api, "manager")
    path = f"/products/{mug['id']}"

    shown = browser.get(path)
    assert "Sold in 30 days 30" in shown.text
    assert "(60 days)" in shown.text
    assert shown.texts("#stock-by-warehouse tbody td")[:2] == ["MAIN", "60"]
    card = browser.get(f"{path}/card")
    assert card.texts(".chart-table tbody tr")[-1].split()[-1] == "60"
    assert len(card.tree.css(".chart-table tbody tr")) == 90
    history = browser.get(f"{path}/history")
    assert history.texts("#history tbody tr")[0].endswith("−30 60 –")

    supplier = done(api.post("/api/suppliers", {"name": "Potter", "lead_time_days": 9}), 201)
    terms = {"supplier_id": supplier["id"], "cost_price": "1.20", "supplier_sku": "P-7"}
    done(api.post(f"/api/products/{mug['id']}/suppliers", {**terms, "is_preferred": True}), 201)
    (item,) = browser.get(path).texts(".list-group-item")
    assert item == "Potter Preferred £1.20 P-7 · 9 days"

    browser.send(f"{path}/thresholds/{warehouse['id']}", {"low_stock_threshold": "75"})
    assert done(api.get("/api/stock/levels"))["items"][0]["threshold"] == 75
    assert "Low" in browser.get(path).texts("#stock-by-warehouse .badge")


def test_components_of_a_bundle_are_set_and_taken_away(api: Api) -> None:
    mug, spoon = make_product(api, sku="MUG"), make_product(api, sku="SPOON")
    bundle = make_product(api, sku="SET", product_type="bundle")
    browser = signed_in(api)
    path = f"/products/{bundle['id']}/components"
    fields = browser.get(path).fields()

    browser.send(
        path,
        {
            **fields,
            "components.0.product_id": str(mug["id"]),
            "components.0.quantity": "1",
            "components.7.sku": "SPOON",
            "components.7.quantity": "2",
        },
    )
    parts = done(api.get(f"/api/products/{bundle['id']}/components"))["components"]
    assert [(part["sku"], part["quantity"]) for part in parts] == [("MUG", 1), ("SPOON", 2)]
    assert browser.get(f"/products/{bundle['id']}").texts("td .code") == ["MUG", "SPOON"]

    wrong = browser.send(
        path,
        {
            **browser.get(path).fields(),
            "components.9.sku": "NOWHERE",
            "components.9.quantity": "1",
        },
        404,
    )
    assert wrong.one("#f-components-9-sku").attributes["value"] == "NOWHERE"

    emptied = {key: value for key, value in browser.get(path).fields().items() if key[0] == "_"}
    browser.send(path, emptied)
    assert done(api.get(f"/api/products/{bundle['id']}/components"))["components"] == []
    assert spoon["sku"] == "SPOON"


def test_who_may_only_look_has_no_buttons_and_is_refused(api: Api) -> None:
    product = make_product(api)
    viewer, path = signed_in(api, "viewer"), f"/products/{product['id']}"
    assert viewer.get(path).tree.css("main form[method=post]") == []
    for page in ("/products/new", f"{path}/edit"):
        viewer.get(page, 403)
    fields = signed_in(api).get(f"{path}/edit").fields()
    viewer.send(f"{path}/edit", {**fields, "name": "Mine now"}, 403)
    viewer.send(f"{path}/archive", {"_version": "1"}, 403)
    assert done(api.get(f"/api{path}")) == product


def test_labels_of_chosen_products_are_printed(api: Api) -> None:
    mug, cup = make_product(api, sku="MUG"), make_product(api, sku="CUP")
    browser = signed_in(api, "viewer")
    assert len(browser.get("/products").tree.css('tbody input[name="id[]"]')) == 2

    shown = browser.get(f"/products/labels?id[]={mug['id']}&id[]={cup['id']}")
    assert shown.texts("td .code") == ["CUP", "MUG"]
    fields = "&".join(f"{name}={value}" for name, value in shown.fields("main form").items())
    answer = browser.get(f"/products/labels.pdf?{fields}").answer
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")

    browser.get("/products/labels.pdf?layout=a4-3x8", 400)
    browser.get("/products/labels.pdf?products.0.product_id=999999999", 404)
    assert "No products chosen" in browser.get("/products/labels?id[]=x").text
