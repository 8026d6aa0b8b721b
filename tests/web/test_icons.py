"""The sprite has the icons that templates show, and no others: every page waits for all of it."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes

import stockflow
from stockflow.web.assets import built
from stockflow.web.rendering import environment

_CODE = Path(stockflow.__file__).parent
_PARAMETER = "symbol"
"""What macros call the name of an icon they are given."""


def _templates() -> list[nodes.Template]:
    files = sorted(_CODE.glob("*/templates/**/*.html"))
    return [environment().parse(file.read_text(encoding="utf-8")) for file in files]


def _places(templates: list[nodes.Template]) -> dict[str, int]:
    """The macros that are given an icon, with the place of the icon among what they are given."""
    macros = [macro for template in templates for macro in template.find_all(nodes.Macro)]
    return {
        macro.name: [argument.name for argument in macro.args].index(_PARAMETER)
        for macro in macros
        if _PARAMETER in [argument.name for argument in macro.args]
    }


def _given(call: nodes.Call, places: dict[str, int]) -> Iterator[nodes.Expr]:
    """What a call says which icon it wants."""
    called = getattr(call.node, "name", None) or getattr(call.node, "attr", None)
    place = 0 if called == "icon" else places.get(called or "")
    if place is None:
        return
    yield from call.args[place : place + 1]
    yield from (argument.value for argument in call.kwargs if argument.key == _PARAMETER)


def _defaults(macro: nodes.Macro) -> Iterator[nodes.Expr]:
    """What a macro shows where it is given no icon."""
    names = [argument.name for argument in macro.args]
    without = len(names) - len(macro.defaults)
    if _PARAMETER in names[without:]:
        yield macro.defaults[names.index(_PARAMETER) - without]


def _names(wanted: nodes.Expr) -> set[str]:
    """The icons an expression may stand for; a macro's own parameter stands for what it was given."""
    if isinstance(wanted, nodes.CondExpr):
        return _names(wanted.expr1) | (_names(wanted.expr2) if wanted.expr2 else set())
    if isinstance(wanted, nodes.Const):
        return {wanted.value} if wanted.value is not None else set()
    assert isinstance(wanted, nodes.Name), f"line {wanted.lineno}: name the icon where it is shown"
    assert wanted.name == _PARAMETER, f"line {wanted.lineno}: a macro calls its icon {_PARAMETER}"
    return set()


def test_every_icon_of_the_sprite_is_shown_and_every_one_shown_is_there() -> None:
    templates = _templates()
    places = _places(templates)
    shown = [
        name
        for template in templates
        for call in template.find_all(nodes.Call)
        for wanted in _given(call, places)
        for name in _names(wanted)
    ] + [
        name
        for template in templates
        for macro in template.find_all(nodes.Macro)
        for wanted in _defaults(macro)
        for name in _names(wanted)
    ]

    assert sorted(set(shown)) == sorted(built().icons)
