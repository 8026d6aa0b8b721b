"""Forms: the same commands as JSON bodies, from flat fields and back to them.

A field of a form has a dotted name: `lines.0.quantity` is the pointer `/lines/0/quantity`, `tags[]`
adds to a list. Names that begin with `_` are for the page alone. What was left empty is null where the
command allows that, and otherwise not given; a line of which everything was left empty is no line.
Moments are typed in the company's time zone.
"""

import re
import secrets
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from stockflow.foundation.errors import FieldError, Invalid, StockFlowError
from stockflow.foundation.problems import field_errors
from stockflow.foundation.routing import Command, refuse_flood

C = TypeVar("C", bound=Command)
_LOCAL_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$")
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,63}(\.[A-Za-z0-9_]{1,64})*(\[\])?$")
_SKU = re.compile(r"\bsku\b", re.IGNORECASE)
_DEPTH_MAX = 6
FIELDS_MAX = 50_000
LINES_MAX = 5_000
_FOR_PEOPLE = {
    "name the product by either product_id or sku": "choose a product",
    "give either product_id or sku": "choose a product",
    "name the warehouse by either warehouse_id or warehouse (its code)": "choose a warehouse",
    "name the customer by either customer_id or customer (its code)": "choose a customer",
    "name the warehouse by either from_warehouse_id or from_warehouse (its code)": (
        "choose where it comes from"
    ),
    "name the warehouse by either to_warehouse_id or to_warehouse (its code)": (
        "choose where it goes"
    ),
    "must have at least one entry": "at least one is needed",
}
_THERE = {
    "available": "available",
    "reserved": "reserved",
    "allowed": "can come back",
}
"""What there is of what a line asks for, by the fact that says so."""


@dataclass(slots=True)
class FormState:
    """What somebody typed, and what was wrong with it; empty before the first try."""

    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: StockFlowError | None = None
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    """Makes sending the form twice have its effect once."""

    @property
    def sent(self) -> bool:
        return self.problem is not None

    def value(self, name: str, default: object = "") -> str:
        """What was typed, before that what is there."""
        if self.sent:
            return self.values.get(name, "")
        return "" if default is None else str(default)

    def chosen(self, name: str, default: Iterable[object] = ()) -> set[str]:
        """The values chosen of a field with several."""
        if self.sent:
            return set(self.lists.get(name, ()))
        return {str(value) for value in default}

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    def called(self, name: str) -> str:
        """What a message calls a field: `lines.3.unit_price` is Line 2 unit price if 1 was removed."""
        first, *rest = name.split(".")
        if rest and rest[0].isdecimal():
            shown = self.indexes(first, 0)
            place = shown.index(int(rest[0])) if int(rest[0]) in shown else int(rest[0])
            first, rest = first.removesuffix("s"), [str(place + 1), *rest[1:]]
        text = " ".join([first, *rest]).replace("_", " ").removesuffix(" id")
        return _SKU.sub("SKU", text[:1].upper() + text[1:])

    def indexes(self, name: str, count: int) -> list[int]:
        """The lines of `name` to show: those typed, else the first `count`."""
        if not self.sent:
            return list(range(count))
        pattern = re.compile(rf"^(?:_text\.)?{re.escape(name)}\.([0-9]{{1,9}})\.")
        found = {int(match[1]) for key in self.values if (match := pattern.match(key))}
        return sorted(found)[:LINES_MAX]


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a sent form, and the same as the nested values of a command."""

    values: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    tree: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)
    """Pointers into the command, once it was made, and the names of their fields."""

    def command(self, kind: type[C], timezone: ZoneInfo, **given: object) -> C:
        """The command these fields make; `given` are values the page knows better.

        Raises:
            FieldsRefused: naming every wrong field.
        """
        data = _Nesting(timezone, self.names).model(kind, self.tree)
        try:
            return kind.model_validate({**data, **given})
        except ValidationError as error:
            refuse_flood(error)
            raise FieldsRefused(errors=field_errors(error.errors())) from None


class FieldsRefused(Invalid):
    """Some fields are not right yet; nothing was changed."""

    code = "fields-refused"
    title = "Some fields are not right yet"


def typed(pairs: Iterable[tuple[str, object]]) -> Typed:
    """The fields of a form as sent; the last value of a name counts.

    Raises:
        Invalid: names are not those of a form of ours, or there are far too many.
    """
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    tree: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= FIELDS_MAX:
            raise Invalid("The form has too many fields.")
        if not isinstance(value, str):
            continue
        text = value.replace("\r\n", "\n").strip()
        if name.endswith("[]"):
            lists.setdefault(name, []).append(text)
        else:
            values[name] = text
    for name, text in values.items():
        _put(tree, name, text)
    for name, texts in lists.items():
        _put(tree, name.removesuffix("[]"), [text for text in texts if text])
    return Typed(values, lists, tree)


def fields_of_query(kind: type[BaseModel], query: Mapping[str, str]) -> list[tuple[str, str]]:
    """What an address says about the filters of `kind`; several values of one have commas between."""
    return [
        (f"{name}[]" if many else name, part)
        for name, value in query.items()
        if name in kind.model_fields
        for many in [list in _alternatives(kind.model_fields[name].annotation)]
        for part in (value.split(",") if many else [value])
    ]


def _put(tree: dict[str, Any], name: str, value: object) -> None:
    if name.startswith("_"):
        return
    if not _NAME.match(name) or name.count(".") > _DEPTH_MAX:
        raise Invalid(f"“{name[:60]}” is not the name of a field.")
    *path, last = name.split(".")
    for part in path:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            raise Invalid(f"“{name[:60]}” is given twice.")
        tree = below
    if isinstance(tree.get(last), dict):
        raise Invalid(f"“{name[:60]}” is given twice.")
    tree[last] = value


@dataclass(frozen=True, slots=True)
class _Nesting:
    """Makes nested values of a form's texts, and remembers which field became which pointer."""

    timezone: ZoneInfo
    names: dict[str, str]

    def model(
        self, kind: type[BaseModel], tree: Mapping[str, Any], pointer: str = "", name: str = ""
    ) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in tree.items():
            here, called = f"{pointer}/{key}", f"{name}.{key}" if name else key
            self.names[here] = called
            known = kind.model_fields.get(key)
            if known is None:
                data[key] = value  # pydantic says that it is not a known field
            elif isinstance(value, dict):
                data[key] = self._group(known, value, here, called)
            elif value not in ("", []):
                data[key] = _moment(known, value, self.timezone)
            elif _nullable(known.annotation):
                data[key] = None
            elif value == []:
                data[key] = []
            elif known.is_required() or known.default == "":
                data[key] = ""
        return data

    def _group(self, known: FieldInfo, tree: Mapping[str, Any], pointer: str, name: str) -> object:
        """A list of lines, or one thing inside another."""
        model = _model_in(known.annotation)
        if not tree:
            return []
        if model is None:
            return dict(tree)
        if not all(key.isdecimal() for key in tree):
            return self.model(model, tree, pointer, name)
        if len(tree) > LINES_MAX:
            raise Invalid(f"A form may have {LINES_MAX} lines; import a file instead.")
        lines = [key for key in sorted(tree, key=int) if not _is_empty(tree[key])]
        return [
            self._line(model, tree[key], f"{pointer}/{place}", f"{name}.{key}")
            for place, key in enumerate(lines)
        ]

    def _line(self, model: type[BaseModel], value: object, pointer: str, name: str) -> object:
        self.names[pointer] = name
        return self.model(model, value, pointer, name) if isinstance(value, dict) else value


