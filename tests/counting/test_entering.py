"""`/api/stock-counts/{id}/matches` and `/entries`: what the counting screen does, for other screens."""

from typing import Any

from tests.counting.counts import (
    PATH,
    act,
    all_of,
    count,
    line_of,
    lines,
    of,
    open_count,
    read,
    sums,
)
from tests.counting.test_pages import set_rules, stocked
from tests.factories import (
    Api,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.stock.reading import held

_BARCODE = "4006381333931"


def matches(api: Api, opened: Any, text: str) -> list[tuple[str, int, bool]]:
    """What is found: of the count or not yet on it, which product, and whether it is meant."""
    answer = done(api.get(f"{PATH}/{opened['id']}/matches", q=text))
    assert answer["next_cursor"] is None
    return [
        ("product", row["product"]["id"], row["is_meant"])
        if row["line"] is None
        else ("line", row["line"]["product_id"], row["is_meant"])
        for row in answer["items"]
    ]


def enter(api: Api, opened: Any, entry: Any, **headers: str) -> Any:
    return done(act(api, opened, "entries", entry, **headers))


def withdrawal(entered: Any) -> Any:
    """What takes an entry back."""
    told = entered["line"]
    before = {name: entered[name] for name in ("counted_before", "counted_before_at")}
    return {"product_id": told["product_id"], "counted": told["counted"], **before}


def test_a_line_is_found_by_code_and_by_name(api: Api) -> None:
    (red, blue), warehouse = stocked(api, 10, 5, name="Mug")
    done(api.patch(f"/api/products/{red['id']}", {"barcode": _BARCODE}))
    opened = open_count(api, warehouse)
    staff = api.with_key("staff")

    for text in (_BARCODE, f"0{_BARCODE}", red["sku"].lower(), f" {red['sku']} "):
        assert matches(staff, opened, text) == [("line", red["id"], True)], text
    assert matches(staff, opened, "mug") == [
        ("line", red["id"], False),
        ("line", blue["id"], False),
    ]
    assert matches(staff, opened, "nowhere") == matches(staff, opened, " ") == []
    (found,) = done(staff.get(f"{PATH}/{opened['id']}/matches", q=_BARCODE))["items"]
    assert found == {"line": line_of(staff, opened, red), "product": None, "is_meant": True}


def test_the_only_line_that_is_found_is_meant(api: Api) -> None:
    (product, _), warehouse = stocked(api, 10, 5)
    done(api.patch(f"/api/products/{product['id']}", {"name": "Blue mug"}))
    assert matches(api, open_count(api, warehouse), "blu") == [("line", product["id"], True)]


def test_a_code_is_not_hidden_behind_others_that_are_like_it(api: Api) -> None:
    products, warehouse = stocked(api, *[1] * 22, name="Mug")
    done(api.patch(f"/api/products/{products[-1]['id']}", {"sku": "MUG"}))
    opened = open_count(api, warehouse)

    found = matches(api, opened, "mug")

    assert found == [
        ("line", products[-1]["id"], True),
        *(("line", product["id"], False) for product in products[:19]),
    ]


def test_what_is_not_on_the_count_is_found_where_it_may_be_added(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    box = make_product(api, name="Forgotten box")
    make_bundle(api, (box, 1), name="Forgotten set")
    whole, narrowed = (
        open_count(api, warehouse),
        open_count(api, make_warehouse(api), skus=[box["sku"]]),
    )
    of_one = done(act(api, whole, "cancellation")) and open_count(
        api, warehouse, product_ids=[product["id"]]
    )
    again = open_count(api, make_warehouse(api))

    assert matches(api, again, box["sku"]) == [("product", box["id"], True)]
    assert matches(api, again, "forgotten") == [("product", box["id"], False)]
    assert matches(api, of_one, box["sku"]) == []
    assert matches(api, narrowed, box["sku"]) == [("line", box["id"], True)]
    assert matches(api, whole, box["sku"]) == [], "it is not being counted any more"


def test_an_entry_tells_the_line_and_what_was_counted_before(api: Api) -> None:
    (product, other_product), warehouse = stocked(api, 10, 5)
    done(api.patch(f"/api/products/{product['id']}", {"barcode": _BARCODE}))
    opened = open_count(api, warehouse)
    staff = api.with_key("staff")

    first = act(staff, opened, "entries", of(product, 7.5))
    told = done(first)
    assert told["count"] == read(api, opened)
    assert told["line"] == line_of(api, opened, product)
    assert (told["line"]["counted"], told["line"]["difference"]) == (7.5, -2.5)
    assert told["counted_before"] is None
    assert first.headers["etag"] == f'"{told["count"]["version"]}"'
    scanned = {"barcode": _BARCODE, "quantity": 2, "mode": "add"}
    for _ in range(2):  # the second is a retry
        added = enter(staff, opened, scanned, Idempotency_Key="scan-1")
        assert (added["line"]["counted"], added["counted_before"]) == (9.5, 7.5)
    seen = enter(staff, opened, {"sku": product["sku"], "quantity": 10, "seen": 9.5})
    assert (seen["line"]["counted"], seen["counted_before"]) == (10, 9.5)
    assert line_of(api, opened, other_product)["status"] == "uncounted"
    assert sums(read(api, opened)) == (2, 1, 0, 0, "0.0000")


def test_what_another_counted_meanwhile_is_not_replaced_unseen(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    enter(api, opened, of(product, 4))
    before = all_of(api)

    for unseen in ({}, {"seen": 3}):
        problem = refused(
            act(api, opened, "entries", of(product, 6, **unseen)), 409, "counted-meanwhile"
        )
        assert (problem["product_id"], problem["counted"]) == (product["id"], 4)

    assert all_of(api) == before


def test_an_unexpected_product_is_put_on_the_count(api: Api) -> None:
    _, warehouse = stocked(api, 10)
    box = make_product(api)
    opened = open_count(api, warehouse)
    told = enter(api, opened, {"sku": box["sku"], "quantity": 2})
    assert (told["line"]["line"], told["line"]["expected"], told["count"]["line_count"]) == (
        1,
        0,
        2,
    )
    assert [row["product_id"] for row in lines(api, opened)][1] == box["id"]


def test_the_last_entry_is_taken_back(api: Api) -> None:
    set_rules(api, recount_above=3)
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    untouched = line_of(api, opened, product)

    first = enter(api, opened, of(product, 9))
    left = done(act(api, opened, "entries/withdrawal", withdrawal(first)))
    assert left == {"count": read(api, opened), "lines": [untouched]}
    assert sums(left["count"]) == (1, 0, 0, 0, "0.0000")

    enter(api, opened, of(product, 4))
    second = enter(api, opened, of(product, 5, recount=True, seen=4))
    assert (second["line"]["times_counted"], second["counted_before"]) == (2, None)
    (back,) = done(act(api, opened, "entries/withdrawal", withdrawal(second)))["lines"]
    told = ("status", "times_counted", "counted", "first_counted")
    assert [back[name] for name in told] == ["recount", 1, 4, None]

    third = enter(api, opened, of(product, 3, mode="add"))
    (back,) = done(act(api, opened, "entries/withdrawal", withdrawal(third)))["lines"]
    assert [back[name] for name in told] == ["recount", 1, 4, None]


def test_what_left_since_is_not_missing_once_an_entry_is_taken_back(api: Api) -> None:
    (product,), warehouse = stocked(api, 40)
    opened = open_count(api, warehouse)
    first = enter(api, opened, of(product, 38))["line"]
    move(api, line(product, warehouse, "sale", 3))
    wrong = enter(api, opened, of(product, 83, seen=38))
    assert (wrong["line"]["expected"], wrong["counted_before"]) == (37, 38)
    assert wrong["counted_before_at"] == first["counted_at"]

    (left,) = done(act(api, opened, "entries/withdrawal", withdrawal(wrong)))["lines"]

    told = ("counted", "expected", "difference", "counted_at")
    assert [left[name] for name in told] == [38, 40, -2, first["counted_at"]]
    done(act(api, opened, "submission"))
    assert held(api, product, warehouse) == (35, 0, 0, 0)


def test_a_refused_entry_or_withdrawal_changes_nothing(api: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    outside = make_product(api)
    opened = open_count(api, warehouse, product_ids=[product["id"]])
    entered = enter(api, opened, of(product, 4))
    count(api, opened, of(product, 2, mode="add"))
    ended = open_count(api, make_warehouse(api))
    done(act(api, ended, "cancellation"))
    before = all_of(api)

    def refuses(status: int, code: str, one: Any, action: str, body: Any) -> None:
        refused(act(api, one, action, body), status, code)

    back = withdrawal(entered)
    refuses(409, "counted-meanwhile", opened, "entries/withdrawal", back)
    unknown = {**back, "product_id": outside["id"]}
    refuses(404, "product-not-in-count", opened, "entries/withdrawal", unknown)
    refuses(409, "lines-refused", opened, "entries", of(outside, 1))
    refuses(404, "line-targets-not-found", opened, "entries", {"sku": "nowhere", "quantity": 1})
    refuses(409, "wrong-status", ended, "entries", of(product, 1))
    refuses(409, "wrong-status", ended, "entries/withdrawal", back)
    for wrong in (
        {"quantity": 1},
        of(product, -1),
        of(product, 1, sku="both"),
        of(product, 1, seen=-1),
    ):
        refuses(400, "invalid-request", opened, "entries", wrong)
    refuses(400, "invalid-request", opened, "entries/withdrawal", {"product_id": product["id"]})

    assert all_of(api) == before


def test_a_blind_count_tells_no_difference(api: Api) -> None:
    (product,), warehouse = stocked(api, 1234)
    opened = open_count(api, warehouse, blind=True)
    staff = api.with_key("staff")

    told = enter(staff, opened, of(product, 7))

    assert (told["line"]["counted"], told["line"]["expected"], told["line"]["difference"]) == (
        7,
        None,
        None,
    )
    assert told["count"]["difference_value"] is None
    (found,) = done(staff.get(f"{PATH}/{opened['id']}/matches", q=product["sku"]))["items"]
    assert found["line"]["expected"] is None


def test_who_may_not_count_here_neither_finds_nor_enters(api: Api, other: Api) -> None:
    (product,), warehouse = stocked(api, 10)
    opened = open_count(api, warehouse)
    entered = enter(api, opened, of(product, 4))
    elsewhere = make_warehouse(api)
    before = all_of(api)

    for caller, status, code in (
        (api.with_key("viewer"), 403, "forbidden"),
        (api.with_key("staff", [elsewhere["id"]]), 404, "stock-count-not-found"),
        (other, 404, "stock-count-not-found"),
    ):
        found = caller.get(f"{PATH}/{opened['id']}/matches", q=product["sku"])
        refused(found, status, code)
        refused(act(caller, opened, "entries", of(product, 5, seen=4)), status, code)
        refused(act(caller, opened, "entries/withdrawal", withdrawal(entered)), status, code)

    assert all_of(api) == before
    limited = api.with_key("staff", [warehouse["id"]])
    assert enter(limited, opened, of(product, 5, seen=4))["counted_before"] == 4
