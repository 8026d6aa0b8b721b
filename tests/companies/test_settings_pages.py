"""The pages of a company's rules, members and API keys."""

import pytest

from tests.companies.people import new_address
from tests.factories import Api, done, make_warehouse
from tests.pages import Browser, Fields, signed_in

_RULES = "/settings"
_THRESHOLDS = "/settings/thresholds"
_MEMBERS = "/settings/members"
_KEYS = "/settings/api-keys"


def _member(api: Api, role: str, warehouse_ids: list[int] | None = None) -> int:
    body = {"email": new_address(), "role": role, "warehouse_ids": warehouse_ids}
    return int(done(api.post("/api/members", body), 201)["user_id"])


def _company(api: Api) -> dict[str, object]:
    company: dict[str, object] = done(api.get("/api/company"))
    return company


def test_the_rules_are_changed_and_nothing_else(api: Api) -> None:
    browser = signed_in(api)
    before = _company(api)
    browser.submit(_RULES)
    assert _company(api) == before

    browser.submit(
        _RULES,
        name="Acme & Sons",
        purchase_approval_above="1500.50",
        over_receipt_percent="2.5",
        reservation_hours="48",
        purchase_terms_rule="refuse",
        backorder_orders="true",
    )
    assert _company(api) == {
        **before,
        "name": "Acme & Sons",
        "purchase_approval_above": "1500.5000",
        "over_receipt_percent": 2.5,
        "reservation_hours": 48,
        "purchase_terms_rule": "refuse",
        "backorder_orders": True,
        "version": 2,
    }
    shown = browser.get(_RULES)
    assert shown.one("#f-purchase_approval_above").attributes["value"] == "1500.50"
    browser.submit(_RULES, purchase_approval_above="", reservation_hours="")
    after = _company(api)
    assert (after["purchase_approval_above"], after["reservation_hours"]) == (None, None)


def test_refused_rules_keep_what_was_typed_and_change_nothing(api: Api) -> None:
    browser = signed_in(api)
    before = _company(api)
    shown = browser.submit(_RULES, 400, name="", over_receipt_percent="101", reservation_hours="x")
    assert shown.error("name") == "is required"
    assert shown.error("over_receipt_percent")
    assert shown.one("#f-reservation_hours").attributes["value"] == "x"
    assert _company(api) == before

    fields = browser.get(_RULES).fields()
    done(api.patch("/api/company", {"name": "Meanwhile"}))
    browser.send(_RULES, {**fields, "name": "Late"}, 412)
    assert _company(api)["name"] == "Meanwhile"


def test_thresholds_are_changed_beside_the_rules(api: Api) -> None:
    browser = signed_in(api)
    before = _company(api)
    browser.submit(
        _THRESHOLDS,
        default_low_stock_threshold="12.5",
        low_stock_at_threshold="true",
        sales_period_days="14",
    )
    assert _company(api) == {
        **before,
        "default_low_stock_threshold": 12.5,
        "low_stock_at_threshold": True,
        "sales_period_days": 14,
        "version": 2,
    }
    assert {browser.path("/products"), browser.path("/categories")} <= browser.get(
        _THRESHOLDS
    ).hrefs()
    refused = browser.submit(_THRESHOLDS, 400, sales_period_days="0")
    assert refused.error("sales_period_days")


@pytest.mark.parametrize("role", ["viewer", "staff", "manager"])
def test_others_read_the_rules_and_change_none(api: Api, role: str) -> None:
    owner, browser = signed_in(api), signed_in(api, role)
    before = _company(api)
    shown = browser.get(_RULES)
    assert "Acme" in shown.text
    assert shown.tree.css("main form") == []
    assert browser.get(_THRESHOLDS).tree.css("main form") == []
    tabs = shown.texts("nav[aria-label=Settings] a")
    assert tabs == ["Company", "Thresholds"]
    for path in (_RULES, _THRESHOLDS):
        browser.send(path, owner.get(path).fields(), 403)
    assert _company(api) == before
    for path in (_MEMBERS, f"{_MEMBERS}/1", _KEYS, f"{_KEYS}/new"):
        browser.get(path, 403)


def test_who_is_limited_to_warehouses_changes_no_rule(api: Api) -> None:
    hall = make_warehouse(api)
    owner, admin = signed_in(api), signed_in(api, "admin", [hall["id"]])
    assert admin.get(_RULES).tree.css("main form") == []
    admin.send(_RULES, {**owner.get(_RULES).fields(), "name": "Taken"}, 403)
    admin.get("/audit", 403)
    assert _company(api)["name"] != "Taken"


