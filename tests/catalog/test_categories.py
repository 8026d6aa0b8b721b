"""Categories."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stockflow.catalog.events import CategoryThresholdChanged
from stockflow.foundation import events
from stockflow.foundation.scope import WriteScope
from tests.factories import Api, done, make_product, refused
from tests.scopes import audit_of


def make_category(api: Api, name: str, **fields: Any) -> Any:
    return done(api.post("/api/categories", {"name": name, **fields}), 201)


def path(category: Any) -> str:
    return f"/api/categories/{category['id']}"


def names(api: Api, **filters: Any) -> list[str]:
    return [item["name"] for item in done(api.get("/api/categories", **filters))["items"]]


def test_a_category_is_created_whole(api: Api) -> None:
    response = api.post("/api/categories", {"name": " Tools ", "low_stock_threshold": "2.5000"})

    category = done(response, 201)
    assert category == {
        "id": category["id"],
        "name": "Tools",
        "low_stock_threshold": 2.5,
        "archived_at": None,
        "created_at": category["created_at"],
        "updated_at": category["created_at"],
        "version": 1,
    }
    assert response.headers["location"] == path(category)
    assert response.headers["etag"] == '"1"'
    assert done(api.get(path(category))) == category
    assert audit_of(api, "category") == [
        (category["id"], "created", {"name": [None, "Tools"], "low_stock_threshold": [None, "2.5"]})
    ]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "a\x00"}, {"name": "x", "low_stock_threshold": -1}]
)
def test_a_wrong_field_is_refused(api: Api, body: dict[str, Any]) -> None:
    refused(api.post("/api/categories", body), 400, "invalid-request")

    assert names(api) == []


def test_a_name_is_taken_in_any_case_and_spacing(api: Api, other: Api) -> None:
    category = make_category(api, "Hand tools")
    second = make_category(api, "Toys")
    make_category(other, "Hand tools")

    refused(api.post("/api/categories", {"name": "hand  TOOLS"}), 409, "category-name-taken")
    refused(api.patch(path(second), {"name": "HAND TOOLS"}), 409, "category-name-taken")

    assert names(api) == ["Hand tools", "Toys"]
    assert done(api.patch(path(category), {"name": "HAND TOOLS"}))["name"] == "HAND TOOLS"


def test_racing_creations_leave_one(api: Api) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: api.post("/api/categories", {"name": "Tools"}), range(4))
        )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert names(api) == ["Tools"]


def test_lists_are_searched_sorted_and_paged(api: Api) -> None:
    for name in ("b 100%", "A", "c", "B 1000"):
        make_category(api, name)

    assert names(api) == ["A", "b 100%", "B 1000", "c"]
    assert names(api, sort="-name") == ["c", "B 1000", "b 100%", "A"]
    assert names(api, sort="-id") == ["B 1000", "c", "A", "b 100%"]
    assert names(api, q="100%") == ["b 100%"]
    assert names(api, q="B") == ["b 100%", "B 1000"]
    for sort in ("name", "-name", "id", "-id"):
        found: list[str] = []
        cursor = None
        for _ in range(4):
            more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
            page = done(api.get("/api/categories", limit=1, sort=sort, **more))
            found += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert found == names(api, sort=sort)


def test_only_the_given_fields_change(api: Api) -> None:
    category = make_category(api, "Tools", low_stock_threshold=5)

    changed = done(api.patch(path(category), {"name": "Hand tools"}))

    assert changed == {
        **category,
        "name": "Hand tools",
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert done(api.patch(path(category), {"low_stock_threshold": 5})) == changed
    assert audit_of(api, "category")[1:] == [
        (category["id"], "changed", {"name": ["Tools", "Hand tools"]})
    ]


def test_only_a_changed_threshold_is_published(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []

    async def listen(_scope: WriteScope, event: object) -> None:
        heard.append(event)

    monkeypatch.setitem(events._subscribers, CategoryThresholdChanged, [listen])
    category = make_category(api, "Tools")

    done(api.patch(path(category), {"name": "Other"}))
    assert heard == []
    done(api.patch(path(category), {"low_stock_threshold": 5}))

    assert heard == [CategoryThresholdChanged(category["id"])]


def test_a_category_in_use_stays(api: Api) -> None:
    product = make_product(api, category="Tools")
    category = done(api.get("/api/categories"))["items"][0]

    problem = refused(api.post(f"{path(category)}/archival"), 409, "category-in-use")

    assert problem["products"] == 1
    assert done(api.get(path(category))) == category
    done(api.delete(f"/api/products/{product['id']}"))
    archived = done(api.post(f"{path(category)}/archival"))
    assert archived["archived_at"] is not None
    assert done(api.post(f"{path(category)}/archival")) == archived
    assert names(api) == []
    assert names(api, archived=True) == ["Tools"]
    refused(api.patch(path(category), {"name": "New"}), 409, "category-archived")
    refused(api.post("/api/categories", {"name": "tools"}), 409, "category-name-taken")
    restored = done(api.delete(f"{path(category)}/archival"))
    assert restored == {**category, "version": 3, "updated_at": restored["updated_at"]}
    assert done(api.delete(f"{path(category)}/archival")) == restored


def test_no_product_slips_into_a_category_that_is_being_archived(api: Api) -> None:
    for round_ in range(5):
        category = make_category(api, f"C{round_}")
        product = {"name": "x", "sku": f"S{round_}", "price": 1, "category": f"C{round_}"}
        with ThreadPoolExecutor(2) as threads:
            archiving = threads.submit(api.post, f"{path(category)}/archival")
            adding = threads.submit(api.post, "/api/products", product)
        assert (archiving.result().status_code, adding.result().status_code) in {
            (200, 409),
            (409, 201),
        }


def test_a_stale_version_is_refused_and_changes_nothing(api: Api) -> None:
    category = make_category(api, "Tools")
    first = done(api.patch(path(category), {"name": "First"}, If_Match='"1"'))

    for answer in (
        api.patch(path(category), {"name": "Second"}, If_Match='"1"'),
        api.post(f"{path(category)}/archival", If_Match='"1"'),
        api.request("DELETE", f"{path(category)}/archival", headers={"If-Match": '"1"'}),
    ):
        assert refused(answer, 412, "stale-version")["current_version"] == 2

    assert done(api.get(path(category))) == first


def test_another_companys_category_does_not_exist(api: Api, other: Api) -> None:
    theirs = make_category(other, "Tools")

    for answer in (
        api.get(path(theirs)),
        api.patch(path(theirs), {"name": "Mine"}),
        api.post(f"{path(theirs)}/archival"),
        api.delete(f"{path(theirs)}/archival"),
    ):
        refused(answer, 404, "category-not-found")

    assert done(other.get(path(theirs))) == theirs


def test_who_may_not_edit_the_catalogue_changes_nothing(api: Api) -> None:
    category = make_category(api, "Tools")
    staff = api.with_key("staff")

    for answer in (
        staff.post("/api/categories", {"name": "More"}),
        staff.patch(path(category), {"name": "x"}),
        staff.post(f"{path(category)}/archival"),
        staff.delete(f"{path(category)}/archival"),
    ):
        refused(answer, 403, "forbidden")

    assert done(staff.get("/api/categories"))["items"] == [category]
