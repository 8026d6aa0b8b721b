"""Whose an upload is, and with whose rights it is imported."""

import pytest

from stockflow.foundation.errors import Forbidden
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.imports import UploadStatus
from stockflow.imports.errors import UploadNotFound
from tests.factories import Api, done
from tests.imports.sending import contents, imported
from tests.imports.uploading import (
    ask_check,
    ask_import,
    checked,
    discard,
    mapped,
    rejects,
    start,
    taken_in,
    upload_of,
    uploads,
    work,
    wrong,
)


def member(api: Api, email: str, role: str = "manager", **fields: object) -> Actor:
    """A person of the company, as a scope knows them."""
    body = {"email": email, "role": role, **fields}
    row = done(api.post("/api/members", body), 201)
    limits = fields.get("warehouse_ids")
    assert limits is None or isinstance(limits, list)
    allowed = None if limits is None else frozenset(limits)
    return Actor(Role(role), user_id=row["user_id"], warehouse_ids=allowed)


def test_an_upload_is_its_owners_alone(api: Api, other: Api) -> None:
    anna, bert = member(api, "a@acme.example"), member(api, "b@acme.example")
    upload = start(api, "suppliers", "code,name\nS1,One\n", actor=anna)
    assert upload.user_id == anna.user_id
    assert [item.id for item in uploads(api, anna)] == [upload.id]
    strangers = [(api, bert), (api, None), (other, None), (other, anna)]
    strangers.append((api, Actor(Role.OWNER, api_key_id=1)))
    for company, actor in strangers:
        assert upload.id not in [item.id for item in uploads(company, actor)]
        for step in (upload_of, rejects, ask_check, ask_import, discard):
            with pytest.raises(UploadNotFound):
                step(company, upload, actor=actor)
        with pytest.raises(UploadNotFound):
            mapped(company, upload, "code", "name", actor=actor)
    assert upload_of(api, upload, anna) == upload

    checked(api, upload, anna)
    taken_in(api, upload, actor=anna)
    (row,) = done(api.get("/api/imports"))["items"]
    assert (row["user_id"], row["api_key_id"]) == (anna.user_id, None)


def test_nobody_imports_without_the_right_to(api: Api) -> None:
    for actor in (Actor(Role.VIEWER), Actor(Role.STAFF), Actor(Role.OWNER, api_key_id=1)):
        with pytest.raises(Forbidden):
            start(api, "suppliers", "code,name\nS1,One\n", actor=actor)
    assert uploads(api) == []


def test_the_rights_are_those_of_the_moment_of_the_import(api: Api) -> None:
    anna, bert = member(api, "a@acme.example"), member(api, "b@acme.example")
    files = [start(api, "suppliers", f"code,name\nS{n},One\n", actor=who) for n, who in
             enumerate((anna, bert))]  # fmt: skip
    for upload, who in zip(files, (anna, bert), strict=True):
        checked(api, upload, who)
    for upload, who in zip(files, (anna, bert), strict=True):
        ask_import(api, upload, actor=who)
    done(api.patch(f"/api/members/{anna.user_id}", {"role": "staff"}))
    assert api.delete(f"/api/members/{bert.user_id}").status_code == 204
    before = contents(api)

    assert work(api)
    assert work(api)
    now = upload_of(api, files[0], anna)
    assert (now.status, now.problem) == (
        UploadStatus.REFUSED,
        "The role staff may not import files.",
    )
    assert upload_of(api, files[1], bert).status is UploadStatus.REFUSED
    assert contents(api) == before


def test_warehouse_limits_hold_for_the_job_too(api: Api) -> None:
    imported(api, "products", "sku,name,price\nA,A,1\n")
    imported(api, "warehouses", "code,name\nW,W\nV,V\n")
    ids = {row["code"]: row["id"] for row in done(api.get("/api/warehouses"))["items"]}
    anna = member(api, "a@acme.example", warehouse_ids=[ids["W"]])
    header = "type,sku,warehouse,quantity\n"
    upload = start(api, "movements", header + "purchase,A,W,5\npurchase,A,V,5\n", actor=anna)
    assert checked(api, upload, anna).status is UploadStatus.REFUSED
    assert [(row, column) for row, column, _ in wrong(rejects(api, upload, anna))] == [
        (3, "warehouse")
    ]
