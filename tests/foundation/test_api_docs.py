"""The OpenAPI document says what the API does."""

from starlette.testclient import TestClient

from tests.factories import done


def test_a_change_has_no_defaults(http: TestClient) -> None:
    """A field that is left out stays as it is."""
    schemas = done(http.get("/api/openapi.json"))["components"]["schemas"]

    changes = {name: schema for name, schema in schemas.items() if name.startswith("Change")}
    defaults = [
        f"{name}.{field}"
        for name, schema in changes.items()
        for field, described in schema["properties"].items()
        if "default" in described
    ]

    assert changes
    assert defaults == []
    assert schemas["CreateProduct"]["properties"]["product_type"]["default"] == "standard"
