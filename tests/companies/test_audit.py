"""The audit log: who changed what and when."""

from tests.factories import Api, done, make_warehouse, refused


def test_a_change_names_its_maker_and_request(api: Api) -> None:
    key = done(api.post("/api/api-keys", {"name": "Shop", "role": "admin"}), 201)
    shop = Api(api.http, api.company_id, key["api_key"])
    done(shop.patch("/api/company", {"name": "New"}, X_Request_ID="from-the-shop"))

    entry = done(api.get("/api/audit"))["items"][0]

    assert entry == {
        "id": entry["id"],
        "occurred_at": entry["occurred_at"],
        "entity": "company",
        "entity_id": api.company_id,
        "action": "changed",
        "changes": {"name": ["Acme", "New"]},
        "user_id": None,
        "api_key_id": key["id"],
        "request_id": "from-the-shop",
    }


def test_no_secret_is_in_the_log(api: Api) -> None:
    made = done(api.post("/api/api-keys", {"name": "Shop", "role": "admin"}), 201)

    text = api.get("/api/audit").text

    assert made["api_key"] not in text
    assert api.key not in text
    assert "secret" not in text


def test_entries_come_newest_first_in_pages(api: Api) -> None:
    for number in range(3):
        make_warehouse(api, name=f"W {number}")

    first = done(api.get("/api/audit", entity="warehouse", limit=2))
    rest = done(api.get("/api/audit", entity="warehouse", limit=2, cursor=first["next_cursor"]))

    names = [entry["changes"]["name"][1] for entry in first["items"] + rest["items"]]
    assert names == ["W 2", "W 1", "W 0"]
    assert rest["next_cursor"] is None


def test_another_companys_entries_are_not_shown(api: Api, other: Api) -> None:
    warehouse = make_warehouse(other)

    mine = done(api.get("/api/audit", entity_id=warehouse["id"], entity="warehouse"))

    assert mine["items"] == []


def test_staff_do_not_read_the_log(api: Api) -> None:
    refused(api.with_key("staff").get("/api/audit"), 403, "forbidden")
    done(api.with_key("manager").get("/api/audit"))


def test_a_foreign_cursor_is_refused(api: Api) -> None:
    cursor = done(api.get("/api/api-keys", limit=1))["next_cursor"]
    done(api.post("/api/api-keys", {"name": "Shop", "role": "admin"}), 201)
    cursor = cursor or done(api.get("/api/api-keys", limit=1))["next_cursor"]

    refused(api.get("/api/audit", cursor=cursor), 400, "invalid-cursor")


def test_who_is_limited_to_warehouses_does_not_read_the_log(api: Api) -> None:
    own = make_warehouse(api)["id"]

    for role in ("owner", "admin", "manager"):
        problem = refused(api.with_key(role, [own]).get("/api/audit"), 403, "forbidden")
        assert "all warehouses" in problem["detail"]


def test_an_entity_of_control_characters_is_refused(api: Api) -> None:
    problem = refused(api.get("/api/audit", entity="\0"), 400, "invalid-request")

    [error] = problem["errors"]
    assert error["pointer"] == "/query/entity"
    assert "control characters" in error["detail"]
