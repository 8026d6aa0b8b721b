"""Importing warehouses, suppliers, products and terms."""

from typing import Any

from tests.factories import Api, done, make_product, make_supplier, make_warehouse, refused
from tests.imports.sending import contents, errors_of, imported, send
from tests.scopes import archive, audit_of


def _items(api: Api, path: str) -> Any:
    return done(api.get(path, sort="id") if "warehouses" not in path else api.get(path))["items"]


def test_warehouses_are_added_and_changed_and_what_is_empty_stays(api: Api) -> None:
    make_warehouse(api, code="LON", name="London", city="London")
    make_warehouse(api, code="MAN", name="Manchester", contact_name="Ann")

    answer = imported(
        api,
        "warehouses",
        "code,name,city,country,type,active\n"
        "lon,London,London,,,\n"
        "MAN,Manchester North,,GB,retail,no\n"
        "RTM,Rotterdam,Rotterdam,NL,,\n",
    )

    assert answer == {
        "id": answer["id"],
        "kind": "warehouses",
        "filename": "file.csv",
        "rows": 3,
        "created": 1,
        "changed": 1,
        "unchanged": 1,
        "posted": 0,
        "rejected": 0,
        "errors_total": 0,
        "errors": [],
        "ignored_columns": [],
        "posting_ids": [],
        "shifted_days": None,
        "repeated": False,
        "dry_run": False,
        "user_id": None,
        "api_key_id": answer["api_key_id"],
        "created_at": answer["created_at"],
    }
    shown = [
        (row["code"], row["name"], row["city"], row["country"], row["type"], row["active"])
        for row in _items(api, "/api/warehouses")
    ]
    assert shown == [
        ("LON", "London", "London", None, "fulfilment", True),
        ("MAN", "Manchester North", None, "GB", "retail", False),
        ("RTM", "Rotterdam", "Rotterdam", "NL", "fulfilment", True),
    ]
    assert done(api.get("/api/warehouses", q="MAN"))["items"][0]["contact_name"] == "Ann"
    assert audit_of(api, "import") == [
        (
            answer["id"],
            "created",
            {
                "kind": [None, "warehouses"],
                "filename": [None, "file.csv"],
                "rows": [None, 3],
            },
        )
    ]


def test_suppliers_are_added_and_changed(api: Api) -> None:
    make_supplier(api, code="S1", name="Alder", notes="stays")

    answer = imported(
        api,
        "suppliers",
        "name,code,lead_time_days,currency\nAlder,S1,7,\nBirch,S2,12,GBP\n",
    )

    assert (answer["created"], answer["changed"], answer["unchanged"]) == (1, 1, 0)
    shown = [
        (row["code"], row["name"], row["lead_time_days"], row["currency"], row["notes"])
        for row in _items(api, "/api/suppliers")
    ]
    assert shown == [("S1", "Alder", 7, None, "stays"), ("S2", "Birch", 12, "GBP", None)]


def test_products_are_added_and_changed(api: Api) -> None:
    kept = make_product(api, sku="KEPT", name="Kept", price="1.50", cost_price="1")
    make_product(api, sku="MOVED", name="Moved", price="2", category="Old", description="stays")

    answer = imported(
        api,
        "products",
        "sku,name,price,category,cost_price,low_stock_threshold,barcode,unit\n"
        "kept,Kept,1.5,,1.0000,,,\n"
        "MOVED,Moved on,2.25,New,,12,,box\n"
        "NEW,Brand new,0.5,New,0.25,3.5,4006381333931,\n",
    )

    assert (answer["created"], answer["changed"], answer["unchanged"]) == (1, 1, 1)
    now_kept, moved, new = _items(api, "/api/products")
    assert now_kept == kept
    assert (moved["name"], moved["price"], moved["category"], moved["unit"]) == (
        "Moved on",
        "2.2500",
        "New",
        "box",
    )
    assert (moved["low_stock_threshold"], moved["description"]) == (12, "stays")
    assert (moved["version"], new["version"]) == (2, 1)
    assert (new["sku"], new["price"], new["cost_price"]) == ("NEW", "0.5000", "0.2500")
    assert (new["low_stock_threshold"], new["barcode"]) == (3.5, "4006381333931")
    changes = audit_of(api, "product")[-1]
    assert changes[:2] == (moved["id"], "changed")
    assert changes[2]["price"] == ["2.0000", "2.2500"]
    assert changes[2]["low_stock_threshold"] == [None, "12"]


def test_a_changed_threshold_reaches_the_levels(api: Api) -> None:
    place = make_warehouse(api)
    make_product(api, sku="A", warehouse_id=place["id"], initial_quantity=5)

    imported(api, "products", "sku,name,price,low_stock_threshold\nA,A,1,10\n")

    (level,) = done(api.get("/api/stock/levels", sku="A"))["items"]
    assert level["threshold"] == 10


def test_terms_are_added_and_changed(api: Api) -> None:
    product, supplier = make_product(api, sku="A"), make_supplier(api, code="S")
    make_supplier(api, code="T")
    path = f"/api/products/{product['id']}/suppliers"
    done(api.put(f"{path}/{supplier['id']}", {"cost_price": "3", "is_preferred": True}), 201)

    answer = imported(
        api,
        "product-suppliers",
        "sku,supplier,supplier_sku,cost_price,lead_time_days,minimum_order_quantity,is_preferred\n"
        "a,s,S-1,,,,\n"
        "A,T,T-1,2.5,9,24,true\n",
    )

    assert (answer["created"], answer["changed"], answer["unchanged"]) == (1, 1, 0)
    rows = done(api.get(path))["items"]
    shown = {
        row["supplier_code"]: (row["supplier_sku"], row["cost_price"], row["is_preferred"])
        for row in rows
    }
    assert shown == {"S": ("S-1", "3.0000", False), "T": ("T-1", "2.5000", True)}


