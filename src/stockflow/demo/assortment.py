"""What Fell & Ferry sells: 294 plain products in 12 categories, and what each costs."""

import random
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from stdnum import ean

_SIZES = ("small", "medium", "large", "extra large")
_COLOURS = ("moss", "slate", "heather", "rust")
_GLAZES = ("oat", "sea green", "peat", "chalk")
_PENCE = Decimal("0.01")
NOBODY_SELLS, ONLY_A_RETIRED_SUPPLIER_SELLS = "KNIF-108", "ENAM-120"
_EXCEPTIONS: dict[str, tuple[str, ...]] = {
    NOBODY_SELLS: (),
    ONLY_A_RETIRED_SUPPLIER_SELLS: ("BORR",),
}
_BARCODE_PREFIX = "952"  # GS1 keeps it for examples: these are nobody's articles


@dataclass(frozen=True, slots=True)
class Family:
    """Products that differ in one thing; each variant costs `step` times the one before."""

    name: str
    price: str
    variants: tuple[str, ...]
    step: str = "1"
    unit: str = "each"


@dataclass(frozen=True, slots=True)
class Category:
    """A category, who usually delivers it, and its default threshold where it has one."""

    name: str
    prefix: str
    suppliers: tuple[str, ...]
    order_multiple: int
    families: tuple[Family, ...]
    low_stock_threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A plain product; `quantum` is the smallest quantity that is sold."""

    sku: str
    name: str
    category: str
    price: Decimal
    cost_price: Decimal
    unit: str
    quantum: Decimal
    barcode: str | None
    suppliers: tuple[str, ...]
    order_multiple: int
    low_stock_threshold: int | None


CATEGORIES = (
    Category(
        *("Tents and shelters", "TENT", ("HELM", "LANG"), 2),
        (
            Family("Blencathra tent", "129.00", ("1-person", "2-person", "3-person"), "1.35"),
            Family("Achill tunnel tent", "229.00", ("2-person", "4-person", "6-person"), "1.4"),
            Family("Windward tarp", "44.00", ("3 x 3 m", "3 x 4 m", "4 x 4 m", "4 x 6 m"), "1.2"),
            Family("Tent peg set", "7.50", ("steel", "alloy", "sand", "rock"), "1.15"),
            Family("Guy line", "4.20", ("5 m", "10 m", "20 m", "50 m"), "1.7"),
            Family("Groundsheet", "18.00", _SIZES, "1.25"),
            Family("Bivvy bag", "59.00", ("regular", "long")),
        ),
        low_stock_threshold=5,
    ),
    Category(
        *("Sleeping bags and mats", "SLEP", ("HELM", "WICK"), 4),
        (
            Family("Mourne sleeping bag", "64.00", ("summer", "3-season", "winter"), "1.4"),
            Family("Skiddaw down bag", "169.00", ("regular", "long", "women's"), "1.05"),
            Family("Foam mat", "14.00", _COLOURS),
            Family("Self-inflating mat", "39.00", ("3 cm", "5 cm", "7 cm", "10 cm"), "1.2"),
            Family("Bag liner", "19.50", ("cotton", "fleece", "silk", "merino"), "1.3"),
            Family("Camp pillow", "12.00", _COLOURS),
            Family("Compression sack", "9.00", ("10 l", "20 l")),
        ),
    ),
    Category(
        *("Rucksacks and bags", "PACK", ("LANG", "HELM"), 3),
        (
            Family("Langdale rucksack", "74.00", ("25 l", "40 l", "55 l", "70 l"), "1.25"),
            Family("Waxed day pack", "89.00", _COLOURS),
            Family("Dry bag", "8.50", ("5 l", "10 l", "20 l", "40 l"), "1.35"),
            Family("Canvas tool roll", "26.00", _COLOURS),
            Family("Ferry duffel", "68.00", _SIZES, "1.2"),
            Family("Leather strap set", "11.00", ("tan", "brown", "black", "natural")),
        ),
    ),
    Category(
        *("Stoves and fuel", "STOV", ("SKAR", "ALBT"), 6),
        (
            Family("Vinter gas stove", "42.00", ("single", "double", "remote"), "1.5"),
            Family("Spirit burner", "24.00", ("brass", "steel", "titanium"), "1.4"),
            Family("Gas cartridge", "5.40", ("100 g", "230 g", "450 g"), "1.6"),
            Family("Stove windshield", "13.00", ("folding", "clip-on", "tall")),
            Family("Ember fire bowl", "58.00", _SIZES, "1.35"),
            Family("Firelighters", "3.20", ("box of 24", "box of 48", "box of 96"), "1.7"),
            Family("Billy can", "16.50", ("0.8 l", "1.2 l", "1.8 l", "2.5 l", "4 l"), "1.2"),
        ),
        low_stock_threshold=15,
    ),
    Category(
        *("Cast iron", "IRON", ("SKAR",), 6),
        (
            Family("Skillet", "27.00", ("16 cm", "20 cm", "24 cm", "28 cm"), "1.25"),
            Family("Casserole", "64.00", ("2 l", "3.5 l", "5 l", "7 l"), "1.2"),
            Family("Griddle plate", "31.00", ("round", "square", "ribbed", "double")),
            Family("Camp oven", "72.00", ("4 l", "6 l", "9 l", "12 l"), "1.2"),
            Family("Waffle iron", "36.00", ("heart", "square", "campfire", "mini")),
            Family("Trivet", "12.50", ("leaf", "ring", "fish", "wheel")),
        ),
    ),
    Category(
        *("Enamelware", "ENAM", ("LIFF", "BORR"), 12),
        (
            Family("Enamel mug", "6.20", ("white", "navy", "forest", "cream")),
            Family("Enamel plate", "7.40", ("20 cm", "22 cm", "24 cm", "26 cm"), "1.1"),
            Family("Enamel bowl", "6.90", ("12 cm", "14 cm", "18 cm", "22 cm"), "1.12"),
            Family("Enamel coffee pot", "24.00", ("0.75 l", "1 l", "1.5 l", "2 l"), "1.15"),
            Family("Pie dish", "11.00", ("18 cm", "20 cm", "24 cm", "28 cm"), "1.15"),
            Family("Milk pan", "18.00", ("12 cm", "14 cm", "16 cm", "18 cm"), "1.1"),
        ),
        low_stock_threshold=24,
    ),
    Category(
        *("Knives and tools", "KNIF", ("ALBT", "SKAR"), 5),
        (
            Family("Albtal pocket knife", "29.00", ("ash", "beech", "walnut", "olive")),
            Family("Carving knife", "22.00", ("straight", "hook", "chip", "spoon")),
            Family("Camp hatchet", "46.00", ("300 g", "500 g", "700 g", "1 kg"), "1.15"),
            Family("Folding saw", "27.00", ("15 cm", "18 cm", "21 cm", "24 cm"), "1.12"),
            Family("Kitchen knife", "34.00", ("paring", "utility", "chef's", "bread"), "1.2"),
            Family("Sharpening stone", "15.00", ("coarse", "medium", "fine", "combined")),
        ),
    ),
    Category(
        *("Pottery and table", "TABL", ("LIFF",), 8),
        (
            Family("Stoneware bowl", "13.50", _GLAZES),
            Family("Stoneware dinner plate", "17.00", _GLAZES),
            Family("Stoneware jug", "28.00", _GLAZES),
            Family("Espresso cup", "9.50", _GLAZES),
            Family("Butter dish", "22.00", _GLAZES),
            Family("Wooden spoon", "4.80", ("beech", "cherry", "olive", "oak")),
        ),
    ),
    Category(
        *("Blankets and textiles", "WOOL", ("WICK",), 4),
        (
            Family("Wicklow wool blanket", "79.00", ("plaid", "herringbone", "plain", "stripe")),
            Family("Picnic rug", "49.00", _COLOURS),
            Family("Linen tea towel", "8.90", ("natural", "blue stripe", "red stripe", "check")),
            Family("Oven glove", "14.00", ("single", "double", "long", "mitt")),
            Family("Merino hat", "24.00", _COLOURS),
            Family("Wool socks", "13.00", ("35-38", "39-42", "43-46", "47-49")),
        ),
    ),
    Category(
        *("Lamps and lanterns", "LAMP", ("ALBT", "HELM"), 6),
        (
            Family("Storm lantern", "32.00", ("red", "green", "black", "zinc")),
            Family("Head torch", "26.00", ("200 lm", "350 lm", "500 lm", "900 lm"), "1.3"),
            Family("Candle lantern", "21.00", ("tin", "brass", "copper", "mini")),
            Family("Beeswax candle", "6.50", ("10 cm", "15 cm", "20 cm", "25 cm"), "1.2"),
            Family("String lights", "29.00", ("5 m", "10 m", "15 m", "20 m"), "1.25"),
            Family("Lamp oil", "7.80", ("0.5 l", "1 l", "2.5 l", "5 l"), "1.8"),
        ),
    ),
    Category(
        *("Flasks and bottles", "FLSK", ("MERS", "LIFF"), 12),
        (
            Family("Tarn vacuum flask", "26.00", ("0.5 l", "0.75 l", "1 l", "1.4 l"), "1.15"),
            Family("Steel bottle", "18.00", _COLOURS),
            Family("Travel mug", "21.00", _COLOURS),
            Family("Food jar", "24.00", ("0.3 l", "0.5 l", "0.7 l", "1 l"), "1.12"),
            Family("Hip flask", "17.00", ("90 ml", "120 ml", "180 ml", "240 ml"), "1.12"),
            Family("Water carrier", "9.50", ("5 l", "10 l", "15 l", "20 l"), "1.3"),
        ),
        low_stock_threshold=12,
    ),
    Category(
        *("Larder", "LARD", ("MERS", "LIFF"), 10),
        (
            Family("Porridge oats", "2.40", ("pinhead", "rolled", "jumbo", "toasted"), unit="kg"),
            Family("Coffee beans", "17.50", ("breakfast", "harbour", "dark", "decaf"), unit="kg"),
            Family("Trail nuts", "11.80", ("plain", "salted", "smoked", "sweet"), unit="kg"),
            Family("Dried fruit", "8.60", ("apple", "apricot", "cherry", "plum"), unit="kg"),
            Family("Loose tea", "19.00", ("breakfast", "smoky", "green", "mint"), unit="kg"),
            Family("Flapjack box", "14.40", ("oat", "ginger", "date", "cocoa")),
            Family("Camp soup tin", "2.90", ("leek", "tomato", "pea", "beef")),
            Family("Sea salt flakes", "3.60", ("250 g", "1 kg"), "2.6"),
        ),
        low_stock_threshold=10,
    ),
)


@cache
def products() -> tuple[Product, ...]:
    """Every plain product, in the order of the catalogue."""
    return tuple(
        _product(category, family, place, f"{category.prefix}-{number:03d}")
        for category in CATEGORIES
        for number, (family, place) in enumerate(_variants(category), 101)
    )


def _variants(category: Category) -> list[tuple[Family, int]]:
    return [
        (family, place) for family in category.families for place in range(len(family.variants))
    ]


def _product(category: Category, family: Family, place: int, sku: str) -> Product:
    chance = random.Random(sku)
    price = (Decimal(family.price) * Decimal(family.step) ** place).quantize(_PENCE, ROUND_HALF_UP)
    share = Decimal(chance.randint(48, 64)) / 100
    by_weight = family.unit == "kg"
    suppliers = category.suppliers if chance.random() < 0.5 else category.suppliers[:1]
    return Product(
        sku=sku,
        name=f"{family.name}, {family.variants[place]}",
        category=category.name,
        price=price,
        cost_price=(price * share).quantize(_PENCE, ROUND_HALF_UP),
        unit=family.unit,
        quantum=Decimal("0.25") if by_weight else Decimal(1),
        barcode=None if by_weight else _barcode(sku),
        suppliers=_EXCEPTIONS.get(sku, suppliers),
        order_multiple=category.order_multiple,
        low_stock_threshold=chance.choice((8, 10, 12)) if chance.random() < 0.12 else None,
    )


def _barcode(sku: str) -> str:
    prefix, number = sku.split("-")
    place = [category.prefix for category in CATEGORIES].index(prefix)
    digits = f"{_BARCODE_PREFIX}4711{place:02d}{number}"
    return digits + str(ean.calc_check_digit(digits))
