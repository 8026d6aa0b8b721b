"""The pages of one's own account, and of one's companies."""

import pyotp
import pytest
from starlette.testclient import TestClient

from stockflow.companies.accounts import companies_of, list_sessions
from stockflow.companies.second_factor import count_recovery_codes
from stockflow.companies.user_agents import browser_in_words
from tests.companies.people import PASSWORD, account_of, enter, new_person
from tests.companies.test_sign_in_pages import signed_in, with_second_factor
from tests.companies.visiting import Visitor, location

_FACTOR = "/account/second-factor"


def test_name_and_locale_are_changed(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    visitor.submit("/account", css="form[action='/account']", name="Ada L.", locale="de_DE")
    shown = visitor.get("/account")
    assert "Your name and locale are saved." in shown.text
    assert shown.one("#f-name").attributes["value"] == "Ada L."
    assert shown.one("#f-locale option[selected]").attributes["value"] == "de_DE"

    refused = visitor.submit("/account", 400, css="form[action='/account']", name="", locale="xx")
    assert refused.error("name") == "is required"
    account = account_of(http, visitor.token)
    assert account is not None
    assert (account.user.name, account.user.locale) == ("Ada L.", "de_DE")

    visitor.submit("/account", css="form[action='/account']", locale="")
    account = account_of(http, visitor.token)
    assert account is not None
    assert account.user.locale is None


def test_changing_the_password_ends_all_sessions_but_this_one(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    before = visitor.token

    refused = visitor.submit(
        "/account/password", 401, old_password="wrong", new_password="another password"
    )
    assert "That is not your password." in refused.text
    assert ada.is_signed_in()
    short = visitor.submit("/account/password", 400, old_password=PASSWORD, new_password="short")
    assert "at least 8 characters" in short.error("new_password")

    sent = visitor.submit(
        "/account/password", old_password=PASSWORD, new_password="another password"
    )
    assert location(sent) == "/account"
    assert visitor.token != before
    assert account_of(http, visitor.token) is not None
    assert account_of(http, before) is None
    assert not ada.is_signed_in()
    Visitor(http).submit("/sign-in", email=ada.email, password="another password")


def test_sessions_are_shown_and_ended(http: TestClient) -> None:
    ada, eve = new_person(http), new_person(http)
    visitor = signed_in(http, ada)
    third = enter(http, ada.email)
    shown = visitor.get("/account")
    rows = shown.rows("main")
    assert [row["Last used"] == "This one" for row in rows].count(True) == 1
    assert [row["Browser"] for row in rows].count("Firefox") == 2
    assert len(rows) == 3

    path = f"/account/sessions/{third.session_id}/revoke"
    signed_in(http, eve).send(path, {}, 404)
    assert account_of(http, third.token) is not None
    visitor.send(path, {})
    assert account_of(http, third.token) is None
    assert "no such session" in visitor.send(path, {}, 404).text

    visitor.send("/account/sessions/revoke-others", {})
    assert [row["Last used"] for row in visitor.get("/account").rows("main")] == ["This one"]
    assert not ada.is_signed_in()
    assert account_of(http, visitor.token) is not None
    assert eve.is_signed_in()


def test_a_second_factor_is_set_up_renewed_and_switched_off(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    assert location(visitor.get(f"{_FACTOR}/confirm", 303)) == _FACTOR
    sent = visitor.submit(_FACTOR)
    shown = visitor.get(location(sent))
    secret = shown.one("main code").text()
    picture = shown.one("main img").attributes["src"] or ""
    assert picture.startswith("data:image/svg+xml")
    assert "white" in picture or "fff" in picture  # also where the page is dark

    wrong = visitor.submit(f"{_FACTOR}/confirm", 401, code="wrong")
    assert "The code is not right" in wrong.text
    assert wrong.one("main code").text() == secret
    assert "Off" in visitor.get(_FACTOR).text

    device = pyotp.TOTP(secret)
    made = visitor.send(f"{_FACTOR}/confirm", {"code": device.now()}, 200)
    codes = made.texts("[data-recovery-codes] code")
    assert len(set(codes)) == 10
    on = visitor.get(_FACTOR)
    assert "10 recovery codes are left" in on.text
    assert codes[0] not in on.html
    assert secret not in on.html

    renewed = visitor.send(f"{_FACTOR}/recovery-codes", {"code": codes[0]}, 200)
    assert not set(codes) & set(renewed.texts("[data-recovery-codes] code"))
    visitor.send(f"{_FACTOR}/recovery-codes", {"code": codes[1]}, 401)

    css = f"form[action='{_FACTOR}/off']"
    assert "not your password" in visitor.submit(_FACTOR, 401, css=css, password="wrong").text
    visitor.submit(_FACTOR, css=css, password=PASSWORD)
    assert "Off" in visitor.get(_FACTOR).text
    assert location(Visitor(http).submit("/sign-in", email=ada.email, password=PASSWORD)) == "/"


def test_new_recovery_codes_are_not_to_be_had_by_guessing(http: TestClient) -> None:
    ada, secret, _ = with_second_factor(http)
    visitor = Visitor(http, {"stockflow_session": ada.token})
    for _ in range(10):
        visitor.send(f"{_FACTOR}/recovery-codes", {"code": "000000x"}, 401)
    good = {"code": pyotp.TOTP(secret).now()}
    assert "tried too often" in visitor.send(f"{_FACTOR}/recovery-codes", good, 429).text
    assert ada.in_account(count_recovery_codes) == 10


def test_companies_are_listed_and_one_more_is_set_up(http: TestClient) -> None:
    ada = new_person(http, company_name="First & Sons")
    visitor = signed_in(http, ada)
    sent = visitor.submit(
        "/companies/new", company_name="Second", currency="SEK", timezone="Europe/Stockholm"
    )
    place = location(sent)
    shown = visitor.get("/companies")
    assert shown.texts("main .list-group-item bdi") == ["First & Sons", "Second"]
    assert {f"/c/{ada.company_id}", place} <= shown.hrefs()
    settings = visitor.get(f"{place}/settings")
    assert settings.one("#f-currency option[selected]").attributes["value"] == "SEK"
    assert location(visitor.get("/", 303)) == place
    visitor.get(f"/c/{ada.company_id}/products")
    assert location(visitor.get("/", 303)) == f"/c/{ada.company_id}"

    visitor.submit("/companies/new", 400, company_name="", currency="SEK", timezone="Nowhere")
    assert len(ada.in_account(companies_of)) == 2


def test_the_cookie_of_the_last_company_opens_nothing(http: TestClient) -> None:
    ada, eve = new_person(http), new_person(http)
    visitor = signed_in(http, eve)
    for value in (str(ada.company_id), "//evil.example", "x"):
        visitor.cookies["stockflow_company"] = value
        assert location(visitor.get("/", 303)) == f"/c/{eve.company_id}"
    assert ada.in_account(list_sessions)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_called_as_people_know_them(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words
