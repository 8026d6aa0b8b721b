"""Inviting somebody, and joining a company by the link."""

from tests.companies.people import PASSWORD, new_address, new_person
from tests.companies.test_sign_in_pages import signed_in
from tests.companies.visiting import Visitor, location
from tests.factories import Api, done, make_warehouse
from tests.pages import Browser, Fields
from tests.pages import signed_in as member_of

_NEW = "/settings/invitations/new"
_MEMBERS = "/settings/members"


def invited(browser: Browser, email: str, **fields: str | list[str]) -> str:
    """The path of the link that inviting somebody shows."""
    fields = {**browser.get(_NEW).fields(), "email": email, **fields}
    return _link(browser.send(_NEW, fields, 200).one("#link").attributes["value"] or "")


def _link(address: str) -> str:
    assert address.startswith("http://testserver/invitations/")
    return address.removeprefix("http://testserver")


def _members(api: Api) -> list[tuple[str, str, list[int] | None]]:
    rows = done(api.get("/api/members"))["items"]
    return sorted((row["email"], row["role"], row["warehouse_ids"]) for row in rows)


def test_somebody_new_joins_by_the_link_once(api: Api) -> None:
    hall = make_warehouse(api, code="HALL")
    browser = member_of(api)
    before = _members(api)
    address = new_address()
    path = invited(
        browser, address, role="staff", _limits="some", **{"warehouse_ids[]": [str(hall["id"])]}
    )
    (row,) = [row for row in browser.get(_MEMBERS).rows("main") if "Good until" in row]
    assert (row["E-mail address"], row["Role"], row["Warehouses"]) == (address, "Staff", "HALL")
    assert _members(api) == before

    visitor = Visitor(api.http)
    assert address in visitor.get(path).text
    refused = visitor.submit(path, 400, name="", password="short")
    assert refused.error("name") == "is required"
    assert _members(api) == before

    sent = visitor.submit(path, name="Nia New", password=PASSWORD)
    assert location(sent) == f"/c/{api.company_id}"
    assert _members(api) == sorted([*before, (address, "staff", [hall["id"]])])
    visitor.get(f"/c/{api.company_id}/warehouses")
    visitor.get(f"/c/{api.company_id}/settings/members", 403)
    again = Visitor(api.http)
    assert "Invitation not found" in again.get(path, 404).text
    again.send(path, {"name": "Eve", "password": PASSWORD}, 404)
    assert len(_members(api)) == len(before) + 1


def test_who_is_known_signs_in_and_joins(api: Api) -> None:
    ada, eve = new_person(api.http), new_person(api.http)
    path = invited(member_of(api), ada.email, role="viewer")
    before = _members(api)

    visitor = Visitor(api.http)
    assert f"/sign-in?next={path}" in visitor.get(path).hrefs()
    visitor.send(path, {"name": "Not Ada", "password": PASSWORD}, 409)
    assert location(visitor.send(f"{path}/accept", {})).startswith("/sign-in?next=")

    wrong = signed_in(api.http, eve)
    assert f"you are signed in as {eve.email}" in wrong.get(path).text
    assert "another address" in wrong.send(f"{path}/accept", {}, 409).text
    assert _members(api) == before

    visitor.submit(f"/sign-in?next={path}", email=ada.email, password=PASSWORD)
    sent = visitor.submit(path)
    assert location(sent) == f"/c/{api.company_id}"
    assert _members(api) == sorted([*before, (ada.email, "viewer", None)])


def test_an_invitation_is_sent_again_and_taken_back(api: Api) -> None:
    browser = member_of(api)
    address = new_address()
    first = invited(browser, address)
    shown = browser.get(_MEMBERS)
    (resend,) = (
        form for form in shown.tree.css("form") if "/resend" in str(form.attributes["action"])
    )
    action = resend.attributes["action"] or ""
    css = f'form[action="{action}"]'
    second = _link(
        browser.send(action, shown.fields(css), 200).one("#link").attributes["value"] or ""
    )
    assert second != first
    Visitor(api.http).get(first, 404)
    Visitor(api.http).get(second)

    browser.press(_MEMBERS, action.removeprefix(browser.path()).replace("resend", "revoke"))
    Visitor(api.http).get(second, 404)
    assert "Open invitations" not in browser.get(_MEMBERS).text


def test_a_link_is_shown_once_and_an_invitation_made_once(api: Api) -> None:
    browser = member_of(api)
    fields = {**browser.get(_NEW).fields(), "email": new_address()}
    first = browser.send(_NEW, fields, 200)
    again = browser.send(_NEW, fields, 303)
    link = first.one("#link").attributes["value"] or ""
    shown = browser.follow(again)
    assert "not shown again" in shown.text
    assert link not in shown.html
    Visitor(api.http).get(_link(link))


def test_only_who_manages_members_invites_and_within_their_power(api: Api) -> None:
    hall, shop = make_warehouse(api, code="HALL"), make_warehouse(api, code="SHOP")
    owner = member_of(api)
    fields = {**owner.get(_NEW).fields(), "email": new_address()}
    for role in ("manager", "staff", "viewer"):
        other = member_of(api, role)
        other.get(_NEW, 403)
        other.get(_MEMBERS, 403)
        other.send(_NEW, fields, 403)
    admin = member_of(api, "admin", [hall["id"]])
    roles = [option.attributes["value"] for option in admin.get(_NEW).tree.css("#f-role option")]
    assert roles == ["viewer", "staff", "manager", "admin"]
    asks: tuple[Fields, ...] = (
        {"role": "owner", "_limits": "some", "warehouse_ids[]": [str(hall["id"])]},
        {"role": "viewer", "_limits": "all"},
        {"role": "viewer", "_limits": "some", "warehouse_ids[]": [str(shop["id"])]},
    )
    for asked in asks:
        admin.send(_NEW, {**fields, **asked}, 403)
    none = admin.send(_NEW, {**fields, "role": "viewer", "_limits": "some"}, 400)
    assert none.error("warehouse_ids")
    assert "Open invitations" not in owner.get(_MEMBERS).text


def test_a_member_is_not_invited_again(api: Api) -> None:
    browser = member_of(api)
    (email, _, _) = _members(api)[0]
    shown = browser.submit(_NEW, 409, email=email)
    assert "member of the company already" in shown.text
    assert shown.one("#f-email").attributes["value"] == email
