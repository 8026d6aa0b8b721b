"""The pages for signing in, signing up and signing out."""

from starlette.testclient import TestClient

from tests.companies.people import PASSWORD, account_of, new_address, new_person
from tests.companies.visiting import Visitor, location


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
    assert place.startswith("/c/")
    assert "Acme" in visitor.get(f"{place}/products").text


def test_who_signs_in_goes_on_to_where_they_wanted(http: TestClient) -> None:
    ada = new_person(http)
    visitor = Visitor(http)
    sent = visitor.submit(
        f"/sign-in?next=%2Fc%2F{ada.company_id}%2Fproducts", email=ada.email, password=PASSWORD
    )
    assert location(sent) == f"/c/{ada.company_id}/products"
    visitor.get(location(sent))
    assert location(visitor.get("/", 303)) == f"/c/{ada.company_id}"
    visitor.send("/sign-out", {})
    assert "You are signed out." in visitor.get("/sign-in").text
