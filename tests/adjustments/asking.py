"""Makes adjustment requests over the API, and what the tests look at before and after."""

from typing import Any

from tests.factories import Api, Json, done
from tests.scopes import audit_of
from tests.stock.reading import everything, picture

PATH = "/api/adjustment-requests"


def limit(api: Api, quantity: float | None = None, value: str | None = None) -> None:
    """Set the company's limits."""
    limits = {"adjustment_approval_quantity": quantity, "adjustment_approval_value": value}
    done(api.patch("/api/company", limits))


def ask(api: Api, *lines: Json, reason: str = "Found in the cellar") -> Any:
    return done(api.post(PATH, {"reason": reason, "lines": list(lines)}), 201)


def at(request: Any, action: str = "") -> str:
    """The address of a request, or of one of its actions."""
    return f"{PATH}/{request['id']}" + (f"/{action}" if action else "")


def everything_of(api: Api) -> Any:
    """All that a refused action must leave as it was."""
    requests = [done(api.get(at(row))) for row in everything(api, PATH)]
    return picture(api), requests, audit_of(api, "adjustment_request")