def test_what_is_wrong_is_named_by_row_and_column_and_nothing_is_written(api: Api) -> None:
    archived = make_product(api, sku="GONE")
    archive(api, archived["id"])
    make_product(api, sku="OWNER", barcode="4006381333931")
    before = contents(api)

    problem = refused(
        send(
            api,
            "products",
            "sku,name,price,product_type,barcode,low_stock_threshold\n"
            "GOOD,Good,1,,,\n"
            ",No SKU,-1,,,\n"
            "\n"
            "GONE,Archived,1,,,\n"
            "TAKEN,Barcode,1,,4006381333931,\n"
            "good,Again,1,,,\n"
            "OWNER,Other type,1,bundle,4006381333931,x\n"
            "LAST,Other,1,strange,123,\n",
        ),
        400,
        "import-refused",
    )

    assert contents(api) == before
    assert errors_of(problem) == [
        (3, "sku", "is required"),
        (3, "price", "must not be negative"),
        (5, "sku", "is the SKU of an archived product"),
        (6, "barcode", "is the barcode of product OWNER"),
        (7, "sku", "is in row 2 already"),
        (8, "low_stock_threshold", "must be a number, such as 12.5"),
        (9, "barcode", "must be a GTIN of 8, 12, 13 or 14 digits with the right check digit"),
        (9, "product_type", "must be 'standard' or 'bundle'"),
    ]
    assert problem["errors"][0]["pointer"] == "/rows/3/sku"
    assert (problem["rows"], problem["rejected"], problem["errors_total"]) == (7, 6, 8)


def test_the_good_rows_are_written_where_that_is_asked_for(api: Api) -> None:
    make_product(api, sku="BUNDLE", product_type="bundle")
    file = "sku,name,price,product_type\nA,A,1,\nB,B,x,\nBUNDLE,C,1,standard\nD,D,4,\n"

    answer = imported(api, "products", file, valid_rows=True)

    assert (answer["rows"], answer["created"], answer["rejected"]) == (4, 2, 2)
    assert [(wrong["row"], wrong["column"]) for wrong in answer["errors"]] == [
        (3, "price"),
        (4, "product_type"),
    ]
    assert [row["sku"] for row in _items(api, "/api/products")] == ["BUNDLE", "A", "D"]


def test_where_no_row_is_good_the_file_is_refused_even_then(api: Api) -> None:
    before = contents(api)

    refused(send(api, "suppliers", "code,name\n,A\nB,\n", valid_rows=True), 400, "import-refused")

    assert contents(api) == before


def test_terms_name_what_is_there_once(api: Api, other: Api) -> None:
    make_product(api, sku="A")
    archive(api, make_product(api, sku="GONE")["id"])
    make_supplier(api, code="S")
    make_supplier(api, code="T")
    make_product(other, sku="THEIRS")
    make_supplier(other, code="THEIRS")
    before = contents(api)

    problem = refused(
        send(
            api,
            "product-suppliers",
            "sku,supplier,is_preferred\nA,S,true\nTHEIRS,S,\nA,THEIRS,\nGONE,S,\na,s,\nA,T,yes\n",
        ),
        400,
        "import-refused",
    )

    assert contents(api) == before
    assert errors_of(problem) == [
        (3, "sku", "There is no such product."),
        (4, "supplier", "There is no such supplier."),
        (5, "sku", "The product is archived."),
        (6, "supplier", "is in row 2 already"),
        (7, "is_preferred", "is in row 2 already"),
    ]


def test_each_kind_needs_its_permission(api: Api) -> None:
    before = contents(api)
    for role in ("viewer", "staff"):
        key = api.with_key(role)
        for kind in ("warehouses", "suppliers", "products", "product-suppliers", "movements"):
            refused(send(key, kind, "code,name\nA,A\n"), 403, "forbidden")
        refused(key.get("/api/imports"), 403, "forbidden")
    unchanged = {name: value for name, value in contents(api).items() if name != "audit_entries"}
    assert unchanged == {name: value for name, value in before.items() if name != "audit_entries"}


def test_a_limited_key_adds_no_warehouses(api: Api) -> None:
    key = api.with_key("manager", [make_warehouse(api)["id"]])

    refused(send(key, "warehouses", "code,name\nA,A\n"), 403, "warehouse-not-allowed")


def test_imports_are_listed_newest_first(api: Api, other: Api) -> None:
    first = imported(api, "suppliers", "code,name\nA,A\n", name="one.csv")
    second = imported(api, "warehouses", "code,name,color\nA,A,red\n", name="two.csv")

    page = done(api.get("/api/imports", limit=1))
    rest = done(api.get("/api/imports", limit=1, cursor=page["next_cursor"]))

    assert [item["id"] for item in page["items"] + rest["items"]] == [second["id"], first["id"]]
    assert rest["next_cursor"] is None
    assert page["items"][0]["filename"] == "two.csv"
    only = done(api.get("/api/imports", kind="suppliers"))["items"]
    assert [item["id"] for item in only] == [first["id"]]
    assert done(api.get(f"/api/imports/{second['id']}")) == second
    assert second["ignored_columns"] == ["color"]
    refused(other.get(f"/api/imports/{second['id']}"), 404, "import-not-found")
    assert done(other.get("/api/imports"))["items"] == []
