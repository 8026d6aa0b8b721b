"""The pages of transfers: planning, shipping, receiving with differences, calling off."""

from typing import Any

from tests.factories import Api, done, make_product, make_warehouse
from tests.pages import Browser, Shown, signed_in
from tests.transfers.journeys import (
    PATH,
    at,
    body_of,
    everything_of,
    make_transfer,
    quantities,
    received,
    shipped,
    stocked,
)

TRANSFERS = "/transfers"


def page_of(transfer: Any, part: str = "") -> str:
    return f"{TRANSFERS}/{transfer['id']}{part}"


def buttons(shown: Shown) -> list[str]:
    """What the head of the page lets one do."""
    return shown.texts(".page-header .btn")


def read(api: Api, transfer: Any) -> Any:
    return done(api.get(at(transfer)))


def test_the_list_shows_filters_and_exports(api: Api) -> None:
    (product, other), here, there = stocked(api, 10, 10)
    planned = make_transfer(api, here, there, (product, 3), expected_date="2026-12-24")
    moving = make_transfer(api, here, there, (product, 2), (other, 4))
    shipped(api, moving)
    browser = signed_in(api, "viewer")

    rows = browser.get(TRANSFERS).rows()
    names = ("Number", "Status", "From", "To", "Expected", "Lines", "Planned", "In transit")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (moving["number"], "In transit", here["code"], there["code"], "–", "2", "6", "6"),
        (planned["number"], "Pending", here["code"], there["code"], "24 Dec 2026", "1", "3", "0"),
    ]
    for address, expected in (
        ("status=pending", [planned]),
        ("status=pending,in_transit&order=oldest", [planned, moving]),
        (f"product_id={other['id']}", [moving]),
        (f"from_warehouse_id={there['id']}", []),
        (f"q={planned['number']}", [planned]),
    ):
        found = browser.get(f"{TRANSFERS}?{address}").rows()
        assert [row["Number"] for row in found] == [one["number"] for one in expected]
    answer = browser.get(f"{TRANSFERS}?columns=number,in_transit,status&format=csv").answer
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Number,In transit,Status",
        f"{moving['number']},6,in_transit",
        f"{planned['number']},0,pending",
    ]


def test_an_empty_list_says_what_to_do_next(api: Api) -> None:
    assert "No transfers yet" in signed_in(api).get(TRANSFERS).text
    new = f'main a[href="/c/{api.company_id}{TRANSFERS}/new"]'
    assert len(signed_in(api).get(TRANSFERS).tree.css(new)) == 2
    assert signed_in(api, "viewer").get(TRANSFERS).tree.css(new) == []
    assert "It takes two warehouses" in signed_in(api).get(f"{TRANSFERS}/new").text


def test_a_transfer_is_planned_and_changed(api: Api) -> None:
    (product, other), here, there = stocked(api, 10, 10)
    browser = signed_in(api, "staff")
    sent = browser.submit(
        f"{TRANSFERS}/new",
        from_warehouse_id=str(here["id"]),
        to_warehouse_id=str(there["id"]),
        expected_date="2026-12-24",
        notes="fragile",
        lines__0__product_id=str(product["id"]),
        lines__0__quantity="2.5",
        lines__7__sku=other["sku"],
        lines__7__quantity="1",
    )
    (made,) = done(api.get(PATH))["items"]
    transfer = read(api, made)
    assert (transfer["status"], transfer["expected_date"], transfer["notes"]) == (
        "pending",
        "2026-12-24",
        "fragile",
    )
    assert [(line["sku"], line["quantity"]) for line in transfer["lines"]] == [
        (product["sku"], 2.5),
        (other["sku"], 1),
    ]
    shown = browser.follow(sent)
    assert f"{transfer['number']} is saved." in shown.text
    assert buttons(shown) == ["Print", "Edit", "Cancel", "Ship"]

    browser.submit(page_of(transfer, "/edit"), lines__1__quantity="4", notes="")
    changed = read(api, transfer)
    assert [line["quantity"] for line in changed["lines"]] == [2.5, 4]
    assert changed["notes"] is None


