"""Changing, archiving and restoring products."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stockflow.catalog.events import ProductArchiving, ProductRulesChanged
from stockflow.foundation import events
from stockflow.foundation.scope import WriteScope
from tests.factories import Api, done, make_product, refused
from tests.scopes import audit_of


def path(product: Any) -> str:
    return f"/api/products/{product['id']}"


def make_bundle(api: Api, *parts: Any) -> Any:
    bundle = make_product(api, product_type="bundle")
    components = [{"product_id": part["id"], "quantity": 1} for part in parts]
    done(api.put(f"{path(bundle)}/components", {"components": components}))
    return bundle


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the catalogue publishes, beside those who listen anyway."""
    heard: list[object] = []

    async def listen(_scope: WriteScope, event: object) -> None:
        heard.append(event)

    for event in (ProductRulesChanged, ProductArchiving):
        monkeypatch.setitem(
            events._subscribers, event, [*events._subscribers.get(event, []), listen]
        )
    return heard


def test_only_the_given_fields_change(api: Api) -> None:
    product = make_product(api, name="Widget", category="Tools", cost_price="1", weight_kg=2)

    changed = done(
        api.patch(
            path(product),
            {"name": "Better widget", "price": "10", "cost_price": None, "barcode": "96385074"},
        )
    )

    assert changed == {
        **product,
        "name": "Better widget",
        "price": "10.0000",
        "cost_price": None,
        "barcode": "96385074",
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert done(api.get(path(product))) == changed
    assert audit_of(api, "product")[1:] == [
        (
            product["id"],
            "changed",
            {
                "name": ["Widget", "Better widget"],
                "price": ["9.9900", "10.0000"],
                "cost_price": ["1.0000", None],
                "barcode": [None, "96385074"],
            },
        )
    ]


def test_what_is_there_already_is_no_change(api: Api) -> None:
    product = make_product(api, category="Tools", cost_price="1.5", low_stock_threshold=5)

    same = {
        "price": "9.9900",
        "cost_price": 1.5,
        "category": "tools",
        "low_stock_threshold": "5.0",
        "sku": product["sku"],
        "barcode": None,
    }

    assert done(api.patch(path(product), same)) == product
    assert done(api.patch(path(product), {})) == product
    assert len(audit_of(api, "product")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"name": None},
        {"sku": None},
        {"price": None},
        {"currency": None},
        {"unit": None},
        {"product_type": "bundle"},
        {"initial_quantity": 5},
        {"category": "Tools", "category_id": 1},
        {"barcode": "123"},
        {"id": 5},
    ],
)
def test_a_field_that_cannot_become_so_is_refused(api: Api, body: dict[str, Any]) -> None:
    product = make_product(api)

    refused(api.patch(path(product), {"description": "x", **body}), 400, "invalid-request")

    assert done(api.get(path(product))) == product


def test_a_product_moves_between_categories(api: Api) -> None:
    product = make_product(api, category="Tools")
    toys = done(api.post("/api/categories", {"name": "Toys"}), 201)

    moved = done(api.patch(path(product), {"category_id": toys["id"]}))
    renamed = done(api.patch(path(product), {"category": "Brand new"}))
    removed = done(api.patch(path(product), {"category": None}))

    assert (moved["category"], renamed["category"], removed["category"]) == (
        "Toys",
        "Brand new",
        None,
    )
    assert removed["category_id"] is None
    refused(api.patch(path(product), {"category_id": 2**62}), 404, "category-not-found")


def test_a_stale_version_is_refused_and_changes_nothing(api: Api) -> None:
    product = make_product(api)
    first = done(api.patch(path(product), {"name": "First"}, If_Match='"1"'))

    for answer in (
        api.patch(path(product), {"name": "Second"}, If_Match='"1"'),
        api.post(f"{path(product)}/archival", If_Match='"1"'),
        api.request("DELETE", path(product), headers={"If-Match": '"1"'}),
        api.request("DELETE", f"{path(product)}/archival", headers={"If-Match": '"1"'}),
    ):
        assert refused(answer, 412, "stale-version")["current_version"] == 2

    assert done(api.get(path(product))) == first


def test_another_companys_product_does_not_exist(api: Api, other: Api) -> None:
    theirs = make_product(other, product_type="bundle")

    for answer in (
        api.get(path(theirs)),
        api.patch(path(theirs), {"name": "Mine"}),
        api.delete(path(theirs)),
        api.post(f"{path(theirs)}/archival"),
        api.delete(f"{path(theirs)}/archival"),
        api.get(f"{path(theirs)}/components"),
        api.put(f"{path(theirs)}/components", {"components": []}),
    ):
        refused(answer, 404, "product-not-found")

    assert done(other.get(path(theirs))) == theirs


def test_a_taken_sku_or_barcode_is_refused(api: Api) -> None:
    first = make_product(api, sku="A-1", barcode="96385074")
    second = make_product(api, sku="A-2")

    problem = refused(api.patch(path(second), {"sku": "a-1"}), 409, "sku-taken")
    refused(api.patch(path(second), {"barcode": "0000096385074"}), 409, "barcode-taken")

    assert problem["existing_product_id"] == first["id"]
    assert done(api.get(path(second))) == second


