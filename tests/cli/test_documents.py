"""Documents at the command line: a day's work through it, how it reads, and how it refuses."""

import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from stockflow.companies.document_cli import Documents, Part
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.settings import Settings, get_settings
from stockflow.main import app
from tests.cli.conftest import Done
from tests.factories import Api, done, line, make_product, make_supplier, make_warehouse, move
from tests.scopes import audit_of


@dataclass(frozen=True)
class Shell:
    """Runs commands in this process, on the database of the test run, for one company."""

    company_id: int
    runner: CliRunner

    def run(self, *words: str, fields: object = None) -> Done:
        """A command; `fields` go to standard input, as `--file -` reads them."""
        stdin = None if fields is None else json.dumps(fields)
        more = [] if fields is None else ["--file", "-"]
        arguments = [*words, "--company", str(self.company_id), *more]
        ran = self.runner.invoke(app, arguments, input=stdin)
        unforeseen = ran.exception
        if unforeseen is not None and not isinstance(unforeseen, SystemExit):
            raise unforeseen
        return Done(ran.exit_code, ran.stdout, ran.stderr)

    def json(self, *words: str, fields: object = None) -> Any:
        """The one document a command that must succeed prints."""
        ran = self.run(*words, "--json", fields=fields)
        assert (ran.status, ran.err) == (0, ""), ran
        return ran.json

    def text(self, *words: str, fields: object = None) -> list[str]:
        """The lines a command that must succeed prints for people."""
        ran = self.run(*words, fields=fields)
        assert (ran.status, ran.err) == (0, ""), ran
        return [text.rstrip() for text in ran.out.splitlines()]


