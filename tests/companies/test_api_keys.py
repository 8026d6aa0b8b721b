"""API keys: made, listed, revoked, never stronger than their maker."""

from tests.factories import Api, done, make_warehouse, refused


def test_a_new_key_works_with_its_role(api: Api) -> None:
    viewer = api.with_key("viewer")

    done(viewer.get("/api/warehouses"))
    refused(viewer.post("/api/warehouses", {"code": "A", "name": "A"}), 403, "forbidden")


def test_a_key_may_be_limited_to_warehouses(api: Api) -> None:
    warehouse = make_warehouse(api)

    limited = api.with_key("admin", [warehouse["id"]])

    refused(
        limited.post("/api/warehouses", {"code": "A", "name": "A"}), 403, "warehouse-not-allowed"
    )
