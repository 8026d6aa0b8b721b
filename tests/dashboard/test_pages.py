"""The dashboard as a page, and the search of every page."""

import json
from typing import Any

from tests.adjustments.asking import ask, limit
from tests.counting.counts import open_count
from tests.dashboard.figures import compute, kept_rows
from tests.factories import Api, done, line, make_product, make_supplier, make_warehouse, move
from tests.pages import Browser, Shown, signed_in
from tests.purchasing.ordering import make_trade, ordered
from tests.replenishment.reading import days_ago, low_product
from tests.sales.ordering import confirmed, wants
from tests.transfers.journeys import make_transfer


def _table(shown: Shown, css: str) -> list[list[str]]:
    """The cells of a table's body, as one reads them."""
    return [
        [" ".join(cell.text(separator=" ").split()) for cell in row.css("td")]
        for row in shown.tree.css(f"{css} tbody tr")
    ]


def _looked(browser: Browser) -> Shown:
    """The dashboard once what the first look asked for is computed."""
    browser.get("")
    compute(browser)
    return browser.get("")


def test_a_company_without_stock_sees_what_to_begin_with(api: Api) -> None:
    browser = signed_in(api)
    shown = browser.get("")
    assert shown.texts("#first-steps h3") == [
        "A warehouse",
        "Products",
        "Stock",
        "A supplier",
        "Your people",
    ]
    # somebody who looks is there beside the owner
    assert _done(shown) == ["Your people"]
    assert browser.path("/imports/new") in shown.hrefs()
    assert kept_rows(browser) == []

    make_warehouse(api)
    product = make_product(api)
    make_supplier(api)
    assert _done(browser.get("/")) == ["A warehouse", "Products", "A supplier", "Your people"]

    move(api, line(product, make_warehouse(api), "purchase", 1))
    assert browser.get("").tree.css("#first-steps") == []


def _done(shown: Shown) -> list[str]:
    steps = shown.tree.css("#first-steps li")
    return [step.css("h3")[0].text() for step in steps if not step.css(".btn-list")]


def test_a_viewer_sees_the_first_steps_without_buttons(api: Api) -> None:
    shown = signed_in(api, "viewer").get("")
    assert shown.tree.css("#first-steps a") == []


def test_the_first_look_waits_for_the_figures_and_the_next_has_them(api: Api) -> None:
    north, south = make_warehouse(api, name="North"), make_warehouse(api, name="South")
    sold, lies = make_product(api, name="Kettle"), make_product(api, name="Anchor")
    move(
        api,
        line(sold, north, "purchase", 10, unit_cost="2.50"),
        line(sold, north, "sale", 4),
        line(lies, south, "purchase", 3, unit_cost="100", occurred_at=days_ago(100)),
    )
    browser = signed_in(api, "viewer")

    first = browser.get("")
    for name in ("value", "trade", "top-sellers", "dead-stock"):
        assert "Working out the figures…" in first.one(f"#{name}").text()
        poll = first.one(f"#{name} [hx-get]").attributes
        assert (poll["hx-get"], poll["hx-trigger"]) == (
            browser.path(f"/dashboard/{name}"),
            "load delay:1s",
        )
    compute(browser)

    shown = browser.get("")
    assert shown.texts("#value .h1") == ["£315.00"]
    assert _table(shown, "#value") == [["South", "£300.00"], ["North", "£15.00"]]
    assert _table(shown, "#top-sellers") == [[f"Kettle {sold['sku']}", "4"]]
    assert "1 product lies here for £300.00" in " ".join(shown.one("#dead-stock").text().split())
    assert _table(shown, "#dead-stock") == [[f"Anchor {lies['sku']}", "3", "£300.00"]]
    chart: Any = json.loads(shown.one("#trade [data-chart]").attributes["data-chart"] or "")
    assert [(series["name"], series["data"][-1]) for series in chart["series"]] == [
        ("In", 10.0),
        ("Out", 4.0),
    ]
    assert len(chart["x"]) == 30
    assert "as of" in shown.one("#value .card-actions").text()
    assert shown.tree.css("main section[id] > [hx-get]") == []
    for name in ("value", "trade", "top-sellers", "dead-stock"):
        tile = browser.get(f"/dashboard/{name}")
        assert tile.one(f"#{name}").html == shown.one(f"#{name}").html


