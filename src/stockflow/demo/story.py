"""Who is in the story of Fell & Ferry, and what happens to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from stockflow.companies.commands import CreateCompany
from stockflow.foundation.permissions import Role
from stockflow.suppliers.commands import CreateSupplier
from stockflow.warehouses.commands import CreateWarehouse, WarehouseType

PASSWORD = "kendal-dublin-leeds"  # noqa: S105  # it guards invented data only
DAYS = 91
"""How long the story is: thirteen weeks up to now."""

COMPANY = CreateCompany(
    name="Fell & Ferry Trading",
    owner_email="maeve@fellandferry.example",
    owner_name="Maeve Dunne",
    owner_password=PASSWORD,
    currency="GBP",
    timezone="Europe/London",
)
DEFAULT_THRESHOLD = Decimal(6)


@dataclass(frozen=True, slots=True)
class Person:
    """A member besides the owner."""

    name: str
    email: str
    role: Role
    warehouse: str | None = None


BUYER = Person("Tomasz Birkett", "tomasz@fellandferry.example", Role.MANAGER)
ASSISTANT = Person("Aoife Nolan", "aoife@fellandferry.example", Role.STAFF, "LEEDS")
PEOPLE = (
    BUYER,
    ASSISTANT,
    Person("Graham Sykes", "graham@fellandferry.example", Role.VIEWER),
)

WAREHOUSES = (
    CreateWarehouse(
        code="KENDAL",
        name="Kendal central warehouse",
        address="Unit 4, Shap Road",
        city="Kendal",
        postal_code="LA9 6NZ",
        country="GB",
        contact_name="Tomasz Birkett",
        contact_email="kendal@fellandferry.example",
    ),
    CreateWarehouse(
        code="DUBLIN",
        name="Dublin warehouse",
        address="12 East Wall Road",
        city="Dublin",
        postal_code="D03 X2E5",
        country="IE",
        contact_name="Sinéad Byrne",
        contact_email="dublin@fellandferry.example",
    ),
    CreateWarehouse(
        code="LEEDS",
        name="Leeds shop",
        type=WarehouseType.RETAIL,
        address="31 Call Lane",
        city="Leeds",
        postal_code="LS1 7BT",
        country="GB",
        contact_name="Aoife Nolan",
        contact_email="leeds@fellandferry.example",
    ),
    CreateWarehouse(code="PENRITH", name="Penrith depot", city="Penrith", country="GB"),
)
CLOSED_WAREHOUSE = "PENRITH"
CLOSED_DAYS_AGO = 28

SUPPLIERS = (
    CreateSupplier(
        code="HELM",
        name="Helm Tentmakers Ltd",
        contact_name="Ruth Airey",
        contact_email="orders@helmtents.example",
        contact_phone="+44 1632 960101",
        lead_time_days=7,
        payment_terms="30 days net",
    ),
    CreateSupplier(
        code="LANG",
        name="Langdale Canvas & Leather",
        contact_name="Peter Fell",
        contact_email="sales@langdalecanvas.example",
        contact_phone="+44 1632 960118",
        lead_time_days=10,
        payment_terms="30 days net",
    ),
    CreateSupplier(
        code="SKAR",
        name="Skärgård Järn AB",
        contact_name="Linnea Åberg",
        contact_email="order@skargardjarn.example",
        contact_phone="+46 31 3900612",
        lead_time_days=21,
        payment_terms="45 days net",
        notes="Late: nothing has come for four weeks. Linnea writes that the foundry stands still "
        "until a furnace lining is replaced.",
    ),
    CreateSupplier(
        code="LIFF",
        name="Liffey Pottery & Enamel",
        contact_name="Niamh Keogh",
        contact_email="hello@liffeypottery.example",
        contact_phone="+353 20 9101234",
        lead_time_days=12,
        payment_terms="30 days net",
    ),
    CreateSupplier(
        code="WICK",
        name="Wicklow Woollens",
        contact_name="Declan Roche",
        contact_email="trade@wicklowwoollens.example",
        contact_phone="+353 20 9105678",
        lead_time_days=9,
        payment_terms="14 days net",
    ),
    CreateSupplier(
        code="ALBT",
        name="Albtal Messer GmbH",
        contact_name="Jonas Kern",
        contact_email="bestellung@albtalmesser.example",
        contact_phone="+49 30 23125142",
        lead_time_days=14,
        payment_terms="30 days, 2% in 10",
    ),
    CreateSupplier(
        code="MERS",
        name="Mersey Import & Provisions",
        contact_name="Carol Whiteside",
        contact_email="orders@merseyprovisions.example",
        contact_phone="+44 1632 960144",
        lead_time_days=3,
        payment_terms="7 days net",
    ),
    CreateSupplier(
        code="BORR",
        name="Borrowdale Enamel Works",
        contact_email="office@borrowdaleenamel.example",
        lead_time_days=6,
        notes="Closed for good; Liffey took over most of the enamelware.",
        active=False,
    ),
)
LATE_SUPPLIER = "SKAR"
LATE_SINCE_DAYS = 29
DELIVERS_EVERY_WEEKS: Mapping[str, int] = MappingProxyType(
    {"HELM": 2, "LANG": 2, "SKAR": 2, "LIFF": 2, "WICK": 2, "ALBT": 3, "MERS": 1, "BORR": 2}
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Products sold together; a component may be a bundle."""

    sku: str
    name: str
    price: Decimal
    components: tuple[tuple[str, Decimal], ...]
    category: str


