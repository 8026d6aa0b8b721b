"""The pages of adjustment requests, and the way into one from a movement that is over the limit."""

import csv
import io
from typing import Any

import pytest

from tests.adjustments.asking import PATH, ask, at, everything_of, limit
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.pages import Browser, Fields, signed_in
from tests.stock.reading import held


@pytest.fixture
def places(api: Api) -> tuple[Any, Any]:
    """A product of which 100 good and 50 damaged lie in a warehouse, worth 2 each."""
    product, warehouse = make_product(api, sku="MUG", name="Mug"), make_warehouse(api, code="MAIN")
    move(api, line(product, warehouse, "purchase", 150, unit_cost="2"))
    move(api, line(product, warehouse, "damage", 50))
    return product, warehouse


def _requests(api: Api) -> list[Any]:
    found: list[Any] = done(api.get(PATH))["items"]
    return [done(api.get(at(row))) for row in found]


def _filled(browser: Browser, path: str, product: Any, warehouse: Any, **fields: str) -> Fields:
    return {
        **browser.get(path).fields(),
        "_warehouse_id": str(warehouse["id"]),
        "lines.0.product_id": str(product["id"]),
        "_text.lines.0.sku": "MUG · Mug",
        **fields,
    }


def test_requests_are_listed_with_who_asked(api: Api, places: Any) -> None:
    product, warehouse = places
    browser = signed_in(api, "staff")
    sent = browser.send(
        "/adjustments/new",
        _filled(
            browser,
            "/adjustments/new",
            product,
            warehouse,
            _type="write_off",
            _reason="Water in the cellar",
            _reference="R-7",
            **{"lines.0.quantity": "30"},
        ),
    )

    request = _requests(api)[0]
    assert sent.answer.headers["location"] == browser.path(f"/adjustments/{request['id']}")
    shown = browser.follow(sent)
    assert f"{request['number']} waits for approval" in shown.texts("[data-dismissible]")[0]
    assert (request["reason"], request["status"]) == ("Water in the cellar", "waiting")
    assert [
        (row["sku"], row["type"], row["quantity"], row["reference"]) for row in request["lines"]
    ] == [("MUG", "write_off", 30, "R-7")]
    assert held(api, product, warehouse) == (100, 0, 50, 0)
    assert shown.texts("main tbody td") == [
        *("MUG Mug", "MAIN", "Write off", "−30", "£2.00", "£60.00", "R-7")
    ]

    ask(api, line(product, warehouse, "adjustment", 1), reason="Found one")
    rows = browser.get(
        "/adjustments?columns=status,reason,warehouses,line_count,value,asked_by"
    ).rows()
    assert [list(row.values()) for row in rows] == [
        ["Waiting", "Found one", "MAIN", "1", "£2.00", "First key (API key)"],
        ["Waiting", "Water in the cellar", "MAIN", "1", "£60.00", "Pat Page"],
    ]
    oldest = browser.get("/adjustments?order=oldest&status=waiting&columns=reason").rows()
    assert [row["Reason"] for row in oldest] == ["Water in the cellar", "Found one"]
    assert browser.get("/adjustments?status=approved,rejected").rows() == []
    file = browser.get("/adjustments?columns=reason,value&format=csv").answer.content
    assert list(csv.reader(io.StringIO(file.decode("utf-8-sig")))) == [
        ["Reason", "Value"],
        ["Found one", "2.0000"],
        ["Water in the cellar", "60.0000"],
    ]


def test_a_movement_over_the_limit_becomes_a_request(api: Api, places: Any) -> None:
    product, warehouse = places
    limit(api, quantity=10)
    browser = signed_in(api, "staff")
    before = everything_of(api)
    typed = {"_type": "adjustment", "_reason": "Counted again", "lines.0.quantity": "-11"}
    fields = _filled(browser, "/movements/new", product, warehouse, **typed)

    shown = browser.send("/movements/new", fields, 403)

    assert shown.texts("[role=alert] h2") == ["This needs approval"]
    assert "POST /api" not in shown.text
    assert everything_of(api) == before
    again = shown.fields("form#movements")
    assert {name: again[name] for name in typed} == typed
    button = shown.one('button[form="movements"]')
    assert button.attributes["formaction"] == browser.path("/adjustments/new")

    browser.send("/adjustments/new", again)

    request = _requests(api)[0]
    assert (request["reason"], request["value"]) == ("Counted again", "22.0000")
    assert [row["quantity"] for row in request["lines"]] == [-11]
    assert held(api, product, warehouse) == (100, 0, 50, 0)


def test_what_is_no_adjustment_is_asked_for_otherwise(api: Api, places: Any) -> None:
    limit(api, quantity=10)
    browser = signed_in(api, "staff")
    typed = {"_type": "recount", "lines.0.quantity": "80"}
    fields = _filled(browser, "/movements/new", *places, **typed)

    shown = browser.send("/movements/new", fields, 403)

    assert shown.tree.css("button[formaction]") == []
    assert browser.path("/adjustments/new") in shown.hrefs()


