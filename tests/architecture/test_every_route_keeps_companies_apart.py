"""Walks every route of the API with my key and another company's ids: nothing is shown or changed."""

import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from tests.architecture.world import Furnished, World

_NOT_IDS = {"kind"}
"""Path parameters that name no thing of a company."""

_NEEDED_WITH_IDS = {"initial_quantity", "good", "urgency"}
"""Fields that need not be given each, but one of several, or as soon as an optional id is given."""

_NAMES = {
    "sku",
    "warehouse",
    "from_warehouse",
    "to_warehouse",
    "supplier",
    "customer",
    "reference",
    "q",
    "code",
}
"""Query parameters by which a thing may be asked for by name."""


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    definition: dict[str, Any]
    components: dict[str, Any]

    def parameters(self, place: str) -> list[dict[str, Any]]:
        return [found for found in self.definition.get("parameters", []) if found["in"] == place]

    @property
    def id_names(self) -> list[str]:
        names = [found["name"] for found in self.parameters("path")]
        return [name for name in names if name not in _NOT_IDS]

    def address(self, ids: dict[str, Any]) -> str:
        """The address with these ids; a parameter this test does not know fails it."""
        if self.path.endswith("/components"):
            ids = {**ids, "product_id": ids["bundle_id"]}
        values = {
            found["name"]: ids[found["name"]]
            if found["name"] not in _NOT_IDS
            else self.value(found["schema"], found["name"], ids)
            for found in self.parameters("path")
        }
        return self.path.format(**values)

    def value(self, schema: dict[str, Any], name: str, ids: dict[str, Any]) -> Any:
        """Something the schema accepts, with `ids` wherever a field takes one."""
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        if name in ids:
            return ids[name]
        if "examples" in schema:
            return schema["examples"][0]
        for choice in schema.get("anyOf", []):
            if choice.get("type") != "null":
                return self.value(choice, name, ids)
        match schema.get("type"):
            case "object":
                wanted = [
                    field
                    for field in schema.get("properties", {})
                    if field in schema.get("required", [])
                    or field in _NEEDED_WITH_IDS
                    or field.removesuffix("s") in ids
                ]
                return {f: self.value(schema["properties"][f], f, ids) for f in wanted}
            case "array":
                return [self.value(schema.get("items", {}), name.removesuffix("s"), ids)]
        return _plain_value(schema, name)

    def body(self, ids: dict[str, Any]) -> dict[str, Any]:
        """The options of a request with a minimal body."""
        content = self.definition.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            return {"files": {"file": ("file.csv", "code,name\n")}}
        if not content:
            return {}
        return {"json": self.value(content["application/json"]["schema"], "", ids)}


def _plain_value(schema: dict[str, Any], name: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    word = secrets.token_hex(4)
    of_type: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True}
    return of_type.get(schema.get("type", ""), f"{word}@example.com" if "email" in name else word)


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> list[Operation]:
    described = app.openapi()
    return [
        Operation(method, path, definition, described["components"]["schemas"])
        for path, methods in described["paths"].items()
        for method, definition in methods.items()
    ]


def _nothing_shown(operation: Operation, response: Response, theirs: Furnished) -> None:
    told = response.text + str(response.headers)
    assert theirs.shown.casefold() not in told.casefold(), (operation.method, operation.path)
    assert response.status_code < 500, (operation.method, operation.path, response.text)


@pytest.mark.usefixtures("untouched")
def test_every_address_with_an_id_of_theirs_does_not_exist(
    operations: list[Operation], world: World
) -> None:
    for operation in operations:
        for foreign in operation.id_names:
            also = {"product_id": "bundle_id"}.get(foreign, foreign)
            one = {name: world.theirs.ids[name] for name in (foreign, also)}
            for ids in (world.theirs.ids, {**world.mine.ids, **one}):
                options = operation.body(world.mine.ids)
                response = world.mine.api.request(
                    operation.method, operation.address(ids), **options
                )
                _nothing_shown(operation, response, world.theirs)
                where = (operation.method, operation.path, foreign, response.text)
                assert response.status_code in {403, 404}, where


@pytest.mark.usefixtures("untouched")
def test_no_body_may_name_a_thing_of_theirs(operations: list[Operation], world: World) -> None:
    for operation in operations:
        mine, theirs = operation.body(world.mine.ids), operation.body(world.theirs.ids)
        if mine.get("json") is None or _ids_in(mine["json"]) == _ids_in(theirs["json"]):
            continue
        path = operation.address(world.mine.ids)
        response = world.mine.api.request(operation.method, path, **theirs)
        _nothing_shown(operation, response, world.theirs)
        if response.json().get("code") == "wrong-status":
            continue  # my own document refuses before anybody looks at what is named
        assert response.status_code in {403, 404}, (operation.method, path, response.text)


def _ids_in(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [found for part in value.values() for found in _ids_in(part)]
    if isinstance(value, list):
        return [found for part in value for found in _ids_in(part)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


@pytest.mark.usefixtures("untouched")
def test_no_list_finds_a_thing_of_theirs(operations: list[Operation], world: World) -> None:
    theirs = world.theirs
    asked = 0
    for operation in operations:
        if operation.method != "get":
            continue
        for parameter in operation.parameters("query"):
            name = parameter["name"]
            if name not in _NAMES and name not in theirs.ids:
                continue
            for wanted in (theirs.ids.get(name, theirs.named), theirs.ids.get(name, theirs.shown)):
                path = operation.address(world.mine.ids)
                response = world.mine.api.get(path, **{name: wanted})
                _nothing_shown(operation, response, theirs)
                asked += 1
                if response.status_code == 200:
                    document = response.json()
                    assert document.get("items", document.get("alerts")) == [], (path, name)
                else:
                    assert response.status_code in {403, 404}, (path, name, response.text)
    assert asked > 0


def test_every_plain_list_shows_mine_only(operations: list[Operation], world: World) -> None:
    for operation in operations:
        if operation.method == "get":
            for furnished, stranger in ((world.mine, world.theirs), (world.theirs, world.mine)):
                path = operation.address(furnished.ids)
                response = furnished.api.get(path)
                _nothing_shown(operation, response, stranger)
                assert response.status_code == 200, (path, response.text)


@pytest.mark.usefixtures("untouched")
def test_every_route_needs_a_key(operations: list[Operation], world: World) -> None:
    theirs = world.theirs
    invented = f"sf_{theirs.company_id}_{secrets.token_urlsafe(32)}"
    for operation in operations:
        for headers in ({}, {"Authorization": f"Bearer {invented}"}, {"Authorization": "Bearer x"}):
            response = theirs.api.http.request(
                operation.method,
                operation.address(theirs.ids),
                headers=headers,
                **operation.body(theirs.ids),
            )
            _nothing_shown(operation, response, theirs)
            assert response.status_code == 401, (operation.method, operation.path, response.text)