def test_what_runs_out_is_loaded_behind_the_page(api: Api) -> None:
    warehouse = make_warehouse(api, name="North")
    soon = low_product(api, warehouse, left=2, name="Kettle")
    low_product(api, warehouse, left=9)
    browser = signed_in(api)

    shown = browser.get("")
    order = shown.one(f'main a[href="{browser.path("/alerts?urgency=critical,high")}"]')
    assert order.text().strip() == "Order"
    parts = [part.attributes for part in shown.tree.css("#stock-mark [hx-get]")]
    assert [(part["hx-get"], part["hx-target"]) for part in parts] == [
        (browser.path("/dashboard/urgencies"), "#urgencies"),
        (browser.path("/dashboard/running-out"), "#running-out"),
    ]
    tile = browser.get("/dashboard/urgencies")
    assert tile.texts("#urgencies .stat") == ["Critical 1", "High 0", "Medium 1", "Low 0"]
    assert browser.path("/alerts?urgency=critical") in tile.hrefs()
    listed = browser.get("/dashboard/running-out")
    assert [row[:4] for row in _table(listed, "#running-out")] == [
        [f"Kettle {soon['sku']}", "North", "2", "2"]
    ]
    viewer = signed_in(api, "viewer").get("")
    assert viewer.one(f'main a[href="{browser.path("/alerts?urgency=critical,high")}"]').text() == (
        "Show all"
    )


def test_the_mark_of_the_tile_changes_with_the_stock(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 1))
    browser = signed_in(api)
    before = browser.get("").one("#stock-mark").attributes["data-mark"]
    assert browser.get("").one("#stock-mark").attributes["data-mark"] == before
    move(api, line(product, warehouse, "purchase", 1))
    assert browser.get("").one("#stock-mark").attributes["data-mark"] != before


def test_what_waits_leads_to_the_lists_that_show_it(api: Api) -> None:
    trade = make_trade(api)
    move(api, line(trade.first, trade.warehouse, "purchase", 100, unit_cost="1"))
    submitted = trade.submitted()
    late = trade.approved(ordered(trade.first, 8, "1"), expected_date="2020-01-01")
    sale = confirmed(api, wants(trade.first, 2))
    limit(api, quantity=1)
    ask(api, line(trade.first, trade.warehouse, "adjustment", 5))
    browser = signed_in(api)

    shown = browser.get("")
    assert shown.texts("#todo .stat") == [
        "Orders to receive 1 1 overdue",
        "Transfers to receive 0",
        "Orders to ship 1",
        "Orders to approve 1",
        "Counts to approve 0",
        "Adjustments to approve 1",
    ]
    listed = [
        _numbers(browser, shown.tree.css("#todo a")[place].attributes["href"] or "")
        for place in (0, 1, 3, 4)
    ]
    for link in shown.tree.css("#todo a"):
        browser.get(link.attributes["href"] or "")
    of_order = [late["number"]]
    assert listed == [of_order, of_order, [sale["number"]], [submitted["number"]]]


def _numbers(browser: Browser, href: str) -> list[str]:
    return [row["Number"] for row in browser.get(href).rows()]


def test_what_waits_is_shown_before_there_is_stock(api: Api) -> None:
    make_trade(api).submitted()
    shown = signed_in(api).get("")
    assert "Orders to approve 1" in shown.texts("#todo .stat")
    assert shown.one("#first-steps") is not None


