"""No refusal speaks as the library does that checks the values."""

import json
import pkgutil
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from pydantic import ValidationError

import stockflow
from stockflow.companies.commands import CreateCompany
from stockflow.foundation.cli import load_settings
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.problems import field_errors
from stockflow.foundation.quantity import PATTERNS
from stockflow.foundation.routing import Command
from stockflow.foundation.sentences import OTHERWISE, SENTENCES, sentence
from stockflow.foundation.settings import Settings, get_settings
from tests.factories import Api, done, refused

_GIVES = {
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"model_type", "missing", "extra_forbidden"},
    "dict": {"dict_type"},
    "list": {"list_type"},
    "str": {"string_type", "string_unicode"},
    "bool": {"bool_type", "bool_parsing"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"},
    "float": {"float_type", "float_parsing"},
    "decimal": {"decimal_type", "decimal_parsing", "finite_number"},
    "date": {
        "date_type",
        "date_parsing",
        "date_from_datetime_parsing",
        "date_from_datetime_inexact",
    },
    "datetime": {
        "datetime_type",
        "datetime_parsing",
        "datetime_object_invalid",
        "datetime_from_date_parsing",
    },
    "enum": {"enum"},
    "literal": {"literal_error"},
    "function-after": {"value_error"},
    "function-before": {"value_error"},
    "function-wrap": {"value_error"},
    "function-plain": {"value_error"},
}
"""What a part of a model refuses by itself; other parts only hold others."""
_HOLDS = {"any", "default", "model-field", "nullable", "union", "definitions", "definition-ref"}
_IS_NO_PART = {"no-info", "with-info"}
_LIMITS = {
    "gt": "greater_than",
    "ge": "greater_than_equal",
    "lt": "less_than",
    "le": "less_than_equal",
    "decimal_places": "decimal_max_places",
    "pattern": "string_pattern_mismatch",
    "tz_constraint": "timezone_aware",
}
_LENGTHS = {"min_length": "too_short", "max_length": "too_long"}
_WRONG: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    "é\x00",
    "x" * 20_000,
    "-1",
    "1e400",
    "9" * 5_000,
    "0.000001",
    "NaN",
    "2026-13-45",
    "2026-01-31T25:00:00Z",
    "2026-01-31",
    "2026-01-31T18:00:00",
    "1970-01-01T00:00:00Z",
    -1,
    0,
    10**15,
    2**64,
    0.5,
    0.000001,
    float("inf"),
    [],
    [None] * 20_001,
    ["x"],
    [{}],
    {},
    {"x": "y"},
    {"lines": []},
)


def _models() -> list[type[Command]]:
    """Every command, and the filters of every list."""
    for module in pkgutil.walk_packages(stockflow.__path__, "stockflow."):
        if not module.name.startswith("stockflow.migrations."):
            import_module(module.name)
    return sorted(set(_below(Command)), key=lambda model: (model.__module__, model.__name__))


def _below(model: type[Command]) -> Iterator[type[Command]]:
    for below in model.__subclasses__():
        if "DocumentFilters" not in (below.__name__, below.__name__.removesuffix("[Any]")):
            yield below  # no door takes the documents of no kind
        yield from _below(below)


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The parts of a model that check something."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for name, below in schema.items():
            if name not in ("metadata", "serialization", "default", "expected", "members"):
                yield from _parts(below)
    elif isinstance(schema, list | tuple):
        for below in schema:
            yield from _parts(below)


def _types(part: dict[str, Any]) -> set[str]:
    """The types of errors a part can give."""
    limits = {kind for name, kind in _LIMITS.items() if part.get(name) is not None}
    lengths = {kind for name, kind in _LENGTHS.items() if part.get(name) is not None}
    if part["type"] == "str":
        lengths = {f"string_{kind}" for kind in lengths}
    if part["type"] not in _GIVES:
        assert part["type"] in _HOLDS | _IS_NO_PART, f"which errors does {part['type']} give?"
    return _GIVES.get(part["type"], set()) | limits | lengths


