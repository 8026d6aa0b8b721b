"""Who did something, by name."""

from stockflow.companies.people import FORMER_MEMBER, OPERATOR, names_of
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from tests.factories import Api, done
from tests.scopes import in_scope, run


def _member(api: Api, name: str) -> int:
    body = {"email": f"{name.lower()}@acme.example", "name": name, "role": "staff"}
    return int(done(api.post("/api/members", body), 201)["user_id"])


def test_members_and_keys_have_their_names(api: Api, other: Api) -> None:
    ada, gone, stranger = _member(api, "Ada"), _member(api, "Gone"), _member(other, "Stranger")
    api.with_key("manager")
    key = next(
        row["id"] for row in done(api.get("/api/api-keys"))["items"] if row["name"] == "manager"
    )
    assert api.delete(f"/api/members/{gone}").status_code == 204
    asked = [(ada, None), (gone, None), (stranger, None), (None, key), (None, None)]

    asked_as = run(api, names_of, asked, actor=Actor(Role.VIEWER))

    assert asked_as.result == {
        (ada, None): "Ada",
        (gone, None): FORMER_MEMBER,
        (stranger, None): FORMER_MEMBER,
        (None, key): "manager (API key)",
        (None, None): OPERATOR,
    }
    assert asked_as.statements == 1


def test_nobody_is_not_looked_for(api: Api) -> None:
    assert in_scope(api, names_of, []) == {}
    assert run(api, names_of, [(None, None)]).statements == 0