@pytest.fixture
def shell(
    api: Api, settings: Settings, conninfo: Conninfo, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    assert conninfo.owner
    monkeypatch.setenv("STOCKFLOW_DATA_DIR", str(settings.data_dir))
    if settings.database_url is not None:
        monkeypatch.setenv("STOCKFLOW_DATABASE_URL", settings.database_url)
    get_settings.cache_clear()
    return Shell(api.company_id, CliRunner())


@pytest.fixture
def shop(api: Api, shell: Shell) -> Shell:
    """Two warehouses, two products with stock, a supplier and a customer."""
    north, _ = make_warehouse(api, code="NORTH"), make_warehouse(api, code="SOUTH")
    lamp = make_product(api, sku="LAMP", name="Desk lamp", price="49.90")
    bulb = make_product(api, sku="BULB", name="Bulb", price="3.50")
    make_supplier(api, code="LUX", name="Lux Ltd")
    opening = [(lamp, 20, "20"), (bulb, 5, "1.25")]
    move(api, *(line(one, north, "adjustment", n, unit_cost=cost) for one, n, cost in opening))
    done(api.post("/api/customers", {"name": "Blue Cafe", "code": "BLUE"}), 201)
    return shell


_ORDER = {
    "customer": "BLUE",
    "lines": [
        {"sku": "LAMP", "quantity": 2},
        {"sku": "BULB", "quantity": 4, "discount_percent": 10},
    ],
}


def test_a_sale_from_the_customer_to_the_return(api: Api, shop: Shell) -> None:
    customer = shop.json("customer", "create", fields={"name": "Red Inn", "code": "RED"})
    shop.json("customer", "change", "red", fields={"contact_email": "inn@red.example"})
    assert shop.json("customer", "show", str(customer["id"]))["contact_email"] == "inn@red.example"
    assert [row["code"] for row in shop.json("customer", "list")["items"]] == ["BLUE", "RED"]

    order = shop.json("sales-order", "create", fields=_ORDER)
    number, (lamp, bulb) = order["number"], [row["id"] for row in order["lines"]]
    path = f"/api/sales-orders/{order['id']}"
    assert order == done(api.get(path))
    shop.json("sales-order", "change", number, fields={"reference": "Table 4"})
    confirmed = shop.text("sales-order", "confirm", number.lower())
    shipped = shop.json(
        *("sales-order", "ship", str(order["id"])),
        fields={"lines": [{"line_id": lamp, "quantity": 2}], "carrier": "Swift"},
    )
    rest = shop.json("sales-order", "ship", number)
    returned = shop.json(
        *("sales-order", "return", number),
        fields={"lines": [{"line_id": lamp, "good": 1}]},
    )

    assert _table(confirmed) == [
        "id  sku  product name  quantity  unit price  discount percent  line total  reserved"
        "  allocations",
        f"{lamp}  LAMP  Desk lamp  2  49.9000  0  99.8000  2  NORTH 2",
        f"{bulb}  BULB  Bulb  4  3.5000  10  12.6000  4  NORTH 4",
    ]
    assert "status: confirmed" in confirmed
    assert confirmed[-3:] == ["", "total: 112.4000", "currency: GBP"]
    assert [row["quantity"] for row in (*shipped["lines"], *rest["lines"])] == [2, 4]
    assert returned["number"].startswith("RMA-")
    assert done(api.get(path))["status"] == "shipped"
    shipments = shop.json("sales-order", "shipments", number)["items"]
    assert [row["carrier"] for row in shipments] == ["Swift", None]
    assert shop.json("sales-order", "returns", number)["items"][0]["id"] == returned["id"]
    listed = shop.text(
        "sales-order", "list", "--filter", "status=draft", "--filter", "status=shipped"
    )
    assert _table(listed) == [
        "id  number  status  customer name  line count  total  currency",
        f"{order['id']}  {number}  shipped  Blue Cafe  2  112.4000  GBP",
    ]


def test_buying_and_moving_and_what_it_is_worth(shop: Shell) -> None:
    draft = {
        "supplier": "LUX",
        "warehouse": "NORTH",
        "lines": [{"sku": "LAMP", "quantity": 10, "unit_cost": "23"}],
    }
    bought = shop.json("purchase-order", "create", fields=draft)["number"]
    shop.json("purchase-order", "submit", bought)
    shop.json("purchase-order", "approve", bought)
    receipt = shop.json("purchase-order", "receive", bought)
    moved = shop.json(
        *("transfer", "create"),
        fields={
            "from_warehouse": "NORTH",
            "to_warehouse": "SOUTH",
            "lines": [{"sku": "LAMP", "quantity": 5}],
        },
    )
    on_its_way = shop.text("transfer", "ship", moved["number"])
    arrived = [{"line_id": moved["lines"][0]["id"], "good": 3}]
    shop.json("transfer", "receive", moved["number"], fields={"lines": arrived})

    assert shop.json("purchase-order", "show", bought)["status"] == "received"
    receipts = shop.json("purchase-order", "receipts", bought)["items"]
    assert [row["posting_id"] for row in receipts] == [receipt["posting_id"]]
    assert {"status: in_transit", "from warehouse: NORTH", "in transit: 5"} <= set(on_its_way)
    assert not any(text.startswith(("damaged", "missing")) for text in on_its_way)
    assert shop.json("transfer", "receipts", moved["number"])["items"][0]["good"] == 3
    # 20 at 20 and 10 at 23 are 30 at 21
    worth = shop.json("report", "valuation")
    assert (worth["totals"]["value"], worth["totals"]["transit_value"]) == ("594.2500", "42.0000")
    page = shop.run("report", "valuation", "--filter", "limit=1")
    assert _table(page.out.splitlines())[:2] == [
        "sku  product name  warehouse  on hand  unit cost  value",
        "LAMP  Desk lamp  NORTH  25  21.0000  525.0000",
    ]
    assert "currency: GBP" in page.out
    assert page.err.startswith("\nThere is more: --filter cursor=")
    again = page.err.split("--filter ")[1].strip()
    rest = shop.json("report", "valuation", "--filter", "limit=2", "--filter", again)
    assert [(row["sku"], row["warehouse_code"]) for row in rest["items"]] == [
        ("LAMP", "SOUTH"),
        ("BULB", "NORTH"),
    ]


def test_a_count_and_an_adjustment_somebody_else_asked_for(api: Api, shop: Shell) -> None:
    count = shop.json("stock-count", "create", fields={"warehouse": "NORTH"})["number"]
    counted = [{"sku": "LAMP", "quantity": 18}, {"sku": "BULB", "quantity": 5}]
    shop.json("stock-count", "record", count, fields={"lines": counted})
    lines = shop.text("stock-count", "lines", count, "--filter", "status=different")
    submitted = shop.text("stock-count", "submit", count)
    found = {"sku": "LAMP", "warehouse": "SOUTH", "type": "adjustment", "quantity": 1}
    asked = done(
        api.post("/api/adjustment-requests", {"reason": "Behind the shelf", "lines": [found]}), 201
    )
    approved = shop.json("adjustment-request", "approve", asked["number"])

    assert _table(lines) == [
        "sku  product name  status  counted  expected  difference  unit",
        "LAMP  Desk lamp  counted  18  20  -2  each",
    ]
    assert {"status: posted", "difference value: 40.0000"} <= set(submitted)
    assert (approved["status"], approved["posting_id"] is None) == ("approved", False)
    levels = done(api.get("/api/stock/levels", sku="LAMP"))["items"]
    assert [level["available"] for level in levels] == [18, 1]


def test_refusals_end_with_1_and_change_nothing(api: Api, shop: Shell) -> None:
    order = shop.json("sales-order", "create", fields=_ORDER)
    number, before = order["number"], audit_of(api, "sales_order")

    as_json = shop.run("sales-order", "ship", number, "--json")
    for_people = shop.run("sales-order", "ship", number)
    unknown = shop.run(
        *("sales-order", "create"), fields={"customer": "BLUE", "lines": [_line("X"), _line("Y")]}
    )
    nobodys = shop.run("sales-order", "show", "SO-1999-00001", "--json")

    assert (as_json.status, as_json.err, as_json.json["code"]) == (1, "", "wrong-status")
    assert (for_people.status, for_people.out) == (1, "")
    assert "allowed in: confirmed, partially_shipped" in for_people.err
    assert (unknown.status, unknown.out) == (1, "")
    assert [text.strip() for text in unknown.err.splitlines()[-2:]] == [
        f"line {place}, code product-not-found, detail There is no such product., sku {sku}"
        for place, sku in enumerate("XY")
    ]
    assert (nobodys.status, nobodys.json["code"]) == (1, "not-found")
    for wrong in (["status=nope"], ["nope"], ["q=a", "q=b"], ["nope=1"]):
        given = [word for text in wrong for word in ("--filter", text)]
        assert shop.run("sales-order", "list", *given, "--json").json["status"] == 400
    for name, fields in (("approve", {}), ("receive", None), ("reject", {"reason": 1})):
        assert shop.run("purchase-order", name, "1", "--json", fields=fields).status == 1
    nowhere = shop.run("sales-order", "create", "--file", "/nowhere/order.json")
    assert (nowhere.status, "cannot be read: No such file" in nowhere.err) == (1, True)
    assert shop.run("stock-count", "list").out == "Nothing found.\n"
    assert shop.json("sales-order", "show", number) == order
    assert audit_of(api, "sales_order") == before


def test_wrong_use_ends_with_2(shell: Shell) -> None:
    for words in (("sales-order", "eat"), ("sales-order", "ship"), ("transfer", "list", "--q")):
        ran = shell.run(*words)
        assert (ran.status, ran.out) == (2, ""), words


def test_every_column_is_a_field_of_its_rows() -> None:
    """A list of nobody's documents would not show that a column is gone."""
    groups = {
        (kind.package, kind.help): kind
        for name in ("sales", "purchasing", "transfers", "counting", "adjustments", "valuation")
        for kind in vars(import_module(f"stockflow.{name}.cli")).values()
        if isinstance(kind, Documents)
    }
    lists: list[tuple[Documents, Documents | Part]] = [
        *((kind, kind) for kind in groups.values()),
        *((kind, part) for kind in groups.values() for part in kind.parts.values()),
    ]

    assert (len(groups), len(lists)) == (7, 12)
    for kind, shown in lists:
        page = get_type_hints(kind.operation(shown.list))["return"]
        (row,) = get_args(page) or get_args(get_type_hints(page)["items"])
        assert set(shown.columns) <= row.__dataclass_fields__.keys(), shown.list


def _line(sku: str) -> dict[str, Any]:
    return {"sku": sku, "quantity": 1}


def _table(lines: list[str]) -> list[str]:
    """The table among the lines, with two spaces between its cells."""
    tables = [text for text in lines if "  " in text]
    return ["  ".join(part.strip() for part in text.split("  ") if part) for text in tables]