def test_a_limited_member_sees_figures_of_their_warehouses(api: Api) -> None:
    mine, theirs = make_warehouse(api, name="Mine"), make_warehouse(api, name="Theirs")
    move(
        api,
        line(make_product(api), mine, "purchase", 1, unit_cost="7"),
        line(make_product(api), theirs, "purchase", 1, unit_cost="1000"),
    )
    everybody = _looked(signed_in(api, "viewer"))
    assert everybody.texts("#value .h1") == ["£1,007.00"]
    limited = signed_in(api, "viewer", [mine["id"]])
    assert "Working out the figures…" in limited.get("").one("#value").text()
    compute(limited)
    shown = limited.get("")
    assert shown.texts("#value .h1") == ["£7.00"]
    assert "Theirs" not in shown.text
    assert {limits for _, limits in kept_rows(limited)} == {"all", str(mine["id"])}


def test_another_company_sees_nothing_of_it(api: Api, other: Api) -> None:
    move(api, line(make_product(api), make_warehouse(api), "purchase", 1, unit_cost="7"))
    move(other, line(make_product(other), make_warehouse(other), "purchase", 1, unit_cost="9"))
    mine, theirs = signed_in(api), signed_in(other)
    assert _looked(mine).texts("#value .h1") == ["£7.00"]
    assert "Working out the figures…" in theirs.get("").one("#value").text()
    for path in ("", "/dashboard/value", "/dashboard/running-out", "/find?q=a"):
        theirs.get(mine.path(path), 403)
    assert theirs.get(f"/find?q={mine.company_id}").answer.json() == {"items": []}


def test_find_leads_to_what_it_finds(api: Api) -> None:
    product = make_product(api, name="Copper Kettle", sku="KET-1")
    supplier = make_supplier(api, name="Kettle & Sons")
    sale = confirmed_of(api, product)
    browser = signed_in(api, "viewer")

    assert browser.get("/find?q=kettle").answer.json() == {
        "items": [
            {
                "text": "KET-1",
                "detail": "Product · Copper Kettle",
                "href": browser.path(f"/products/{product['id']}"),
            },
            {
                "text": "Kettle & Sons",
                "detail": "Supplier",
                "href": browser.path(f"/suppliers/{supplier['id']}"),
            },
        ]
    }
    assert browser.get(f"/find?q={sale['number']}").answer.json() == {
        "items": [
            {
                "text": sale["number"],
                "detail": "Sales order · Confirmed",
                "href": browser.path(f"/sales-orders/{sale['id']}"),
            }
        ]
    }
    assert browser.get("/find").answer.json() == {"items": []}


def confirmed_of(api: Api, product: Any) -> Any:
    move(api, line(product, make_warehouse(api), "purchase", 5))
    return confirmed(api, wants(product, 1))


def test_every_kind_that_is_found_has_a_page(api: Api) -> None:
    trade = make_trade(api)
    move(api, line(trade.first, trade.warehouse, "purchase", 9))
    browser = signed_in(api)
    for document in (
        confirmed(api, wants(trade.first, 1)),
        trade.draft(),
        make_transfer(api, trade.warehouse, make_warehouse(api), (trade.first, 1)),
        open_count(api, trade.warehouse),
    ):
        [item] = browser.get(f"/find?q={document['number']}").answer.json()["items"]
        assert document["number"] in browser.get(item["href"]).text


def test_a_product_shows_its_open_documents(api: Api) -> None:
    trade = make_trade(api)
    move(api, line(trade.first, trade.warehouse, "purchase", 9))
    order = trade.approved(ordered(trade.first, 8, "1"), expected_date="2030-01-02")
    sale = confirmed(api, wants(trade.first, 2))
    browser = signed_in(api, "viewer")

    shown = browser.get(f"/products/{trade.first['id']}")
    assert shown.texts("#open-documents li") == [
        f"{order['number']} Approved 8 Purchase order, expected 2 Jan 2030",
        f"{sale['number']} Confirmed 2 Sales order",
    ]
    assert browser.path(f"/purchase-orders/{order['id']}") in shown.hrefs()
    assert browser.path(f"/sales-orders/{sale['id']}") in shown.hrefs()
    without = done(api.get(f"/api/products/{trade.second['id']}"))
    page = browser.get(f"/products/{without['id']}")
    assert page.tree.css("#open-documents") == []
