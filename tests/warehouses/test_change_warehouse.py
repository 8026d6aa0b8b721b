"""Changing warehouses."""

from tests.factories import Api, done, make_warehouse, refused


def test_only_the_given_fields_change(api: Api) -> None:
    warehouse = make_warehouse(api, code="LON", name="London", city="London")

    changed = done(api.patch(f"/api/warehouses/{warehouse['id']}", {"name": "London North"}))

    assert changed == {
        **warehouse,
        "name": "London North",
        "version": 2,
        "updated_at": changed["updated_at"],
    }


def test_a_stale_version_is_refused_and_changes_nothing(api: Api) -> None:
    warehouse = make_warehouse(api)
    path = f"/api/warehouses/{warehouse['id']}"
    first = done(api.patch(path, {"name": "First"}, If_Match='"1"'))

    problem = refused(api.patch(path, {"name": "Second"}, If_Match='"1"'), 412, "stale-version")

    assert problem["current_version"] == 2
    assert done(api.get(path)) == first


def test_another_companys_warehouse_does_not_exist(api: Api, other: Api) -> None:
    theirs = make_warehouse(other)
    path = f"/api/warehouses/{theirs['id']}"

    refused(api.get(path), 404, "warehouse-not-found")
    refused(api.patch(path, {"name": "Mine"}), 404, "warehouse-not-found")

    assert done(other.get(path)) == theirs
