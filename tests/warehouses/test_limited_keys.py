"""Keys that are limited to some warehouses."""

from tests.factories import Api, done, make_warehouse, refused


def test_a_limited_key_sees_its_warehouses_alone(api: Api) -> None:
    own, foreign = make_warehouse(api, code="OWN"), make_warehouse(api, code="FOREIGN")
    limited = api.with_key("manager", [own["id"]])

    assert done(limited.get("/api/warehouses"))["items"] == [own]
    assert done(limited.get(f"/api/warehouses/{own['id']}")) == own
    refused(limited.get(f"/api/warehouses/{foreign['id']}"), 404, "warehouse-not-found")


def test_a_limited_key_changes_its_warehouses_alone(api: Api) -> None:
    own, foreign = make_warehouse(api), make_warehouse(api)
    limited = api.with_key("manager", [own["id"]])

    changed = done(limited.patch(f"/api/warehouses/{own['id']}", {"name": "Renamed"}))
    refused(
        limited.patch(f"/api/warehouses/{foreign['id']}", {"name": "Renamed"}),
        404,
        "warehouse-not-found",
    )

    assert changed["name"] == "Renamed"
    assert done(api.get(f"/api/warehouses/{foreign['id']}")) == foreign


def test_a_limited_key_may_not_add_warehouses(api: Api) -> None:
    own = make_warehouse(api)
    limited = api.with_key("manager", [own["id"]])

    refused(
        limited.post("/api/warehouses", {"code": "NEW", "name": "New"}),
        403,
        "warehouse-not-allowed",
    )

    assert done(api.get("/api/warehouses"))["items"] == [own]
