"""Creating products."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import Api, done, make_product, refused
from tests.scopes import audit_of

WIDGET = {"name": "Widget", "sku": "WID-1", "price": "12.5"}


def products(api: Api, **filters: Any) -> list[Any]:
    return list(done(api.get("/api/products", **filters))["items"])


def test_only_name_sku_and_price_are_required(api: Api) -> None:
    response = api.post("/api/products", WIDGET)

    created = done(response, 201)
    product = created["product"]
    assert created == {
        "product_id": product["id"],
        "message": "Product created",
        "product": product,
    }
    assert product == {
        "id": created["product_id"],
        "name": "Widget",
        "sku": "WID-1",
        "product_type": "standard",
        "category_id": None,
        "category": None,
        "description": None,
        "barcode": None,
        "unit": "each",
        "price": "12.5000",
        "cost_price": None,
        "currency": "GBP",
        "low_stock_threshold": None,
        "reorder_quantity": None,
        "allow_backorders": None,
        "weight_kg": None,
        "length_cm": None,
        "width_cm": None,
        "height_cm": None,
        "archived_at": None,
        "created_at": product["created_at"],
        "updated_at": product["created_at"],
        "version": 1,
    }
    assert response.headers["location"] == f"/api/products/{product['id']}"
    assert response.headers["etag"] == '"1"'
    assert done(api.get(response.headers["location"])) == product


def test_every_field_is_kept(api: Api) -> None:
    fields = {
        "product_type": "bundle",
        "category": "Tools",
        "description": "Two lines\nof text",
        "barcode": "4006381333931",
        "unit": "box",
        "cost_price": "7.1234",
        "currency": "EUR",
        "low_stock_threshold": 2.5,
        "reorder_quantity": 100,
        "allow_backorders": True,
        "weight_kg": 0.0001,
        "length_cm": 1,
        "width_cm": 2,
        "height_cm": 3,
    }

    product = make_product(api, **fields)

    assert {name: product[name] for name in fields} == fields
    assert audit_of(api, "product") == [
        (
            product["id"],
            "created",
            {
                name: [None, str(value) if type(value) in {int, float} else value]
                for name, value in {
                    **fields,
                    "category": None,
                    "name": product["name"],
                    "sku": product["sku"],
                    "price": "9.9900",
                    "category_id": product["category_id"],
                }.items()
                if value is not None and name != "category_id"
            }
            | {"category_id": [None, product["category_id"]]},
        )
    ]


def test_every_wrong_field_is_named(api: Api) -> None:
    problem = refused(
        api.post(
            "/api/products",
            {
                "name": " ",
                "price": "-1",
                "cost_price": "1.00001",
                "barcode": "123",
                "currency": "euro",
                "weight_kg": "NaN",
                "category": "Tools",
                "category_id": 1,
                "initial_quantity": 5,
                "colour": "red",
            },
        ),
        400,
        "invalid-request",
    )

    assert sorted(error["pointer"] for error in problem["errors"]) == [
        "/barcode",
        "/category_id",
        "/colour",
        "/cost_price",
        "/currency",
        "/initial_quantity",
        "/name",
        "/price",
        "/sku",
        "/weight_kg",
    ]
    assert products(api) == []
    assert done(api.get("/api/categories"))["items"] == []


@pytest.mark.parametrize(
    ("fields", "pointer", "detail"),
    [
        ({"warehouse_id": 1}, "/initial_quantity", "is required with a warehouse"),
        ({"warehouse": "LON"}, "/initial_quantity", "is required with a warehouse"),
        ({"initial_quantity": 1}, "/initial_quantity", "needs warehouse_id or warehouse"),
        (
            {"warehouse_id": 1, "warehouse": "LON", "initial_quantity": 1},
            "/warehouse",
            "must not be given together with warehouse_id",
        ),
        (
            {"product_type": "bundle", "warehouse_id": 1, "initial_quantity": 1},
            "/initial_quantity",
            "a bundle has no stock of its own",
        ),
        ({"price": "NaN"}, "/price", None),
        ({"price": "Infinity"}, "/price", None),
        ({"price": "100000000000000"}, "/price", None),
        ({"price": True}, "/price", None),
        ({"name": "a\x00b"}, "/name", None),
        ({"name": "a\nb"}, "/name", None),
        ({"name": "x" * 256}, "/name", None),
        ({"sku": "x" * 65}, "/sku", None),
        ({"sku": " \t "}, "/sku", None),
        ({"description": "a\x00b"}, "/description", None),
        ({"product_type": "kit"}, "/product_type", None),
        ({"low_stock_threshold": -1}, "/low_stock_threshold", None),
    ],
)
def test_a_wrong_field_is_refused(
    api: Api, fields: dict[str, Any], pointer: str, detail: str | None
) -> None:
    problem = refused(api.post("/api/products", {**WIDGET, **fields}), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert detail is None or problem["errors"][0]["detail"] == detail
    assert products(api) == []


@pytest.mark.parametrize(
    "barcode", ["96385074", "036000291452", "4006381333931", "10012345678902", " 96385074 "]
)
def test_barcodes_are_gtins(api: Api, barcode: str) -> None:
    assert make_product(api, barcode=barcode)["barcode"] == barcode.strip()


@pytest.mark.parametrize(
    "barcode",
    ["96385075", "036000291453", "4006381333930", "123456789", "", "40063813339", "4006-3813-33931",
     "٤٠٠٦٣٨١٣٣٣٩٣١", "400638133393100", "ABCDEFGH"],
)  # fmt: skip
def test_what_is_no_gtin_is_refused(api: Api, barcode: str) -> None:
    problem = refused(
        api.post("/api/products", {**WIDGET, "barcode": barcode}), 400, "invalid-request"
    )

    assert [error["pointer"] for error in problem["errors"]] == ["/barcode"]
    assert products(api) == []


def test_a_barcode_belongs_to_one_product_however_long_it_is_written(api: Api) -> None:
    first = make_product(api, barcode="036000291452")

    refused(api.post("/api/products", {**WIDGET, "barcode": "0036000291452"}), 409, "barcode-taken")

    assert products(api) == [first]


@pytest.mark.parametrize("sku", ["WID-1", "wid-1", "  Wid-1 "])
def test_a_sku_is_taken_in_any_case_and_spacing(api: Api, sku: str) -> None:
    first = make_product(api, sku="Wid-1")

    problem = refused(api.post("/api/products", {**WIDGET, "sku": sku}), 409, "sku-taken")

    assert problem["existing_product_id"] == first["id"]
    assert [error["pointer"] for error in problem["errors"]] == ["/sku"]
    assert products(api) == [first]


def test_doubled_spaces_and_accents_typed_apart_make_no_other_sku(api: Api) -> None:
    spaced = make_product(api, sku="A  B")
    accented = make_product(api, sku="CAF\u00c9")

    first = refused(api.post("/api/products", {**WIDGET, "sku": "a b"}), 409, "sku-taken")
    second = refused(api.post("/api/products", {**WIDGET, "sku": "cafe\u0301"}), 409, "sku-taken")

    assert first["existing_product_id"] == spaced["id"]
    assert second["existing_product_id"] == accented["id"]


def test_an_archived_product_keeps_its_sku_but_not_its_barcode(api: Api) -> None:
    old = make_product(api, sku="WID-1", barcode="96385074")
    done(api.delete(f"/api/products/{old['id']}"))

    problem = refused(api.post("/api/products", WIDGET), 409, "sku-taken")
    successor = make_product(api, sku="WID-2", barcode="96385074")

    assert problem["existing_product_id"] == old["id"]
    assert products(api) == [successor]


def test_another_company_may_use_the_same_sku_and_barcode(api: Api, other: Api) -> None:
    make_product(api, sku="WID-1", barcode="96385074", category="Tools")

    theirs = make_product(other, sku="WID-1", barcode="96385074", category="Tools")

    assert products(other) == [theirs]


def test_of_two_racing_requests_one_gets_the_sku(api: Api) -> None:
    for round_ in range(5):
        body = {**WIDGET, "sku": f"RACE-{round_}", "category": f"New {round_}"}
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda body: api.post("/api/products", body), [body] * 4))
        winners = [answer.json()["product_id"] for answer in answers if answer.status_code == 201]
        losers = [answer for answer in answers if answer.status_code != 201]
        assert len(winners) == 1
        for loser in losers:
            problem = refused(loser, 409, "sku-taken")
            assert problem["existing_product_id"] == winners[0]
        assert [item["id"] for item in products(api, sku=f"race-{round_}")] == winners


def test_a_category_is_found_by_name_in_any_case_or_created(api: Api) -> None:
    first = make_product(api, category="Hand  tools")
    second = make_product(api, category=" hand TOOLS ")
    third = make_product(api, category_id=first["category_id"])

    assert {p["category"] for p in (first, second, third)} == {"Hand  tools"}
    assert {p["category_id"] for p in (first, second, third)} == {first["category_id"]}
    assert [entry[:2] for entry in audit_of(api, "category")] == [(first["category_id"], "created")]


def test_racing_products_share_one_new_category(api: Api) -> None:
    bodies = [{**WIDGET, "sku": f"S-{i}", "category": "Fresh"} for i in range(6)]
    with ThreadPoolExecutor(6) as threads:
        made = [done(r, 201) for r in threads.map(lambda b: api.post("/api/products", b), bodies)]

    assert len({answer["product"]["category_id"] for answer in made}) == 1
    assert [c["name"] for c in done(api.get("/api/categories"))["items"]] == ["Fresh"]


def test_a_category_of_another_company_or_an_archived_one_is_refused(api: Api, other: Api) -> None:
    theirs = done(other.post("/api/categories", {"name": "Tools"}), 201)
    mine = done(api.post("/api/categories", {"name": "Old"}), 201)
    done(api.post(f"/api/categories/{mine['id']}/archival"))

    refused(
        api.post("/api/products", {**WIDGET, "category_id": theirs["id"]}),
        404,
        "category-not-found",
    )
    for named in ({"category": "old"}, {"category_id": mine["id"]}):
        refused(api.post("/api/products", {**WIDGET, **named}), 409, "category-archived")

    assert products(api) == []


def test_hostile_text_is_only_text(api: Api) -> None:
    name = "'); DROP TABLE products; -- <script>alert(1)</script> %s \\ 💣"

    product = make_product(api, name=name, sku="'\"%_\\;--", description="\u202e{{7*7}}")

    assert product["name"] == name
    assert product["sku"] == "'\"%_\\;--"
    assert products(api, q=name) == [product]


def test_who_may_not_edit_the_catalogue_makes_nothing(api: Api) -> None:
    for role in ("viewer", "staff"):
        refused(api.with_key(role).post("/api/products", WIDGET), 403, "forbidden")

    assert products(api) == []
    done(api.with_key("manager").post("/api/products", WIDGET), 201)


def test_the_same_request_sent_again_takes_effect_once(api: Api) -> None:
    first = api.post("/api/products", WIDGET, Idempotency_Key="k1")
    again = api.post("/api/products", WIDGET, Idempotency_Key="k1")

    assert done(again, 201) == done(first, 201)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == '"1"'
    assert len(products(api)) == 1