def test_a_member_gets_another_role_and_warehouses(api: Api) -> None:
    hall, shop = make_warehouse(api, code="HALL"), make_warehouse(api, code="SHOP")
    user_id = _member(api, "staff", [hall["id"]])
    browser = signed_in(api)
    path = f"{_MEMBERS}/{user_id}"
    shown = browser.get(path)
    fields = _form(browser, path)
    assert fields["_limits"] == "some"
    assert fields["warehouse_ids[]"] == ["", str(hall["id"])]
    assert "Member since" in shown.text

    picked: Fields = {"role": "manager", "warehouse_ids[]": ["", str(shop["id"])]}
    browser.send(path, {**fields, **picked})
    row = done(api.get(f"/api/members/{user_id}"))
    assert (row["role"], row["warehouse_ids"]) == ("manager", [shop["id"]])
    rows = {row["Warehouses"] for row in browser.get(_MEMBERS).rows()}
    assert rows == {"All", "SHOP"}

    nothing: Fields = {**_form(browser, path), "warehouse_ids[]": [""]}
    assert browser.send(path, nothing, 400).error("warehouse_ids")
    browser.send(path, {**fields, "role": "viewer", "_key": "another"}, 412)
    unchanged = done(api.get(f"/api/members/{user_id}"))
    assert unchanged == row
    browser.send(path, {**_form(browser, path), "_limits": "all"})
    assert done(api.get(f"/api/members/{user_id}"))["warehouse_ids"] is None


def _form(browser: Browser, path: str) -> Fields:
    return browser.get(path).fields(f'form[action="{browser.path(path)}"]')


def test_a_member_is_removed_but_never_the_last_owner(api: Api) -> None:
    user_id = _member(api, "viewer")
    browser = signed_in(api)
    browser.press(f"{_MEMBERS}/{user_id}", f"{_MEMBERS}/{user_id}/remove")
    assert api.get(f"/api/members/{user_id}").status_code == 404
    browser.get(f"{_MEMBERS}/{user_id}", 404)

    first, last = [row["user_id"] for row in done(api.get("/api/members"))["items"]]
    admin = signed_in(api, "admin")
    shown = admin.get(f"{_MEMBERS}/{first}")
    assert "Only an owner changes or removes an owner." in shown.text
    admin.send(f"{_MEMBERS}/{first}/remove", {}, 403)
    browser.press(f"{_MEMBERS}/{first}", f"{_MEMBERS}/{first}/remove")
    refused = browser.press(f"{_MEMBERS}/{last}", f"{_MEMBERS}/{last}/remove", 409)
    assert "keeps at least one owner" in refused.text
    assert done(api.get(f"/api/members/{last}"))["role"] == "owner"


def test_a_key_is_shown_once_works_and_is_revoked(api: Api) -> None:
    browser = signed_in(api)
    path = f"{_KEYS}/new"
    fields = {**browser.get(path).fields(), "name": "Web shop", "role": "viewer"}
    made = browser.send(path, fields, 200)
    key = made.one("#key").attributes["value"] or ""
    assert made.one("[data-copy]").attributes["data-copy"] == key
    headers = {"authorization": f"Bearer {key}"}
    assert api.http.get("/api/company", headers=headers).status_code == 200

    again = browser.follow(browser.send(path, fields))
    assert "not shown a second time" in again.text
    rows = [row for row in again.rows() if row["Name"] == "Web shop"]
    assert [(row["Ends with"], row["Status"]) for row in rows] == [(key[-4:], "Active")]
    assert key not in again.html

    (key_id,) = (
        row["id"] for row in done(api.get("/api/api-keys"))["items"] if row["name"] == "Web shop"
    )
    shown = browser.get(f"{_KEYS}/{key_id}")
    assert "Pat Page" in shown.text
    assert key not in shown.html
    browser.press(f"{_KEYS}/{key_id}", f"{_KEYS}/{key_id}/revoke")
    assert api.http.get("/api/company", headers=headers).status_code == 401
    assert "Revoke" not in browser.get(f"{_KEYS}/{key_id}").texts("main button")


def test_a_refused_key_is_not_made(api: Api) -> None:
    browser = signed_in(api)
    before = done(api.get("/api/api-keys"))
    path = f"{_KEYS}/new"
    shown = browser.submit(path, 400, name="", _limits="some")
    assert shown.error("name") == "is required"
    assert shown.error("warehouse_ids")
    admin = signed_in(api, "admin")
    admin.send(path, {**admin.get(path).fields(), "name": "X", "role": "owner"}, 403)
    assert done(api.get("/api/api-keys")) == before


def test_nothing_of_another_company_is_shown_or_changed(api: Api, other: Api) -> None:
    theirs = _member(other, "viewer")
    (key,) = done(other.get("/api/api-keys"))["items"]
    browser = signed_in(api)
    browser.get(f"{_MEMBERS}/{theirs}", 404)
    browser.get(f"{_KEYS}/{key['id']}", 404)
    browser.send(f"{_MEMBERS}/{theirs}/remove", {}, 404)
    browser.send(f"{_KEYS}/{key['id']}/revoke", {}, 404)
    browser.get(f"/c/{other.company_id}/settings", 403)
    browser.get(f"/c/{other.company_id}/audit", 403)
    assert done(other.get(f"/api/members/{theirs}"))["role"] == "viewer"
    assert done(other.get("/api/api-keys"))["items"] == [key]
