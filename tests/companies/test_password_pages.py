"""The pages for a forgotten password."""

import re
from email import message_from_bytes, policy
from typing import cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from stockflow.companies.pages import passwords
from stockflow.companies.password_resets import reset_link_of
from stockflow.companies.sessions import account_transaction
from stockflow.foundation.database import Pool
from stockflow.foundation.mail import Mail, all_sent
from tests.companies.people import PASSWORD, account_of, call, new_address, new_person
from tests.companies.test_sign_in_pages import with_second_factor
from tests.companies.visiting import Visitor, location
from tests.foundation.test_mail import mail_server


def _path_of(http: TestClient, email: str) -> str:
    return call(http, reset_link_of, email, "")


def _ask_for_link(http: TestClient, email: str) -> str:
    """What the page says after that."""
    visitor = Visitor(http)
    sent = visitor.submit("/forgotten-password", email=email)
    assert location(sent) == "/sign-in"
    return visitor.get("/sign-in").text


def test_who_is_known_gets_a_link_and_nobody_is_told_who_is(http: TestClient) -> None:
    async def wait(_: Pool) -> None:
        await all_sent()

    ada = new_person(http)
    state = cast(FastAPI, http.app).state
    with mail_server() as (port, mails):
        changes = {
            "public_url": "https://stock.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
        }
        usual = state.settings
        state.settings = usual.model_copy(update=changes)
        try:
            said = {_ask_for_link(http, email) for email in (ada.email, new_address())}
            call(http, wait)
        finally:
            state.settings = usual
    assert len(said) == 1
    assert "If somebody has an account with this address" in said.pop()
    (mail,) = [message_from_bytes(mail, policy=policy.default) for mail in mails]
    assert mail["To"] == ada.email
    (path,) = re.findall(
        r"^https://stock\.example(/reset-password/\S+)\s*$", mail.get_content(), re.M
    )
    assert Visitor(http).get(path).one("#f-password")


def test_an_address_that_is_none_is_refused(http: TestClient) -> None:
    shown = Visitor(http).submit("/forgotten-password", 400, email="not an address")
    assert shown.error("email")
    assert shown.one("#f-email").attributes["value"] == "not an address"


def test_a_link_gives_a_new_password_once(http: TestClient) -> None:
    ada = new_person(http)
    path = _path_of(http, ada.email)
    visitor = Visitor(http)
    refused = visitor.submit(path, 400, password="short")
    assert "at least 8 characters" in refused.error("password")
    assert ada.is_signed_in()

    sent = visitor.submit(path, password="another password")
    assert location(sent) == "/"
    assert account_of(http, visitor.token) is not None
    assert not ada.is_signed_in()
    assert "does not work" in visitor.get(path, 404).text
    assert "does not work" in visitor.send(path, {"password": "third password"}, 404).text
    Visitor(http).submit("/sign-in", 401, email=ada.email, password=PASSWORD)
    Visitor(http).submit("/sign-in", email=ada.email, password="another password")


def test_a_link_of_nobody_leads_to_asking_for_another(http: TestClient) -> None:
    shown = Visitor(http).get("/reset-password/gone", 404)
    assert "The link does not work" in shown.text
    assert shown.one("form").attributes["action"] == "/forgotten-password"


def test_the_second_factor_is_asked_for_after_a_reset(http: TestClient) -> None:
    ada, _, codes = with_second_factor(http)

    async def confirm_address(pool: Pool) -> None:
        # as the mail of a reset does, which shows whose address it is
        async with account_transaction(pool) as connection:
            await connection.execute(
                "UPDATE users SET address_confirmed_at = now() WHERE id = %s", (ada.user_id,)
            )

    call(http, confirm_address)
    visitor = Visitor(http)
    sent = visitor.submit(_path_of(http, ada.email), password="another password")
    assert location(sent) == "/sign-in/code?next=%2F"
    assert account_of(http, visitor.token) is None
    visitor.submit("/sign-in/code", code=codes[0])
    assert account_of(http, visitor.token) is not None


def test_who_asks_does_not_say_where_the_link_leads(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, made = new_person(http), []
    monkeypatch.setattr(passwords, "send_soon", lambda _, make: made.append(make))

    Visitor(http).send("/forgotten-password", {"email": ada.email}, host="evil.example")

    async def run(_: Pool) -> Mail | None:
        (make,) = made
        found: Mail | None = await make()
        return found

    mail = call(http, run)
    assert mail is not None
    assert mail.link.startswith("http://127.0.0.1:8000/reset-password/")
    assert "evil" not in mail.text