def test_a_form_that_is_not_right_keeps_what_was_typed(api: Api, places: Any) -> None:
    browser = signed_in(api, "staff")
    before = everything_of(api)
    typed = {"_type": "write_off", "_reason": "", "_reference": "R-7", "lines.0.quantity": "x"}
    fields = _filled(browser, "/adjustments/new", *places, **typed)

    shown = browser.send("/adjustments/new", fields, 400)

    assert shown.error("_reason") == "is required"
    assert shown.error("lines.0.quantity")
    again = shown.fields()
    kept = ("_type", "_reference", "lines.0.quantity", "lines.0.product_id", "_text.lines.0.sku")
    assert {name: again[name] for name in kept} == {name: fields[name] for name in kept}
    assert everything_of(api) == before


def test_who_may_approve_posts_it(api: Api, places: Any) -> None:
    product, warehouse = places
    request = ask(api.with_key("staff"), line(product, warehouse, "write_off", 30))
    browser, path = signed_in(api, "manager"), f"/adjustments/{request['id']}"
    fields = {**browser.get(path).fields(), "reason": "I saw it"}

    sent = browser.send(f"{path}/approve", fields)
    again = browser.send(f"{path}/approve", fields)

    assert sent.answer.headers["location"] == again.answer.headers["location"]
    assert held(api, product, warehouse) == (100, 0, 20, 0)
    shown = browser.follow(sent)
    assert "is approved and posted" in shown.texts("[data-dismissible]")[0]
    found = done(api.get(at(request)))
    assert (found["status"], found["decision_reason"]) == ("approved", "I saw it")
    assert browser.path(f"/postings/{found['posting_id']}") in shown.hrefs()
    assert shown.tree.css("main form") == []
    assert "Pat Page" in shown.text
    browser.send(f"{path}/approve", {}, 409)


def test_rejecting_needs_a_reason(api: Api, places: Any) -> None:
    product, warehouse = places
    request = ask(api.with_key("staff"), line(product, warehouse, "write_off", 30))
    browser, path = signed_in(api, "manager"), f"/adjustments/{request['id']}"
    before = everything_of(api)
    fields = browser.get(path).fields()

    shown = browser.send(f"{path}/reject", fields, 400)

    assert shown.error("reason") == "is required"
    assert everything_of(api) == before

    browser.send(f"{path}/reject", {**fields, "reason": "Count again first"})
    found = done(api.get(at(request)))
    assert (found["status"], found["decision_reason"]) == ("rejected", "Count again first")
    assert held(api, product, warehouse) == (100, 0, 50, 0)


def test_what_cannot_be_posted_goes_on_waiting(api: Api, places: Any) -> None:
    product, warehouse = places
    request = ask(api.with_key("staff"), line(product, warehouse, "adjustment", -30))
    move(api, line(product, warehouse, "sale", 80))
    browser, path = signed_in(api, "manager"), f"/adjustments/{request['id']}"
    before = everything_of(api)

    shown = browser.send(f"{path}/approve", browser.get(path).fields(), 409)

    assert shown.texts("[role=alert] h2") == ["Insufficient stock"]
    assert everything_of(api) == before


def test_ones_own_request_is_withdrawn_but_not_approved(api: Api, places: Any) -> None:
    browser = signed_in(api, "manager")
    typed = {"_reason": "Found some", "lines.0.quantity": "5"}
    sent = browser.send("/adjustments/new", _filled(browser, "/adjustments/new", *places, **typed))
    path = sent.answer.headers["location"]
    shown = browser.get(path)
    assert "You asked for this yourself" in shown.text
    before = everything_of(api)
    browser.send(f"{path}/approve", {}, 403)
    assert everything_of(api) == before

    browser.press(path, f"{path}/withdraw")

    assert _requests(api)[0]["status"] == "withdrawn"


def test_a_page_that_is_stale_decides_nothing(api: Api, places: Any) -> None:
    product, warehouse = places
    staff = api.with_key("staff")
    request = ask(staff, line(product, warehouse, "write_off", 30))
    browser, path = signed_in(api, "manager"), f"/adjustments/{request['id']}"
    fields = browser.get(path).fields()
    done(staff.post(at(request, "withdrawal"), {}))
    before = everything_of(api)

    shown = browser.send(f"{path}/approve", fields, 412)

    assert shown.texts("main .badge") == ["Withdrawn"]
    assert everything_of(api) == before


def test_who_may_not_decide_sees_no_button(api: Api, other: Api, places: Any) -> None:
    product, warehouse = places
    request = ask(api, line(product, warehouse, "write_off", 30))
    path = f"/adjustments/{request['id']}"
    viewer, staff = signed_in(api, "viewer"), signed_in(api, "staff")
    elsewhere = signed_in(api, "manager", [make_warehouse(api)["id"]])
    before = everything_of(api)

    for browser in (viewer, staff):
        assert browser.get(path).tree.css("main form") == []
        for action in ("approve", "reject", "withdraw"):
            browser.send(f"{path}/{action}", {"reason": "x"}, 403)
    viewer.get("/adjustments/new", 403)
    viewer.send("/adjustments/new", {}, 403)
    assert not any(href.endswith("/adjustments/new") for href in viewer.get("/adjustments").hrefs())
    elsewhere.get(path, 404)
    elsewhere.send(f"{path}/approve", {}, 404)
    assert elsewhere.get("/adjustments").rows() == []
    signed_in(other).get(path, 404)
    signed_in(other).get(f"/c/{api.company_id}{path}", 403)
    assert everything_of(api) == before