def test_every_type_of_error_our_models_can_give_has_a_sentence() -> None:
    models = _models()
    parts = [part for model in models for part in _parts(model.__pydantic_core_schema__)]
    settings = list(_parts(Settings.__pydantic_core_schema__))

    types = {kind for part in parts for kind in _types(part)}
    patterns = {part["pattern"] for part in (*parts, *settings) if part.get("pattern")}

    assert len(models) > 100
    assert types - {"value_error"} - SENTENCES.keys() == set()
    assert patterns - PATTERNS.keys() == set()


@pytest.mark.parametrize("model", _models(), ids=lambda model: model.__name__)
def test_nothing_a_command_refuses_is_told_in_the_words_of_the_library(
    model: type[Command],
) -> None:
    found = [error for value in _WRONG for error in _refusals(model, value)]

    assert found
    for error in found:
        said = sentence(error)
        assert error["type"] in SENTENCES or error["type"] == "value_error"
        assert said != error["msg"]
        assert "nput should" not in said
        assert "after validation" not in said
        assert "Value error" not in said


def _refusals(model: type[Command], value: object) -> list[Any]:
    """What is found where every field has this value, and where it stands in place of them all."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    wrong = (dict.fromkeys([*names, "unknown"], value), value)
    sent = (json.dumps(given).encode() for given in wrong)
    tries = [
        *(partial(model.model_validate, given) for given in wrong),
        *(partial(model.parse_json, body) for body in sent),
    ]
    found: list[Any] = []
    for read in tries:
        try:
            read()
        except ValidationError as error:
            found += error.errors(include_url=False)[:100]
    return found


def test_what_is_no_json_is_told_so(api: Api) -> None:
    answer = api.request(
        "POST",
        "/api/warehouses",
        content=b'{"code": LON}',
        headers={"Content-Type": "application/json"},
    )

    problem = refused(answer, 400, "invalid-request")

    assert problem["errors"] == [
        {"pointer": "", "detail": "must be valid JSON; the mistake is at line 1 column 10"}
    ]


def test_the_sentences_say_what_to_do(api: Api) -> None:
    wrong = {
        "name": "x" * 256,
        "code": "",
        "country": "gb",
        "contact_email": "nobody",
        "priority": 0,
        "type": "shed",
        "active": "perhaps",
        "colour": "red",
    }

    problem = refused(api.post("/api/warehouses", wrong), 400, "invalid-request")

    assert {error["pointer"]: error["detail"] for error in problem["errors"]} == {
        "/name": "must have at most 255 characters",
        "/code": "must not be empty",
        "/country": "must be a country's code of two capital letters, such as DE",
        "/contact_email": "must be an e-mail address, such as name@company.example",
        "/priority": "must be at least 1",
        "/type": "must be 'fulfilment', 'retail', 'drop_ship' or 'virtual'",
        "/active": "must be true or false",
        "/colour": "is not a known field",
    }
    assert done(api.get("/api/warehouses"))["items"] == []


def test_a_password_that_is_too_short_is_told_how_long_it_must_be() -> None:
    with pytest.raises(ValidationError) as short:
        CreateCompany(name="A", owner_email="a@a.example", owner_password="short")

    assert field_errors(short.value.errors()) == [
        FieldError("/owner_password", "must have at least 8 characters")
    ]


def test_a_setting_that_is_wrong_is_told_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKFLOW_PORT", "99999")
    monkeypatch.setenv("STOCKFLOW_PUBLIC_URL", "stock.example.com/path")
    get_settings.cache_clear()

    with pytest.raises(Invalid) as invalid:
        load_settings()

    assert list(invalid.value.errors) == [
        FieldError("/STOCKFLOW_PORT", "must be at most 65,535"),
        FieldError(
            "/STOCKFLOW_PUBLIC_URL",
            "must be an address without a path, such as https://stock.example.com",
        ),
    ]


def test_a_type_nobody_foresaw_is_still_not_told_in_the_words_of_the_library() -> None:
    assert sentence({"type": "recursion_loop", "msg": "Recursion error", "ctx": {}}) == OTHERWISE