def test_a_refused_plan_keeps_what_was_typed_and_changes_nothing(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    browser = signed_in(api)
    before = everything_of(api)
    path = f"{TRANSFERS}/new"
    common: dict[str, str] = {"to_warehouse_id": str(there["id"]), "notes": "kept"}

    shown = browser.submit(path, 400, lines__0__quantity="3", **common)
    assert shown.error("lines.0.sku") == "choose a product"
    assert shown.one("#f-lines-0-quantity").attributes["value"] == "3"
    assert shown.one("#f-notes").text().strip() == "kept"

    nowhere = browser.submit(path, 400, **common, lines__0__sku="X", lines__0__quantity="3")
    assert "Choose where it comes from" in nowhere.text

    same = {**common, "from_warehouse_id": str(there["id"]), "lines.0.sku": product["sku"]}
    shown = browser.submit(path, 400, **same, **{"lines.0.quantity": "1"})
    assert shown.error("to_warehouse_id") == "must be another than the source"
    shown = browser.submit(
        path,
        404,
        **common,
        from_warehouse_id=str(here["id"]),
        lines__2__sku="NONE",
        lines__2__quantity="1",
    )
    assert shown.error("lines.2.sku") == "There is no such product."
    shown = browser.submit(path, 400, **common, from_warehouse_id=str(here["id"]))
    assert "at least one is needed" in shown.text
    assert everything_of(api) == before


def test_it_is_shipped_as_planned_or_what_is_there_of_it(api: Api) -> None:
    (product, other), here, there = stocked(api, 5, 10)
    transfer = make_transfer(api, here, there, (product, 8), (other, 4))
    browser = signed_in(api, "staff")
    path = page_of(transfer, "/ship")
    form = browser.get(path)
    assert "8 planned · 5 available Too little" in form.text
    assert browser.get(f"{path}?pick=1").fields()["lines.0.quantity"] == ""

    before = everything_of(api)
    short = browser.submit(path, 409)
    assert "8 asked, 5 available" in short.error("lines.0")
    assert short.one("#f-lines-1-quantity").attributes["value"] == "4"
    beyond = browser.submit(path, 409, lines__0__quantity="", lines__1__quantity="5")
    assert beyond.error("lines.1") == "is too much: 5 given, at most 4"
    assert "at least one is needed" in browser.submit(
        path, 400, lines__0__quantity="", lines__1__quantity=""
    ).error("lines")
    assert everything_of(api) == before

    sent = browser.submit(path, lines__0__quantity="5", lines__1__quantity="")
    assert f"{transfer['number']} is on its way." in browser.follow(sent).text
    assert quantities(read(api, transfer)) == [(5, 5, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)]


def test_differences_are_received_with_their_reason(api: Api) -> None:
    (product, other), here, there = stocked(api, 10, 10)
    transfer = make_transfer(api, here, there, (product, 6), (other, 4))
    shipped(api, transfer)
    browser = signed_in(api, "staff")
    path = page_of(transfer, "/receive")
    assert browser.get(f"{path}?filled=1").fields()["lines.0.good"] == "6"
    before = everything_of(api)

    unexplained = browser.submit(path, 400, lines__0__good="4", lines__0__damaged="1")
    assert unexplained.error("lines.0").startswith("give the reason why")
    assert unexplained.one("#f-lines-0-good").attributes["value"] == "4"
    alone = browser.submit(path, 400, lines__1__reason="wet")
    assert alone.error("lines.1") == "say how much is good, damaged or missing"
    beyond = browser.submit(path, 409, lines__1__good="5")
    assert beyond.error("lines.1") == "is too much: 5 given, at most 4"
    assert "at least one is needed" in browser.submit(path, 400).text
    assert everything_of(api) == before

    sent = browser.submit(
        path,
        lines__0__good="4",
        lines__0__damaged="1",
        lines__0__missing="1",
        lines__0__reason="dropped",
    )
    shown = browser.follow(sent)
    assert "The delivery is noted; more is on its way." in shown.text
    assert "Differences" in shown.texts(".badge")
    assert quantities(read(api, transfer)) == [(6, 0, 4, 1, 1, 0), (4, 4, 0, 0, 0, 0)]
    assert [row["Damaged"] for row in shown.rows("#transfer-lines")] == ["1", "0"]

    (href,) = [href for href in shown.hrefs() if "/receipts/" in href]
    (row,) = browser.get(href).rows("main")
    assert (row["Good"], row["Damaged"], row["Missing"], row["Reason"]) == (
        "4",
        "1",
        "1",
        "dropped",
    )
    assert browser.get(path).tree.css("#f-lines-0-good") == []
    browser.submit(f"{path}?filled=1")
    assert read(api, transfer)["status"] == "completed"
    assert "Receive" not in buttons(browser.get(page_of(transfer)))


def test_a_delivery_sent_twice_is_noted_once(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    transfer = make_transfer(api, here, there, (product, 6))
    shipped(api, transfer)
    browser = signed_in(api)
    path = page_of(transfer, "/receive")
    fields = {**browser.get(path).fields(), "lines.0.good": "2"}

    first, again = browser.send(path, fields), browser.send(path, fields)

    assert first.answer.headers["location"] == again.answer.headers["location"]
    assert quantities(read(api, transfer)) == [(6, 4, 2, 0, 0, 0)]


def test_it_is_called_off(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    planned = make_transfer(api, here, there, (product, 3))
    moving = make_transfer(api, here, there, (product, 5))
    shipped(api, moving)
    done(api.post(at(moving, "receipts"), received(moving, (0, 1, 0, 0))), 201)
    browser = signed_in(api, "staff")

    browser.submit(page_of(planned, "/cancel"), reason="not needed")
    assert (read(api, planned)["status"], read(api, planned)["cancellation_reason"]) == (
        "cancelled",
        "not needed",
    )
    assert "What is still in transit (4)" in browser.get(page_of(moving, "/cancel")).text
    browser.submit(page_of(moving, "/cancel"))
    assert quantities(read(api, moving)) == [(5, 0, 1, 0, 0, 4)]
    shown = browser.get(page_of(moving))
    assert [row["Returned"] for row in shown.rows("#transfer-lines")] == ["4"]
    assert "It is done with." in browser.get(page_of(moving, "/cancel")).text


def test_a_form_that_shows_what_has_changed_since_is_refused(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    transfer = make_transfer(api, here, there, (product, 3))
    browser = signed_in(api)
    forms = {
        part: browser.get(page_of(transfer, part)).fields()
        for part in ("/edit", "/ship", "/cancel")
    }
    done(api.patch(at(transfer), {"notes": "changed"}))
    before = everything_of(api)

    for part, fields in forms.items():
        assert (
            "It was changed after you read it"
            in browser.send(page_of(transfer, part), fields, 412).text
        )
    assert everything_of(api) == before


def test_a_viewer_sees_no_button_and_is_refused(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    transfer = make_transfer(api, here, there, (product, 3))
    owner, viewer = signed_in(api), signed_in(api, "viewer")
    forms = {
        part: owner.get(page_of(transfer, part)).fields() for part in ("/edit", "/ship", "/cancel")
    }
    before = everything_of(api)

    assert buttons(viewer.get(page_of(transfer))) == ["Print"]
    for part, fields in forms.items():
        viewer.get(page_of(transfer, part), 403)
        viewer.send(page_of(transfer, part), fields, 403)
    viewer.get(f"{TRANSFERS}/new", 403)
    assert everything_of(api) == before


def test_who_is_limited_ships_from_their_warehouses_and_receives_in_them(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    sender = signed_in(api, "staff", [here["id"]])
    receiver = signed_in(api, "staff", [there["id"]])
    sender.submit(
        f"{TRANSFERS}/new",
        from_warehouse_id=str(here["id"]),
        to_warehouse=there["code"].lower(),
        lines__0__sku=product["sku"],
        lines__0__quantity="3",
    )
    (made,) = done(api.get(PATH))["items"]
    assert made["to_warehouse_id"] == there["id"]
    path = page_of(made)
    assert buttons(sender.get(path)) == ["Print", "Edit", "Cancel", "Ship"]
    assert buttons(receiver.get(path)) == ["Print"]
    assert "It starts in a warehouse that is not yours." in receiver.get(f"{path}/ship").text
    assert f"/c/{api.company_id}/warehouses/{here['id']}" not in receiver.get(path).hrefs()
    before = everything_of(api)
    receiver.send(f"{path}/ship", sender.get(f"{path}/ship").fields(), 403)
    assert everything_of(api) == before

    sender.submit(f"{path}/ship")
    assert buttons(sender.get(path)) == ["Print", "Call back"]
    assert buttons(receiver.get(path)) == ["Print", "Receive"]
    elsewhere = signed_in(api, "staff", [make_warehouse(api)["id"]])
    elsewhere.get(path, 404)


def test_another_company_is_not_shown(api: Api, other: Api) -> None:
    (product,), here, there = stocked(other, 10)
    theirs = make_transfer(other, here, there, (product, 3))
    browser = signed_in(api)
    for part in ("", "/edit", "/ship", "/receive", "/cancel", "/print", "/history"):
        browser.get(page_of(theirs, part), 404)
        browser.get(f"/c/{other.company_id}{page_of(theirs, part)}", 403)


def test_its_history_and_its_note(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    transfer = make_transfer(api, here, there, (product, 3))
    done(api.patch(at(transfer), body_of(here, there, (product, 4))))
    owner: Browser = signed_in(api)
    shown = owner.get(page_of(transfer, "/history"))
    assert [" ".join(text.split()[2:]) for text in shown.texts("#history li")] == [
        "Changed ( lines ) by First key (API key)",
        "Created by First key (API key)",
    ]
    assert "Only managers" in signed_in(api, "staff").get(page_of(transfer, "/history")).text
    answer = owner.get(page_of(transfer, "/print")).answer
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_an_archived_line_may_not_be_planned(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    bundle = make_product(api, product_type="bundle")
    before = everything_of(api)
    shown = signed_in(api).submit(
        f"{TRANSFERS}/new",
        409,
        from_warehouse_id=str(here["id"]),
        to_warehouse_id=str(there["id"]),
        lines__0__sku=product["sku"],
        lines__0__quantity="1",
        lines__1__sku=bundle["sku"],
        lines__1__quantity="1",
    )
    assert "A bundle has no stock: name its components." in shown.text
    assert everything_of(api) == before