def _is_empty(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_empty(part) for part in value.values())
    return not value


def _moment(known: FieldInfo, value: object, timezone: ZoneInfo) -> object:
    """A moment typed without a time zone is one of the company's."""
    if (
        isinstance(value, str)
        and _LOCAL_MOMENT.match(value)
        and datetime in _alternatives(known.annotation)
    ):
        try:
            return datetime.fromisoformat(value).replace(tzinfo=timezone)
        except ValueError:
            return value
    return value


def _alternatives(annotation: Any) -> set[Any]:
    """The types a value may have, without what is annotated to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return set().union(*(_alternatives(part) for part in get_args(annotation)))
    if getattr(annotation, "__name__", "") == "AwareDatetime":
        return {datetime}
    return {origin or annotation}


def _nullable(annotation: Any) -> bool:
    return type(None) in _alternatives(annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of which a field holds one or a list."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        if get_origin(part) is not None and (found := _model_in_args(part)):
            return found
    return None


def _model_in_args(annotation: Any) -> type[BaseModel] | None:
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def refused(sent: Typed, error: StockFlowError) -> FormState:
    """The form again, with what was typed and what is wrong with it."""
    messages: dict[str, str] = {}
    for wrong in (*error.errors, *_of_lines(error)):
        name = sent.names.get(wrong.pointer) or wrong.pointer.lstrip("/").replace("/", ".")
        empty = name in sent.values and not sent.values[name]
        detail = "is required" if empty else _FOR_PEOPLE.get(wrong.detail, wrong.detail)
        messages.setdefault(name, detail)
    return FormState(sent.values, sent.lists, messages, error)


def _of_lines(error: StockFlowError) -> Iterable[FieldError]:
    """What the stock has against lines, which it names in the facts of the case."""
    lines = error.facts.get("lines")
    if not isinstance(lines, list):
        return
    for line in lines:
        if isinstance(line, dict) and isinstance(line.get("line"), int):
            yield FieldError(f"/lines/{line['line']}", _of_line(line, error))


def _of_line(line: Mapping[str, object], error: StockFlowError) -> str:
    """Why a line was refused, with what was asked and what there is."""
    detail = str(line.get("detail") or f"{error.title}.")
    there = [f"{line[fact]} {said}" for fact, said in _THERE.items() if line.get(fact) is not None]
    if line.get("requested") is None or not there:
        return detail
    return f"{detail.removesuffix('.')}: {line['requested']} asked, {there[0]}."
