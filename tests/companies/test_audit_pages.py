"""The page of the audit log: who changed what, in words."""

import csv
import io

import pytest

from stockflow.companies.subjects import changes_text, subjects_in
from tests.factories import Api, done, make_warehouse
from tests.pages import signed_in


def test_entries_say_who_changed_what_from_what_to_what(api: Api) -> None:
    hall = make_warehouse(api, code="HALL", name="Hall")
    browser = signed_in(api)
    path = f"/warehouses/{hall['id']}/edit"
    browser.submit(path, name="Old hall")

    (changed, created) = browser.get(f"/audit?entity=warehouse&entity_id={hall['id']}").rows()
    assert changed["Who"] == "Pat Page"
    assert changed["What"] == "Warehouse HALL"
    assert changed["Action"] == "changed"
    assert changed["Change"] == "name: Hall → Old hall"
    assert created["Who"] == "First key (API key)"
    assert created["Action"] == "created"
    shown = browser.get("/audit?entity=warehouse")
    assert browser.path(f"/warehouses/{hall['id']}") in shown.hrefs()


def test_what_is_gone_is_no_link_and_what_one_may_not_see_neither(api: Api) -> None:
    member = {"email": "gone@acme.example", "role": "viewer"}
    user_id = done(api.post("/api/members", member), 201)["user_id"]
    owner, manager = signed_in(api), signed_in(api, "manager")
    place = f"/settings/members/{user_id}"
    assert owner.path(place) in owner.get("/audit").hrefs()
    assert manager.path(place) not in manager.get("/audit").hrefs()
    assert api.delete(f"/api/members/{user_id}").status_code == 204
    shown = owner.get("/audit?entity=member")
    assert owner.path(place) not in shown.hrefs()
    assert shown.rows()[0]["Change"] == (
        "role: viewer → nothing; email: gone@acme.example → nothing; warehouses: all"
    )


def test_the_file_holds_what_the_list_shows(api: Api) -> None:
    make_warehouse(api, code="HALL")
    browser = signed_in(api)
    address = "/audit?entity=warehouse&columns=who,what,action,changes"
    rows = [list(row.values()) for row in browser.get(address).rows()]
    answer = browser.get(f"{address}&format=csv").answer
    (head, *exported) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == ["Who", "What", "Action", "Change"]
    assert exported == rows


@pytest.mark.parametrize("role", ["staff", "viewer"])
def test_only_managers_read_it(api: Api, role: str) -> None:
    hall = make_warehouse(api)
    signed_in(api, role).get("/audit", 403)
    signed_in(api, "manager", [hall["id"]]).get("/audit", 403)
    assert "/audit" not in "".join(signed_in(api, role).get("/warehouses").hrefs())


def test_filters_that_make_no_sense_are_refused(api: Api) -> None:
    browser = signed_in(api)
    browser.get("/audit?entity_id=x", 400)
    browser.get("/audit?entity_id=0", 400)
    assert "Nothing matches" in browser.get("/audit?entity=nothing").text


def test_changes_are_told_in_words() -> None:
    changes: dict[str, object] = {
        "name": [None, "Mug"],
        "active": [True, False],
        "warehouse_ids": [None, [7, 8]],
        "category_id": [3, 4],
        "status": ["in_transit", "completed"],
        "lines": [None, [[1, "2"], [3, "4"]]],
        "notes": [None, None],
        "city": ["Ulm", ""],
        "line_count": 4,
    }
    assert subjects_in(changes) == {
        ("warehouse", 7),
        ("warehouse", 8),
        ("category", 3),
        ("category", 4),
    }
    names = {("warehouse", 7): "HALL", ("category", 3): "Cups", ("category", 4): "Mugs"}
    assert changes_text("changed", changes, names) == (
        "name: Mug; active: yes → no; warehouses: all → HALL, 8; category: Cups → Mugs; "
        "status: in transit → completed; lines: 2; city: Ulm → nothing; line count: 4"
    )
    assert changes_text("added", {"warehouse_ids": [None, [7]]}, names) == "warehouses: HALL"
    assert changes_text("added", {"warehouse_ids": [None, None]}, names) == "warehouses: all"
