"""What is said of a value that is not valid, in the same words at every door.

Each sentence goes on from the name of its field: "Price must not be negative". The library that checks
the values has words of its own, which tell how it works and not what to do; none of them gets out.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from stockflow.foundation.quantity import PATTERNS

Context = Mapping[str, Any]
_SAID_MAX = 300
_PLACE: Final = re.compile(r" at line \d+ column \d+$")
_NUMBER: Final = "must be a number, such as 12.5"
_WHOLE_NUMBER: Final = "must be a whole number"
_YES_NO: Final = "must be true or false"
_DAY: Final = "must be a day, such as 2026-01-31"
_MOMENT: Final = "must be a moment with its time zone, such as 2026-01-31T18:00:00Z"
_OBJECT: Final = "must be an object with fields"
OTHERWISE: Final = "is not as it must be"
"""Of what nothing better is known."""


def _json(context: Context) -> str:
    place = _PLACE.search(context["error"])
    return f"must be valid JSON; the mistake is{place[0]}" if place else "must be valid JSON"


def _more_than(context: Context) -> str:
    return f"must be more than {_figure(context['gt'])}"


def _at_least(context: Context) -> str:
    least = context["ge"]
    return "must not be negative" if least == 0 else f"must be at least {_figure(least)}"


def _less_than(context: Context) -> str:
    return f"must be less than {_figure(context['lt'])}"


def _at_most(context: Context) -> str:
    return f"must be at most {_figure(context['le'])}"


def _longer(context: Context) -> str:
    least = context["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least:,} characters"


def _shorter(context: Context) -> str:
    return f"must have at most {_counted(context['max_length'], 'character')}"


def _more_entries(context: Context) -> str:
    least = context["min_length"]
    return "must have at least one entry" if least == 1 else f"must have at least {least:,} entries"


def _fewer_entries(context: Context) -> str:
    return f"must have at most {context['max_length']:,} entries"


def _one_of(context: Context) -> str:
    return f"must be {context['expected']}"


def _written(context: Context) -> str:
    return PATTERNS.get(context["pattern"], "is not written as it must be")


def _decimals(context: Context) -> str:
    return f"must have at most {_counted(context['decimal_places'], 'decimal')}"


def _figure(number: Decimal | float) -> str:
    """A bound as one reads it: 100,000,000,000."""
    return f"{number:,}"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


SENTENCES: Final[Mapping[str, str | Callable[[Context], str]]] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "json_invalid": _json,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "list_type": "must be a list",
    "too_short": _more_entries,
    "too_long": _fewer_entries,
    "string_type": "must be text",
    "string_unicode": "must be text in UTF-8",
    "string_too_short": _longer,
    "string_too_long": _shorter,
    "string_pattern_mismatch": _written,
    "enum": _one_of,
    "literal_error": _one_of,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing_size": "must be a whole number of fewer digits",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_max_places": _decimals,
    "greater_than": _more_than,
    "greater_than_equal": _at_least,
    "less_than": _less_than,
    "less_than_equal": _at_most,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
}
"""By the type of error of pydantic."""


def sentence(error: Mapping[str, Any]) -> str:
    """What is said of one of pydantic's errors; what our own validators say is said as it is."""
    if error["type"] == "value_error":
        said = str(error["ctx"]["error"])
        return said[:_SAID_MAX].encode("utf-8", "replace").decode()
    known = SENTENCES.get(error["type"], OTHERWISE)
    return known if isinstance(known, str) else known(error["ctx"])
