"""What no browser of ours sends: it is refused, or read as nothing, and never an unexpected error."""

from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from stockflow.foundation.middleware import Envelope
from stockflow.foundation.settings import Settings
from stockflow.web.forms import LINES_MAX, FieldsRefused, refused, typed
from tests.factories import Api, done
from tests.factories import refused as refused_by_api
from tests.pages import Fields, signed_in

HTML = {"accept": "text/html"}
MANY = "9" * 5000


@pytest.mark.parametrize("origin", ["http://[", "null", "https://testserver.evil.example"])
def test_a_form_from_an_origin_that_is_not_this_one_is_refused(
    http: TestClient, origin: str
) -> None:
    answer = http.post("/sign-in", data={"email": "a@acme.example"}, headers={"origin": origin})

    assert answer.status_code == 403
    assert answer.json()["code"] == "cross-origin"


def test_a_dead_session_with_no_page_to_go_back_to_leads_to_the_start(api: Api) -> None:
    answer = api.http.post(
        f"/c/{api.company_id}/warehouses/new",
        data={"code": "X"},
        headers={**HTML, "sec-fetch-site": "same-origin", "referer": "http://["},
        follow_redirects=False,
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F&lost=1"


@pytest.mark.parametrize(
    ("message", "shown"),
    [("[" * 5000, False), ('"\\ud800 said"', True), ('"half', False), ("7", False)],
)
def test_a_message_that_is_not_ours_breaks_no_page(
    http: TestClient, message: str, shown: bool
) -> None:
    answer = http.get("/sign-in", headers={**HTML, "cookie": f"stockflow_message={quote(message)}"})

    assert answer.status_code == 200
    assert ("? said" in answer.text) is shown


def test_lines_with_numbers_too_long_to_count_are_not_shown_again(api: Api) -> None:
    browser = signed_in(api)
    fields: Fields = {f"_text.lines.{'9' * 5000}.sku": "x", "lines.0.quantity": "no number"}

    shown = browser.send("/movements/new", fields, 400)

    assert shown.one('[name="lines.0.quantity"]').attributes["value"] == "no number"
    assert done(api.get("/api/stock/movements"))["items"] == []


def test_a_refused_form_shows_no_more_lines_than_a_form_may_have() -> None:
    sent = typed((f"_text.lines.{number}.sku", "x") for number in range(LINES_MAX + 1))

    assert refused(sent, FieldsRefused()).indexes("lines", 0) == list(range(LINES_MAX))


@pytest.mark.parametrize(
    "path",
    [
        f"/c/{MANY}/warehouses",
        f"/warehouses/{MANY}",
        f"/account/sessions/{MANY}/revoke",
        f"/products/labels?id[]={MANY}",
    ],
)
def test_an_id_too_long_to_read_is_of_nothing(api: Api, path: str) -> None:
    signed_in(api).get(path, 200 if "labels" in path else 404)


def test_a_moment_that_is_an_endless_number_is_refused_at_once(api: Api) -> None:
    """Tried in every way there is to match it, it would take the server hours."""
    browser = signed_in(api)
    for text in (f"{'1' * 100_000}x", f"{' ' * 100_000}x", f"1{'_' * 100_000}x"):
        line = {"product_id": 1, "warehouse_id": 1, "type": "receipt", "quantity": 1}
        body = {"lines": [line], "occurred_at": text}
        refused_by_api(api.post("/api/stock/movements", body), 400, "invalid-request")
        browser.send("/movements/new", {"occurred_at": text}, 400)
    assert done(api.get("/api/stock/movements"))["items"] == []


@pytest.mark.parametrize("page", ["reset-password", "invitations"])
def test_the_log_does_not_tell_the_links_that_are_mailed(settings: Settings, page: str) -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    envelope = Envelope(answer, settings)
    envelope.log = said = CapturingLogger()
    http = TestClient(envelope)
    http.get(f"/{page}/1-{'s' * 43}")

    assert [call.kwargs["path"] for call in said.calls] == [f"/{page}/…"]