def test_a_sku_may_be_written_in_another_case_and_freed_for_others(api: Api) -> None:
    product = make_product(api, sku="a-1")

    assert done(api.patch(path(product), {"sku": "A-1"}))["sku"] == "A-1"
    done(api.patch(path(product), {"sku": "B-1"}))
    make_product(api, sku="A-1")


def test_racing_changes_to_one_sku_leave_one_winner(api: Api) -> None:
    first, second = make_product(api), make_product(api)
    with ThreadPoolExecutor(2) as threads:
        answers = list(
            threads.map(lambda p: api.patch(path(p), {"sku": "WANTED"}), [first, second])
        )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(done(api.get("/api/products", sku="wanted"))["items"]) == 1


def test_no_change_is_lost_between_two_writers(api: Api) -> None:
    product = make_product(api)
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(
                lambda i: api.patch(path(product), {"name": f"N{i}"}, If_Match='"1"'), range(4)
            )
        )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert done(api.get(path(product)))["version"] == 2


@pytest.mark.parametrize("method", ["archival", "delete"])
def test_archiving_takes_a_product_out_of_use_and_restoring_puts_it_back(
    api: Api, method: str
) -> None:
    product = make_product(api)

    archived = done(
        api.delete(path(product)) if method == "delete" else api.post(f"{path(product)}/archival")
    )
    again = done(api.post(f"{path(product)}/archival"))

    assert archived["archived_at"] is not None
    assert archived["version"] == 2
    assert again == archived
    assert done(api.get(path(product))) == archived
    refused(api.patch(path(product), {"name": "No"}), 409, "product-archived")
    restored = done(api.delete(f"{path(product)}/archival"))
    assert restored == {**product, "version": 3, "updated_at": restored["updated_at"]}
    assert done(api.delete(f"{path(product)}/archival")) == restored
    assert [action for _, action, _ in audit_of(api, "product")] == [
        "created",
        "archived",
        "restored",
    ]


def test_a_component_of_a_bundle_in_use_stays(api: Api) -> None:
    part = make_product(api)
    bundle = make_bundle(api, part)

    problem = refused(api.delete(path(part)), 409, "product-in-bundle")

    assert problem["bundles"] == [{"product_id": bundle["id"], "sku": bundle["sku"]}]
    assert done(api.get(path(part))) == part
    done(api.delete(path(bundle)))
    done(api.delete(path(part)))
    problem = refused(api.delete(f"{path(bundle)}/archival"), 409, "product-archived")
    assert problem["product_ids"] == [part["id"]]
    done(api.delete(f"{path(part)}/archival"))
    done(api.delete(f"{path(bundle)}/archival"))


def test_a_barcode_given_away_meanwhile_hinders_restoring(api: Api) -> None:
    product = make_product(api, barcode="96385074")
    done(api.delete(path(product)))
    make_product(api, barcode="96385074")

    refused(api.delete(f"{path(product)}/archival"), 409, "barcode-taken")

    assert done(api.get(path(product)))["archived_at"] is not None


def test_a_product_is_not_restored_into_an_archived_category(api: Api) -> None:
    product = make_product(api, category="Tools")
    done(api.delete(path(product)))
    done(api.post(f"/api/categories/{product['category_id']}/archival"))

    refused(api.delete(f"{path(product)}/archival"), 409, "category-archived")

    assert done(api.get(path(product)))["archived_at"] is not None


def test_a_product_archived_while_it_becomes_a_component_is_one_or_the_other(api: Api) -> None:
    for _ in range(5):
        part, bundle = make_product(api), make_product(api, product_type="bundle")
        body = {"components": [{"product_id": part["id"], "quantity": 1}]}
        with ThreadPoolExecutor(2) as threads:
            archiving = threads.submit(api.delete, path(part))
            adding = threads.submit(api.put, f"{path(bundle)}/components", body)
        statuses = (archiving.result().status_code, adding.result().status_code)
        assert statuses in {(200, 409), (409, 200)}


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        ({"low_stock_threshold": 7}, True),
        ({"category": "Other"}, True),
        ({"allow_backorders": False}, True),
        ({"name": "Other", "price": 1}, False),
    ],
)
def test_changed_rules_are_published(
    api: Api, heard: list[object], body: dict[str, Any], tells: bool
) -> None:
    product = make_product(api)

    done(api.patch(path(product), body))

    assert heard == ([ProductRulesChanged((product["id"],))] if tells else [])


def test_archiving_and_restoring_are_published(api: Api, heard: list[object]) -> None:
    product = make_product(api)

    done(api.delete(path(product)))
    done(api.delete(f"{path(product)}/archival"))

    rules = ProductRulesChanged((product["id"],))
    assert heard == [ProductArchiving(product["id"]), rules, rules]


def test_who_may_not_edit_the_catalogue_changes_nothing(api: Api) -> None:
    product = make_product(api)
    staff = api.with_key("staff")

    for answer in (
        staff.patch(path(product), {"name": "x"}),
        staff.delete(path(product)),
        staff.post(f"{path(product)}/archival"),
        staff.delete(f"{path(product)}/archival"),
    ):
        refused(answer, 403, "forbidden")

    assert done(staff.get(path(product))) == product
