"""What fields find as one types or scans: the answers of `…/lookup?q=`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from stockflow.foundation.routing import json_response

OPTIONS_MAX = 10


@dataclass(frozen=True, slots=True)
class Option:
    """Something found; `exact` if the text is its code, so that a scanner need not choose.

    `data` are values for fields beside, such as a price.
    """

    id: int
    text: str
    detail: str = ""
    exact: bool = False
    data: Mapping[str, object] = field(default_factory=dict)


def options_response(options: Iterable[Option]) -> Response:
    """The options as JSON: `{"items": […]}`."""
    return json_response({"items": list(options)})
