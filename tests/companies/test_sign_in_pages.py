"""The pages for signing in, signing up and signing out."""

import re
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from starlette.testclient import TestClient

from stockflow.companies.account_commands import GiveCode
from stockflow.companies.accounts import companies_of, list_sessions, revoke_session
from stockflow.companies.second_factor import begin_second_factor, confirm_second_factor
from stockflow.foundation.scope import utc_now
from tests.companies.people import PASSWORD, Person, account_of, enter, new_address, new_person
from tests.companies.visiting import Visitor, location
from tests.pages import Shown


def signed_in(http: TestClient, person: Person) -> Visitor:
    visitor = Visitor(http)
    visitor.submit("/sign-in", email=person.email, password=PASSWORD)
    return visitor


def session_cookie(shown: Shown) -> Morsel[str]:
    """The session's cookie as an answer sets it."""
    (header,) = (
        header
        for header in shown.answer.headers.get_list("set-cookie")
        if header.startswith("stockflow_session=")
    )
    return SimpleCookie(header)["stockflow_session"]


def with_second_factor(http: TestClient) -> tuple[Person, str, list[str]]:
    """A person, the secret of their device, and their recovery codes."""
    ada = new_person(http)
    secret = ada.in_account(begin_second_factor, ada.keyring).secret
    now = utc_now()
    code = pyotp.TOTP(secret).at(
        now - timedelta(seconds=30)
    )  # so that the present one is still good
    codes = ada.in_account(confirm_second_factor, GiveCode(code=code), ada.keyring, at=now)
    return ada, secret, codes


def test_a_company_is_set_up_and_its_owner_signed_in(http: TestClient) -> None:
    visitor = Visitor(http)
    address = new_address()
    sent = visitor.submit(
        "/sign-up",
        company_name="Acme",
        currency="EUR",
        timezone="Europe/Berlin",
        name="Ada",
        email=address,
        password=PASSWORD,
    )
    account = account_of(http, visitor.token)
    assert account is not None
    assert (account.user.name, account.user.email) == ("Ada", address)
    place = location(sent)
    assert re.fullmatch("/c/[0-9]+", place)
    settings = visitor.get(f"{place}/settings")
    assert settings.one("#f-name").attributes["value"] == "Acme"
    assert settings.one("#f-currency option[selected]").attributes["value"] == "EUR"
    assert settings.one("#f-timezone option[selected]").attributes["value"] == "Europe/Berlin"
    assert location(visitor.get("/sign-up", 303)) == "/companies/new"


def test_a_refused_sign_up_keeps_what_was_typed_but_the_password(http: TestClient) -> None:
    visitor = Visitor(http)
    address = new_address()
    shown = visitor.submit(
        "/sign-up", 400, company_name="", name="Ada", email=address, password="short"
    )
    assert shown.error("company_name") == "is required"
    assert "at least 8 characters" in shown.error("password")
    assert shown.one("#f-name").attributes["value"] == "Ada"
    assert shown.one("#f-email").attributes["value"] == address
    assert "short" not in shown.html
    assert visitor.token == ""
    assert (
        "Address or password not right"
        in visitor.submit("/sign-in", 401, email=address, password="short").text
    )


