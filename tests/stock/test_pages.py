"""The pages of stock levels, movements and postings."""

from tests.adjustments.asking import limit
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.pages import signed_in
from tests.stock.reading import held, picture

LEVELS = "/api/stock/levels"


def test_levels_are_listed_and_filtered(api: Api) -> None:
    main, shop = make_warehouse(api, code="MAIN"), make_warehouse(api, code="SHOP")
    make_product(
        api, sku="MUG", low_stock_threshold=50, warehouse_id=main["id"], initial_quantity=40
    )
    make_product(api, sku="CUP", warehouse_id=shop["id"], initial_quantity=70, cost_price="2")
    browser = signed_in(api, "viewer")

    rows = browser.get("/levels").rows()
    assert [(row["SKU"], row["Warehouse"], row["Available"], row["State"]) for row in rows] == [
        ("MUG", "MAIN", "40", "Low"),
        ("CUP", "SHOP", "70", "–"),
    ]
    assert [row["SKU"] for row in browser.get("/levels?low=true").rows()] == ["MUG"]
    assert [row["SKU"] for row in browser.get(f"/levels?warehouse_id={shop['id']}").rows()] == [
        "CUP"
    ]
    assert browser.get("/levels?as_of=2001-01-01T10:00").rows()[0]["Available"] == "0"


def test_levels_and_their_file_come_in_the_order_of_the_address(api: Api) -> None:
    main, shop = make_warehouse(api, code="MAIN"), make_warehouse(api, code="AREA")
    mug, cup = make_product(api, sku="MUG"), make_product(api, sku="CUP")
    for product in (mug, cup):
        move(api, *[line(product, place, "purchase", 1) for place in (main, shop)])
    browser = signed_in(api, "viewer")

    shown = browser.get("/levels?sort=-sku")
    by_warehouse = browser.get("/levels?sort=warehouse").rows()
    file = browser.get("/levels?sort=-sku&columns=sku,warehouse_code&format=csv").answer.text

    found = [(row["SKU"], row["Warehouse"]) for row in shown.rows()]
    assert found == [("MUG", "AREA"), ("MUG", "MAIN"), ("CUP", "AREA"), ("CUP", "MAIN")]
    assert file.split()[1:] == [",".join(pair) for pair in found]
    assert [(row["Warehouse"], row["SKU"]) for row in by_warehouse] == [
        ("AREA", "MUG"),
        ("AREA", "CUP"),
        ("MAIN", "MUG"),
        ("MAIN", "CUP"),
    ]
    assert browser.path("/levels?sort=sku") in shown.hrefs()
    assert browser.path("/levels?sort=warehouse") in shown.hrefs()


def test_movements_are_recorded_with_what_is_said_once_for_all_lines(api: Api) -> None:
    warehouse = make_warehouse(api)
    mug = make_product(api, sku="MUG")
    make_product(api, sku="CUP")
    browser = signed_in(api, "staff")
    fields = browser.get("/movements/new").fields()

    sent = browser.send(
        "/movements/new",
        {
            **fields,
            "_type": "purchase",
            "_warehouse_id": str(warehouse["id"]),
            "_reference": "DN-7",
            "_occurred_at": "2026-01-02T10:30",
            "lines.0.product_id": str(mug["id"]),
            "lines.0.quantity": "5",
            "lines.0.unit_cost": "1.25",
            "lines.4.sku": "CUP",
            "lines.4.quantity": "2.5",
        },
    )

    levels = {row["sku"]: row["available"] for row in done(api.get(LEVELS))["items"]}
    assert levels == {"MUG": 5, "CUP": 2.5}
    rows = browser.get("/movements?columns=sku,type,quantity_change,reference,occurred_at").rows()
    assert [(row["SKU"], row["Type"], row["Change"], row["Reference"]) for row in rows] == [
        ("CUP", "Purchase", "+2.5", "DN-7"),
        ("MUG", "Purchase", "+5", "DN-7"),
    ]
    assert rows[0]["When"] == "02/01/2026, 10:30"
    assert [row["SKU"] for row in browser.follow(sent).rows()] == ["MUG", "CUP"]


