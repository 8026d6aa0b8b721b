"""Bundles and their components."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest

from stockflow.catalog import bundles
from stockflow.catalog.commands import CreateProduct
from stockflow.catalog.operations import create_products
from stockflow.catalog.queries import explode_bundles
from tests.factories import Api, done, make_product, refused
from tests.scopes import audit_of, in_scope, run


def make_bundle(api: Api, *parts: tuple[Any, object]) -> Any:
    bundle = make_product(api, product_type="bundle")
    if parts:
        done(put(api, bundle, *parts))
    return bundle


def put(api: Api, bundle: Any, *parts: tuple[Any, object]) -> Any:
    components = [{"product_id": part["id"], "quantity": quantity} for part, quantity in parts]
    return api.put(f"/api/products/{bundle['id']}/components", {"components": components})


def contents(api: Api, bundle: Any) -> list[tuple[int, object]]:
    found = done(api.get(f"/api/products/{bundle['id']}/components"))
    return [(part["product_id"], part["quantity"]) for part in found["components"]]


def test_components_are_named_by_id_or_sku_and_replaced_as_a_whole(api: Api) -> None:
    bolt, nut = make_product(api, sku="BOLT"), make_product(api, sku="NUT")
    bundle = make_bundle(api)
    path = f"/api/products/{bundle['id']}/components"
    assert done(api.get(path)) == {"product_id": bundle["id"], "components": [], "version": 1}

    named = [{"product_id": bolt["id"], "quantity": 2}, {"sku": " nut", "quantity": "0.5000"}]
    response = api.put(path, {"components": named})

    assert done(response) == {
        "product_id": bundle["id"],
        "components": [
            {
                "product_id": part["id"],
                "sku": part["sku"],
                "name": part["name"],
                "product_type": "standard",
                "quantity": quantity,
            }
            for part, quantity in ((bolt, 2), (nut, 0.5))
        ],
        "version": 2,
    }
    assert response.headers["etag"] == '"2"'
    assert done(api.get(path)) == response.json()
    done(put(api, bundle, (nut, 3)))
    assert contents(api, bundle) == [(nut["id"], 3)]
    done(put(api, bundle))
    assert contents(api, bundle) == []
    assert audit_of(api, "product")[-2:] == [
        (
            bundle["id"],
            "changed",
            {"components": [[[bolt["id"], "2"], [nut["id"], "0.5"]], [[nut["id"], "3"]]]},
        ),
        (bundle["id"], "changed", {"components": [[[nut["id"], "3"]], []]}),
    ]


@pytest.mark.parametrize(
    ("components", "pointers"),
    [
        ([{"product_id": 1}], ["/components/0/quantity"]),
        ([{"quantity": 1}], ["/components/0/sku"]),
        ([{"product_id": 1, "sku": "A", "quantity": 1}], ["/components/0/sku"]),
        ([{"product_id": 1, "quantity": 0}], ["/components/0/quantity"]),
        ([{"product_id": 1, "quantity": -1}, {"sku": "A", "quantity": "1.00001"}],
         ["/components/0/quantity", "/components/1/quantity"]),
        ([{"product_id": 1, "quantity": 1}] * 201, ["/components"]),
    ],
)  # fmt: skip
def test_wrong_components_are_named(
    api: Api, components: list[dict[str, object]], pointers: list[str]
) -> None:
    bundle = make_bundle(api)

    problem = refused(
        api.put(f"/api/products/{bundle['id']}/components", {"components": components}),
        400,
        "invalid-request",
    )

    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert contents(api, bundle) == []


def test_unknown_repeated_and_archived_components_are_refused(api: Api, other: Api) -> None:
    part, gone, theirs = make_product(api, sku="A"), make_product(api), make_product(other)
    done(api.delete(f"/api/products/{gone['id']}"))
    bundle = make_bundle(api, (part, 1))
    path = f"/api/products/{bundle['id']}/components"
    good = {"product_id": part["id"], "quantity": 1}

    body = {
        "components": [
            good,
            {"product_id": theirs["id"], "quantity": 1},
            {"sku": "none", "quantity": 1},
        ]
    }
    unknown = refused(api.put(path, body), 404, "product-not-found")
    twice = refused(
        api.put(path, {"components": [good, {"sku": "a", "quantity": 1}]}), 400, "invalid-request"
    )
    archived = refused(put(api, bundle, (part, 2), (gone, 1)), 409, "product-archived")

    assert [e["pointer"] for e in unknown["errors"]] == ["/components/1", "/components/2"]
    assert [e["pointer"] for e in twice["errors"]] == ["/components/1"]
    assert archived["product_ids"] == [gone["id"]]
    assert contents(api, bundle) == [(part["id"], 1)]
    assert done(api.get(path))["version"] == 2


def test_only_a_bundle_that_is_not_archived_gets_components(api: Api) -> None:
    part, bundle = make_product(api), make_bundle(api)
    done(api.delete(f"/api/products/{bundle['id']}"))

    refused(put(api, part, (bundle, 1)), 409, "not-a-bundle")
    refused(api.get(f"/api/products/{part['id']}/components"), 409, "not-a-bundle")
    refused(put(api, bundle, (part, 1)), 409, "product-archived")

    assert contents(api, bundle) == []


def test_a_bundle_may_not_contain_itself(api: Api) -> None:
    part = make_product(api)
    inner = make_bundle(api, (part, 1))
    middle = make_bundle(api, (inner, 1))
    outer = make_bundle(api, (middle, 1))

    for cycle in (inner, middle, outer):
        refused(put(api, inner, (part, 1), (cycle, 1)), 409, "bundle-cycle")

    assert contents(api, inner) == [(part["id"], 1)]
    assert done(api.get(f"/api/products/{inner['id']}"))["version"] == 2


def test_two_edits_cannot_make_a_cycle_together(api: Api) -> None:
    for _ in range(8):
        left, right = make_bundle(api), make_bundle(api)
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(
                    lambda pair: put(api, pair[0], (pair[1], 1)), [(left, right), (right, left)]
                )
            )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        refused(loser, 409, "bundle-cycle")
        assert sorted([contents(api, left), contents(api, right)])[0] == []


def test_bundles_nest_ten_levels_deep(api: Api) -> None:
    part = make_product(api)
    levels = [make_bundle(api) for _ in range(11)]
    done(put(api, levels[10], (part, 1)))
    for outer, inner in list(pairwise(levels[1:]))[::-1]:
        done(put(api, outer, (inner, 2)))

    problem = refused(put(api, levels[0], (levels[1], 1)), 409, "bundle-too-deep")

    assert problem["levels_max"] == 10
    assert contents(api, levels[0]) == []
    exploded = in_scope(api, explode_bundles, {levels[1]["id"]})
    assert exploded == {levels[1]["id"]: [(part["id"], Decimal(2**9))]}
    lower = make_bundle(api, (part, 1))
    refused(put(api, levels[10], (lower, 1)), 409, "bundle-too-deep")
    assert contents(api, levels[10]) == [(part["id"], 1)]


def test_a_bundle_has_two_thousand_components_in_all(api: Api) -> None:
    commands = [CreateProduct(name="P", sku=f"p-{i}", price=Decimal(1)) for i in range(200)]
    parts = [{"id": product_id} for product_id in run(api, create_products, commands).result]
    shelf = [(part, 1) for part in parts]
    inner = [make_bundle(api, *shelf[:199]) for _ in range(10)]
    outer, outermost = make_bundle(api), make_bundle(api)
    done(put(api, outer, *((bundle, 1) for bundle in inner)))  # 10 times 199, and 10

    above = refused(put(api, inner[0], *shelf), 409, "bundle-too-large")
    itself = refused(put(api, outermost, (outer, 1)), 409, "bundle-too-large")

    for problem in (above, itself):
        assert (problem["components"], problem["components_max"]) == (2001, 2000)
    assert (len(contents(api, inner[0])), contents(api, outermost)) == (199, [])
    done(put(api, inner[0], *shelf[:198]))
    done(put(api, outermost, (outer, 1)))
    refused(put(api, inner[0], *shelf[:199]), 409, "bundle-too-large")


def test_components_met_on_many_paths_count_once(api: Api) -> None:
    inner = make_bundle(api, (make_product(api), 1), (make_product(api), 1))
    middle = [make_bundle(api, (inner, 1)) for _ in range(3)]
    outer = make_bundle(api, *((bundle, 1) for bundle in middle))

    with patch.object(bundles, "EDGES_MAX", 8):  # 3, and 3 times 1, and 2
        done(put(api, outer, *((bundle, 2) for bundle in middle)))
        refused(put(api, outer, (inner, 1), *((b, 1) for b in middle)), 409, "bundle-too-large")


def test_bundles_explode_to_the_sum_of_their_parts(api: Api) -> None:
    bolt, nut, box = make_product(api), make_product(api), make_product(api)
    pair = make_bundle(api, (bolt, 1), (nut, "1.5"))
    kit = make_bundle(api, (pair, 4), (bolt, 2), (box, 1))
    crate = make_bundle(api, (kit, 10), (pair, "0.5"), (box, 1))
    empty = make_bundle(api)

    exploded = in_scope(api, explode_bundles, {b["id"] for b in (pair, kit, crate, empty)})

    assert exploded == {
        pair["id"]: [(bolt["id"], Decimal(1)), (nut["id"], Decimal("1.5"))],
        kit["id"]: [
            (bolt["id"], Decimal(6)),
            (nut["id"], Decimal(6)),
            (box["id"], Decimal(1)),
        ],
        crate["id"]: [
            (bolt["id"], Decimal("60.5")),
            (nut["id"], Decimal("60.75")),
            (box["id"], Decimal(11)),
        ],
        empty["id"]: [],
    }
    assert in_scope(api, explode_bundles, set()) == {}


def test_many_ways_to_the_same_part_are_summed_in_reasonable_time(api: Api) -> None:
    """3 bundles on each of 9 levels, each holding the 3 below: 3^9 paths to every part."""
    parts = [make_product(api) for _ in range(3)]
    for _ in range(9):
        parts = [make_bundle(api, *((part, 1) for part in parts)) for _ in range(3)]

    exploded = in_scope(api, explode_bundles, {parts[0]["id"]})

    assert [quantity for _, quantity in exploded[parts[0]["id"]]] == [Decimal(3**8)] * 3


def test_a_bundle_of_another_company_does_not_explode(api: Api, other: Api) -> None:
    theirs = make_bundle(other, (make_product(other), 1))

    assert in_scope(api, explode_bundles, {theirs["id"]}) == {theirs["id"]: []}


def test_a_stale_version_is_refused_and_changes_nothing(api: Api) -> None:
    part, bundle = make_product(api), make_bundle(api)
    done(put(api, bundle, (part, 1)))

    answer = api.request(
        "PUT",
        f"/api/products/{bundle['id']}/components",
        json={"components": []},
        headers={"If-Match": '"1"'},
    )

    assert refused(answer, 412, "stale-version")["current_version"] == 2
    assert contents(api, bundle) == [(part["id"], 1)]


def test_who_may_not_edit_the_catalogue_changes_nothing(api: Api) -> None:
    part, bundle = make_product(api), make_bundle(api)

    refused(put(api.with_key("staff"), bundle, (part, 1)), 403, "forbidden")

    assert contents(api, bundle) == []