def test_signing_up_with_anothers_address_makes_nothing(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    shown = visitor.submit(
        "/sign-up", 401, company_name="Mine", name="Eve", email=ada.email, password="wrong password"
    )
    assert "Address or password not right" in shown.text
    assert visitor.token == ""
    assert [company.name for company in ada.in_account(companies_of)] == ["Acme"]


def test_who_signs_in_goes_on_to_where_they_wanted(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    sent = visitor.submit(
        f"/sign-in?next=%2Fc%2F{ada.company_id}%2Fproducts%3Fq%3Da%2520b",
        email=ada.email,
        password=PASSWORD,
    )
    assert location(sent) == f"/c/{ada.company_id}/products?q=a%20b"
    visitor.get(location(sent))
    assert location(visitor.get("/", 303)) == f"/c/{ada.company_id}"
    assert location(visitor.get("/sign-in", 303)) == "/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aset-cookie:x=y",
        "javascript:alert(1)",
        "evil.example",
    ],
)
def test_nobody_is_led_to_another_site(http: TestClient, elsewhere: str) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    fields = {**visitor.get("/sign-in").fields("form"), "email": ada.email, "password": PASSWORD}
    answer = http.post(
        "/sign-in",
        params={"next": elsewhere},
        data=fields,
        headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    http.cookies.clear()
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert (target.scheme, target.netloc) == ("", "")
    assert target.path.startswith("/")
    assert not re.match(r"^/[/\\\s]", answer.headers["location"])
    assert "x" not in answer.cookies


def test_an_unknown_address_and_a_wrong_password_look_the_same(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    wrong = visitor.submit("/sign-in", 401, email=ada.email, password="wrong password")
    unknown = visitor.submit("/sign-in", 401, email="n" + ada.email, password="wrong password")
    assert "The address or the password is not right." in wrong.text
    assert unknown.html.replace("n" + ada.email, ada.email) == wrong.html
    assert wrong.one("#f-email").attributes["value"] == ada.email
    assert "wrong password" not in wrong.html
    assert visitor.token == ""


def test_who_tries_too_often_is_told_when_to_try_again(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    fields = {**visitor.get("/sign-in").fields("form"), "email": ada.email}
    for _ in range(10):
        visitor.send("/sign-in", {**fields, "password": "wrong password"}, 401)
    shown = visitor.send("/sign-in", {**fields, "password": PASSWORD}, 429)
    assert 0 < int(shown.answer.headers["retry-after"]) <= 900
    assert re.search(r"Try again in 1[45] minutes\.", shown.text)
    assert visitor.token == ""


def test_the_cookie_is_for_this_server_alone(http: TestClient) -> None:
    ada = new_person(http)
    cookie = session_cookie(Visitor(http).submit("/sign-in", email=ada.email, password=PASSWORD))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie.value)
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(90 * 24 * 3600)
    assert cookie["secure"] == ""


def test_every_sign_in_gives_another_token_and_ends_the_one_before(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    first = visitor.token
    fields = {"email": ada.email, "password": PASSWORD}
    visitor.send("/sign-in", fields)
    assert visitor.token != first
    assert account_of(http, visitor.token) is not None
    assert account_of(http, first) is None
    planted = Visitor(http, {"stockflow_session": "planted-by-somebody"})
    planted.send("/sign-in", fields)
    assert planted.token != "planted-by-somebody"


def test_a_half_open_session_can_do_nothing_but_give_the_code(http: TestClient) -> None:
    ada, secret, _ = with_second_factor(http)
    visitor = Visitor(http)
    place = f"/c/{ada.company_id}/products"
    sent = visitor.submit(f"/sign-in?next={place}", email=ada.email, password=PASSWORD)
    step = location(sent)
    assert urlsplit(step).path == "/sign-in/code"
    assert session_cookie(sent)["max-age"] == "600"
    half_open = visitor.token

    for path in (place, "/account", "/companies", f"/c/{ada.company_id}/settings"):
        assert location(visitor.get(path, 303)).startswith("/sign-in?next=")
    assert "Sign in" in visitor.get("/").text
    for path in (f"/c/{ada.company_id}/settings", "/account", "/account/second-factor/off"):
        sent = visitor.send(path, {"name": "Stolen", "password": PASSWORD})
        assert location(sent).startswith("/sign-in?next=")

    wrong = visitor.submit(step, 401, code="000000")
    assert "The code is not right" in wrong.text
    assert visitor.token == half_open
    done = visitor.submit(step, code=pyotp.TOTP(secret).now())
    assert location(done) == place
    assert visitor.token != half_open
    assert visitor.get("/account").one("#f-name").attributes["value"] == "Ada"
    assert account_of(http, half_open) is None
    assert location(Visitor(http, {"stockflow_session": half_open}).get(step, 303)).startswith(
        "/sign-in"
    )


def test_a_recovery_code_stands_in_for_the_device_once(http: TestClient) -> None:
    ada, _, codes = with_second_factor(http)
    visitor, again = Visitor(http), Visitor(http)
    for one in (visitor, again):
        one.submit("/sign-in", email=ada.email, password=PASSWORD)
    visitor.submit("/sign-in/code", code=codes[0].upper())
    assert account_of(http, visitor.token) is not None
    again.submit("/sign-in/code", 401, code=codes[0])
    assert account_of(http, again.token) is None


def test_a_session_that_was_ended_is_led_to_sign_in_at_once(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    page = f"/c/{ada.company_id}/warehouses/new"
    fields = {**visitor.get(page).fields(), "code": "LOST", "name": "Lost"}
    for session in ada.in_account(list_sessions):
        if not session.is_current:
            ada.in_account(revoke_session, session.id)

    assert location(visitor.get("/account", 303)) == "/sign-in?next=%2Faccount"
    sent = visitor.send(page, fields, referer=f"http://testserver{page}")
    place = urlsplit(location(sent))
    assert place.path == "/sign-in"
    assert parse_qs(place.query) == {"next": [page], "lost": ["1"]}
    shown = visitor.get(location(sent))
    assert "What you typed is kept" in shown.text
    assert shown.one("[data-draft-lost]")
    back = visitor.submit(location(sent), email=ada.email, password=PASSWORD)
    assert location(back) == page
    warehouses = visitor.get(f"/c/{ada.company_id}/warehouses")
    assert "No warehouses yet" in warehouses.text


def test_signing_out_takes_a_form_of_this_server(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    token = visitor.token

    visitor.get("/sign-out", 405)
    for site in ("cross-site", "same-site"):
        visitor.send("/sign-out", {}, 403, **{"sec-fetch-site": site})
    visitor.send("/sign-out", {}, 403, **{"sec-fetch-site": "", "origin": "https://evil.example"})
    assert account_of(http, token) is not None

    sent = visitor.send("/sign-out", {})
    assert location(sent) == "/sign-in"
    assert visitor.token == ""
    assert account_of(http, token) is None
    assert account_of(http, ada.token) is not None
    assert "You are signed out." in visitor.get("/sign-in").text


def test_a_form_of_another_site_signs_nobody_in(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    fields = {"email": ada.email, "password": PASSWORD}
    visitor.send("/sign-in", fields, 403, **{"sec-fetch-site": "cross-site"})
    assert visitor.token == ""


def test_password_managers_know_the_fields(http: TestClient) -> None:
    visitor = Visitor(http)
    for path, field, meaning in (
        ("/sign-in", "email", "username"),
        ("/sign-in", "password", "current-password"),
        ("/sign-up", "email", "username"),
        ("/sign-up", "password", "new-password"),
        ("/forgotten-password", "email", "username"),
    ):
        given = visitor.get(path).one(f"#f-{field}").attributes
        assert given["autocomplete"] == meaning
        assert "onpaste" not in given
    ada, _, _ = with_second_factor(http)
    visitor.submit("/sign-in", email=ada.email, password=PASSWORD)
    code = visitor.get("/sign-in/code").one("#f-code")
    assert code.attributes["autocomplete"] == "one-time-code"


def test_strange_forms_are_refused_and_sign_nobody_in(http: TestClient) -> None:
    visitor = Visitor(http)
    for fields in ({}, {"email": "a"}, {"email": "\0", "password": "x"}):
        visitor.send("/sign-in", fields, 400)
    visitor.send("/sign-in", {"email": "a@b.c", "password": "x", "role": "owner"}, 400)
    visitor.send("/sign-in", {"email": "x" * 2000, "password": "x"}, 400)
    visitor.send("/sign-in", {f"f{number}": "x" for number in range(200)}, 400)
    assert visitor.token == ""


def test_an_open_session_stays_while_another_is_opened(http: TestClient) -> None:
    ada = new_person(http)
    visitor = signed_in(http, ada)
    enter(http, ada.email)
    assert account_of(http, visitor.token) is not None


@pytest.mark.parametrize("query", ["", "?next=%2Faccount", "?next=%2Fsign-in%2Fcode"])
def test_the_second_step_of_who_is_signed_in_leads_on(http: TestClient, query: str) -> None:
    """Coming back to that page, as by the browser's history, must not go round in circles."""
    visitor = signed_in(http, new_person(http))
    place, seen = f"/sign-in/code{query}", []
    while place.startswith("/sign-in"):
        assert place not in seen
        seen.append(place)
        place = location(visitor.get(place, 303))
    assert place == ("/account" if "account" in query else "/")
    assert location(Visitor(http).get("/sign-in/code", 303)) == "/sign-in?next=%2F"