def _bundle(
    sku: str, name: str, price: str, category: str, components: Mapping[str, str]
) -> Bundle:
    parts = tuple((part, Decimal(quantity)) for part, quantity in components.items())
    return Bundle(sku, name, Decimal(price), parts, category)


BUNDLES = (
    _bundle(
        *("SET-BREAKFAST", "Fellside breakfast set", "36.00", "Enamelware"),
        {"ENAM-101": "2", "ENAM-106": "2", "LARD-105": "0.5"},
    ),
    _bundle(
        *("SET-CAMP", "First camp for two", "289.00", "Tents and shelters"),
        {"TENT-102": "1", "SLEP-102": "2", "SLEP-107": "2"},
    ),
    _bundle(
        *("SET-GALLEY", "Galley iron set", "92.00", "Cast iron"),
        {"IRON-103": "1", "IRON-109": "1", "TABL-121": "2"},
    ),
    _bundle(
        *("SET-SUPPER", "Cottage supper for four", "112.00", "Pottery and table"),
        {"TABL-101": "4", "TABL-105": "4"},
    ),
    _bundle(
        *("SET-HEARTH", "Hearth gift box", "99.00", "Blankets and textiles"),
        {"WOOL-101": "1", "ENAM-103": "2", "LARD-117": "0.25"},
    ),
    _bundle(
        *("SET-WEEKEND", "Long weekend kit", "349.00", "Tents and shelters"),
        {"SET-CAMP": "1", "SET-BREAKFAST": "1", "LAMP-101": "1"},
    ),
)

BEST_SELLERS = (
    *("ENAM-101", "ENAM-102", "ENAM-106", "ENAM-113", "STOV-107", "STOV-108", "STOV-116"),
    *("IRON-102", "IRON-103", "IRON-106", "LARD-105", "LARD-106", "LARD-121", "FLSK-101"),
    *("FLSK-105", "SLEP-107", "PACK-109", "WOOL-109", "WOOL-122", "LAMP-101", "TABL-101"),
)
NOT_SELLING = ("TENT-107", "PACK-116", "KNIF-116", "WOOL-104", "LAMP-120", "TABL-116")
"""Bought hopefully; nobody wants them."""

CUSTOMERS: tuple[Mapping[str, str], ...] = (
    {
        "code": "HARBOUR",
        "name": "Harbour Café, Howth",
        "contact_name": "Orla Quinn",
        "contact_email": "orla@harbourcafe.example",
        "shipping_address": "West Pier, Howth",
    },
    {
        "code": "GUIDES",
        "name": "Lakeland Guides Co-operative",
        "contact_email": "kit@lakelandguides.example",
        "shipping_address": "The Old Bank, Ambleside",
    },
    {
        "code": "MOSS",
        "name": "Moss & Minster Gifts",
        "contact_email": "shop@mossminster.example",
        "shipping_address": "8 Stonegate, York",
    },
    {
        "code": "GLEN",
        "name": "Glenmalure Hostel",
        "contact_email": "warden@glenhostel.example",
        "shipping_address": "Glenmalure, County Wicklow",
    },
)

MISTAKE = ("ENAM-104", "KENDAL", 240, 24)
"""An order keyed in as 240 in place of 24, taken back half an hour later."""

RETURN_REASONS = ("Changed their mind", "Wrong size", "Delivered twice", "Arrived too late")
DAMAGE_REASONS = ("Dropped from the rack", "Crushed in transit", "Water from the roof", "Torn open")
WRITE_OFF_REASON = "Beyond repair, scrapped"
COUNT_REASON = "Stock count"


@dataclass(frozen=True, slots=True)
class Count:
    """A count of some categories in a warehouse; differences are found at some products."""

    days_ago: int
    warehouse: str
    prefixes: tuple[str, ...]
    differences: tuple[int, ...]


COUNTS = (
    Count(47, "LEEDS", ("FLSK", "WOOL"), (-1, 2)),
    Count(19, "KENDAL", ("IRON", "ENAM", "STOV"), (-3, -1, 2, -6, 1, -2, 4)),
)
RESERVED = ("TENT-103", "WOOL-102", "FLSK-103", "LAMP-105", "PACK-102")
HELD_REASON = "Held until the customer's payment arrives"
LOW_WITHOUT_SALES = (("TENT-107", "KENDAL"), ("LAMP-120", "KENDAL"))
"""Low, but nobody asks for them: no alert unless `include_no_sales`."""
