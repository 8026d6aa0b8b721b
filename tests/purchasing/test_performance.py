"""How suppliers deliver, in figures."""

from datetime import UTC, datetime, timedelta

from tests.factories import Api, done, make_supplier, make_warehouse, refused
from tests.pages import signed_in
from tests.purchasing.ordering import came, make_trade, receive


def test_deliveries_of_a_year_are_summed_up(api: Api) -> None:
    trade = make_trade(api)
    today = datetime.now(UTC)
    late = trade.approved(expected_date=f"{today - timedelta(days=2):%Y-%m-%d}")
    early = trade.approved(expected_date=f"{today + timedelta(days=2):%Y-%m-%d}")
    receive(api, late, came(late, 0, good=6, damaged=1), came(late, 1, missing=1))
    receive(api, late, came(late, 0, good=3))
    receive(api, early, came(early, 0, good=9))
    open_ended = trade.approved()
    receive(api, open_ended, came(open_ended, 0, good=5))
    long_ago = trade.approved(expected_date="2020-01-01")
    received_at = (today - timedelta(days=366)).isoformat()
    receive(api, long_ago, came(long_ago, 0, damaged=10), received_at=received_at)
    somebody_else = trade.approved(supplier_id=make_supplier(api)["id"])
    receive(api, somebody_else, came(somebody_else, 0, damaged=5))

    shown = signed_in(api, "viewer").get(f"/suppliers/{trade.supplier['id']}/performance")

    assert shown.texts("main dt, main dd") == [
        "Deliveries in a year",
        "4",
        "Days after the approval, on average",
        "0",
        "On the expected day or before",
        "33.3% of 3",
        "Units damaged or missing",
        "8% (1 damaged, 1 missing)",
    ]


def test_only_deliveries_to_warehouses_one_may_see_count(api: Api) -> None:
    trade = make_trade(api)
    receive(api, trade.approved())
    path = f"/suppliers/{trade.supplier['id']}/performance"
    elsewhere = signed_in(api, "staff", [make_warehouse(api)["id"]])
    assert "Nothing came from this supplier" in elsewhere.get(path).text
    here = signed_in(api, "staff", [trade.warehouse["id"]])
    assert here.get(path).texts("main dd")[0] == "1"


def test_the_figures_of_another_company_are_not_shown(api: Api, other: Api) -> None:
    trade = make_trade(other)
    receive(other, trade.approved())
    signed_in(api).get(f"/suppliers/{trade.supplier['id']}/performance", 404)


def test_the_figures_are_read_over_the_api(api: Api, other: Api) -> None:
    trade = make_trade(api)
    late = trade.approved(expected_date=f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}")
    receive(api, late, came(late, 0, good=6, damaged=1), came(late, 1, missing=1))
    path = f"/api/suppliers/{trade.supplier['id']}/performance"
    nothing = {
        "deliveries": 0,
        "lead_time_days": None,
        "promised": 0,
        "on_time": 0,
        "good": 0,
        "damaged": 0,
        "missing": 0,
    }
    expected = {**nothing, "deliveries": 1, "lead_time_days": 0, "promised": 1}

    told = done(api.with_key("viewer").get(path))

    assert told == {**expected, "good": 6, "damaged": 1, "missing": 1}
    elsewhere = api.with_key("staff", [make_warehouse(api)["id"]])
    assert done(elsewhere.get(path)) == nothing
    assert done(api.with_key("staff", [trade.warehouse["id"]]).get(path)) == told
    refused(other.get(path), 404, "supplier-not-found")