def test_too_little_stock_is_said_at_the_line_and_nothing_moves(api: Api) -> None:
    warehouse = make_warehouse(api)
    mug = make_product(api, warehouse_id=warehouse["id"], initial_quantity=3)
    browser = signed_in(api, "staff")
    before = done(api.get(LEVELS))
    fields = {
        **browser.get("/movements/new").fields(),
        "_type": "sale",
        "_warehouse_id": str(warehouse["id"]),
        "_text.lines.2.sku": "Mug as shown",
        "lines.2.product_id": str(mug["id"]),
        "lines.2.quantity": "4",
    }

    shown = browser.send("/movements/new", fields, 409)

    assert shown.texts("[role=alert] h2") == ["Insufficient stock"]
    assert shown.texts("[role=alert] li") == ["Line 2"]
    assert shown.one("[role=alert] li a").attributes["href"] == "#f-lines-2"
    assert "4 asked, 3 available" in shown.one("#f-lines-2-error.line-error").text()
    assert shown.one("#f-lines-2-sku").attributes["value"] == "Mug as shown"
    assert shown.one("#f-lines-2-quantity").attributes["value"] == "4"
    assert shown.one('[name="lines.2.product_id"]').attributes["value"] == str(mug["id"])
    assert done(api.get(LEVELS)) == before


def test_lines_without_a_product_and_empty_lines(api: Api) -> None:
    warehouse = make_warehouse(api)
    browser = signed_in(api)
    fields = {
        **browser.get("/movements/new").fields(),
        "_warehouse_id": str(warehouse["id"]),
        "lines.0.quantity": "",
        "lines.3.quantity": "1",
    }
    shown = browser.send("/movements/new", fields, 400)
    assert "choose a product" in shown.one("#f-lines-3-error").text()
    assert done(api.get(LEVELS))["items"] == []


def test_a_posting_is_taken_back_once(api: Api) -> None:
    warehouse = make_warehouse(api)
    make_product(api, warehouse_id=warehouse["id"], initial_quantity=3)
    movement = done(api.get("/api/stock/movements"))["items"][0]
    browser = signed_in(api, "staff")
    path = f"/postings/{movement['posting_id']}"

    fields = browser.get(path).fields()
    sent = browser.send(path, fields)
    again = browser.send(path, fields)

    assert sent.answer.headers["location"] == again.answer.headers["location"]
    assert done(api.get(LEVELS))["items"][0]["available"] == 0
    assert "It was reversed by" in browser.get(path).text
    assert browser.get(path).tree.css("main form[method=post]") == []
    browser.send(path, {}, 409)
    viewer = signed_in(api, "viewer")
    viewer.send(path, {}, 403)
    viewer.get("/movements/new", 403)


def test_a_posting_shows_its_movements_in_order_and_who_recorded_it(api: Api) -> None:
    main, shop = make_warehouse(api, code="MAIN"), make_warehouse(api, code="SHOP")
    mug = make_product(api, sku="MUG")
    browser = signed_in(api, "staff")
    fields = {**browser.get("/movements/new").fields(), "_reason": "Fair"}
    lines = {"lines.0.sku": "MUG", "lines.0.quantity": "5", "lines.0.unit_cost": "1.25"}
    browser.send("/movements/new", {**fields, **lines, "_warehouse_id": str(main["id"])})
    posting = done(api.get("/api/stock/movements"))["items"][0]["posting_id"]

    shown = browser.get(f"/postings/{posting}")

    assert shown.texts("dl.facts dt") == ["Made for", "Recorded", "Recorded by"]
    assert shown.texts("dl.facts dd")[::2] == ["Movements", "Pat Page"]
    columns = ("SKU", "Warehouse", "Change", "Before", "After", "Unit cost", "Value", "Reason")
    assert [[row[name] for name in columns] for row in shown.rows()] == [
        ["MUG", "MAIN", "+5", "0", "5", "£1.25", "£6.25", "Fair"]
    ]
    file = browser.get(f"/postings/{posting}?columns=sku,quantity_change&format=csv").answer
    assert file.content.decode("utf-8-sig").split() == ["SKU,Change", "MUG,5"]
    signed_in(api, "staff", [shop["id"]]).get(f"/postings/{posting}", 404)
    assert signed_in(api, "viewer", [main["id"]]).get(f"/postings/{posting}").rows()
    assert [row["SKU"] for row in browser.get(f"/movements?product_id={mug['id']}").rows()] == [
        "MUG"
    ]
    named = browser.get(f"/movements?product_id={mug['id']}").one("#f-sku")
    assert named.attributes["value"] == f"MUG · {mug['name']}"


def test_a_posting_over_the_limit_is_taken_back_by_who_may_approve(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "adjustment", 20))
    limit(api, quantity=10)
    posting = done(api.get("/api/stock/movements"))["items"][0]["posting_id"]
    before = picture(api)

    shown = signed_in(api, "staff").send(f"/postings/{posting}", {}, 403)

    assert "somebody who may approve adjustments" in shown.texts("[role=alert]")[0]
    assert "POST /api" not in shown.text
    assert picture(api) == before
    signed_in(api, "manager").send(f"/postings/{posting}", {})
    assert held(api, product, warehouse) == (0, 0, 0, 0)
